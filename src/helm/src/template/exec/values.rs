//! The methods of `.Values` (Helm's `chartutil.Values`), which win over keys.

use super::super::function::Param;
use super::call::Signature;
use crate::value::{Dict, Map, MapKind, Value, quote};
use crate::yaml;
use std::rc::Rc;

type Body = fn(&Map, &[Value]) -> Result<Value, String>;

/// A method and what it takes.
pub(super) struct Method {
    pub signature: Signature,
    pub call: Body,
}

/// The method `name` of `.Values`.
pub(super) fn method(name: &str) -> Option<Method> {
    let (params, call): (&'static [Param], Body) = match name {
        "AsMap" => (&[], as_map),
        "YAML" => (&[], yaml),
        "Table" => (&[Param::Str], table),
        "PathValue" => (&[Param::Str], path_value),
        // Takes an `io.Writer`, which no template has.
        "Encode" => (&[Param::Object], as_map),
        _ => return None,
    };
    let variadic = false;
    Some(Method {
        signature: Signature { params, variadic },
        call,
    })
}

fn as_kind(map: &Map, kind: MapKind) -> Map {
    Map {
        kind,
        entries: Rc::clone(&map.entries),
    }
}

fn as_map(map: &Map, _args: &[Value]) -> Result<Value, String> {
    match map.entries.borrow().is_empty() {
        true => Ok(Dict::new().into()),
        false => Ok(Value::Map(as_kind(map, MapKind::Any))),
    }
}

fn yaml(map: &Map, _args: &[Value]) -> Result<Value, String> {
    let text = yaml::write_value(&Value::Map(map.clone()));
    text.map(Value::from)
        .ok_or_else(|| "error marshaling into JSON: unsupported value".into())
}

fn table(map: &Map, args: &[Value]) -> Result<Value, String> {
    let path = args.first().and_then(Value::as_str).unwrap_or_default();
    let table = find_table(map, path.split('.'))?;
    Ok(Value::Map(as_kind(&table, map.kind)))
}

fn find_table<'p>(map: &Map, path: impl Iterator<Item = &'p str>) -> Result<Map, String> {
    path.into_iter().try_fold(map.clone(), |table, key| {
        let value = table.get(key).filter(|value| is_table(value, true));
        match value {
            Some(Value::Map(inner)) => Ok(inner),
            _ => Err(format!("{} is not a table", quote(key))),
        }
    })
}

fn path_value(map: &Map, args: &[Value]) -> Result<Value, String> {
    let path = args.first().and_then(Value::as_str).unwrap_or_default();
    if path.is_empty() {
        return Err("YAML path cannot be empty".into());
    }
    let (tables, key) = path.rsplit_once('.').unwrap_or(("", path));
    let no_value = || format!("{} is not a value", quote(key));
    let table = match tables {
        "" => map.clone(),
        tables => find_table(map, tables.split('.')).map_err(|_| no_value())?,
    };
    let value = table.get(key).filter(|value| !is_table(value, false));
    value.ok_or_else(no_value)
}

fn is_table(value: &Value, named: bool) -> bool {
    match value {
        Value::Map(map) => map.kind == MapKind::Any || named && map.kind.is_values(),
        _ => false,
    }
}
