//! YAML as PyYAML writes it: block style for `to_nice_yaml`, flow style inside for `to_yaml`.

use crate::yaml::is_plain_text;
use serde_json::Value;

/// Everything in block style; a list's dashes stand at its parent's indent.
pub(super) fn block(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    let nested = matches!(value, Value::Array(a) if !a.is_empty())
        || matches!(value, Value::Object(o) if !o.is_empty());
    match nested {
        true => write_block(&mut out, value, 0, indent),
        false => document(&mut out, value),
    }
    out
}

/// The outermost collection in block style where it holds others, those in flow style.
pub(super) fn flow_inside(value: &Value) -> String {
    let holds = |value: &Value| value.is_array() || value.is_object();
    let mut out = String::new();
    match value {
        Value::Object(map) if map.values().any(holds) => {
            for (key, value) in map {
                out += &format!("{}: {}\n", text(key), flow(value));
            }
        }
        Value::Array(items) if items.iter().any(holds) => {
            items
                .iter()
                .for_each(|item| out += &format!("- {}\n", flow(item)));
        }
        value => document(&mut out, value),
    }
    out
}

/// A document of one line; a lone scalar is closed with an end mark.
fn document(out: &mut String, value: &Value) {
    out.push_str(&flow(value));
    out.push('\n');
    let plain =
        !matches!(value, Value::Array(_) | Value::Object(_)) && !out.starts_with(['\'', '"']);
    if plain {
        out.push_str("...\n");
    }
}

fn write_block(out: &mut String, value: &Value, column: usize, indent: usize) {
    match value {
        Value::Object(map) => {
            for (at, (key, value)) in map.iter().enumerate() {
                pad(out, if at == 0 { 0 } else { column });
                out.push_str(&text(key));
                out.push(':');
                entry(out, value, column, indent);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                pad(out, if at == 0 { 0 } else { column });
                out.push('-');
                match is_nested(item) {
                    true => {
                        pad(out, indent - 1);
                        write_block(out, item, column + indent, indent);
                    }
                    false => line(out, item, column + indent),
                }
            }
        }
        _ => line(out, value, column),
    }
}

fn entry(out: &mut String, value: &Value, column: usize, indent: usize) {
    if !is_nested(value) {
        return line(out, value, column + indent);
    }
    let column = if value.is_array() {
        column
    } else {
        column + indent
    };
    out.push('\n');
    pad(out, column);
    write_block(out, value, column, indent);
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
        value => out.push_str(&flow(value)),
    }
    out.push('\n');
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    }
}

fn pad(out: &mut String, width: usize) {
    out.extend(std::iter::repeat_n(' ', width));
}

fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(content) => text(content),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(flow).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{}: {}", text(key), flow(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text on one line: plain where it reads back as itself, else quoted.
fn text(content: &str) -> String {
    match content {
        content if is_plain(content) => content.to_owned(),
        content if is_single_quotable(content) && !content.contains('\n') => {
            format!("'{}'", content.replace('\'', "''"))
        }
        content => Value::from(content).to_string(),
    }
}

fn is_plain(content: &str) -> bool {
    let inside = |c: char| c.is_ascii_control() || "[]{},".contains(c);
    let ends = content.starts_with(|c: char| c.is_whitespace() || "#&*!|>'\"%@`".contains(c))
        || content.ends_with([' ', ':']);
    let lead = content.starts_with(['-', '?', ':'])
        && !content[1..].starts_with(|c: char| !c.is_whitespace());
    let marks = content.contains(": ")
        || content.contains(" #")
        || content.starts_with("---")
        || content.starts_with("...");
    !content.is_empty()
        && !content.contains(inside)
        && !ends
        && !lead
        && !marks
        && is_plain_text(content)
}

fn is_single_quotable(content: &str) -> bool {
    let printable = |c: char| c == '\n' || !c.is_control();
    let spaced = content.contains(" \n") || content.starts_with(' ') && content.contains('\n');
    content.chars().all(printable) && !spaced
}
