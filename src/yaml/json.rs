//! Nodes as JSON: what `ansible-inventory --list` prints, templates as written.

use super::{Data, Key, Node, Pos};
use serde_json::{Map, Value};
use std::sync::Arc;

impl Node {
    /// The node as JSON, nothing rendered: `!unsafe` and `!vault` as `ansible-inventory` shows them.
    pub fn to_json(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => (*value).into(),
            Data::Int(value) => (*value).into(),
            Data::Float(value) => (*value).into(),
            Data::Str(text) => (&**text).into(),
            Data::Unsafe(text) => serde_json::json!({"__ansible_unsafe": &**text}),
            Data::Vault(text) => serde_json::json!({"__ansible_vault": &**text}),
            Data::Seq(items) => items.iter().map(Node::to_json).collect(),
            Data::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.name.to_string(), value.to_json()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    /// A computed value as a node that stands at `pos`. Its texts are never templates.
    pub fn from_json(value: &Value, pos: &Pos) -> Node {
        let data = match value {
            Value::Null => Data::Null,
            Value::Bool(value) => Data::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(int) => Data::Int(int),
                None => Data::Float(number.as_f64().unwrap_or(f64::MAX)),
            },
            Value::String(text) => Data::Unsafe(text.as_str().into()),
            Value::Array(items) => Data::Seq(Arc::new(
                items.iter().map(|v| Node::from_json(v, pos)).collect(),
            )),
            Value::Object(map) => Data::Map(Arc::new(entries(map, pos))),
        };
        Node {
            data,
            pos: pos.clone(),
        }
    }
}

fn entries(map: &Map<String, Value>, pos: &Pos) -> Vec<(Key, Node)> {
    let entry = |(name, value): (&String, &Value)| {
        let key = Key {
            name: name.as_str().into(),
            pos: pos.clone(),
        };
        (key, Node::from_json(value, pos))
    };
    map.iter().map(entry).collect()
}
