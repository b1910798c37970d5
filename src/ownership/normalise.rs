//! Rendered objects as the server takes them, and values as it writes them.

use super::{Fields, defaults, quantity};
use crate::manifest::Step;
use crate::manifest::schema::Place;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The rendered object without what nobody owns: identity, status, nulls (in a map of texts they
/// are empty texts); a Secret's `stringData` moves into `data`.
pub fn normalise(rendered: &Value, at: Place) -> Value {
    let mut object = without_nulls(rendered, at);
    if let Some(map) = object.as_object_mut() {
        string_data_to_data(map);
        map.retain(|name, value| !not_applied(&[], name, value));
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|name, value| !not_applied(&[Step::field("metadata")], name, value));
        }
    }
    object
}

/// What an apply never owns of an object: the field `name` of the map at `path`.
pub(super) fn not_applied(path: &[Step], name: &str, value: &Value) -> bool {
    match path {
        [] => match (name, value) {
            ("apiVersion" | "kind" | "status", _) => true,
            ("metadata", Value::Object(metadata)) => metadata
                .iter()
                .all(|(name, value)| value.is_null() || NOT_APPLIED.contains(&name.as_str())),
            _ => false,
        },
        [Step::Field(parent)] if &**parent == "metadata" => NOT_APPLIED.contains(&name),
        _ => false,
    }
}

/// Metadata that an apply never owns.
const NOT_APPLIED: [&str; 8] = [
    "name",
    "namespace",
    "creationTimestamp",
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "selfLink",
];

/// The owner's fields, with those of `stringData` as those of `data`.
pub(super) fn normalise_fields(mut fields: Fields) -> Fields {
    if let Some(strings) = fields.children.remove(&Step::field("stringData")) {
        let data = fields.children.entry(Step::field("data")).or_default();
        data.unite(&strings);
    }
    fields
}

pub(super) fn without_nulls(value: &Value, at: Place) -> Value {
    match value {
        Value::Object(map) => {
            let field = |(name, value): (&String, &Value)| {
                let value = given(name, value, at)?;
                Some((name.clone(), without_nulls(&value, at.field(name))))
            };
            Value::Object(map.iter().filter_map(field).collect())
        }
        Value::Array(items) => items.iter().map(|i| without_nulls(i, at.item())).collect(),
        scalar => scalar.clone(),
    }
}

/// A field of the map at `at` as it is sent; `None` for a null, unless it is an empty text there.
pub(super) fn given<'v>(name: &str, value: &'v Value, at: Place) -> Option<Cow<'v, Value>> {
    let value = match value {
        Value::Null if at.free_keys() => Cow::Owned(zero_text(at.field(name))),
        value => Cow::Borrowed(value),
    };
    (!value.is_null()).then_some(value)
}

/// What the server does with `stringData`; it wins over `data`.
pub(super) fn string_data_to_data(object: &mut Map<String, Value>) {
    if let Some(Value::Object(strings)) = object.remove("stringData") {
        let data = object
            .entry("data")
            .or_insert_with(|| Value::Object(Map::new()));
        for (name, text) in strings {
            data[name] = STANDARD.encode(text.as_str().unwrap_or("")).into();
        }
    }
}

/// Whether two values at a place are the same for the server: quantities as numbers, base64
/// decoded, defaults of what is left out given.
pub fn equal(a: &Value, b: &Value, at: Place) -> bool {
    a == b || canonical(a.clone(), at) == canonical(b.clone(), at)
}

/// The value as the server would write it.
pub fn canonical(mut value: Value, at: Place) -> Value {
    defaults::fill(&mut value, at);
    write(&mut value, at);
    value
}

fn write(value: &mut Value, at: Place) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| {
                let below = at.field(name);
                if value.is_null() && at.free_keys() {
                    *value = zero_text(below);
                }
                write(value, below);
                !dropped(value, below)
            });
        }
        Value::Array(items) => items.iter_mut().for_each(|item| write(item, at.item())),
        Value::String(text) if at.bytes() => reencode(text),
        Value::String(text) if at.quantity() => {
            *text = quantity::canonical(text).unwrap_or_else(|| std::mem::take(text));
        }
        Value::Number(number) if at.quantity() => {
            let text = number.to_string();
            *value = quantity::canonical(&text).unwrap_or(text).into();
        }
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *value = whole.into();
            }
        }
        _ => {}
    }
}

/// What a null becomes in a map of texts.
fn zero_text(at: Place) -> Value {
    match at.quantity() {
        true => "0".into(),
        false if at.type_name().is_empty() && at.builtin() => "".into(),
        false => Value::Null,
    }
}

/// The server leaves this value out, or writes an empty list as null.
pub(super) fn dropped(value: &Value, at: Place) -> bool {
    let empty_list = value.as_array().is_some_and(Vec::is_empty);
    value.is_null() || at.zero_dropped() && is_zero(value) || at.builtin() && empty_list
}

fn reencode(text: &mut String) {
    let compact: String = text.split_whitespace().collect();
    if let Ok(bytes) = STANDARD.decode(compact) {
        *text = STANDARD.encode(bytes);
    }
}

fn whole(number: &serde_json::Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    // Beyond 2^53 a float does not say which integer was meant.
    (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
}

/// Null, zero, false, or empty.
pub(super) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
