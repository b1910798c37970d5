//! Flow control of Helm's own: `fail`, `required`, `lookup`.

use super::arguments::{Answer, any, fixed, text};
use crate::template::Param::{Any, Str};
use crate::template::{Call, Function, chart_message};
use crate::value::{Dict, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("fail", &[Str], |call, a| stop(call, "Fail", text(a, 0)?)),
    fixed("required", &[Str, Any], required),
    fixed("lookup", &[Str, Str, Str, Str], lookup),
];

/// In lint mode nothing fails: the message is told and "" takes its place.
fn stop(call: &Call<'_>, what: &str, message: &str) -> Answer {
    if let Some(told) = call.lint {
        told.borrow_mut().push(format!("[INFO] {what}: {message}"));
        return Ok("".into());
    }
    Err(chart_message(message))
}

/// Only nil and "" are missing; `0`, `false` and `{}` are values.
fn required(call: &mut Call<'_>, args: &[Value]) -> Answer {
    let value = any(args, 1);
    if value.is_nil() || value.as_str() == Some("") {
        return stop(call, "Missing required value", text(args, 0)?);
    }
    Ok(value.clone())
}

fn lookup(call: &mut Call<'_>, args: &[Value]) -> Answer {
    let found = call.host.lookup(
        text(args, 0)?,
        text(args, 1)?,
        text(args, 2)?,
        text(args, 3)?,
    )?;
    Ok(found.map_or_else(|| Dict::new().into(), |object| Value::from_json(&object)))
}
