//! Arguments as the bodies see them, and the two forms of a table row.
//!
//! The executor has checked the types already; the errors here only keep a
//! wrong table row from becoming a panic.

use crate::template::{self, Call, Function, Param};
use crate::value::{Dict, List, Map, MapKind, Value, bytes_of, text_of};
use std::borrow::Cow;

/// What a function gives back; the error is Go's text without its prefix.
pub(super) type Answer = Result<Value, String>;

type Body = fn(&mut Call<'_>, &[Value]) -> Answer;

/// The body of a function that writes its text.
pub(super) type Writing = fn(&mut Call<'_>, &[Value], &mut String) -> Result<(), String>;

/// Go's text where a nil is used as if it were something.
pub(super) const NIL_POINTER: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// A function with exactly these parameters.
pub(super) const fn fixed(name: &'static str, params: &'static [Param], body: Body) -> Function {
    Function {
        name,
        params,
        variadic: false,
        body: template::Body::Value(body),
    }
}

/// The same for a function that gives text.
pub(super) const fn writing(
    name: &'static str,
    params: &'static [Param],
    body: Writing,
) -> Function {
    Function {
        name,
        params,
        variadic: false,
        body: template::Body::Text(body),
    }
}

/// A function whose last parameter repeats.
pub(super) const fn variadic(name: &'static str, params: &'static [Param], body: Body) -> Function {
    Function {
        name,
        params,
        variadic: true,
        body: template::Body::Value(body),
    }
}

fn unexpected<T>(args: &[Value], at: usize, wanted: &str) -> Result<T, String> {
    let found = args.get(at).map_or("nothing", Value::type_name);
    Err(format!("argument {at}: expected {wanted}; found {found}"))
}

/// Any value; nil where there is none.
pub(super) fn any(args: &[Value], at: usize) -> &Value {
    args.get(at).unwrap_or(&Value::Nil)
}

/// The arguments from `at` on.
pub(super) fn rest(args: &[Value], at: usize) -> &[Value] {
    args.get(at..).unwrap_or_default()
}

/// The bytes of a `string`.
pub(super) fn bytes(args: &[Value], at: usize) -> Result<Cow<'_, [u8]>, String> {
    text(args, at).map(bytes_of)
}

/// A `string`.
pub(super) fn text(args: &[Value], at: usize) -> Result<&str, String> {
    match args.get(at) {
        Some(Value::Str(text)) => Ok(text),
        _ => unexpected(args, at, "string"),
    }
}

/// An `int` or `int64`.
pub(super) fn int(args: &[Value], at: usize) -> Result<i64, String> {
    match args.get(at) {
        Some(Value::Int(number) | Value::Int64(number)) => Ok(*number),
        _ => unexpected(args, at, "int"),
    }
}

/// A `float64`.
pub(super) fn float(args: &[Value], at: usize) -> Result<f64, String> {
    match args.get(at) {
        Some(Value::Float(number)) => Ok(*number),
        _ => unexpected(args, at, "float64"),
    }
}

/// A `bool`.
pub(super) fn flag(args: &[Value], at: usize) -> Result<bool, String> {
    match args.get(at) {
        Some(Value::Bool(flag)) => Ok(*flag),
        _ => unexpected(args, at, "bool"),
    }
}

/// A `map[string]interface {}`; a nil one reads as empty. `.Values` loses its
/// own type on the way in, as it does in Go.
pub(super) fn map(args: &[Value], at: usize) -> Result<Map, String> {
    match args.get(at) {
        Some(Value::Map(map)) => Ok(Map {
            kind: MapKind::Any,
            entries: map.entries.clone(),
        }),
        Some(Value::Nil) => Ok(Map::new(Dict::new())),
        _ => unexpected(args, at, "map[string]interface {}"),
    }
}

/// The same, but to be written to.
pub(super) fn map_mut(args: &[Value], at: usize) -> Result<Map, String> {
    match args.get(at) {
        Some(Value::Nil) => Err("assignment to entry in nil map".to_owned()),
        _ => map(args, at),
    }
}

/// The items of anything that Go can index: slices, bytes, `.APIVersions`.
pub(super) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.items.borrow().clone()),
        Value::Bytes(bytes) => Some(bytes.iter().map(|b| Value::Uint64((*b).into())).collect()),
        Value::Object(object) if object.kind() == "slice" => {
            let entries = object.entries().unwrap_or_default();
            Some(entries.into_iter().map(|(_, item)| item).collect())
        }
        _ => None,
    }
}

/// A `[]string` to give back.
pub(super) fn strings<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Value {
    let items = items.into_iter().map(Into::into).collect();
    Value::List(List::of(crate::value::ListKind::Str, items))
}

/// Bytes as a string.
pub(super) fn from_bytes(bytes: &[u8]) -> Value {
    (&*text_of(bytes)).into()
}
