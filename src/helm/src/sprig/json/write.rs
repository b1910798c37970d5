//! `json.Marshal`.

use crate::value::{Dict, Value, Walk, json_float};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
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
            Value::List(list) => {
                let items = list.items.borrow();
                self.sequence(('[', ']'), items.iter(), Writer::value)?;
            }
            Value::Map(map) => self.dict(&map.entries.borrow())?,
            Value::Object(object) => self.json(&object.to_json())?,
        }
        self.walk.leave();
        Ok(())
    }

    fn dict(&mut self, entries: &Dict) -> Done {
        self.sequence(('{', '}'), entries.iter(), |writer, (key, item)| {
            writer.key(key);
            writer.value(item)
        })
    }

    fn json(&mut self, json: &Json) -> Done {
        match json {
            Json::Array(items) => self.sequence(('[', ']'), items, Writer::json),
            Json::Object(fields) => self.sequence(('{', '}'), fields, |writer, (key, item)| {
                writer.key(key);
                writer.json(item)
            }),
            scalar => self.value(&crate::yaml::to_value(scalar)),
        }
    }

    fn sequence<T>(
        &mut self,
        (open, close): (char, char),
        items: impl IntoIterator<Item = T>,
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
            self.out.push_str(&"  ".repeat(self.depth));
        }
    }

    fn key(&mut self, key: &str) {
        self.string(key);
        self.out
            .push_str(if self.style.indent { ": " } else { ":" });
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
        let mut rest = text;
        while let Some(at) = rest.find(|c| self.is_escaped(c)) {
            self.out.push_str(&rest[..at]);
            let mut characters = rest[at..].chars();
            characters.next().into_iter().for_each(|c| self.escape(c));
            rest = characters.as_str();
        }
        self.out.push_str(rest);
        self.out.push('"');
    }

    fn is_escaped(&self, c: char) -> bool {
        let html = matches!(c, '<' | '>' | '&') && self.style.escape_html;
        html || c < ' ' || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}')
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '"' | '\\' => c,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            _ => {
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
