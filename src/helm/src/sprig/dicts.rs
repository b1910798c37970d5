//! Dictionaries. `set`, `unset` and the `merge` family change their first
//! argument in place, and everybody who holds it sees that, as in Go.

mod merge;

use super::arguments::{Answer, any, fixed, map, map_mut, rest, strings, text, variadic};
use crate::template::Param::{Any, Map as Dictionary, Str};
use crate::template::{Call, Function};
use crate::value::{Dict, Map, MapKind, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    variadic("dict", &[Any], dict),
    fixed("get", &[Dictionary, Str], |_, a| {
        Ok(map(a, 0)?.get(text(a, 1)?).unwrap_or_else(|| "".into()))
    }),
    fixed("set", &[Dictionary, Str, Any], |_, a| {
        let map = map_mut(a, 0)?;
        map.set(text(a, 1)?, any(a, 2).clone());
        Ok(Value::Map(map))
    }),
    fixed("unset", &[Dictionary, Str], |_, a| {
        let map = map(a, 0)?;
        map.entries.borrow_mut().remove(text(a, 1)?);
        Ok(Value::Map(map))
    }),
    fixed("hasKey", &[Dictionary, Str], |_, a| {
        Ok(map(a, 0)?.entries.borrow().contains(text(a, 1)?).into())
    }),
    variadic("pluck", &[Str, Dictionary], pluck),
    variadic("keys", &[Dictionary], keys),
    fixed("values", &[Dictionary], |_, a| {
        let map = map(a, 0)?;
        let values: Vec<Value> = map
            .entries
            .borrow()
            .iter()
            .map(|(_, v)| v.clone())
            .collect();
        Ok(values.into())
    }),
    variadic("pick", &[Dictionary, Str], |_, a| selected(a, true)),
    variadic("omit", &[Dictionary, Str], |_, a| selected(a, false)),
    variadic("dig", &[Any], dig),
    fixed("deepCopy", &[Any], deep_copy),
    fixed("mustDeepCopy", &[Any], deep_copy),
    variadic("merge", &[Dictionary, Dictionary], |_, a| {
        merge::merge(a, false)
    }),
    variadic("mustMerge", &[Dictionary, Dictionary], |_, a| {
        merge::merge(a, false)
    }),
    variadic("mergeOverwrite", &[Dictionary, Dictionary], |_, a| {
        merge::merge(a, true)
    }),
    variadic("mustMergeOverwrite", &[Dictionary, Dictionary], |_, a| {
        merge::merge(a, true)
    }),
];

/// Keys are printed values; a last key without value has "".
fn dict(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut entries = Dict::new();
    for pair in args.chunks(2) {
        let key = pair.first().map(Value::strval).unwrap_or_default();
        let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
        entries.insert(key, value);
    }
    Ok(entries.into())
}

fn pluck(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let key = text(args, 0)?;
    let mut found = Vec::new();
    for at in 1..args.len() {
        found.extend(map(args, at)?.get(key));
    }
    Ok(found.into())
}

/// In key order; Go's order is random.
fn keys(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut keys = Vec::new();
    for at in 0..args.len() {
        let map = map(args, at)?;
        keys.extend(
            map.entries
                .borrow()
                .keys()
                .map(|key| Value::Str(key.clone())),
        );
    }
    Ok(strings(keys))
}

/// A new map of the entries whose key is named (`pick`) or is not (`omit`).
fn selected(args: &[Value], wanted: bool) -> Answer {
    let named = |key: &str| rest(args, 1).iter().any(|name| name.as_str() == Some(key));
    let map = map(args, 0)?;
    let entries: Dict = map
        .entries
        .borrow()
        .iter()
        .filter(|(key, _)| named(key) == wanted)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Ok(entries.into())
}

fn deep_copy(_: &mut Call<'_>, args: &[Value]) -> Answer {
    match any(args, 0) {
        Value::Nil => Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        value => Ok(value.deep_copy()),
    }
}

fn dig(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let [path @ .., default, dict] = args else {
        return Err("dig needs at least three arguments".to_owned());
    };
    if path.is_empty() {
        return Err("dig needs at least three arguments".to_owned());
    }
    let mut found = dict.clone();
    plain_map(&found)?;
    if let Some(key) = path.iter().find(|key| key.as_str().is_none()) {
        return Err(conversion(key, "string"));
    }
    for key in path.iter().filter_map(Value::as_str) {
        match plain_map(&found)?.get(key) {
            Some(step) => found = step,
            None => return Ok(default.clone()),
        }
    }
    Ok(found)
}

/// Go asserts the exact type here, so that `.Values` itself does not pass.
fn plain_map(value: &Value) -> Result<Map, String> {
    match value {
        Value::Map(map) if map.kind == MapKind::Any => Ok(map.clone()),
        other => Err(conversion(other, "map[string]interface {}")),
    }
}

fn conversion(value: &Value, wanted: &str) -> String {
    let found = match value {
        Value::Nil => "nil",
        other => other.type_name(),
    };
    format!("interface conversion: interface {{}} is {found}, not {wanted}")
}
