//! JSON as Go's `encoding/json` writes and reads it.

mod read;
mod write;

use super::arguments::{any, fixed, text, writing};
use crate::template::Function;
use crate::template::Param::{Any, Str};
use crate::value::{Map, Value};
use write::{Style, append_json};

const COMPACT: Style = Style {
    escape_html: true,
    indent: false,
};
const PRETTY: Style = Style {
    escape_html: true,
    indent: true,
};
const RAW: Style = Style {
    escape_html: false,
    indent: false,
};

pub(super) static FUNCTIONS: &[Function] = &[
    writing("toJson", &[Any], |_, a, out| {
        append_or_nothing(out, any(a, 0), COMPACT)
    }),
    writing("toPrettyJson", &[Any], |_, a, out| {
        append_or_nothing(out, any(a, 0), PRETTY)
    }),
    writing("toRawJson", &[Any], |_, a, out| {
        append_json(out, any(a, 0), RAW)
    }),
    writing("mustToJson", &[Any], |_, a, out| {
        append_json(out, any(a, 0), COMPACT)
    }),
    writing("mustToPrettyJson", &[Any], |_, a, out| {
        append_json(out, any(a, 0), PRETTY)
    }),
    writing("mustToRawJson", &[Any], |_, a, out| {
        append_json(out, any(a, 0), RAW)
    }),
    fixed("mustFromJson", &[Str], |_, a| read::from_json(text(a, 0)?)),
    fixed("fromJson", &[Str], |_, a| Ok(from_json(text(a, 0)?))),
    fixed("fromJsonArray", &[Str], |_, a| {
        Ok(from_json_array(text(a, 0)?))
    }),
];

/// What can't be written prints nothing, as in Helm.
fn append_or_nothing(out: &mut String, value: &Value, style: Style) -> Result<(), String> {
    let start = out.len();
    if append_json(out, value, style).is_err() {
        out.truncate(start);
    }
    Ok(())
}

/// A map, or one with the key `Error`; never fails.
fn from_json(text: &str) -> Value {
    let (map, fault) = match read::from_json_in_part(text) {
        Ok((Value::Nil, None)) => (Map::default(), None),
        Ok((Value::Map(map), fault)) => (map, fault),
        Ok((other, _)) => {
            let fault = mismatch(&other, "map[string]interface {}");
            (Map::default(), Some(fault))
        }
        Err(fault) => (Map::default(), Some(fault)),
    };
    if let Some(fault) = fault {
        map.set("Error", fault.into());
    }
    Value::Map(map)
}

/// A list, or one with the error as its only element.
fn from_json_array(text: &str) -> Value {
    match read::from_json(text) {
        Ok(Value::Nil) => Vec::new().into(),
        Ok(list @ Value::List(_)) => list,
        Ok(other) => vec![mismatch(&other, "[]interface {}").into()].into(),
        Err(error) => vec![error.into()].into(),
    }
}

pub(crate) use read::fault;

/// The words of `encoding/json` when a document has another type than the target.
pub(crate) fn mismatch(found: &Value, wanted: &str) -> String {
    let found = match found {
        Value::Map(_) => "object",
        Value::List(_) => "array",
        Value::Str(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

#[cfg(test)]
mod tests;
