//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: values compare within one class of types.

use crate::value::Value;
use crate::value::fmt::sprintf;
use std::cmp::Ordering;
use std::rc::Rc;

/// Classes of types that compare with each other.
enum Basic<'v> {
    Bool(bool),
    /// Signed and unsigned integers compare by number.
    Int(i128),
    Float(f64),
    Str(&'v str),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    Some(match value {
        Value::Bool(flag) => Basic::Bool(*flag),
        Value::Int(number) | Value::Int64(number) => Basic::Int(i128::from(*number)),
        Value::Uint64(number) => Basic::Int(i128::from(*number)),
        Value::Float(number) => Basic::Float(*number),
        Value::Str(text) => Basic::Str(text),
        Value::Object(object) => Basic::Int(i128::from(object.integer()?)),
        _ => return None,
    })
}

fn two(args: &[Value]) -> (&Value, &Value) {
    match args {
        [left, right, ..] => (left, right),
        _ => (&Value::Nil, &Value::Nil),
    }
}

fn incompatible(left: &Value, right: &Value) -> String {
    let (left, right) = (left.type_name(), right.type_name());
    format!("incompatible types for comparison: {left} and {right}")
}

/// Whether the first equals any of the others.
pub(super) fn eq(args: &[Value]) -> Result<bool, String> {
    let Some((first, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err("missing argument for comparison".into());
    };
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(left: &Value, right: &Value) -> Result<bool, String> {
    match (basic(left), basic(right)) {
        (Some(Basic::Bool(a)), Some(Basic::Bool(b))) => Ok(a == b),
        (Some(Basic::Int(a)), Some(Basic::Int(b))) => Ok(a == b),
        (Some(Basic::Float(a)), Some(Basic::Float(b))) => Ok(a == b),
        (Some(Basic::Str(a)), Some(Basic::Str(b))) => Ok(a == b),
        (None, None) => others_equal(left, right),
        _ if left.is_nil() || right.is_nil() => Ok(false),
        _ => Err(incompatible(left, right)),
    }
}

/// Maps, lists and objects: only nil and structs compare.
fn others_equal(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (Value::Nil, _) | (_, Value::Nil) => Ok(left.is_nil() && right.is_nil()),
        _ if left.kind_name() != right.kind_name() => {
            let format = "non-comparable types %s: %v, %s: %v";
            let types = [left.type_name().into(), right.type_name().into()];
            let [left_type, right_type] = types;
            let args = [left.clone(), left_type, right_type, right.clone()];
            Err(sprintf(format, &args))
        }
        (Value::Object(a), Value::Object(b)) if left.kind_name() == "ptr" => Ok(Rc::ptr_eq(a, b)),
        (Value::Object(_), Value::Object(_)) => Ok(left.deep_equal(right)),
        _ => {
            let type_name = right.type_name();
            let shown = sprintf("%s", std::slice::from_ref(right));
            Err(format!("non-comparable type {shown}: {type_name}"))
        }
    }
}

pub(super) fn ne(args: &[Value]) -> Result<bool, String> {
    eq(args).map(|equal| !equal)
}

fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, String> {
    let invalid = "invalid type for comparison";
    let (a, b) = (basic(left).ok_or(invalid)?, basic(right).ok_or(invalid)?);
    match (a, b) {
        (Basic::Int(a), Basic::Int(b)) => Ok(Some(a.cmp(&b))),
        (Basic::Float(a), Basic::Float(b)) => Ok(a.partial_cmp(&b)),
        (Basic::Str(a), Basic::Str(b)) => Ok(Some(a.cmp(b))),
        (Basic::Bool(_), Basic::Bool(_)) => Err(invalid.into()),
        _ => Err(incompatible(left, right)),
    }
}

pub(super) fn lt(args: &[Value]) -> Result<bool, String> {
    let (left, right) = two(args);
    order(left, right).map(|order| order == Some(Ordering::Less))
}

pub(super) fn le(args: &[Value]) -> Result<bool, String> {
    let (left, right) = two(args);
    order(left, right).map(|order| order.is_some_and(Ordering::is_le))
}

/// As in Go, the opposite of `le`, not-a-number included.
pub(super) fn gt(args: &[Value]) -> Result<bool, String> {
    le(args).map(|le| !le)
}

pub(super) fn ge(args: &[Value]) -> Result<bool, String> {
    lt(args).map(|lt| !lt)
}
