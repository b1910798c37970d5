//! What a plain scalar is: PyYAML's YAML 1.1 rules, without base-60 numbers and dates.
//!
//! `yes no on off true false` (three spellings each) are booleans, `0777` is 511, `1e3` is text
//! (an exponent needs a sign and a point), `1.10` is 1.1, `12:30:00` and `2026-01-01` are text.

use super::Data;

/// The value of a plain scalar, `None` where it is text; a fault for what no number type holds.
pub(super) fn resolve(text: &str) -> Result<Option<Data>, &'static str> {
    match text.as_bytes().first() {
        None => Ok(Some(Data::Null)),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        Some(b'=') if text == "=" => Err("a plain `=` is not allowed; quote it"),
        Some(_) => Ok(word(text)),
    }
}

/// Whether `text` written plain would read back as that text: PyYAML quotes dates and base-60
/// numbers too.
pub fn is_plain_text(text: &str) -> bool {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | '.' | '_' | '+');
    let dated = text.starts_with(|c: char| c.is_ascii_digit()) && text.contains([':', '-']);
    let looks = dated
        && text
            .chars()
            .all(|c| numeric(c) || matches!(c, 'T' | 'Z' | ' '));
    matches!(resolve(text), Ok(None)) && !looks
}

/// Booleans and null.
fn word(text: &str) -> Option<Data> {
    match text {
        "~" | "null" | "Null" | "NULL" => Some(Data::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Data::Bool(true))
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Data::Bool(false))
        }
        _ => None,
    }
}

/// Integers, floats, or text that only looks like one.
fn number(text: &str) -> Result<Option<Data>, &'static str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err("infinity and NaN have no JSON form; quote it if it is text");
    }
    if let Some((base, digits)) = integer(digits) {
        let sign = if text.starts_with('-') { "-" } else { "" };
        let plain = format!("{sign}{}", digits.replace('_', ""));
        let value = i64::from_str_radix(&plain, base);
        let too_big = |_| "an integer must fit 64 bits; quote it if it is text";
        return value.map(|int| Some(Data::Int(int))).map_err(too_big);
    }
    if !float(digits) {
        return Ok(None);
    }
    Ok(text.replace('_', "").parse().ok().map(Data::Float))
}

/// Base and digits of an unsigned integer.
fn integer(text: &str) -> Option<(u32, &str)> {
    let (base, digits) = match text.as_bytes() {
        [b'0'] => (10, "0"),
        [b'0', b'b', ..] => (2, text.get(2..)?),
        [b'0', b'x', ..] => (16, text.get(2..)?),
        [b'0', ..] => (8, text.get(1..)?),
        _ => (10, text),
    };
    let digit = |c: char| c == '_' || c.is_digit(base);
    let begins = base != 10 || text.starts_with(|c: char| c.is_ascii_digit());
    let some = digits.contains(|c: char| c != '_');
    (begins && some && digits.chars().all(digit)).then_some((base, digits))
}

/// `1.5`, `1.`, `.5`, `1.5e+3`, with underscores between digits.
fn float(text: &str) -> bool {
    let Some((whole, rest)) = text.split_once('.') else {
        return false;
    };
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b == b'_' || b.is_ascii_digit());
    let first = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let signed = |part: &str| {
        let digits = part.strip_prefix(['+', '-']).unwrap_or("");
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let begins = first(whole) || (whole.is_empty() && first(fraction));
    begins && digits(whole) && digits(fraction) && exponent.is_none_or(signed)
}
