//! Sets of fields that were read in this run. The main type here is [`FieldSets`].

use super::Fields;
use super::normalise::normalise_fields;
use crate::manifest::{Json, MARKS, Path};
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// So many are kept: enough for the objects of many charts, and no more however large the fleet.
const MOST: usize = 1_000;

/// What Helm owns of an object, as an apply compares it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Owned {
    pub(super) fields: Fields,
    /// Its marks are among it: an apply of them gives Helm nothing.
    pub(super) marks: bool,
}

impl Owned {
    fn read(set: impl Json) -> Owned {
        let fields = normalise_fields(Fields::read(&set.value()));
        let owns =
            |(map, name): &(&str, &str)| fields.owns(&Path::fields(&["metadata", map, name]));
        Owned {
            marks: MARKS.iter().all(owns),
            fields,
        }
    }
}

/// What Helm owns, by its text: the objects that a fleet has of one template own the same fields.
#[derive(Debug, Default)]
pub struct FieldSets {
    read: RwLock<FxHashMap<Box<str>, Arc<Owned>>>,
}

impl FieldSets {
    /// What a `fieldsV1` says.
    pub(super) fn read(&self, set: impl Json) -> Arc<Owned> {
        let read = || Arc::new(Owned::read(set));
        let Some(text) = set.text() else {
            return read();
        };
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(text) {
            return known.clone();
        }
        let full = known.len() >= MOST;
        drop(known);
        let owned = read();
        if !full {
            let mut known = self.read.write().unwrap_or_else(PoisonError::into_inner);
            if known.len() < MOST {
                known.insert(text.into(), owned.clone());
            }
        }
        owned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_text_is_read_once_and_no_more_than_some_are_kept() {
        let sets = FieldSets::default();
        let text = json!(r#"{"f:spec":{"f:x":{}}}"#);
        let first = sets.read(&text);
        assert!(Arc::ptr_eq(&first, &sets.read(&text)));
        assert_eq!(*first, *sets.read(&json!({"f:spec": {"f:x": {}}})));
        for at in 0..2 * MOST {
            sets.read(&json!(format!(r#"{{"f:x{at}":{{}}}}"#)));
        }
        assert_eq!(sets.read.read().unwrap().len(), MOST);
    }
}
