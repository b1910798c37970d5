//! What a manager owns of a live object.

use super::Fields;
use crate::manifest::{Json, Step};
use serde_json::{Map, Value};

/// The part of `live` that `fields` names: what a server-side apply would have to send to change
/// nothing. Of the key fields of an item only those that are owned themselves are taken.
pub fn extract(live: &Value, fields: &Fields) -> Value {
    if fields.children.is_empty() {
        return live.clone();
    }
    match live {
        Value::Object(map) => {
            let field = |(name, value): (&String, &Value)| {
                let below = fields.children.get(&Step::field(name))?;
                Some((name.clone(), extract(value, below)))
            };
            Value::Object(map.iter().filter_map(field).collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let owned = |item| Some(extract(item, owner_of(item, fields)?.1));
            items.iter().filter_map(owned).collect()
        }
        scalar => scalar.clone(),
    }
}

/// The step and the fields of one item of a keyed list or set.
pub(super) fn owner_of(item: impl Json, fields: &Fields) -> Option<(&Step, &Fields)> {
    fields.children.iter().find(|(step, _)| step.is_of(item))
}
