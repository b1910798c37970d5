//! Go's `strconv`, as far as YAML needs it.
//!
//! Integers with base prefixes, the float pattern, `float32` text.

/// `strconv.FormatFloat(f, 'g', -1, 64)`: the text that `toYaml` shows.
pub(super) fn format_float(f: f64) -> String {
    crate::value::fmt::format_float(f, 'g', None)
}

/// `strconv.FormatFloat(f, 'g', -1, 32)`: how a float becomes a string field or a key.
pub fn format_float32(f: f64) -> String {
    // The shortest digits of the f32 are also the shortest of the f64 they name.
    let single = format!("{:e}", f as f32).parse().unwrap_or(f);
    format_float(single)
}

/// An integer as Go's `ParseInt(text, 0, 64)`, then `ParseUint`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Integer {
    /// Fits `int64`.
    Signed(i64),
    /// Fits only `uint64`.
    Unsigned(u64),
}

/// Reads an integer with Go's base prefixes (`0x`, `0o`, `0b`, `0`).
pub(super) fn parse_integer(text: &str) -> Option<Integer> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = base_of(digits);
    if digits.is_empty() || !digits.bytes().all(|b| (b as char).is_digit(base)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    signed(negative, magnitude)
        .map(Integer::Signed)
        .or_else(|| {
            // ParseUint takes no sign at all.
            (!text.starts_with(['+', '-'])).then_some(Integer::Unsigned(magnitude))
        })
}

fn signed(negative: bool, magnitude: u64) -> Option<i64> {
    if negative {
        0i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

fn base_of(digits: &str) -> (u32, &str) {
    let bytes = digits.as_bytes();
    if bytes.first() != Some(&b'0') || bytes.len() == 1 {
        return (10, digits);
    }
    match bytes[1] | 0x20 {
        b'x' => (16, &digits[2..]),
        b'o' => (8, &digits[2..]),
        b'b' => (2, &digits[2..]),
        _ => (8, &digits[1..]),
    }
}

/// Whether `text` matches go-yaml's float pattern
/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
pub(super) fn looks_like_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    is_mantissa(mantissa) && exponent.is_none_or(is_exponent)
}

fn is_mantissa(text: &str) -> bool {
    match text.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(text),
    }
}

fn is_exponent(text: &str) -> bool {
    is_digits(text.strip_prefix(['-', '+']).unwrap_or(text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A float that Go's `ParseFloat` takes: an overflow is an error there.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|f: &f64| f.is_finite())
}
