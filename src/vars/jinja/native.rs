//! The engine's values as JSON. The main type here is [`Native`].

use super::eval::Omit;
use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};
use serde_json::{Map, Number};

/// What an evaluation gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Native {
    /// A value.
    Json(serde_json::Value),
    /// `omit`: as if the argument had not been written.
    Omit,
}

impl Native {
    pub(super) fn into_json(self) -> Option<serde_json::Value> {
        match self {
            Native::Json(value) => Some(value),
            Native::Omit => None,
        }
    }
}

/// Deepest nesting of a result.
const DEPTH: usize = 200;

/// A value of the engine as JSON. What is undefined inside is an error, what `omit` marks is
/// left out.
pub(super) fn native(value: &Value) -> Result<Native, Error> {
    read(value, "", DEPTH)
}

fn read(value: &Value, path: &str, depth: usize) -> Result<Native, Error> {
    if depth == 0 {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "a value that is nested too deeply",
        ));
    }
    if value.downcast_object_ref::<Omit>().is_some() {
        return Ok(Native::Omit);
    }
    let json = match value.kind() {
        ValueKind::Undefined => return Err(undefined(path)),
        ValueKind::None => serde_json::Value::Null,
        ValueKind::Bool => value.is_true().into(),
        ValueKind::Number => number(value),
        ValueKind::Seq | ValueKind::Iterable => list(value, path, depth)?,
        ValueKind::Map => map(value, path, depth)?,
        ValueKind::Invalid => return Err(invalid(value)),
        _ => value.to_string().into(),
    };
    Ok(Native::Json(json))
}

fn undefined(path: &str) -> Error {
    let detail = match path {
        "" => String::new(),
        path => format!("`{path}` is undefined"),
    };
    Error::new(ErrorKind::UndefinedError, detail)
}

/// The error that a value carries: the engine tells it only while it goes through a list.
pub(super) fn invalid(value: &Value) -> Error {
    let list = Value::from(vec![value.clone()]);
    let told = list
        .try_iter()
        .map(|items| items.checked().find_map(Result::err));
    let unknown = || Error::new(ErrorKind::InvalidOperation, value.to_string());
    told.unwrap_or_else(Some).unwrap_or_else(unknown)
}

fn number(value: &Value) -> serde_json::Value {
    if let (true, Some(int)) = (value.is_integer(), value.as_i64()) {
        return int.into();
    }
    let float = f64::try_from(value.clone()).ok().and_then(Number::from_f64);
    float.map_or(serde_json::Value::Null, Into::into)
}

fn list(value: &Value, path: &str, depth: usize) -> Result<serde_json::Value, Error> {
    let mut items = Vec::new();
    for (at, item) in value.try_iter()?.checked().enumerate() {
        let item = read(&item?, &format!("{path}[{at}]"), depth - 1)?;
        items.extend(item.into_json());
    }
    Ok(items.into())
}

fn map(value: &Value, path: &str, depth: usize) -> Result<serde_json::Value, Error> {
    let mut entries = Map::new();
    for key in value.try_iter()?.checked() {
        let key = key?;
        let name = key.to_string();
        let inner = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        if let Some(item) = read(&value.get_item(&key)?, &inner, depth - 1)?.into_json() {
            entries.insert(name, item);
        }
    }
    Ok(entries.into())
}
