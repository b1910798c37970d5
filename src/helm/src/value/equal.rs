//! Go's `reflect.DeepEqual`, and copies that share nothing.

use super::{Dict, List, Map, Value, Walk};
use std::cell::RefCell;
use std::rc::Rc;

impl Value {
    /// `reflect.DeepEqual`: types count (`1` is not `1.0`), maps and lists are
    /// compared by content.
    pub fn deep_equal(&self, other: &Value) -> bool {
        equal(self, other, &mut Walk::default())
    }

    /// A copy whose maps and lists are its own.
    pub fn deep_copy(&self) -> Value {
        copy(self, &mut Walk::default())
    }
}

fn equal(left: &Value, right: &Value, walk: &mut Walk) -> bool {
    if !walk.enter() {
        return false;
    }
    let equal = match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
        (Value::Uint64(a), Value::Uint64(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => lists_equal(a, b, walk),
        (Value::Map(a), Value::Map(b)) => maps_equal(a, b, walk),
        (Value::Object(a), Value::Object(b)) => {
            a.type_name() == b.type_name() && a.print() == b.print()
        }
        _ => false,
    };
    walk.leave();
    equal
}

fn lists_equal(left: &List, right: &List, walk: &mut Walk) -> bool {
    if left.kind != right.kind {
        return false;
    }
    if Rc::ptr_eq(&left.items, &right.items) {
        return true;
    }
    let (a, b) = (left.items.borrow(), right.items.borrow());
    a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| equal(x, y, walk))
}

fn maps_equal(left: &Map, right: &Map, walk: &mut Walk) -> bool {
    if left.kind != right.kind {
        return false;
    }
    if Rc::ptr_eq(&left.entries, &right.entries) {
        return true;
    }
    let (a, b) = (left.entries.borrow(), right.entries.borrow());
    a.len() == b.len()
        && a.iter()
            .zip(b.iter())
            .all(|((k, x), (l, y))| k == l && equal(x, y, walk))
}

/// A structure that is too deep or too large (that is, a cycle) is cut.
fn copy(value: &Value, walk: &mut Walk) -> Value {
    if !walk.enter() {
        return Value::Nil;
    }
    let copied = match value {
        Value::List(list) => {
            let items = list.items.borrow();
            let copies = items.iter().map(|item| copy(item, walk)).collect();
            Value::List(List::of(list.kind, copies))
        }
        Value::Map(map) => {
            let entries = map.entries.borrow();
            let copies: Dict = entries
                .iter()
                .map(|(key, item)| (key.clone(), copy(item, walk)))
                .collect();
            Value::Map(Map {
                kind: map.kind,
                entries: Rc::new(RefCell::new(copies)),
            })
        }
        scalar => scalar.clone(),
    };
    walk.leave();
    copied
}
