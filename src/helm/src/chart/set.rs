//! The grammar of `--set` and its sisters.
//!
//! `a.b[0].c=1,d={x,y}`: one recursive reader for keys; what stands behind `=`
//! is read by [`Kind`]. Leniencies and error texts are Helm's.

use super::Table;
use crate::value::fmt::{quote, quote_char};
use serde_json::Value as Json;

/// How a value behind `=` is read.
#[derive(Clone, Copy)]
pub enum Kind<'a> {
    /// `--set`: booleans, null and decimal integers are recognised.
    Typed,
    /// `--set-string`.
    Text,
    /// `--set-json`: one JSON value.
    Json,
    /// `--set-file`: a path, read by the given function.
    File(&'a dyn Fn(&str) -> Result<String, String>),
    /// `--set-literal`: the rest of the argument, as it is.
    Literal,
}

impl Kind<'_> {
    fn flag(self) -> &'static str {
        match self {
            Kind::Typed => "--set",
            Kind::Text => "--set-string",
            Kind::Json => "--set-json",
            Kind::File(_) => "--set-file",
            Kind::Literal => "--set-literal",
        }
    }
}

/// The highest index of a list.
const MAX_INDEX: usize = 65536;

/// How many names a key may have.
const MAX_NAMES: usize = 30;

/// Applies one argument to `table`.
pub(super) fn apply(
    kind: Kind<'_>,
    argument: &str,
    open_index_ends: bool,
    table: &mut Table,
) -> Result<(), String> {
    let mut reader = Reader {
        chars: argument.chars().collect(),
        at: 0,
        kind,
        open_index_ends,
    };
    loop {
        match reader.key(table, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Fault(_)) if matches!(kind, Kind::Json) => {
                return Err(format!("failed parsing --set-json data {argument}"));
            }
            Err(Stop::Fault(text)) => {
                return Err(format!("failed parsing {} data: {text}", kind.flag()));
            }
        }
    }
}

/// Why reading stops.
enum Stop {
    /// The argument is read.
    End,
    /// A fault.
    Fault(String),
}

type Read<T> = Result<T, Stop>;

fn fault<T>(text: impl Into<String>) -> Read<T> {
    Err(Stop::Fault(text.into()))
}

struct Reader<'a> {
    chars: Vec<char>,
    at: usize,
    kind: Kind<'a>,
    open_index_ends: bool,
}

/// A stretch of text and the character that ended it (`None` at the end).
type Stretch = (String, Option<char>);

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied()?;
        self.at += 1;
        Some(c)
    }

    /// Reads up to one of `stops`; a backslash takes the next character as it is.
    fn until(&mut self, stops: &[char]) -> Stretch {
        let mut text = String::new();
        let escapes = !matches!(self.kind, Kind::Literal);
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (text, Some(c));
            }
            if c == '\\' && escapes {
                match self.next() {
                    Some(next) => text.push(next),
                    None => return (text, None),
                }
            } else {
                text.push(c);
            }
        }
        (text, None)
    }

    fn key(&mut self, table: &mut Table, names: usize) -> Read<()> {
        let stops: &[char] = match self.kind {
            Kind::Literal => &['=', '[', '.'],
            _ => &['=', '[', ',', '.'],
        };
        let (name, stop) = self.until(stops);
        match stop {
            None if name.is_empty() => Err(Stop::End),
            None => fault(format!("key {} has no value", quote(&name))),
            Some('[') => self.list_key(table, name, names),
            Some('=') => self.assign(table, name),
            Some(',') => {
                let text = format!("key {} has no value (cannot end with ,)", quote(&name));
                put(table, name, "".into());
                fault(text)
            }
            Some(_) => self.map_key(table, name, names + 1),
        }
    }

    fn map_key(&mut self, table: &mut Table, name: String, names: usize) -> Read<()> {
        if names > MAX_NAMES {
            return fault(format!(
                "value name nested level is greater than maximum supported nested level of {MAX_NAMES}"
            ));
        }
        let mut inner = match table.get(&name) {
            None => Table::new(),
            Some(Json::Object(inner)) => inner.clone(),
            Some(other) => return fault(conversion(other, "map[string]interface {}")),
        };
        let result = self.key(&mut inner, names);
        if result.is_ok() && inner.is_empty() {
            return fault(format!("key map {} has no value", quote(&name)));
        }
        if !inner.is_empty() {
            put(table, name, Json::Object(inner));
        }
        result
    }

    fn list_key(&mut self, table: &mut Table, name: String, names: usize) -> Read<()> {
        let index = self.index()?;
        let list = match table.get(&name) {
            None => Vec::new(),
            Some(Json::Array(items)) => items.clone(),
            Some(other) => return fault(conversion(other, "[]interface {}")),
        };
        let list = self.item(list, index, names)?;
        put(table, name, Json::Array(list));
        Ok(())
    }

    fn index(&mut self) -> Read<usize> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() && self.open_index_ends {
            return Err(Stop::End);
        }
        if stop.is_none() {
            return fault("error parsing index: EOF");
        }
        let index: i64 = text.parse().or_else(|_| {
            fault(format!(
                "error parsing index: strconv.Atoi: parsing {}: invalid syntax",
                quote(&text)
            ))
        })?;
        usize::try_from(index).or_else(|_| fault(format!("negative {index} index not allowed")))
    }

    fn item(&mut self, mut list: Vec<Json>, index: usize, names: usize) -> Read<Vec<Json>> {
        let (extra, stop) = self.until(&['[', '.', '=']);
        if !extra.is_empty() {
            let runes: Vec<String> = extra.chars().map(|c| quote_char(c, false)).collect();
            let runes = runes.join(" ");
            return fault(format!("unexpected data at end of array index: [{runes}]"));
        }
        let value = match stop {
            None => return Err(Stop::End),
            Some('=') => self.value()?,
            Some('[') => {
                let next = self.index()?;
                let inner = match list.get(index) {
                    None | Some(Json::Null) => Vec::new(),
                    Some(Json::Array(inner)) => inner.clone(),
                    Some(other) => return fault(conversion(other, "[]interface {}")),
                };
                Json::Array(self.item(inner, next, names)?)
            }
            Some(_) => {
                let mut inner = match list.get(index) {
                    Some(Json::Object(inner)) => inner.clone(),
                    _ => Table::new(),
                };
                self.key(&mut inner, names)?;
                Json::Object(inner)
            }
        };
        place(&mut list, index, value)?;
        Ok(list)
    }

    fn assign(&mut self, table: &mut Table, name: String) -> Read<()> {
        let at_end = self.at == self.chars.len();
        let value = self.value()?;
        put(table, name, value);
        if at_end && !matches!(self.kind, Kind::Json) {
            Err(Stop::End)
        } else {
            Ok(())
        }
    }

    /// Reads what stands behind `=`.
    fn value(&mut self) -> Read<Json> {
        match self.kind {
            Kind::Json => self.json(),
            Kind::Literal => Ok(self.until(&[]).0.into()),
            _ if self.chars.get(self.at) == Some(&'{') => self.braces(),
            _ if self.at == self.chars.len() => Ok("".into()),
            _ => {
                let (text, _) = self.until(&[',']);
                self.scalar(&text)
            }
        }
    }

    fn scalar(&self, text: &str) -> Read<Json> {
        match self.kind {
            Kind::Typed => Ok(typed(text)),
            Kind::File(read) => read(text).map(Json::from).map_err(Stop::Fault),
            _ => Ok(text.into()),
        }
    }

    fn braces(&mut self) -> Read<Json> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return fault("list must terminate with '}'");
            }
            items.push(self.scalar(&text)?);
            if stop == Some('}') {
                if self.chars.get(self.at) == Some(&',') {
                    self.at += 1;
                }
                return Ok(Json::Array(items));
            }
        }
    }

    fn json(&mut self) -> Read<Json> {
        if self.blank_value() {
            return Ok(Json::Null);
        }
        let rest: String = self.chars.iter().skip(self.at).collect();
        let mut stream = serde_json::Deserializer::from_str(&rest).into_iter::<Json>();
        let value = match stream.next() {
            Some(Ok(value)) => floats(value),
            Some(Err(error)) => return fault(error.to_string()),
            None => Json::Null,
        };
        let read = rest.get(..stream.byte_offset()).unwrap_or(&rest);
        self.at += read.chars().count();
        self.blank_value();
        Ok(value)
    }

    /// Skips blanks and one comma; true where no value stands before it.
    fn blank_value(&mut self) -> bool {
        while let Some(&c) = self.chars.get(self.at) {
            if c != ',' && !c.is_whitespace() {
                return false;
            }
            self.at += 1;
            if c == ',' {
                return true;
            }
        }
        true
    }
}

/// Sets a key; an empty one is dropped.
fn put(table: &mut Table, name: String, value: Json) {
    if !name.is_empty() {
        table.insert(name, value);
    }
}

fn place(list: &mut Vec<Json>, index: usize, value: Json) -> Read<()> {
    if index > MAX_INDEX {
        return fault(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        ));
    }
    if list.len() <= index {
        list.resize(index + 1, Json::Null);
    }
    list[index] = value;
    Ok(())
}

fn typed(text: &str) -> Json {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") || is("false") {
        return Json::Bool(is("true"));
    }
    if is("null") {
        return Json::Null;
    }
    let integer = (text == "0" || !text.starts_with('0'))
        .then(|| text.parse::<i64>().ok())
        .flatten();
    integer.map_or_else(|| text.into(), Json::from)
}

/// As [`floats`], for a whole table.
pub(super) fn floats_of(table: Table) -> Table {
    let entries = table.into_iter();
    entries.map(|(key, value)| (key, floats(value))).collect()
}

/// Numbers of JSON are floats for Go.
fn floats(value: Json) -> Json {
    match value {
        Json::Number(number) => number.as_f64().map_or(Json::Null, Json::from),
        Json::Array(items) => items.into_iter().map(floats).collect(),
        Json::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, floats(value)))
            .collect(),
        other => other,
    }
}

/// The text of Go's failed type assertion.
fn conversion(found: &Json, wanted: &str) -> String {
    let found = match found {
        Json::Null => {
            return format!(
                "unable to parse key: interface conversion: interface {{}} is nil, not {wanted}"
            );
        }
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_f64() => "float64",
        Json::Number(_) => "int64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}
