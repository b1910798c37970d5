//! `json.Marshal`.

use crate::value::{MapKind, Value, Walk, byte_of, bytes_of, is_cut, text_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// How the text looks.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// `<`, `>` and `&` as `\u003c` and so on.
    pub(super) escape_html: bool,
    /// Two blanks per level.
    pub(super) indent: bool,
}

/// The JSON text of a value.
pub(super) fn to_json(value: &Value, style: Style) -> Result<String, String> {
    let mut writer = Writer {
        out: String::new(),
        style,
        depth: 0,
        walk: Walk::default(),
    };
    writer.value(value)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    style: Style,
    depth: usize,
    walk: Walk,
}

type Wrote = Result<(), String>;

impl Writer {
    fn value(&mut self, value: &Value) -> Wrote {
        if !self.walk.enter() {
            let what = value.type_name();
            return Err(format!(
                "json: unsupported value: encountered a cycle via {what}"
            ));
        }
        // Writing to a string does not fail.
        let _ = match value {
            Value::Nil => self.out.write_str("null"),
            Value::Bool(flag) => write!(self.out, "{flag}"),
            Value::Int(number) | Value::Int64(number) => write!(self.out, "{number}"),
            Value::Uint64(number) => write!(self.out, "{number}"),
            Value::Float(number) => self.out.write_str(&float_text(*number)?),
            other => {
                self.compound(other)?;
                Ok(())
            }
        };
        self.walk.leave();
        Ok(())
    }

    fn compound(&mut self, value: &Value) -> Wrote {
        match value {
            Value::Str(text) => self.string(text),
            Value::Bytes(bytes) => self.string(&STANDARD.encode(bytes)),
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) => {
                return self.sequence(('[', ']'), list.items.borrow().iter(), Writer::value);
            }
            Value::Map(map) if map.kind == MapKind::NoStr => self.out.push_str("null"),
            Value::Map(map) => {
                let entries = map.entries.borrow();
                return self.sequence(('{', '}'), entries.iter(), |w, (key, v)| w.member(key, v));
            }
            Value::Object(object) => match object.members() {
                Some(members) => {
                    let members = members.into_iter();
                    return self.sequence(('{', '}'), members, |w, (key, v)| w.member(key, &v));
                }
                None => return self.value(&Value::from_json(&object.to_json())),
            },
            _ => {}
        }
        Ok(())
    }

    fn member(&mut self, key: &str, value: &Value) -> Wrote {
        self.string(key);
        self.out
            .push_str(if self.style.indent { ": " } else { ":" });
        self.value(value)
    }

    fn sequence<T>(
        &mut self,
        (open, close): (char, char),
        items: impl Iterator<Item = T>,
        write: impl Fn(&mut Writer, T) -> Wrote,
    ) -> Wrote {
        self.out.push(open);
        self.depth += 1;
        let mut empty = true;
        for item in items {
            if !empty {
                self.out.push(',');
            }
            empty = false;
            self.line();
            write(self, item)?;
        }
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self) {
        if self.style.indent {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(self.depth));
        }
    }

    fn string(&mut self, text: &str) {
        // Halves of a character that met are that character.
        let joined = match is_cut(text) {
            true => text_of(&bytes_of(text)).into_owned(),
            false => String::new(),
        };
        let text = if joined.is_empty() { text } else { &joined };
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                c if byte_of(c).is_some() => self.out.push_str("\\ufffd"),
                c if self.is_escaped(c) => {
                    let _ = write!(self.out, "\\u{:04x}", u32::from(c));
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn is_escaped(&self, c: char) -> bool {
        let html = matches!(c, '<' | '>' | '&') && self.style.escape_html;
        html || c < ' ' || matches!(c, '\u{2028}' | '\u{2029}')
    }
}

/// Plain digits, but an exponent for the very small and very large.
fn float_text(number: f64) -> Result<String, String> {
    let size = number.abs();
    if !number.is_finite() {
        let text = crate::value::format_float(number, 'g', None);
        return Err(format!("json: unsupported value: {text}"));
    }
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Ok(number.to_string());
    }
    let text = format!("{number:e}");
    Ok(match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    })
}
