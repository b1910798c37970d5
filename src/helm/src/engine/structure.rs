//! Go structs as templates see them. The main type here is [`Structure`].

use crate::value::{List, ListKind, Object, Value};
use serde_json::Value as Json;
use std::any::Any;

/// A struct, or a pointer to one, with fixed fields.
pub(super) struct Structure {
    /// What `typeOf` prints.
    pub type_name: &'static str,
    /// Whether this is a pointer (`kindOf` says `ptr`, `%v` begins with `&`).
    pub pointer: bool,
    /// The fields, in Go's order.
    pub fields: Vec<(&'static str, Value)>,
    /// Fields of embedded structs, reachable by their names but printed inside them.
    pub promoted: Vec<(&'static str, Value)>,
    /// Makes what `toYaml` and `toJson` see: few templates ask.
    pub json: Box<dyn Fn() -> Json>,
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
        let mut all = self.fields.iter().chain(&self.promoted);
        all.find(|(field, _)| *field == name)
            .map(|(_, value)| value.clone())
    }

    fn print(&self) -> String {
        let fields: Vec<String> = self.fields.iter().map(|(_, value)| value.print()).collect();
        let pointer = if self.pointer { "&" } else { "" };
        format!("{pointer}{{{}}}", fields.join(" "))
    }

    fn to_json(&self) -> Json {
        (self.json)()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A `[]string`.
pub(super) fn strings(items: &[String]) -> Value {
    let items = items.iter().map(|item| item.as_str().into()).collect();
    Value::List(List::of(ListKind::Str, items))
}
