//! Network: only what the host allows, by default nothing.

use super::arguments::{fixed, text};
use crate::template::Function;
use crate::template::Param::Str;

pub(super) static FUNCTIONS: &[Function] = &[fixed("getHostByName", &[Str], |call, a| {
    Ok(call.host.host_by_name(text(a, 0)?).into())
})];
