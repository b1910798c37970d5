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
    let Some(found) = first(object.clear(), at) else {
        return Ok(());
    };
    if options.duplicates == Duplicates::Last {
        keep_last(object.clear_mut(), at);
        return Ok(());
    }
    let found = Path(found.into_iter().rev().collect());
    let message = format!("{}: {} is there twice", object.id, path_words(&found));
    let fault = Diagnostic::error(message)
        .note("client-side apply takes the last one; server-side apply refuses the object")
        .hint("remove one, or set duplicates: last in the release");
    Err(located(fault, object))
}

/// The first item that is in its list twice: the steps to it, last one first. Every object is
/// looked through and hardly one has such an item, so that steps are made on the way back.
fn first(value: &Value, at: Place) -> Option<Vec<Step>> {
    match value {
        Value::Object(map) => map.iter().find_map(|(name, value)| {
            let mut steps = first(value, at.field(name))?;
            steps.push(Step::field(name));
            Some(steps)
        }),
        Value::Array(items) if at.list() != ListKind::Atomic => {
            let twice = twice(items, at).map(|step| vec![step]);
            let below = |item| {
                let mut steps = first(item, at.item())?;
                steps.push(item_step(item, at));
                Some(steps)
            };
            twice.or_else(|| items.iter().find_map(below))
        }
        _ => None,
    }
}

fn twice(items: &[Value], at: Place) -> Option<Step> {
    if items.len() < 2 {
        return None;
    }
    let mut seen = HashSet::new();
    let mut steps = items.iter().map(|item| item_step(item, at));
    steps.find(|step| !seen.insert(step.clone()))
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
