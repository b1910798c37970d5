//! `merge` and `mergeOverwrite` as mergo 1.0.1 does them.
//!
//! What surprises: without overwrite an *empty* value of the destination
//! (`false`, `0`, `""`) is replaced all the same; with overwrite a nil or
//! empty scalar of the source wins, but an empty map over a map does nothing.
//! Maps and lists that are taken over are shared, not copied.

use super::super::arguments::{Answer, map};
use crate::value::{Map, SmolStr, Value};
use std::rc::Rc;

/// Merges all further maps into the first and gives that back.
pub(super) fn merge(args: &[Value], overwrite: bool) -> Answer {
    let destination = map(args, 0)?;
    for at in 1..args.len() {
        merge_into(&destination, &map(args, at)?, overwrite);
    }
    Ok(Value::Map(destination))
}

fn merge_into(destination: &Map, source: &Map, overwrite: bool) {
    if Rc::ptr_eq(&destination.entries, &source.entries) {
        return;
    }
    let entries: Vec<(SmolStr, Value)> = source
        .entries
        .borrow()
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for (key, value) in entries {
        merge_entry(destination, &key, value, overwrite);
    }
}

fn merge_entry(destination: &Map, key: &str, value: Value, overwrite: bool) {
    let old = destination.get(key);
    if let (Value::Map(from), Some(Value::Map(into))) = (&value, &old) {
        merge_into(into, from, overwrite);
        if !into.entries.borrow().is_empty() {
            return;
        }
    }
    // A nil of the source is written only by force, even where nothing is.
    let fills = !value.is_nil() && old.is_none_or(|old| old.is_empty());
    if overwrite || fills {
        destination.set(key, value);
    }
}
