//! Go structs as templates see them. The main type here is [`Structure`].

use crate::value::{List, ListKind, Object, Value};
use serde_json::Value as Json;
use std::any::Any;

/// A struct, or a pointer to one.
pub(super) struct Structure {
    /// What `typeOf` prints.
    pub type_name: &'static str,
    /// Whether this is a pointer (`kindOf` says `ptr`, `%v` begins with `&`).
    pub pointer: bool,
    /// The fields, in Go's order.
    pub fields: Vec<Field>,
    /// The fields of an embedded struct that stands first: reachable by their names, and part of
    /// this struct in JSON.
    pub embedded: Vec<Field>,
}

/// One field of a struct.
#[derive(Clone)]
pub(super) struct Field {
    /// Its name in Go and in templates.
    pub name: &'static str,
    /// Its name in JSON.
    json: &'static str,
    /// Whether JSON leaves it out where it is empty.
    omit: bool,
    value: Value,
}

impl Field {
    /// A field that always is in JSON.
    pub fn new(name: &'static str, json: &'static str, value: impl Into<Value>) -> Field {
        let value = value.into();
        Field {
            name,
            json,
            omit: false,
            value,
        }
    }

    /// A field that JSON leaves out where it is empty.
    pub fn optional(name: &'static str, json: &'static str, value: impl Into<Value>) -> Field {
        Field {
            omit: true,
            ..Field::new(name, json, value)
        }
    }

    /// What it holds.
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl Structure {
    /// The struct as a value.
    pub(super) fn value(self) -> Value {
        Value::Object(std::rc::Rc::new(self))
    }
}

impl Object for Structure {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind(&self) -> &str {
        if self.pointer { "ptr" } else { "struct" }
    }

    fn field(&self, name: &str) -> Option<Value> {
        let mut all = self.fields.iter().chain(&self.embedded);
        all.find(|field| field.name == name)
            .map(|field| field.value.clone())
    }

    fn print(&self) -> String {
        let fields = self.fields.iter().map(|field| field.value.print());
        let fields = fields.collect::<Vec<_>>().join(" ");
        let pointer = if self.pointer { "&" } else { "" };
        format!("{pointer}{{{fields}}}")
    }

    fn members(&self) -> Option<Vec<(&str, Value)>> {
        let own = self
            .fields
            .iter()
            .skip(usize::from(!self.embedded.is_empty()));
        let all = self.embedded.iter().chain(own);
        let shown = all.filter(|field| !field.omit || !field.value.is_empty());
        Some(
            shown
                .map(|field| (field.json, field.value.clone()))
                .collect(),
        )
    }

    fn to_json(&self) -> Json {
        let members = self.members().unwrap_or_default();
        let member =
            |(name, value): (&str, Value)| (name.to_owned(), value.to_json().unwrap_or_default());
        members.into_iter().map(member).collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A `[]string`; without items it is nil.
pub(super) fn strings(items: &[String]) -> Value {
    let items: Vec<Value> = items.iter().map(|item| item.as_str().into()).collect();
    let kind = match items.is_empty() {
        true => ListKind::NoStr,
        false => ListKind::Str,
    };
    Value::List(List::of(kind, items))
}
