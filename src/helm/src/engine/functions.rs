//! The template functions that read and write YAML.

use crate::sprig;
use crate::template::{Body, Call, Function, Param};
use crate::value::{Dict, Value};
use crate::yaml::{append_pretty, append_value, read_value};

const ANY: &[Param] = &[Param::Any];
const STR: &[Param] = &[Param::Str];

/// `toYaml`, `toYamlPretty`, `fromYaml`, `fromYamlArray`.
pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "toYaml",
        params: ANY,
        variadic: false,
        body: Body::Text(|_, args, out| {
            write_or_nothing(out, args, append_value);
            Ok(())
        }),
    },
    Function {
        name: "toYamlPretty",
        params: ANY,
        variadic: false,
        body: Body::Text(|_, args, out| {
            write_or_nothing(out, args, append_pretty);
            Ok(())
        }),
    },
    Function {
        name: "fromYaml",
        params: STR,
        variadic: false,
        body: Body::Value(from_yaml),
    },
    Function {
        name: "fromYamlArray",
        params: STR,
        variadic: false,
        body: Body::Value(from_yaml_array),
    },
];

/// Swallows errors, as Helm does: a broken value prints nothing. The last line
/// break goes.
fn write_or_nothing(
    out: &mut String,
    args: &[Value],
    append: fn(&mut String, &Value) -> Option<()>,
) {
    let start = out.len();
    match append(out, first(args)) {
        Some(()) if out.ends_with('\n') => _ = out.pop(),
        Some(()) => {}
        None => out.truncate(start),
    }
}

fn from_yaml(_: &mut Call<'_>, args: &[Value]) -> Result<Value, String> {
    Ok(match read_value(text(args)) {
        Ok(Value::Nil) => Dict::new().into(),
        Ok(map @ Value::Map(_)) => map,
        Ok(other) => error_map(&mismatch(&other, "map[string]interface {}")),
        Err(error) => error_map(&error.to_string()),
    })
}

fn from_yaml_array(_: &mut Call<'_>, args: &[Value]) -> Result<Value, String> {
    Ok(match read_value(text(args)) {
        Ok(Value::Nil) => Vec::new().into(),
        Ok(list @ Value::List(_)) => list,
        Ok(other) => vec![mismatch(&other, "[]interface {}").into()].into(),
        Err(error) => vec![error.to_string().into()].into(),
    })
}

fn first(args: &[Value]) -> &Value {
    args.first().unwrap_or(&Value::Nil)
}

fn text(args: &[Value]) -> &str {
    match args.first() {
        Some(Value::Str(text)) => text,
        _ => "",
    }
}

fn error_map(text: &str) -> Value {
    let mut map = Dict::new();
    map.insert("Error", text.into());
    map.into()
}

/// The words of go-yaml around those of `encoding/json`.
fn mismatch(found: &Value, target: &str) -> String {
    let why = sprig::mismatch(found, target);
    format!("error unmarshaling JSON: while decoding JSON: {why}")
}
