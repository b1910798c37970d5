//! TOML as BurntSushi/toml 1.6 writes it; reading is the crate `toml`, whose
//! error texts differ from Go's.

mod write;

use super::arguments::{any, fixed, text};
use super::dates::Time;
use crate::template::Function;
use crate::template::Param::{Any, Str};
use crate::value::{Dict, Value};
use ::toml::Value as Toml;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("toToml", &[Any], |_, a| {
        // What cannot be written gives its error as the result.
        let written = not_nil(any(a, 0)).map(write::to_toml)?;
        Ok(written.unwrap_or_else(|error| error).into())
    }),
    fixed("fromToml", &[Str], |_, a| Ok(from_toml(text(a, 0)?))),
];

/// What Helm 4 adds.
pub(super) static FUNCTIONS_4: &[Function] = &[fixed("mustToToml", &[Any], |_, a| {
    Ok(write::to_toml(not_nil(any(a, 0))?)?.into())
})];

fn not_nil(value: &Value) -> Result<&Value, String> {
    match value.is_nil() {
        true => Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        false => Ok(value),
    }
}

/// A map, or one with the key `Error`.
fn from_toml(text: &str) -> Value {
    match text.parse::<::toml::Table>() {
        Ok(table) => convert(&Toml::Table(table)),
        Err(error) => {
            let mut dict = Dict::new();
            dict.insert("Error", format!("toml: {}", error.message()).into());
            dict.into()
        }
    }
}

fn convert(toml: &Toml) -> Value {
    match toml {
        Toml::String(text) => text.as_str().into(),
        Toml::Integer(number) => Value::Int64(*number),
        Toml::Float(number) => Value::Float(*number),
        Toml::Boolean(flag) => (*flag).into(),
        Toml::Datetime(time) => datetime(&time.to_string()),
        Toml::Array(items) => items.iter().map(convert).collect::<Vec<_>>().into(),
        Toml::Table(table) => table
            .iter()
            .map(|(key, item)| (key.as_str().into(), convert(item)))
            .collect::<Dict>()
            .into(),
    }
}

/// A moment with an offset is a time; a local date or time stays text.
fn datetime(text: &str) -> Value {
    match text.parse::<jiff::Timestamp>() {
        Ok(timestamp) => Time::new(timestamp.to_zoned(jiff::tz::TimeZone::UTC)).into(),
        Err(_) => text.into(),
    }
}
