//! Reflection: kinds, types and deep equality.

use super::arguments::{any, fixed, text};
use crate::template::Function;
use crate::template::Param::{Any, Str};

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("kindOf", &[Any], |_, a| Ok(any(a, 0).kind_name().into())),
    fixed("kindIs", &[Str, Any], |_, a| {
        Ok((text(a, 0)? == any(a, 1).kind_name()).into())
    }),
    fixed("typeOf", &[Any], |_, a| Ok(any(a, 0).type_name().into())),
    fixed("typeIs", &[Str, Any], |_, a| {
        Ok((text(a, 0)? == any(a, 1).type_name()).into())
    }),
    fixed("typeIsLike", &[Str, Any], |_, a| {
        let (wanted, found) = (text(a, 0)?, any(a, 1).type_name());
        let pointed_to = found.strip_prefix('*');
        Ok((wanted == found || pointed_to == Some(wanted)).into())
    }),
    fixed("deepEqual", &[Any, Any], |_, a| {
        Ok(any(a, 0).deep_equal(any(a, 1)).into())
    }),
];
