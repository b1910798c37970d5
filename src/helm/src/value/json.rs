//! From and to JSON, as Go's `encoding/json` sees the values.

use super::{Dict, MapKind, Value, Walk, whole};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

impl Value {
    /// What Go decodes from JSON into `interface {}`: every number a `float64`.
    pub fn from_json(json: &Json) -> Value {
        match json {
            Json::Null => Value::Nil,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => Value::Float(number.as_f64().unwrap_or_default()),
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(items) => items
                .iter()
                .map(Value::from_json)
                .collect::<Vec<_>>()
                .into(),
            Json::Object(fields) => fields
                .iter()
                .map(|(key, item)| (key.as_str().into(), Value::from_json(item)))
                .collect::<Dict>()
                .into(),
        }
    }

    /// What `json.Marshal` would write, as a tree. Integers stay integers,
    /// floats stay floats. The error is Go's text.
    pub fn to_json(&self) -> Result<Json, String> {
        to_json(self, &mut Walk::default())
    }
}

fn to_json(value: &Value, walk: &mut Walk) -> Result<Json, String> {
    walk.enter_json(value)?;
    let json = match value {
        Value::Nil => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) | Value::Int64(number) => Json::from(*number),
        Value::Uint64(number) => Json::from(*number),
        Value::Float(number) => Json::from(json_float(*number)?),
        Value::Str(text) => Json::from(whole(text)),
        Value::Bytes(bytes) => Json::String(STANDARD.encode(bytes)),
        Value::List(list) if list.is_nil() => Json::Null,
        Value::Map(map) if map.kind == MapKind::NoStr => Json::Null,
        Value::List(list) => list
            .items
            .borrow()
            .iter()
            .map(|item| to_json(item, walk))
            .collect::<Result<_, _>>()
            .map(Json::Array)?,
        Value::Map(map) => map
            .entries
            .borrow()
            .iter()
            .map(|(key, item)| Ok((key.to_string(), to_json(item, walk)?)))
            .collect::<Result<_, String>>()
            .map(Json::Object)?,
        Value::Object(object) => object.to_json(),
    };
    walk.leave();
    Ok(json)
}

impl Walk {
    /// Goes into a value that is being written, or says as Go that there is no end.
    pub(crate) fn enter_json(&mut self, value: &Value) -> Result<(), String> {
        if self.enter() {
            return Ok(());
        }
        let what = value.type_name();
        Err(format!(
            "json: unsupported value: encountered a cycle via {what}"
        ))
    }
}

/// A number that JSON can hold; the error is Go's text.
pub(crate) fn json_float(number: f64) -> Result<f64, String> {
    if number.is_finite() {
        return Ok(number);
    }
    let text = super::fmt::format_float(number, 'g', None);
    Err(format!("json: unsupported value: {text}"))
}
