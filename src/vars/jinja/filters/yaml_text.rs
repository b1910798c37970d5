//! YAML as PyYAML writes it: block style for `to_nice_yaml`, flow style inside for `to_yaml`.

use crate::yaml::is_plain_text;
use serde_json::Value;

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Block,
    Flow,
}

/// How collections are laid out.
#[derive(Clone, Copy)]
struct Layout {
    indent: usize,
    /// A collection of scalars alone is written in flow style.
    inline: bool,
}

/// Everything in block style; a list's dashes stand at its parent's indent.
pub(super) fn block(value: &Value, indent: usize) -> String {
    laid_out(
        value,
        Layout {
            indent,
            inline: false,
        },
    )
}

/// Block style only for collections that hold others.
pub(super) fn flow_inside(value: &Value) -> String {
    laid_out(
        value,
        Layout {
            indent: 2,
            inline: true,
        },
    )
}

fn laid_out(value: &Value, layout: Layout) -> String {
    let mut out = String::new();
    match layout.is_block(value) {
        true => layout.write(&mut out, value, 0),
        false => document(&mut out, value),
    }
    out
}

/// A document of one line; a lone scalar is closed with an end mark.
fn document(out: &mut String, value: &Value) {
    out.push_str(&outer(value));
    out.push('\n');
    let plain =
        !matches!(value, Value::Array(_) | Value::Object(_)) && !out.starts_with(['\'', '"']);
    if plain {
        out.push_str("...\n");
    }
}

impl Layout {
    fn is_block(self, value: &Value) -> bool {
        let holds = |value: &Value| !self.inline || value.is_array() || value.is_object();
        match value {
            Value::Array(items) => items.iter().any(holds),
            Value::Object(map) => map.values().any(holds),
            _ => false,
        }
    }

    /// A block collection whose first line begins where `out` ends.
    fn write(self, out: &mut String, value: &Value, column: usize) {
        match value {
            Value::Object(map) => {
                for (at, (key, value)) in map.iter().enumerate() {
                    pad(out, if at == 0 { 0 } else { column });
                    out.push_str(&text(key, Style::Block));
                    out.push(':');
                    self.entry(out, value, column);
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    pad(out, if at == 0 { 0 } else { column });
                    out.push('-');
                    self.item(out, item, column + self.indent);
                }
            }
            _ => line(out, value, column),
        }
    }

    fn item(self, out: &mut String, item: &Value, column: usize) {
        if !self.is_block(item) {
            return line(out, item, column);
        }
        pad(out, self.indent - 1);
        self.write(out, item, column);
    }

    fn entry(self, out: &mut String, value: &Value, column: usize) {
        if !self.is_block(value) {
            return line(out, value, column + self.indent);
        }
        let column = if value.is_array() {
            column
        } else {
            column + self.indent
        };
        out.push('\n');
        pad(out, column);
        self.write(out, value, column);
    }
}

/// A scalar or an empty collection behind a key or dash.
fn line(out: &mut String, value: &Value, column: usize) {
    out.push(' ');
    match value {
        Value::String(content) if content.contains('\n') && is_single_quotable(content) => {
            // In single quotes a line break is an empty line, and lines begin at the indent.
            let pad = " ".repeat(column);
            let lines: Vec<String> = content
                .replace('\'', "''")
                .split('\n')
                .map(str::to_owned)
                .collect();
            out.push_str(&format!(
                "'{}'",
                lines
                    .join(&format!("\n\n{pad}"))
                    .replace(&format!("{pad}\n"), "\n")
            ));
        }
        value => out.push_str(&outer(value)),
    }
    out.push('\n');
}

fn pad(out: &mut String, width: usize) {
    out.extend(std::iter::repeat_n(' ', width));
}

/// A value in a block: a text needs fewer quotes there.
fn outer(value: &Value) -> String {
    match value {
        Value::String(content) => text(content, Style::Block),
        value => flow(value),
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(content) => text(content, Style::Flow),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(flow).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{}: {}", text(key, Style::Flow), flow(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text on one line: plain where it reads back as itself, else quoted.
fn text(content: &str, style: Style) -> String {
    match content {
        content if is_plain(content, style) => content.to_owned(),
        content if is_single_quotable(content) && !content.contains('\n') => {
            format!("'{}'", content.replace('\'', "''"))
        }
        content => Value::from(content).to_string(),
    }
}

/// PyYAML's rules: some characters are only special at the beginning, some only in flow style.
fn is_plain(content: &str, style: Style) -> bool {
    let special = |c: char| c.is_whitespace() || "#,[]{}&*!|>'\"%@`".contains(c);
    let flow = |c: char| ",?[]{}:".contains(c);
    let lead = content.starts_with(['-', '?', ':'])
        && !content[1..].starts_with(|c: char| !c.is_whitespace());
    let marks = content.contains(": ")
        || content.contains(" #")
        || content.starts_with("---")
        || content.starts_with("...");
    !content.is_empty()
        && !content.starts_with(special)
        && !content.ends_with([' ', ':'])
        && !content.contains(|c: char| c.is_ascii_control())
        && !lead
        && !marks
        && !(style == Style::Flow && content.contains(flow))
        && is_plain_text(content)
}

fn is_single_quotable(content: &str) -> bool {
    let printable = |c: char| c == '\n' || !c.is_control();
    let spaced = content.contains(" \n") || content.starts_with(' ') && content.contains('\n');
    content.chars().all(printable) && !spaced
}
