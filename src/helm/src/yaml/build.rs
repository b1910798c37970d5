//! What the reader makes of a document: plain data or engine values.

use super::resolve::Scalar;
use crate::value::{Dict, SmolStr, Value};
use serde_json::{Number, Value as Data};
use std::borrow::Cow;

/// Makes nodes. One implementation per output of the reader.
pub(super) trait Build: Copy {
    /// The node type.
    type Node: Clone;

    /// The type of keys.
    type Name;

    /// A key.
    fn name(&self, text: Cow<'_, str>) -> Self::Name;

    /// A scalar. Infinities are refused as `encoding/json` refuses them.
    fn scalar(&self, scalar: Scalar<'_>) -> Result<Self::Node, String>;

    /// A list.
    fn list(&self, items: Vec<Self::Node>) -> Self::Node;

    /// A map; of equal keys the last one wins.
    fn map(&self, entries: Vec<(Self::Name, Self::Node)>) -> Self::Node;

    /// The entries of a map, for merge keys.
    fn entries(&self, node: &Self::Node) -> Option<Vec<(Self::Name, Self::Node)>>;

    /// The items of a list, for merge keys.
    fn items(&self, node: &Self::Node) -> Option<Vec<Self::Node>>;

    /// The text of a scalar node as a key.
    fn key(&self, node: &Self::Node) -> Option<String>;

    /// A copy that shares nothing with the original (aliases are copies).
    fn copy(&self, node: &Self::Node) -> Self::Node {
        node.clone()
    }

    /// How Go prints the node with `%#v` (in `invalid map key`).
    fn go_syntax(&self, node: &Self::Node) -> String;
}

/// Builds [`serde_json::Value`].
#[derive(Clone, Copy)]
pub(super) struct Plain {
    /// Whether integers stay integers (metadata) or become `float64` (values).
    pub exact: bool,
}

impl Plain {
    fn integer(&self, exact: Number, float: f64) -> Data {
        if self.exact {
            Data::Number(exact)
        } else {
            number(float)
        }
    }
}

/// A float as data; `Null` can't come up, the reader refuses what is not finite.
fn number(float: f64) -> Data {
    Number::from_f64(float).map_or(Data::Null, Data::Number)
}

fn finite(float: f64) -> Result<f64, String> {
    if float.is_finite() {
        return Ok(float);
    }
    Err(format!(
        "json: unsupported value: {}",
        super::number::format_float(float)
    ))
}

impl Build for Plain {
    type Node = Data;
    type Name = String;

    fn name(&self, text: Cow<'_, str>) -> String {
        text.into_owned()
    }

    fn scalar(&self, scalar: Scalar<'_>) -> Result<Data, String> {
        Ok(match scalar {
            Scalar::Null => Data::Null,
            Scalar::Bool(flag) => Data::Bool(flag),
            Scalar::Int(i) => self.integer(i.into(), i as f64),
            Scalar::Uint(u) => self.integer(u.into(), u as f64),
            Scalar::Float(f) => number(finite(f)?),
            Scalar::Timestamp(text) => Data::String(text.to_owned()),
            Scalar::Merge => Data::String("<<".to_owned()),
            Scalar::Str(text) => Data::String(text.into_owned()),
        })
    }

    fn list(&self, items: Vec<Data>) -> Data {
        Data::Array(items)
    }

    fn map(&self, entries: Vec<(String, Data)>) -> Data {
        Data::Object(entries.into_iter().collect())
    }

    fn entries(&self, node: &Data) -> Option<Vec<(String, Data)>> {
        let map = node.as_object()?;
        Some(map.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    fn items(&self, node: &Data) -> Option<Vec<Data>> {
        node.as_array().cloned()
    }

    fn key(&self, node: &Data) -> Option<String> {
        match node {
            Data::String(text) => Some(text.clone()),
            Data::Bool(flag) => Some(flag.to_string()),
            Data::Number(number) => number.as_f64().map(super::format_float32),
            _ => None,
        }
    }

    fn go_syntax(&self, node: &Data) -> String {
        go_syntax(node)
    }
}

/// Builds engine values.
#[derive(Clone, Copy)]
pub(super) struct Live;

impl Build for Live {
    type Node = Value;
    type Name = SmolStr;

    fn name(&self, text: Cow<'_, str>) -> SmolStr {
        text.into()
    }

    fn scalar(&self, scalar: Scalar<'_>) -> Result<Value, String> {
        Ok(match scalar {
            Scalar::Null => Value::Nil,
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Int(i) => Value::Float(i as f64),
            Scalar::Uint(u) => Value::Float(u as f64),
            Scalar::Float(f) => Value::Float(finite(f)?),
            Scalar::Timestamp(text) => text.into(),
            Scalar::Merge => "<<".into(),
            Scalar::Str(text) => (&*text).into(),
        })
    }

    fn list(&self, items: Vec<Value>) -> Value {
        items.into()
    }

    fn map(&self, entries: Vec<(SmolStr, Value)>) -> Value {
        entries.into_iter().collect::<Dict>().into()
    }

    fn entries(&self, node: &Value) -> Option<Vec<(SmolStr, Value)>> {
        let Value::Map(map) = node else { return None };
        let entries = map.entries.borrow();
        let entry = |(key, value): (&SmolStr, &Value)| (key.clone(), value.clone());
        Some(entries.iter().map(entry).collect())
    }

    fn items(&self, node: &Value) -> Option<Vec<Value>> {
        let Value::List(list) = node else { return None };
        Some(list.items.borrow().clone())
    }

    fn copy(&self, node: &Value) -> Value {
        node.deep_copy()
    }

    fn key(&self, node: &Value) -> Option<String> {
        Plain { exact: false }.key(&node.to_json().ok()?)
    }

    fn go_syntax(&self, node: &Value) -> String {
        node.to_json()
            .map_or_else(|text| text, |data| go_syntax(&data))
    }
}

/// Go's `%#v` of decoded YAML.
fn go_syntax(node: &Data) -> String {
    match node {
        Data::Null => "<nil>".to_owned(),
        other => inner_syntax(other),
    }
}

fn inner_syntax(node: &Data) -> String {
    match node {
        Data::Null => "interface {}(nil)".to_owned(),
        Data::Number(number) => super::number::format_float(number.as_f64().unwrap_or_default()),
        Data::String(text) => format!("{text:?}"),
        Data::Array(items) => {
            let items: Vec<String> = items.iter().map(inner_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Data::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{k:?}:{}", inner_syntax(v)))
                .collect();
            format!(
                "map[interface {{}}]interface {{}}{{{}}}",
                entries.join(", ")
            )
        }
        other => other.to_string(),
    }
}

/// Plain data as an engine value: integers become `int64`, floats `float64`.
pub fn to_value(data: &Data) -> Value {
    match data {
        Data::Null => Value::Nil,
        Data::Bool(flag) => Value::Bool(*flag),
        Data::Number(number) => match number.as_i64() {
            Some(i) => Value::Int64(i),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Data::String(text) => text.as_str().into(),
        Data::Array(items) => items.iter().map(to_value).collect::<Vec<_>>().into(),
        Data::Object(map) => {
            let entries = map.iter().map(|(k, v)| (k.as_str().into(), to_value(v)));
            entries.collect::<Dict>().into()
        }
    }
}

/// How `encoding/json` writes `[]byte`.
pub(super) fn base64_text(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
