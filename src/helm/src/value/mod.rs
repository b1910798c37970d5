//! A value as Go's `reflect` sees it. The main type here is [`Value`].
//!
//! Lists and maps are shared by reference and mutable, as in Go: `set` on a
//! dict is seen by everybody who holds it. Values belong to one render (one
//! thread); what outlives a render is kept as plain data and converted.

mod bytes;
mod dict;
mod equal;
pub mod fmt;
mod json;
mod kind;
mod object;
mod param;
mod teardown;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use bytes::{byte_of, is_cut, whole};
pub use bytes::{bytes_of, text_of};
pub use dict::{Dict, Key};
pub use fmt::{format_float, quote};
pub(crate) use json::json_float;
pub use object::Object;
pub use param::Param;
pub(crate) use walk::{MAX_DEPTH, MAX_NODES, Walk, Walked, take_walked};

pub use smol_str::SmolStr;
use std::cell::RefCell;
use std::rc::Rc;

/// One dynamic value of a template.
#[derive(Clone, Default)]
pub enum Value {
    /// Go's `nil`.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// `int`: integer literals, `len`, `int`, `until`.
    Int(i64),
    /// `int64`: `add`, `int64`, numbers given with `--set`.
    Int64(i64),
    /// `uint64`: the fields of a semantic version.
    Uint64(u64),
    /// `float64`: every number that comes from YAML or JSON.
    Float(f64),
    /// `string`.
    Str(SmolStr),
    /// `[]byte`: `.Files.GetBytes` and friends.
    Bytes(Rc<[u8]>),
    /// A slice; see [`ListKind`].
    List(List),
    /// A map with string keys; see [`MapKind`].
    Map(Map),
    /// A struct or pointer with fields and methods (`.Capabilities`, a time, a
    /// semantic version, `.Files`).
    Object(Rc<dyn Object>),
}

/// The static element type of a slice, which `typeOf` and `%T` show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ListKind {
    /// `[]interface {}`.
    #[default]
    Any,
    /// `[]string`.
    Str,
    /// `[]int`.
    Int,
    /// `[][]interface {}` (`chunk`).
    Lists,
    /// A `[]string` that is nil.
    NoStr,
    /// `[]*chart.Maintainer`; nil where it is empty.
    Maintainers,
    /// `[]*chart.Dependency`; nil where it is empty.
    Dependencies,
}

/// The static type of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MapKind {
    /// `map[string]interface {}`.
    #[default]
    Any,
    /// `map[string]string` (`split`, `urlParse` is Any).
    Str,
    /// A `map[string]string` that is nil.
    NoStr,
    /// The top of `.Values`: `chartutil.Values`, with methods of its own.
    Values,
    /// The same in Helm 4: `common.Values`.
    Values4,
}

/// A slice, shared by reference.
#[derive(Clone, Default)]
pub struct List {
    /// The element type.
    pub kind: ListKind,
    /// The elements. Never hold a borrow across a call into a template.
    pub items: Rc<RefCell<Vec<Value>>>,
}

/// A map, shared by reference.
#[derive(Clone, Default)]
pub struct Map {
    /// The static type.
    pub kind: MapKind,
    /// The entries. Never hold a borrow across a call into a template.
    pub entries: Rc<RefCell<Dict>>,
}

impl List {
    /// A new `[]interface {}`.
    pub fn new(items: Vec<Value>) -> List {
        List {
            kind: ListKind::Any,
            items: Rc::new(RefCell::new(items)),
        }
    }

    /// Whether this is nil for Go: JSON says null.
    pub fn is_nil(&self) -> bool {
        use ListKind::{Dependencies, Maintainers, NoStr};
        matches!(self.kind, NoStr | Maintainers | Dependencies) && self.items.borrow().is_empty()
    }

    /// A new slice of the given element type.
    pub fn of(kind: ListKind, items: Vec<Value>) -> List {
        List {
            kind,
            items: Rc::new(RefCell::new(items)),
        }
    }
}

impl Map {
    /// A new `map[string]interface {}`.
    pub fn new(entries: Dict) -> Map {
        Map {
            kind: MapKind::Any,
            entries: Rc::new(RefCell::new(entries)),
        }
    }

    /// The value under `key`, cloned (cheap: shared by reference).
    pub fn get(&self, key: &str) -> Option<Value> {
        self.entries.borrow().get(key).cloned()
    }

    /// Sets `key`, visible to all holders of this map.
    pub fn set(&self, key: &str, value: Value) {
        self.entries.borrow_mut().insert(key, value);
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Str(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<Dict> for Value {
    fn from(entries: Dict) -> Value {
        Value::Map(Map::new(entries))
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(List::new(items))
    }
}
