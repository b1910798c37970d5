//! `merge` and `mergeOverwrite` as mergo 1.0.1 does them.
//!
//! What surprises: without overwrite an *empty* value of the destination
//! (`false`, `0`, `""`) is replaced all the same; with overwrite a nil or
//! empty scalar of the source wins, but an empty map over a map does nothing.
//! Maps and lists that are taken over are shared, not copied.

use super::super::arguments::{Answer, map};
use crate::value::{Map, SmolStr, Value, Walk};
use std::rc::Rc;

/// Merges all further maps into the first and gives that back.
pub(super) fn merge(args: &[Value], overwrite: bool) -> Answer {
    let destination = map(args, 0)?;
    for at in 1..args.len() {
        let mut merge = Merge {
            overwrite,
            walk: Walk::default(),
        };
        merge.maps(&destination, &map(args, at)?)?;
    }
    Ok(Value::Map(destination))
}

struct Merge {
    overwrite: bool,
    walk: Walk,
}

impl Merge {
    fn maps(&mut self, destination: &Map, source: &Map) -> Result<(), String> {
        if Rc::ptr_eq(&destination.entries, &source.entries) {
            return Ok(());
        }
        if !self.walk.enter() {
            return Err("the dicts nest without an end".to_owned());
        }
        let entries: Vec<(SmolStr, Value)> = source
            .entries
            .borrow()
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        for (key, value) in entries {
            self.entry(destination, &key, value)?;
        }
        self.walk.leave();
        Ok(())
    }

    fn entry(&mut self, destination: &Map, key: &str, value: Value) -> Result<(), String> {
        let old = destination.get(key);
        if let (Value::Map(from), Some(Value::Map(into))) = (&value, &old) {
            self.maps(into, from)?;
            if !into.entries.borrow().is_empty() {
                return Ok(());
            }
        }
        // A nil of the source is written only by force, even where nothing is.
        let fills = !value.is_nil() && old.is_none_or(|old| old.is_empty());
        if self.overwrite || fills {
            destination.set(key, value);
        }
        Ok(())
    }
}
