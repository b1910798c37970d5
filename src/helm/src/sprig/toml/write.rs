//! `toml.NewEncoder`: keys sorted, plain values before tables, two blanks per
//! level.

use super::super::dates::Time;
use crate::value::fmt::format_float;
use crate::value::{Map, SmolStr, Value, Walk};

/// The text, or Go's error.
pub(super) fn to_toml(value: &Value) -> Result<String, String> {
    let mut writer = Writer {
        out: String::new(),
        walk: Walk::default(),
    };
    writer.encode(&[], value)?;
    Ok(writer.out)
}

/// How a value is laid out.
#[derive(PartialEq, Eq)]
enum Shape {
    Nil,
    Plain,
    Table,
    Tables,
}

fn shape(value: &Value) -> Result<Shape, String> {
    match value {
        Value::Nil => Ok(Shape::Nil),
        Value::Map(_) => Ok(Shape::Table),
        Value::List(list) => {
            let mut tables = !list.items.borrow().is_empty();
            for item in list.items.borrow().iter() {
                match shape(item)? {
                    Shape::Nil => return Err("toml: cannot encode array with nil element".into()),
                    Shape::Table => {}
                    _ => tables = false,
                }
            }
            Ok(if tables { Shape::Tables } else { Shape::Plain })
        }
        _ => Ok(Shape::Plain),
    }
}

struct Writer {
    out: String,
    walk: Walk,
}

/// What Go would never come back from.
const CYCLE: &str = "toml: the value contains itself";

type Key = [SmolStr];

impl Writer {
    fn encode(&mut self, key: &Key, value: &Value) -> Result<(), String> {
        if !self.walk.enter() {
            return Err(CYCLE.to_owned());
        }
        let encoded = self.shaped(key, value);
        self.walk.leave();
        encoded
    }

    fn shaped(&mut self, key: &Key, value: &Value) -> Result<(), String> {
        match (shape(value)?, value) {
            (Shape::Nil, _) => Ok(()),
            (Shape::Table, Value::Map(map)) => {
                if key.len() == 1 {
                    self.newline();
                }
                if !key.is_empty() {
                    self.header(key, "[", "]");
                }
                self.entries(key, map)
            }
            (Shape::Tables, Value::List(list)) => self.tables(key, &list.items.borrow()),
            _ => self.pair(key, value),
        }
    }

    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn header(&mut self, key: &Key, open: &str, close: &str) {
        let names: Vec<String> = key.iter().map(|name| quoted_key(name)).collect();
        let indent = "  ".repeat(key.len() - 1);
        self.out
            .push_str(&format!("{indent}{open}{}{close}\n", names.join(".")));
    }

    fn tables(&mut self, key: &Key, items: &[Value]) -> Result<(), String> {
        if key.is_empty() {
            return Err("toml: top-level values must be Go maps or structs".to_owned());
        }
        for item in items {
            self.newline();
            self.header(key, "[[", "]]");
            if let Value::Map(map) = item {
                self.entries(key, map)?;
            }
        }
        Ok(())
    }

    fn entries(&mut self, key: &Key, map: &Map) -> Result<(), String> {
        let (plain, tables) = split(map)?;
        for (name, value) in plain.into_iter().chain(tables) {
            let path: Vec<SmolStr> = key.iter().cloned().chain([name]).collect();
            self.encode(&path, &value)?;
        }
        Ok(())
    }

    fn pair(&mut self, key: &Key, value: &Value) -> Result<(), String> {
        if let Some(name) = key.last() {
            let indent = "  ".repeat(key.len() - 1);
            self.out
                .push_str(&format!("{indent}{} = ", quoted_key(name)));
        }
        self.element(value)?;
        if !key.is_empty() {
            self.newline();
        }
        Ok(())
    }

    fn element(&mut self, value: &Value) -> Result<(), String> {
        if !self.walk.enter() {
            return Err(CYCLE.to_owned());
        }
        match value {
            Value::Str(text) => self.out.push_str(&quoted(text)),
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::List(list) => self.inline_list(&list.items.borrow())?,
            Value::Map(map) => self.inline_table(map)?,
            Value::Object(object) => match Time::from_value(value) {
                Some(time) => self
                    .out
                    .push_str(&time.format("2006-01-02T15:04:05.999999999Z07:00")),
                None => self.out.push_str(&quoted(&object.print())),
            },
            other => self.out.push_str(&other.print()),
        }
        self.walk.leave();
        Ok(())
    }

    fn inline_list(&mut self, items: &[Value]) -> Result<(), String> {
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            self.out.push_str(if at > 0 { ", " } else { "" });
            self.element(item)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn inline_table(&mut self, map: &Map) -> Result<(), String> {
        let (plain, tables) = split(map)?;
        self.out.push('{');
        let last = (plain.len() + tables.len()).saturating_sub(1);
        for (at, (name, value)) in plain.iter().chain(&tables).enumerate() {
            if value.is_nil() {
                continue;
            }
            self.out.push_str(&format!("{} = ", quoted_key(name)));
            self.element(value)?;
            self.out.push_str(if at < last { ", " } else { "" });
        }
        self.out.push('}');
        Ok(())
    }
}

type Entries = Vec<(SmolStr, Value)>;

/// What is written as `key = value`, and what under a header of its own.
fn split(map: &Map) -> Result<(Entries, Entries), String> {
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in map.entries.borrow().iter() {
        let entry = (key.clone(), value.clone());
        match shape(value)? {
            Shape::Table | Shape::Tables => tables.push(entry),
            _ => plain.push(entry),
        }
    }
    Ok((plain, tables))
}

/// Always with a point or an exponent.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let text = format_float(number, 'g', None);
    if text.contains(['.', 'e']) {
        text
    } else {
        text + ".0"
    }
}

fn quoted_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        return key.to_owned();
    }
    quoted(key)
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
