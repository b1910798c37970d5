//! Go's own template functions; the lowest of the function tables.

mod compare;
mod escape;
mod index;

use super::function::{Body, Call, Function, Param};
use crate::value::Value;
use crate::value::fmt;

const fn function(
    name: &'static str,
    params: &'static [Param],
    variadic: bool,
    body: fn(&mut Call<'_>, &[Value]) -> Result<Value, String>,
) -> Function {
    Function {
        name,
        params,
        variadic,
        body: Body::Value(body),
    }
}

/// A variadic function that prints.
const fn printing(
    name: &'static str,
    params: &'static [Param],
    body: fn(&mut Call<'_>, &[Value], &mut String) -> Result<(), String>,
) -> Function {
    Function {
        name,
        params,
        variadic: true,
        body: Body::Text(body),
    }
}

const ONE: &[Param] = &[Param::Any];
const TWO: &[Param] = &[Param::Any, Param::Any];

/// All but those that need the executor.
pub(super) static BUILTINS: &[Function] = &[
    function("eq", TWO, true, |_, args| {
        compare::eq(args).map(Value::Bool)
    }),
    function("ne", TWO, false, |_, args| {
        compare::ne(args).map(Value::Bool)
    }),
    function("lt", TWO, false, |_, args| {
        compare::lt(args).map(Value::Bool)
    }),
    function("le", TWO, false, |_, args| {
        compare::le(args).map(Value::Bool)
    }),
    function("gt", TWO, false, |_, args| {
        compare::gt(args).map(Value::Bool)
    }),
    function("ge", TWO, false, |_, args| {
        compare::ge(args).map(Value::Bool)
    }),
    function("not", ONE, false, |_, args| {
        Ok(Value::Bool(!args.iter().any(Value::truth)))
    }),
    function("index", TWO, true, |_, args| index::index(args)),
    function("slice", TWO, true, |_, args| index::slice(args)),
    printing("print", ONE, |_, args, out| {
        fmt::sprint(out, args);
        Ok(())
    }),
    printing("println", ONE, |_, args, out| {
        fmt::sprintln(out, args);
        Ok(())
    }),
    printing("printf", &[Param::Str, Param::Any], |_, args, out| {
        let (format, args) = args.split_first().ok_or("no format")?;
        fmt::append(out, format.as_str().unwrap_or_default(), args);
        Ok(())
    }),
    function("html", ONE, true, |_, args| {
        Ok(escape::html(&escape::text(args)).into())
    }),
    function("js", ONE, true, |_, args| {
        Ok(escape::js(&escape::text(args)).into())
    }),
    function("urlquery", ONE, true, |_, args| {
        Ok(escape::url_query(&escape::text(args)).into())
    }),
];
