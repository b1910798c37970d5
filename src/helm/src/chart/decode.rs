//! YAML into the fields of a struct, with the leniency of `sigs.k8s.io/yaml`.
//!
//! Field names match without regard to case (an exact match first); numbers
//! and booleans become text where a string is wanted. The main type here is [`Fields`].

use super::Line;
use crate::yaml::format_float32;
use serde_json::{Map, Value as Json};

/// One YAML map that is decoded into a Go struct.
pub struct Fields<'a> {
    /// `None` for null.
    map: Option<&'a Map<String, Json>>,
    /// What errors put before the field: `Metadata.` or `Maintainer.maintainers.`.
    place: String,
}

/// The Go struct that is decoded into, as errors name it.
#[derive(Clone, Copy)]
pub struct Struct {
    /// Its package: `chart`.
    pub package: &'static str,
    /// Its name: `Metadata`; the whole type for a struct without a name.
    pub name: &'static str,
}

impl Struct {
    /// A struct of Helm's chart package.
    pub fn of_chart(name: &'static str, line: Line) -> Struct {
        let package = match line {
            Line::Three => "chart",
            Line::Four => "v2",
        };
        Struct { package, name }
    }

    fn type_name(self) -> String {
        match self.package {
            "" => self.name.to_owned(),
            package => format!("{package}.{}", self.name),
        }
    }

    /// What errors put before a field.
    fn field_prefix(self) -> &'static str {
        match self.package {
            "" => "",
            _ => self.name,
        }
    }
}

impl<'a> Fields<'a> {
    /// The fields of `data`; null counts as no fields.
    pub fn of(data: &'a Json, target: Struct) -> Result<Fields<'a>, String> {
        let map = map_of(data).ok_or_else(|| {
            let (found, wanted) = (kind(data), target.type_name());
            format!("json: cannot unmarshal {found} into Go value of type {wanted}")
        })?;
        let place = format!("{}.", target.field_prefix());
        Ok(Fields { map, place })
    }

    /// The fields of `data`, found in the field `name`.
    pub fn nested(&self, data: &'a Json, name: &str, target: Struct) -> Result<Fields<'a>, String> {
        let map = map_of(data).ok_or_else(|| self.mismatch(data, name, &target.type_name()))?;
        let path = self.place.split_once('.').map_or("", |(_, path)| path);
        let place = format!("{}.{path}{name}.", target.field_prefix());
        Ok(Fields { map, place })
    }

    /// The raw value of a field.
    pub fn get(&self, name: &str) -> Option<&'a Json> {
        let map = self.map?;
        let folded = || map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        map.get(name).or_else(|| folded().map(|(_, value)| value))
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
        let items = self.list(name, "[]string")?;
        let item = |value: &Json| match value {
            Json::Null => Ok(String::new()),
            value => text(value).ok_or_else(|| self.mismatch(value, name, "string")),
        };
        items.iter().map(item).collect()
    }

    /// The items of a list of the Go type `wanted`; null and absence give none.
    pub fn list(&self, name: &str, wanted: &str) -> Result<&'a [Json], String> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(&[]),
            Some(Json::Array(items)) => Ok(items),
            Some(value) => Err(self.mismatch(value, name, wanted)),
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
        let (found, place) = (kind(value), &self.place);
        format!(
            "json: cannot unmarshal {found} into Go struct field {place}{name} of type {wanted}"
        )
    }
}

/// The map, or nothing for null; the outer `None` is another type.
fn map_of(data: &Json) -> Option<Option<&Map<String, Json>>> {
    match data {
        Json::Object(map) => Some(Some(map)),
        Json::Null => Some(None),
        _ => None,
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
