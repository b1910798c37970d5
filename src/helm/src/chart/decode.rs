//! YAML into the fields of a struct, with the leniency of `sigs.k8s.io/yaml`.
//!
//! Field names match without regard to case (an exact match first); numbers
//! and booleans become text where a string is wanted. The main type here is [`Fields`].

use crate::yaml::format_float32;
use serde_json::{Map, Value as Json};

/// One YAML map that is decoded into a Go struct.
pub struct Fields<'a> {
    map: &'a Map<String, Json>,
    /// The Go type that errors name, such as `Metadata`.
    owner: &'static str,
}

impl<'a> Fields<'a> {
    /// The fields of `data`; null counts as no fields.
    pub fn of(
        data: &'a Json,
        owner: &'static str,
        empty: &'a Map<String, Json>,
    ) -> Result<Fields<'a>, String> {
        match data {
            Json::Object(map) => Ok(Fields { map, owner }),
            Json::Null => Ok(Fields { map: empty, owner }),
            other => Err(format!(
                "json: cannot unmarshal {} into Go value of type {owner}",
                kind(other)
            )),
        }
    }

    /// The raw value of a field.
    pub fn get(&self, name: &str) -> Option<&'a Json> {
        let folded = || {
            self.map
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, v)| v)
        };
        self.map.get(name).or_else(folded)
    }

    /// A string; null and absence give `""`.
    pub fn string(&self, name: &str) -> Result<String, String> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(String::new()),
            Some(value) => text(value).ok_or_else(|| self.mismatch(value, name, "string")),
        }
    }

    /// A boolean; null and absence give false.
    pub fn flag(&self, name: &str) -> Result<bool, String> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(false),
            Some(Json::Bool(flag)) => Ok(*flag),
            Some(value) => Err(self.mismatch(value, name, "bool")),
        }
    }

    /// A list of strings.
    pub fn strings(&self, name: &str) -> Result<Vec<String>, String> {
        let items = self.list(name)?;
        let item = |value: &Json| match value {
            Json::Null => Ok(String::new()),
            value => text(value).ok_or_else(|| self.mismatch(value, name, "string")),
        };
        items.iter().map(item).collect()
    }

    /// The items of a list; null and absence give none.
    pub fn list(&self, name: &str) -> Result<&'a [Json], String> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(&[]),
            Some(Json::Array(items)) => Ok(items),
            Some(value) => Err(self.mismatch(value, name, "[]interface {}")),
        }
    }

    /// A map of strings, in key order.
    pub fn string_map(&self, name: &str) -> Result<Vec<(String, String)>, String> {
        let map = match self.get(name) {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(Json::Object(map)) => map,
            Some(value) => return Err(self.mismatch(value, name, "map[string]string")),
        };
        let entry = |(key, value): (&String, &Json)| match value {
            Json::Null => Ok((key.clone(), String::new())),
            value => match text(value) {
                Some(text) => Ok((key.clone(), text)),
                None => Err(self.mismatch(value, name, "string")),
            },
        };
        let mut entries = map.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        entries.sort_unstable();
        Ok(entries)
    }

    fn mismatch(&self, value: &Json, name: &str, wanted: &str) -> String {
        format!(
            "json: cannot unmarshal {} into Go struct field {}.{name} of type {wanted}",
            kind(value),
            self.owner
        )
    }
}

/// A scalar as text; `None` for lists, maps and null.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) if number.is_f64() => number.as_f64().map(format_float32),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}
