//! The template functions that read and write YAML.

use crate::chart::unmarshal;
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
        body: Body::Text(to_yaml),
    },
    Function {
        name: "toYamlPretty",
        params: ANY,
        variadic: false,
        body: Body::Text(to_yaml_pretty),
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

/// `mustToYaml`, which Helm 4 has.
pub(super) static FUNCTIONS_4: &[Function] = &[Function {
    name: "mustToYaml",
    params: ANY,
    variadic: false,
    body: Body::Text(must_to_yaml),
}];

fn to_yaml(_: &mut Call<'_>, args: &[Value], out: &mut String) -> Result<(), String> {
    write_or_nothing(out, first(args), append_value)
}

fn to_yaml_pretty(_: &mut Call<'_>, args: &[Value], out: &mut String) -> Result<(), String> {
    write_or_nothing(out, first(args), append_pretty)
}

fn must_to_yaml(call: &mut Call<'_>, args: &[Value], out: &mut String) -> Result<(), String> {
    // The words are those of the JSON that go-yaml sees first.
    let why = |text| format!("error marshaling into JSON: {text}");
    first(args).to_json().map_err(why)?;
    to_yaml(call, args, out)
}

/// Swallows errors, as Helm does: a broken value prints nothing. The last line break goes.
fn write_or_nothing(
    out: &mut String,
    value: &Value,
    append: fn(&mut String, &Value) -> Option<()>,
) -> Result<(), String> {
    let start = out.len();
    if append(out, value).is_none() {
        out.truncate(start);
        return Ok(());
    }
    if out.ends_with('\n') {
        out.pop();
    }
    Ok(())
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

fn mismatch(found: &Value, target: &str) -> String {
    unmarshal(sprig::mismatch(found, target))
}
