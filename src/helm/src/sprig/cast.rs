//! Any value as a number, by the rules of spf13/cast 1.7: what cannot be
//! converted is 0, never an error.

use crate::value::Value;

/// `cast.ToInt64`: floats are cut, texts read as Go literals.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint64(number) => number.cast_signed(),
        Value::Float(number) => cut(*number),
        Value::Bool(flag) => i64::from(*flag),
        Value::Str(text) => parse_int(trim_zero_decimal(text), 0).unwrap_or(0),
        _ => 0,
    }
}

/// `cast.ToFloat64`.
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Float(number) => *number,
        Value::Str(text) => parse_float(text).unwrap_or(0.0),
        // Go rounds to the nearest float64 here, as `as` does.
        Value::Uint64(number) => *number as f64,
        other => to_int64(other) as f64,
    }
}

/// Go's conversion on amd64: whatever does not fit is the smallest integer.
fn cut(number: f64) -> i64 {
    if number.is_nan() || !(-9.3e18..9_223_372_036_854_775_808.0).contains(&number) {
        return i64::MIN;
    }
    number as i64
}

/// `2.0` and `2.` followed by zeros only: the part before the point.
fn trim_zero_decimal(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, tail)) if !tail.is_empty() && tail.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// `strconv.ParseInt`; base 0 follows the prefix (`0x`, `0o`, `0b`, `0`) and
/// allows underscores between digits.
pub(super) fn parse_int(text: &str, base: u32) -> Option<i64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = if base == 0 {
        prefixed(body)?
    } else {
        (base, body.to_owned())
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let signed = if negative {
        format!("-{digits}")
    } else {
        digits
    };
    i64::from_str_radix(&signed, base).ok()
}

fn prefixed(body: &str) -> Option<(u32, String)> {
    let lower = body.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    let prefix = digits.len() < lower.len();
    without_underscores(digits, prefix).map(|digits| (base, digits))
}

/// An underscore must stand between two digits, or a base prefix and a digit.
fn without_underscores(digits: &str, after_prefix: bool) -> Option<String> {
    let misplaced = digits.contains("__")
        || digits.ends_with('_')
        || (digits.starts_with('_') && !after_prefix);
    (!misplaced).then(|| digits.replace('_', ""))
}

/// `strconv.ParseFloat`.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let body = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let number = match body.strip_prefix("0x") {
        Some(hex) => hexadecimal_float(&without_underscores(hex, true)?)?,
        None => decimal_float(body)?,
    };
    Some(if text.starts_with('-') {
        -number
    } else {
        number
    })
}

fn decimal_float(body: &str) -> Option<f64> {
    match body {
        "inf" | "infinity" => Some(f64::INFINITY),
        "nan" => Some(f64::NAN),
        _ if body.starts_with(['+', '-']) => None,
        _ => {
            let number: f64 = without_underscores(body, false)?.parse().ok()?;
            number.is_finite().then_some(number)
        }
    }
}

/// `1f.8p-3`, after its prefix. The exponent must be there.
fn hexadecimal_float(body: &str) -> Option<f64> {
    let (mantissa, exponent) = body.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    // Exact: both factors are powers of two times an integer.
    Some(digits as f64 * 2f64.powi(exponent.checked_sub(shift)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_go_literals() {
        let cases = [
            ("012", 10),
            ("0x1f", 31),
            ("1_0", 10),
            ("2.0", 2),
            ("1.9", 0),
            (" 5", 0),
            ("-0b11", -3),
            ("+7", 7),
            ("--7", 0),
            ("0_7", 7),
            ("_7", 0),
            ("", 0),
            ("9223372036854775808", 0),
        ];
        for (text, number) in cases {
            assert_eq!(to_int64(&Value::from(text)), number, "{text}");
        }
    }

    #[test]
    fn floats_are_cut_toward_zero() {
        assert_eq!(to_int64(&Value::Float(-2.9)), -2);
        assert_eq!(to_int64(&Value::Float(f64::NAN)), i64::MIN);
        assert_eq!(to_int64(&Value::Float(1e300)), i64::MIN);
        assert_eq!(to_float64(&Value::from("1e3")), 1000.0);
        assert_eq!(to_float64(&Value::from("1e999")), 0.0);
    }
}
