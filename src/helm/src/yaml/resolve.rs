//! What a plain scalar means to go-yaml v2: the same rule for the reader and,
//! turned round, for the emitter, which quotes whatever would read as another type.

use super::number::{Integer, looks_like_float, parse_float, parse_integer};
use super::timestamp::is_timestamp;
use std::borrow::Cow;

/// A scalar after resolution.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    /// `~`, `null`, nothing.
    Null,
    /// `true`, `y`, `off`, …
    Bool(bool),
    /// Fits `int64`.
    Int(i64),
    /// Fits only `uint64`.
    Uint(u64),
    /// Everything else that is a number.
    Float(f64),
    /// A plain timestamp: a string when read, quoted when written.
    Timestamp(&'a str),
    /// The plain scalar `<<`.
    Merge,
    /// A string.
    Str(Cow<'a, str>),
}

/// Resolves a plain, untagged scalar.
pub(super) fn resolve(text: &str) -> Scalar<'_> {
    let string = || Scalar::Str(Cow::Borrowed(text));
    let Some(&first) = text.as_bytes().first() else {
        return Scalar::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text).unwrap_or_else(string)
        }
        b'.' => special_float(text)
            .or_else(|| looks_like_float(text).then(|| parse_float(text)).flatten())
            .map_or_else(string, Scalar::Float),
        b'0'..=b'9' | b'+' | b'-' => number(text).unwrap_or_else(string),
        b'<' if text == "<<" => Scalar::Merge,
        _ => string(),
    }
}

fn word(text: &str) -> Option<Scalar<'_>> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        _ => return None,
    })
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn number(text: &str) -> Option<Scalar<'_>> {
    if is_timestamp(text) {
        return Some(Scalar::Timestamp(text));
    }
    if let Some(float) = special_float(text) {
        return Some(Scalar::Float(float));
    }
    if text.contains('_') {
        return plain_number(&text.replace('_', ""));
    }
    plain_number(text)
}

fn plain_number(text: &str) -> Option<Scalar<'static>> {
    match parse_integer(text) {
        Some(Integer::Signed(i)) => return Some(Scalar::Int(i)),
        Some(Integer::Unsigned(u)) => return Some(Scalar::Uint(u)),
        None => {}
    }
    if !looks_like_float(text) {
        return None;
    }
    parse_float(text).map(Scalar::Float)
}

/// Whether a string could be read as a base-60 float by other YAML 1.1 parsers:
/// go-yaml quotes it, though it reads it as a string itself.
pub(super) fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut parts = unsigned.split(':');
    let whole = parts
        .next()
        .is_some_and(|first| first.bytes().all(digit_or_underscore));
    let mut parts = parts.peekable();
    if !whole || parts.peek().is_none() {
        return false;
    }
    while let Some(part) = parts.next() {
        let part = match (parts.peek(), part.split_once('.')) {
            (None, Some((minutes, fraction))) if fraction.bytes().all(digit_or_underscore) => {
                minutes
            }
            _ => part,
        };
        if !is_sixty(part) {
            return false;
        }
    }
    true
}

fn digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn is_sixty(part: &str) -> bool {
    matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
}
