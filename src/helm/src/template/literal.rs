//! Go's string and character literals (`strconv.Unquote`).

use crate::value::text_of;
use std::borrow::Cow;

/// What Go says of a literal that it can't read.
pub(super) const INVALID: &str = "invalid syntax";

/// The text of a quoted or raw string literal, quotes included in `literal`.
pub(super) fn unquote(literal: &str) -> Result<Cow<'_, str>, String> {
    let mut inner = literal.chars();
    let (open, close) = (inner.next(), inner.next_back());
    match (open, close) {
        (Some('`'), Some('`')) if inner.as_str().contains('\r') => {
            Ok(inner.as_str().replace('\r', "").into())
        }
        (Some('`'), Some('`')) => Ok(inner.as_str().into()),
        (Some('"'), Some('"')) => unescape(inner.as_str(), '"'),
        _ => Err(INVALID.into()),
    }
}

/// The character of a literal such as `'a'` or `'\n'`.
pub(super) fn unquote_char(literal: &str) -> Result<u32, String> {
    let rest = literal.strip_prefix('\'').ok_or(INVALID)?;
    let mut rest = rest.chars();
    let unit = next_unit(&mut rest, '\'').ok_or(INVALID)?;
    match rest.as_str() {
        "'" => Ok(unit.code()),
        _ => Err(format!("malformed character constant: {literal}")),
    }
}

/// A character, or a byte written as `\x80` or `\200`.
enum Unit {
    Char(char),
    Byte(u8),
}

impl Unit {
    fn code(&self) -> u32 {
        match self {
            Unit::Char(c) => u32::from(*c),
            Unit::Byte(byte) => u32::from(*byte),
        }
    }
}

fn unescape(text: &str, quote: char) -> Result<Cow<'_, str>, String> {
    if !text.contains(['\\', quote, '\n']) {
        return Ok(text.into());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while !rest.as_str().is_empty() {
        match next_unit(&mut rest, quote).ok_or(INVALID)? {
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(byte) => bytes.push(byte),
        }
    }
    Ok(text_of(&bytes).into_owned().into())
}

fn next_unit(rest: &mut std::str::Chars<'_>, quote: char) -> Option<Unit> {
    match rest.next()? {
        '\\' => escape(rest, quote),
        '\n' => None,
        c if c == quote => None,
        c => Some(Unit::Char(c)),
    }
}

fn escape(rest: &mut std::str::Chars<'_>, quote: char) -> Option<Unit> {
    let character = match rest.next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        c if c == quote => c,
        'x' => return digits(rest, 2, 16, 0).and_then(byte),
        'u' => {
            return digits(rest, 4, 16, 0)
                .and_then(char::from_u32)
                .map(Unit::Char);
        }
        'U' => {
            return digits(rest, 8, 16, 0)
                .and_then(char::from_u32)
                .map(Unit::Char);
        }
        c @ '0'..='7' => return digits(rest, 2, 8, c.to_digit(8)?).and_then(byte),
        _ => return None,
    };
    Some(Unit::Char(character))
}

fn digits(rest: &mut std::str::Chars<'_>, count: usize, radix: u32, first: u32) -> Option<u32> {
    (0..count).try_fold(first, |code, _| {
        code.checked_mul(radix)?
            .checked_add(rest.next()?.to_digit(radix)?)
    })
}

fn byte(code: u32) -> Option<Unit> {
    match u8::try_from(code).ok()? {
        byte if byte.is_ascii() => Some(Unit::Char(char::from(byte))),
        byte => Some(Unit::Byte(byte)),
    }
}
