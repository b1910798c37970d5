//! Defaults: what to take where a value is empty.

use super::arguments::{any, fixed, flag, rest, variadic};
use crate::template::Function;
use crate::template::Param::{Any, Bool};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    variadic("default", &[Any, Any], |_, a| {
        let given = any(a, 1);
        Ok(any(a, usize::from(!given.is_empty())).clone())
    }),
    fixed("empty", &[Any], |_, a| Ok(any(a, 0).is_empty().into())),
    variadic("coalesce", &[Any], |_, a| {
        let filled = rest(a, 0).iter().find(|value| !value.is_empty());
        Ok(filled.cloned().unwrap_or_default())
    }),
    variadic("all", &[Any], |_, a| {
        Ok(a.iter().all(|value| !value.is_empty()).into())
    }),
    variadic("any", &[Any], |_, a| {
        Ok(Value::from(!a.iter().all(Value::is_empty)))
    }),
    fixed("ternary", &[Any, Any, Bool], |_, a| {
        Ok(any(a, usize::from(!flag(a, 2)?)).clone())
    }),
];
