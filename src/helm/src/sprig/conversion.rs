//! Conversion between numbers and texts; what cannot be converted is 0.

use super::arguments::{any, fixed, text};
use super::cast::{parse_int, to_float64, to_int64};
use crate::template::Function;
use crate::template::Param::{Any, Str};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("int", &[Any], |_, a| Ok(Value::Int(to_int64(any(a, 0))))),
    fixed("int64", &[Any], |_, a| {
        Ok(Value::Int64(to_int64(any(a, 0))))
    }),
    fixed("float64", &[Any], |_, a| {
        Ok(Value::Float(to_float64(any(a, 0))))
    }),
    fixed("atoi", &[Str], |_, a| {
        Ok(Value::Int(parse_int(text(a, 0)?, 10).unwrap_or(0)))
    }),
    // Named after Unix file modes: the text is read as an octal number.
    fixed("toDecimal", &[Any], |_, a| {
        Ok(Value::Int64(parse_int(&any(a, 0).print(), 8).unwrap_or(0)))
    }),
];
