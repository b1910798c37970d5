//! `index` and `slice`.

use crate::value::{List, Map, MapKind, Object, Value, bytes_of, text_of};
use std::rc::Rc;

/// `index x 1 "a"` is `x[1]["a"]`.
pub(super) fn index(args: &[Value]) -> Result<Value, String> {
    let (item, indexes) = args.split_first().ok_or("index of untyped nil")?;
    if item.is_nil() {
        return Err("index of untyped nil".into());
    }
    indexes
        .iter()
        .try_fold(item.clone(), |item, index| match &item {
            Value::Nil => Err("index of nil pointer".into()),
            Value::List(list) => element(list, index),
            Value::Str(text) => byte(&bytes_of(text), index, "string"),
            Value::Bytes(bytes) => byte(bytes, index, "slice"),
            Value::Map(map) => entry(map, index),
            Value::Object(object) if object.kind() == "map" => object_entry(&**object, index),
            other => Err(format!("can't index item of type {}", other.type_name())),
        })
}

fn element(list: &List, index: &Value) -> Result<Value, String> {
    let items = list.items.borrow();
    let at = position(index, items.len())?;
    items
        .get(at)
        .cloned()
        .ok_or_else(|| "reflect: slice index out of range".into())
}

fn byte(bytes: &[u8], index: &Value, what: &str) -> Result<Value, String> {
    let at = position(index, bytes.len())?;
    bytes
        .get(at)
        .map(|byte| Value::Uint64(u64::from(*byte)))
        .ok_or_else(|| format!("reflect: {what} index out of range"))
}

fn entry(map: &Map, index: &Value) -> Result<Value, String> {
    let value = map.get(key(index)?);
    Ok(match map.kind {
        MapKind::Str | MapKind::NoStr => value.unwrap_or_else(|| "".into()),
        MapKind::Any | MapKind::Values | MapKind::Values4 => value.unwrap_or_default(),
    })
}

fn object_entry(object: &dyn Object, index: &Value) -> Result<Value, String> {
    let value = object.field(key(index)?);
    Ok(value.unwrap_or_else(|| Value::Bytes(Rc::from([]))))
}

fn key(index: &Value) -> Result<&str, String> {
    match index {
        Value::Str(key) => Ok(key),
        Value::Nil => Err("value is nil; should be of type string".into()),
        other => Err(format!(
            "value has type {}; should be string",
            other.type_name()
        )),
    }
}

/// An index up to and including `most` (Go checks against the capacity, and
/// panics on the length later).
fn position(index: &Value, most: usize) -> Result<usize, String> {
    let number = match index {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint64(number) => i64::try_from(*number).unwrap_or(-1),
        Value::Nil => return Err("cannot index slice/array with nil".into()),
        other => {
            let type_name = other.type_name();
            return Err(format!("cannot index slice/array with type {type_name}"));
        }
    };
    let at = usize::try_from(number).ok().filter(|at| *at <= most);
    at.ok_or_else(|| format!("index out of range: {number}"))
}

/// `slice x 1 2` is `x[1:2]`.
pub(super) fn slice(args: &[Value]) -> Result<Value, String> {
    let (item, indexes) = args.split_first().ok_or("slice of untyped nil")?;
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    match item {
        Value::Nil => Err("slice of untyped nil".into()),
        Value::Str(_) if indexes.len() == 3 => Err("cannot 3-index slice a string".into()),
        Value::Str(text) => {
            let bytes = bytes_of(text);
            let (from, to) = bounds(indexes, bytes.len())?;
            let part = text_of(&bytes[from..to]);
            Ok(Value::from(&*part))
        }
        Value::Bytes(bytes) => {
            let (from, to) = bounds(indexes, bytes.len())?;
            Ok(Value::Bytes(bytes[from..to].into()))
        }
        Value::List(list) => {
            let items = list.items.borrow();
            let (from, to) = bounds(indexes, items.len())?;
            Ok(Value::List(List::of(list.kind, items[from..to].to_vec())))
        }
        other => Err(format!("can't slice item of type {}", other.type_name())),
    }
}

fn bounds(indexes: &[Value], len: usize) -> Result<(usize, usize), String> {
    let mut bounds = [0, len, len];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, len)?;
    }
    let [from, to, end] = bounds;
    for (low, high) in [(from, to), (to, end)] {
        if low > high {
            return Err(format!("invalid slice index: {low} > {high}"));
        }
    }
    Ok((from, to))
}
