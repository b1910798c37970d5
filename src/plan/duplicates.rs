//! Keyed lists that hold a key twice, which server-side apply refuses (fact 9).

use super::item::located;
use super::options::{Duplicates, Options};
use crate::diag::Diagnostic;
use crate::diff::path_words;
use crate::manifest::schema::{ListKind, Place};
use crate::manifest::{Object, Path, Step};
use crate::ownership::item_step;
use serde_json::Value;
use std::collections::HashSet;

/// Refuses the object, or keeps the last of each key.
pub(super) fn check(object: &mut Object, options: &Options) -> Result<(), Diagnostic> {
    let at = options.schema.place(&object.gvk);
    let Some(found) = first(object.clear(), at, &Path::default()) else {
        return Ok(());
    };
    if options.duplicates == Duplicates::Last {
        keep_last(object.clear_mut(), at);
        return Ok(());
    }
    let message = format!("{}: {} is there twice", object.id, path_words(&found));
    let fault = Diagnostic::error(message)
        .note("client-side apply takes the last one; server-side apply refuses the object")
        .hint("remove one, or set duplicates: last in the release");
    Err(located(fault, object))
}

/// The first item that is in its list twice.
fn first(value: &Value, at: Place, path: &Path) -> Option<Path> {
    match value {
        Value::Object(map) => map
            .iter()
            .find_map(|(name, value)| first(value, at.field(name), &path.join(Step::field(name)))),
        Value::Array(items) if at.list() != ListKind::Atomic => {
            let mut seen = HashSet::new();
            let twice = items
                .iter()
                .map(|item| item_step(item, at))
                .find(|s| !seen.insert(s.clone()));
            twice.map(|step| path.join(step)).or_else(|| {
                let below = |item| first(item, at.item(), &path.join(item_step(item, at)));
                items.iter().find_map(below)
            })
        }
        _ => None,
    }
}

fn keep_last(value: &mut Value, at: Place) {
    match value {
        Value::Object(map) => {
            map.iter_mut()
                .for_each(|(name, value)| keep_last(value, at.field(name)));
        }
        Value::Array(items) => {
            if at.list() != ListKind::Atomic {
                let steps: Vec<Step> = items.iter().map(|item| item_step(item, at)).collect();
                let mut index = 0..steps.len();
                items.retain(|_| {
                    index
                        .next()
                        .is_some_and(|i| !steps[i + 1..].contains(&steps[i]))
                });
            }
            items.iter_mut().for_each(|item| keep_last(item, at.item()));
        }
        _ => {}
    }
}
