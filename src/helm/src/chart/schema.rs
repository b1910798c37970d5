//! `values.schema.json`: whether the values of a render are what the chart takes.
//!
//! The words are those of the library that Helm uses; several faults are told
//! in the order of their places (Helm's order is random).

mod cycles;
mod faults;

use super::{Node, Source, Warning};
use crate::value::{Map, Value, quote};
use cycles::Cycle;
use faults::{describe, line};
use jsonschema::error::ValidationErrorKind as Fault;
use jsonschema::{ReferencingError as Reference, Retrieve, Uri, Validator};
use serde_json::{Value as Json, json};
use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a schema's own references call it, as Helm does.
const NAME: &str = "file:///values.schema.json";

/// A schema, compiled when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Compiled(OnceLock<Result<Schema, String>>);

/// A compiled schema.
#[derive(Debug)]
struct Schema {
    document: Json,
    validator: Validator,
    /// Whether references lead in a circle somewhere.
    circular: bool,
    /// The URNs it refers to. Nothing is known of what they name, so that everything is right.
    urns: Vec<String>,
}

/// Checks `values` against the schemas of the chart and of its children.
pub fn validate(root: &Node, values: &Map, warnings: &mut Vec<Warning>) -> Result<(), String> {
    let mut text = String::new();
    check(root, values, warnings, &mut text);
    if text.is_empty() {
        return Ok(());
    }
    Err(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{text}"
    ))
}

fn check(node: &Node, values: &Map, warnings: &mut Vec<Warning>, text: &mut String) {
    if let Some(faults) = node.source.schema_faults(values, warnings) {
        text.push_str(&format!("{}:\n{faults}\n", node.name()));
    }
    for child in &node.children {
        match values.get(child.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(table)) => check(child, &table, warnings, text),
            Some(other) => text.push_str(&format!(
                "{}:\ninvalid type for values: expected object (map), got {}\n",
                child.name(),
                other.type_name()
            )),
        }
    }
}

impl Source {
    fn schema_faults(&self, values: &Map, warnings: &mut Vec<Warning>) -> Option<String> {
        let schema = self.schema.as_deref()?;
        match self.compiled.0.get_or_init(|| Schema::compile(schema)) {
            Ok(schema) => {
                warnings.extend(schema.urns.iter().cloned().map(Warning::Urn));
                schema.faults(values)
            }
            Err(text) => Some(text.clone()),
        }
    }
}

/// What a schema finds in values, or what is wrong with the schema itself.
pub(crate) fn faults(schema: &[u8], values: &Map) -> Option<String> {
    match Schema::compile(schema) {
        Ok(schema) => schema.faults(values),
        Err(text) => Some(text),
    }
}

impl Schema {
    fn compile(schema: &[u8]) -> Result<Schema, String> {
        let document: Json = serde_json::from_slice(schema).map_err(|error| error.to_string())?;
        let offline = Offline::default();
        let urns = offline.urns.clone();
        let validator = options(offline).build(&document);
        let validator = validator.map_err(|error| match error.kind() {
            Fault::Referencing(Reference::Unretrievable { uri, source }) => {
                format!("failing loading {}: {source}", quote(uri))
            }
            _ => format!("values.schema.json: {error}"),
        })?;
        let mut urns = std::mem::take(&mut *urns.lock().unwrap_or_else(PoisonError::into_inner));
        urns.sort();
        urns.dedup();
        Ok(Schema {
            circular: cycles::any(&document),
            document,
            validator,
            urns,
        })
    }

    fn faults(&self, values: &Map) -> Option<String> {
        let values = match Value::Map(values.clone()).to_json() {
            Ok(mut values) => {
                whole(&mut values);
                values
            }
            Err(text) => return Some(text),
        };
        let cycles = match self.circular {
            true => cycles::find(&self.document, &values),
            false => Vec::new(),
        };
        if cycles.is_empty() && self.validator.is_valid(&values) {
            return None;
        }
        let mut faults: Vec<_> = self.validator.iter_errors(&values).collect();
        faults.sort_by_cached_key(|fault| fault.instance_path().to_string());
        let mut lines = describe(&faults, self, "", 0);
        lines.extend(cycles.iter().map(told));
        Some(lines.join("\n"))
    }

    /// The part of the schema at a pointer, for a value of its own; none where that is `false`,
    /// and nothing is right.
    fn part(&self, pointer: &str) -> Option<Validator> {
        if self.document.pointer(pointer) == Some(&Json::Bool(false)) {
            return None;
        }
        let mut part = json!({"$ref": format!("{NAME}#{pointer}")});
        if let Some(draft) = self.document.get("$schema") {
            part["$schema"] = draft.clone();
        }
        let whole = Some(self.document.clone());
        let offline = Offline {
            whole,
            ..Offline::default()
        };
        options(offline).build(&part).ok()
    }
}

fn told(cycle: &Cycle) -> String {
    let Cycle {
        place,
        again,
        first,
        schema,
    } = cycle;
    let schema = quote(&format!("{NAME}#{schema}"));
    let why = format!("both {again} and {first} resolve to {schema} causing reference cycle");
    line(place, &why, 0)
}

fn options<'o>(offline: Offline) -> jsonschema::ValidationOptions<'o> {
    jsonschema::options()
        .with_retriever(offline)
        .should_validate_formats(false)
}

/// Only documents that are part of the schema are used; nothing is fetched.
#[derive(Default)]
struct Offline {
    /// The schema itself, for a part that refers to it.
    whole: Option<Json>,
    /// What was asked for and is open.
    urns: Arc<Mutex<Vec<String>>>,
}

impl Retrieve for Offline {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Json, Box<dyn Error + Send + Sync>> {
        let uri = uri.as_str();
        if uri.starts_with("urn:") {
            let mut urns = self.urns.lock().unwrap_or_else(PoisonError::into_inner);
            urns.push(uri.to_owned());
            return Ok(Json::Bool(true));
        }
        match &self.whole {
            Some(whole) if uri == NAME => Ok(whole.clone()),
            _ => Err("it lies outside the chart and is not fetched".into()),
        }
    }
}

/// Whole floats as integers: `1.0` is an integer for Go's library in every draft.
fn whole(value: &mut Json) {
    match value {
        Json::Number(number) => match number.as_f64() {
            Some(f) if f.fract() == 0.0 && f.abs() < 9e15 => *value = Json::from(f as i64),
            _ => {}
        },
        Json::Array(items) => items.iter_mut().for_each(whole),
        Json::Object(map) => map.values_mut().for_each(whole),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_elsewhere_is_not_fetched() {
        let schema = br#"{"$ref": "https://example.net/a.json"}"#;
        let told = faults(schema, &Map::default());
        let why = "failing loading \"https://example.net/a.json\": it lies outside the chart and is not fetched";
        assert_eq!(told.as_deref(), Some(why));
    }
}
