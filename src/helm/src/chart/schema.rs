//! `values.schema.json`: whether the values of a render are what the chart takes.
//!
//! The words are those of the library that Helm uses; several faults are told
//! in the order of their places (Helm's order is random).

use super::{Node, Source};
use crate::value::{Map, Value, quote};
use jsonschema::error::{TypeKind, ValidationErrorKind as Fault};
use jsonschema::{ReferencingError as Reference, Retrieve, Uri, ValidationError, Validator};
use serde_json::Value as Json;
use std::error::Error;
use std::sync::OnceLock;

/// A schema, compiled when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Compiled(OnceLock<Result<Validator, String>>);

/// Checks `values` against the schemas of the chart and of its children.
pub fn validate(root: &Node, values: &Map) -> Result<(), String> {
    let mut text = String::new();
    check(root, values, &mut text);
    if text.is_empty() {
        return Ok(());
    }
    Err(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{text}"
    ))
}

fn check(node: &Node, values: &Map, text: &mut String) {
    if let Some(faults) = node.source.schema_faults(values) {
        text.push_str(&format!("{}:\n{faults}\n", node.name()));
    }
    for child in &node.children {
        match values.get(child.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(table)) => check(child, &table, text),
            Some(other) => text.push_str(&format!(
                "{}:\ninvalid type for values: expected object (map), got {}\n",
                child.name(),
                other.type_name()
            )),
        }
    }
}

impl Source {
    fn schema_faults(&self, values: &Map) -> Option<String> {
        let schema = self.schema.as_deref()?;
        match self.compiled.0.get_or_init(|| compile(schema)) {
            Ok(validator) => found(validator, values),
            Err(text) => Some(text.clone()),
        }
    }
}

/// What a schema finds in values, or what is wrong with the schema itself.
pub(crate) fn faults(schema: &[u8], values: &Map) -> Option<String> {
    match compile(schema) {
        Ok(validator) => found(&validator, values),
        Err(text) => Some(text),
    }
}

fn found(validator: &Validator, values: &Map) -> Option<String> {
    let values = match Value::Map(values.clone()).to_json() {
        Ok(mut values) => {
            whole(&mut values);
            values
        }
        Err(text) => return Some(text),
    };
    if validator.is_valid(&values) {
        return None;
    }
    let mut faults: Vec<_> = validator.iter_errors(&values).collect();
    faults.sort_by_cached_key(|fault| fault.instance_path().to_string());
    Some(describe(&faults, 0).join("\n"))
}

/// Only documents that are part of the schema are used; nothing is fetched.
struct Offline;

impl Retrieve for Offline {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Json, Box<dyn Error + Send + Sync>> {
        if uri.as_str().starts_with("urn:") {
            return Ok(Json::Bool(true));
        }
        Err("it lies outside the chart and is not fetched".into())
    }
}

fn compile(schema: &[u8]) -> Result<Validator, String> {
    let schema: Json = serde_json::from_slice(schema).map_err(|error| error.to_string())?;
    let options = jsonschema::options()
        .with_retriever(Offline)
        .should_validate_formats(false);
    options.build(&schema).map_err(|error| match error.kind() {
        Fault::Referencing(Reference::Unretrievable { uri, source }) => {
            format!("failing loading {}: {source}", quote(uri))
        }
        _ => format!("values.schema.json: {error}"),
    })
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

fn describe(faults: &[ValidationError<'_>], depth: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut missing: Option<(String, Vec<String>)> = None;
    for fault in faults {
        let place = fault.instance_path().to_string();
        if let Fault::Required { property } = fault.kind() {
            let name = quoted(property.as_str().unwrap_or_default());
            match &mut missing {
                Some((at, names)) if *at == place => names.push(name),
                _ => {
                    lines.extend(missing.take().map(|group| required(group, depth)));
                    missing = Some((place, vec![name]));
                }
            }
            continue;
        }
        lines.extend(missing.take().map(|group| required(group, depth)));
        lines.push(line(&place, &message(fault), depth));
        for branch in causes(fault) {
            lines.extend(describe(branch, depth + 1));
        }
    }
    lines.extend(missing.map(|group| required(group, depth)));
    lines
}

fn line(place: &str, text: &str, depth: usize) -> String {
    format!("{}- at {}: {text}", "  ".repeat(depth), quoted(place))
}

fn required((place, names): (String, Vec<String>), depth: usize) -> String {
    let what = if names.len() == 1 {
        "missing property"
    } else {
        "missing properties"
    };
    line(&place, &format!("{what} {}", names.join(", ")), depth)
}

fn causes<'e>(fault: &'e ValidationError<'_>) -> &'e [Vec<ValidationError<'static>>] {
    match fault.kind() {
        Fault::AnyOf { context } | Fault::OneOfNotValid { context } => context,
        _ => &[],
    }
}

fn message(fault: &ValidationError<'_>) -> String {
    let got = fault.instance();
    match fault.kind() {
        Fault::Type { kind } => format!("got {}, want {}", type_of(got), wanted(kind)),
        Fault::AdditionalProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| quoted(name)).collect();
            format!("additional properties {} not allowed", names.join(", "))
        }
        Fault::Enum { options } => {
            let options: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(shown)
                .collect();
            let one = if options.len() == 1 { "" } else { "one of " };
            format!("value must be {one}{}", options.join(", "))
        }
        Fault::Constant { expected_value } => format!("value must be {}", shown(expected_value)),
        Fault::AnyOf { .. } => "'anyOf' failed".to_owned(),
        Fault::OneOfNotValid { .. } => "'oneOf' failed, none matched".to_owned(),
        Fault::OneOfMultipleValid { .. } => "'oneOf' failed, several subschemas matched".to_owned(),
        Fault::Not { .. } => "'not' failed".to_owned(),
        Fault::FalseSchema => "false schema".to_owned(),
        Fault::Pattern { pattern } => {
            format!("{} does not match pattern {}", shown(got), quoted(pattern))
        }
        Fault::UniqueItems => "items are not unique".to_owned(),
        kind => match limit(kind, got) {
            Some((got, want)) => format!("{}: got {got}, want {want}", kind.keyword()),
            None => fault.to_string(),
        },
    }
}

/// What was found and what was asked, for keywords that compare numbers.
fn limit(kind: &Fault, got: &Json) -> Option<(String, String)> {
    let length = || match got {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(map) => map.len(),
        _ => 0,
    };
    Some(match kind {
        Fault::Maximum { limit }
        | Fault::Minimum { limit }
        | Fault::ExclusiveMaximum { limit }
        | Fault::ExclusiveMinimum { limit } => {
            (grouped(&got.to_string()), grouped(&limit.to_string()))
        }
        Fault::MaxLength { limit }
        | Fault::MinLength { limit }
        | Fault::MaxItems { limit }
        | Fault::MinItems { limit }
        | Fault::MaxProperties { limit }
        | Fault::MinProperties { limit } => {
            (grouped(&length().to_string()), grouped(&limit.to_string()))
        }
        _ => return None,
    })
}

/// `65535` as `65,535`.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number
        .split_once('.')
        .map_or((number, None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && !out.ends_with('-') {
            out.push(',');
        }
        out.push(c);
    }
    fraction.map_or(out.clone(), |fraction| format!("{out}.{fraction}"))
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(many) => {
            let names: Vec<String> = many.iter().map(|one| one.to_string()).collect();
            names.join(" or ")
        }
    }
}

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
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
