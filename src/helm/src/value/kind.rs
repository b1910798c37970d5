//! What kind of thing a value is: Go's kinds, types, truth, sprig's "empty".

use super::{ListKind, MapKind, Value};

impl Value {
    /// What `kindOf` prints (`reflect.Kind`).
    pub fn kind_name(&self) -> &str {
        match self {
            Value::Nil => "invalid",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Int64(_) => "int64",
            Value::Uint64(_) => "uint64",
            Value::Float(_) => "float64",
            Value::Str(_) => "string",
            Value::Bytes(_) | Value::List(_) => "slice",
            Value::Map(_) => "map",
            Value::Object(object) => object.kind(),
        }
    }

    /// What `typeOf` and `%T` print.
    pub fn type_name(&self) -> &str {
        match self {
            Value::Nil => "<nil>",
            Value::Bytes(_) => "[]uint8",
            Value::List(list) => list.kind.type_name(),
            Value::Map(map) => map.kind.type_name(),
            Value::Object(object) => object.type_name(),
            scalar => scalar.kind_name(),
        }
    }

    /// What `if`, `and`, `or` and `not` see (`text/template.IsTrue`).
    pub fn truth(&self) -> bool {
        !self.is_empty()
    }

    /// sprig's `empty`: the zero value of its type, or of length 0; a struct
    /// never is.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Nil => true,
            Value::Bool(flag) => !flag,
            Value::Int(number) | Value::Int64(number) => *number == 0,
            Value::Uint64(number) => *number == 0,
            Value::Float(number) => *number == 0.0,
            Value::Str(text) => text.is_empty(),
            Value::Bytes(bytes) => bytes.is_empty(),
            Value::List(list) => list.items.borrow().is_empty(),
            Value::Map(map) => map.entries.borrow().is_empty(),
            Value::Object(object) => object.count() == Some(0) || object.integer() == Some(0),
        }
    }

    /// Whether this is Go's `nil`.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// The text of a `string`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }
}

impl ListKind {
    /// The Go type.
    pub fn type_name(self) -> &'static str {
        match self {
            ListKind::Any => "[]interface {}",
            ListKind::Str | ListKind::NoStr => "[]string",
            ListKind::Maintainers => "[]*chart.Maintainer",
            ListKind::Dependencies => "[]*chart.Dependency",
            ListKind::Int => "[]int",
            ListKind::Lists => "[][]interface {}",
        }
    }
}

impl MapKind {
    /// Whether the values are strings.
    pub fn is_str(self) -> bool {
        matches!(self, MapKind::Str | MapKind::NoStr)
    }

    /// Whether this is the top of `.Values`, of whichever Helm.
    pub fn is_values(self) -> bool {
        matches!(self, MapKind::Values | MapKind::Values4)
    }

    /// The Go type.
    pub fn type_name(self) -> &'static str {
        match self {
            MapKind::Any => "map[string]interface {}",
            MapKind::Str | MapKind::NoStr => "map[string]string",
            MapKind::Values => "chartutil.Values",
            MapKind::Values4 => "common.Values",
        }
    }
}
