//! `json.Marshal`.

use crate::value::Value;
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

/// The JSON text of a value.
pub(super) fn to_json(value: &Value, style: Style) -> Result<String, String> {
    let mut writer = Writer {
        out: String::new(),
        style,
        depth: 0,
    };
    writer.value(&value.to_json()?);
    Ok(writer.out)
}

struct Writer {
    out: String,
    style: Style,
    depth: usize,
}

impl Writer {
    fn value(&mut self, json: &Json) {
        match json {
            Json::Null => self.out.push_str("null"),
            Json::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Json::Number(number) => self.number(number),
            Json::String(text) => self.string(text),
            Json::Array(items) => self.sequence(('[', ']'), items, Writer::value),
            Json::Object(fields) => {
                self.sequence(('{', '}'), fields, |writer, (key, item)| {
                    writer.string(key);
                    writer
                        .out
                        .push_str(if writer.style.indent { ": " } else { ":" });
                    writer.value(item);
                });
            }
        }
    }

    fn sequence<T>(
        &mut self,
        (open, close): (char, char),
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Writer, T),
    ) {
        self.out.push(open);
        self.depth += 1;
        let mut empty = true;
        for item in items {
            if !empty {
                self.out.push(',');
            }
            empty = false;
            self.line();
            write(self, item);
        }
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.out.push(close);
    }

    fn line(&mut self) {
        if self.style.indent {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(self.depth));
        }
    }

    fn number(&mut self, number: &serde_json::Number) {
        // Writing to a string does not fail.
        let _ = match number.as_f64() {
            Some(float) if number.is_f64() => self.out.write_str(&float_text(float)),
            _ => write!(self.out, "{number}"),
        };
    }

    fn string(&mut self, text: &str) {
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
fn float_text(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}
