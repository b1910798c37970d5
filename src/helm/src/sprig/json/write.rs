//! `json.Marshal`.

use crate::value::{MapKind, Object, Value, Walk, byte_of, bytes_of, is_cut, json_float, text_of};
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

/// Appends the JSON text of a value; part of it may stand there at an error.
pub(super) fn append_json(out: &mut String, value: &Value, style: Style) -> Result<(), String> {
    let mut writer = Writer {
        out,
        style,
        depth: 0,
        walk: Walk::default(),
    };
    writer.value(value)
}

struct Writer<'o> {
    out: &'o mut String,
    style: Style,
    depth: usize,
    walk: Walk,
}

type Done = Result<(), String>;

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Done {
        self.walk.enter_json(value)?;
        // Writing to a string does not fail.
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(flag) => _ = write!(self.out, "{flag}"),
            Value::Int(number) | Value::Int64(number) => _ = write!(self.out, "{number}"),
            Value::Uint64(number) => _ = write!(self.out, "{number}"),
            Value::Float(number) => self.float(json_float(*number)?),
            Value::Str(text) => self.string(text),
            Value::Bytes(bytes) => self.string(&STANDARD.encode(bytes)),
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) => {
                self.sequence(('[', ']'), list.items.borrow().iter(), Writer::value)?;
            }
            Value::Map(map) if map.kind == MapKind::NoStr => self.out.push_str("null"),
            Value::Map(map) => {
                let entries = map.entries.borrow();
                self.sequence(('{', '}'), entries.iter(), |w, (key, v)| w.member(key, v))?;
            }
            Value::Object(object) => self.object(&**object)?,
        }
        self.walk.leave();
        Ok(())
    }

    fn object(&mut self, object: &dyn Object) -> Done {
        match object.members() {
            Some(members) => {
                let members = members.into_iter();
                self.sequence(('{', '}'), members, |w, (key, v)| w.member(key, &v))
            }
            None => self.value(&Value::from_json(&object.to_json())),
        }
    }

    fn member(&mut self, key: &str, value: &Value) -> Done {
        self.string(key);
        self.out
            .push_str(if self.style.indent { ": " } else { ":" });
        self.value(value)
    }

    fn sequence<T>(
        &mut self,
        (open, close): (char, char),
        items: impl Iterator<Item = T>,
        write: impl Fn(&mut Self, T) -> Done,
    ) -> Done {
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
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    /// Plain digits, but an exponent for the very small and very large.
    fn float(&mut self, number: f64) {
        let size = number.abs();
        let _ = match size == 0.0 || (1e-6..1e21).contains(&size) {
            true => write!(self.out, "{number}"),
            false => self.out.write_str(&exponent(number)),
        };
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        match is_cut(text) {
            // Halves of a character that met are that character.
            true => self.escaped(&text_of(&bytes_of(text))),
            false => self.escaped(text),
        }
        self.out.push('"');
    }

    fn escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| self.is_escaped(c)) {
            self.out.push_str(&rest[..at]);
            let mut characters = rest[at..].chars();
            characters.next().into_iter().for_each(|c| self.escape(c));
            rest = characters.as_str();
        }
        self.out.push_str(rest);
    }

    fn is_escaped(&self, c: char) -> bool {
        let html = matches!(c, '<' | '>' | '&') && self.style.escape_html;
        let other = matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}');
        html || other || c < ' ' || byte_of(c).is_some()
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '"' | '\\' => c,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            c if byte_of(c).is_some() => return self.out.push_str("\\ufffd"),
            c => {
                let _ = write!(self.out, "\\u{:04x}", u32::from(c));
                return;
            }
        };
        self.out.extend(['\\', short]);
    }
}

fn exponent(number: f64) -> String {
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}
