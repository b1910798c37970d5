//! Go string and character literals (`strconv.Quote` and its kin).

use crate::value::{byte_of, bytes_of, is_cut, text_of};
use std::fmt::Write;

/// `strconv.Quote`: a double-quoted Go literal.
pub fn quote(text: &str) -> String {
    let mut out = String::new();
    append_quoted(&mut out, text);
    out
}

/// `strconv.AppendQuote`.
pub fn append_quoted(out: &mut String, text: &str) {
    match is_cut(text) {
        // Halves of a character that met are that character.
        true => literal(out, &text_of(&bytes_of(text)), '"', false),
        false => literal(out, text, '"', false),
    }
}

/// `strconv.QuoteToASCII`.
pub fn quote_to_ascii(text: &str) -> String {
    let mut out = String::new();
    literal(&mut out, text, '"', true);
    out
}

/// `strconv.QuoteRune`, or `QuoteRuneToASCII`.
pub fn quote_char(character: char, ascii: bool) -> String {
    let mut out = String::new();
    literal(&mut out, character.encode_utf8(&mut [0; 4]), '\'', ascii);
    out
}

/// `strconv.CanBackquote`: whether a raw literal can hold the text.
pub fn can_backquote(text: &str) -> bool {
    text.chars()
        .all(|c| c == '\t' || c >= ' ' && !matches!(c, '`' | '\u{7f}' | '\u{feff}'))
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the
/// ASCII blank.
pub fn is_print(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // The standard library keeps its table private; `escape_debug` of a string
    // leaves exactly the printable characters alone, except in first place.
    let mut probe = [0; 5];
    probe[0] = b'a';
    let len = 1 + character.encode_utf8(&mut probe[1..]).len();
    std::str::from_utf8(&probe[..len]).is_ok_and(|text| text.escape_debug().count() == 2)
}

fn literal(out: &mut String, text: &str, quote: char, ascii: bool) {
    let is_plain = |c: char| matches!(c, ' '..='~') && c != '\\' && c != quote;
    out.push(quote);
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        let mut characters = rest[plain..].chars();
        if let Some(character) = characters.next() {
            escape(out, character, quote, ascii);
        }
        rest = characters.as_str();
    }
    out.push(quote);
}

fn escape(out: &mut String, character: char, quote: char, ascii: bool) {
    match character {
        '\\' => out.push_str("\\\\"),
        c if byte_of(c).is_some() => {
            numeric_byte(out, byte_of(c).unwrap_or_default());
        }
        c if c == quote => out.extend(['\\', c]),
        c if c.is_ascii() && is_print(c) => out.push(c),
        c if !c.is_ascii() && !ascii && is_print(c) => out.push(c),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c => numeric_escape(out, u32::from(c)),
    }
}

fn numeric_byte(out: &mut String, byte: u8) {
    // Writing to a string does not fail.
    let _ = write!(out, "\\x{byte:02x}");
}

fn numeric_escape(out: &mut String, code: u32) {
    // Writing to a string does not fail.
    let _ = match code {
        0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
        0..0x10000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}
