//! Go's `strconv.FormatFloat` for 64-bit floats.

/// Beyond this many digits every `f64` has only zeros; the standard library
/// panics on far larger precisions.
const EXACT: usize = 1100;

/// `strconv.FormatFloat(number, verb, precision, 64)`; no precision means the
/// shortest text that reads back as the same number. Verbs: `e E f g G b x X`.
///
/// `'g'` without precision is what `%v`, `print`, `toString` and YAML use.
pub fn format_float(number: f64, verb: char, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let text = match verb {
        'e' | 'E' => exponent_form(number, precision),
        'f' => fixed_form(number, precision),
        'b' => binary_form(number),
        'x' | 'X' => hex_form(number, precision),
        _ => general_form(number, precision),
    };
    if verb.is_ascii_uppercase() {
        text.to_ascii_uppercase()
    } else {
        text
    }
}

/// `d.dddde±dd`.
fn exponent_form(number: f64, precision: Option<usize>) -> String {
    let text = match precision {
        None => format!("{number:e}"),
        Some(digits) => format!("{number:.*e}", digits.min(EXACT)),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let zeros = "0".repeat(precision.unwrap_or(0).saturating_sub(EXACT));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}{zeros}e{sign}{digits:0>2}")
}

fn fixed_form(number: f64, precision: Option<usize>) -> String {
    match precision {
        None => format!("{number}"),
        Some(digits) => {
            let zeros = "0".repeat(digits.saturating_sub(EXACT));
            format!("{number:.*}{zeros}", digits.min(EXACT))
        }
    }
}

/// `%g`: the exponent form for small and large exponents, with the digits that
/// are left after trailing zeros go.
fn general_form(number: f64, precision: Option<usize>) -> String {
    // Ports, replicas and sizes: nearly all numbers of charts.
    if precision.is_none() && number.fract() == 0.0 && number.abs() < 1e6 && number != 0.0 {
        return (number as i64).to_string();
    }
    let wanted = precision.map(|digits| digits.max(1));
    let text = exponent_form(number, wanted.map(|digits| digits - 1));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = trim_zeros(mantissa);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits_i32 = i32::try_from(digits).unwrap_or(i32::MAX);
    let limit = match wanted.map(|digits| i32::try_from(digits).unwrap_or(i32::MAX)) {
        None => 6,
        Some(most) if most > digits_i32 && digits_i32 > exponent => digits_i32,
        Some(most) => most,
    };
    if exponent < -4 || exponent >= limit {
        return exponent_form(number, Some(digits - 1));
    }
    let decimals = usize::try_from(digits_i32 - exponent - 1).unwrap_or(0);
    let rounded: f64 = text.parse().unwrap_or(number);
    format!("{rounded:.decimals$}")
}

fn trim_zeros(mantissa: &str) -> &str {
    if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    }
}

const MANTISSA_BITS: u32 = 52;
const BIAS: i32 = 1023;

/// Mantissa without the hidden bit's scaling, and the exponent of that bit.
fn parts(number: f64) -> (bool, u64, i32) {
    let bits = number.to_bits();
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    let exponent = i32::try_from((bits >> MANTISSA_BITS) & 0x7ff).unwrap_or(0);
    match exponent {
        0 => (number.is_sign_negative(), mantissa, 1 - BIAS),
        _ => (
            number.is_sign_negative(),
            mantissa | 1 << MANTISSA_BITS,
            exponent - BIAS,
        ),
    }
}

/// `-ddddp±ddd`.
fn binary_form(number: f64) -> String {
    let (negative, mantissa, exponent) = parts(number);
    let sign = if negative { "-" } else { "" };
    format!("{sign}{mantissa}p{:+}", exponent - 52)
}

/// `-0x1.yyyyp±dd`.
fn hex_form(number: f64, precision: Option<usize>) -> String {
    let (negative, mut mantissa, mut exponent) = parts(number);
    if mantissa == 0 {
        exponent = 0;
    }
    // The leading 1 goes to bit 60, so that fifteen hex digits follow it.
    mantissa <<= 60 - MANTISSA_BITS;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(digits) = precision.filter(|digits| *digits < 15) {
        (mantissa, exponent) = round_hex(mantissa, exponent, digits);
    }
    let sign = if negative { "-" } else { "" };
    let fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(digits) => {
            let zeros = "0".repeat(digits.saturating_sub(fraction.len()));
            format!("{}{zeros}", &fraction[..digits.min(fraction.len())])
        }
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let (way, size) = (if exponent < 0 { '-' } else { '+' }, exponent.abs());
    format!("{sign}0x{}{point}{fraction}p{way}{size:02}", mantissa >> 60)
}

/// Rounds to `digits` hex digits, half to even.
fn round_hex(mantissa: u64, exponent: i32, digits: usize) -> (u64, i32) {
    let shift = digits * 4;
    let extra = (mantissa << shift) & ((1 << 60) - 1);
    let mut kept = mantissa >> (60 - shift);
    if extra | (kept & 1) > 1 << 59 {
        kept += 1;
    }
    let mantissa = kept << (60 - shift);
    if mantissa & (1 << 61) == 0 {
        (mantissa, exponent)
    } else {
        (mantissa >> 1, exponent + 1)
    }
}
