//! Sets of fields that were read in this run. The main type here is [`FieldSets`].

use super::Fields;
use super::normalise::normalise_fields;
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::sync::{Arc, PoisonError, RwLock};

/// So many are kept: enough for the objects of many charts, and no more however large the fleet.
const MOST: usize = 1_000;

/// What Helm owns, by its text: the objects that a fleet has of one template own the same fields.
#[derive(Debug, Default)]
pub struct FieldSets {
    read: RwLock<FxHashMap<Box<str>, Arc<Fields>>>,
}

impl FieldSets {
    /// A `fieldsV1` as an apply compares it.
    pub(super) fn read(&self, json: &Value) -> Arc<Fields> {
        let fields = || Arc::new(normalise_fields(Fields::read(json)));
        let Some(text) = json.as_str() else {
            return fields();
        };
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(text) {
            return known.clone();
        }
        let full = known.len() >= MOST;
        drop(known);
        let fields = fields();
        if !full {
            let mut known = self.read.write().unwrap_or_else(PoisonError::into_inner);
            if known.len() < MOST {
                known.insert(text.into(), fields.clone());
            }
        }
        fields
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
