//! `html`, `js` and `urlquery`.

use crate::value::fmt::{is_print, sprint};
use crate::value::{Value, bytes_of};
use std::fmt::Write;

/// The arguments as one text: as an action prints them.
pub(super) fn text(args: &[Value]) -> String {
    let shown: Vec<Value> = args
        .iter()
        .map(|arg| match arg {
            Value::Nil => "<no value>".into(),
            other => other.clone(),
        })
        .collect();
    let mut out = String::new();
    sprint(&mut out, &shown);
    out
}

pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out
}

pub(super) fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '\'' | '"' => out.extend(['\\', character]),
            // Writing to a string does not fail.
            '<' | '>' | '&' | '=' | '\0'..' ' => _ = write!(out, "\\u{:04X}", u32::from(character)),
            c if c.is_ascii() || is_print(c) => out.push(c),
            c => _ = write!(out, "\\u{:04X}", u32::from(c)),
        }
    }
    out
}

/// `url.QueryEscape`.
pub(super) fn url_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in bytes_of(text).iter() {
        match byte {
            b' ' => out.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            // Writing to a string does not fail.
            other => _ = write!(out, "%{other:02X}"),
        }
    }
    out
}
