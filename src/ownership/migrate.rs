//! Objects that Helm wrote with client-side apply, and their way to server-side apply (fact 1).

use super::apply::{kept, prune};
use super::entry::{Entry, HELM, Operation};
use super::normalise::{equal, normalise, normalise_fields};
use super::{Fields, item_step};
use crate::manifest::Json;
use crate::manifest::schema::{ListKind, Place};
use serde_json::{Value, json};

/// Whether Helm's entry on this live object is one of client-side apply.
pub fn client_side(live: impl Json) -> bool {
    Entry::unread(live, HELM, Operation::Update)
        .next()
        .is_some()
}

/// Whether an upgrade would leave a client-side object as it is: all that is rendered is live, and
/// nothing that the `recorded` manifest had and the new one lacks is still Helm's.
pub fn unchanged_client_side(
    rendered: &Value,
    recorded: Option<&Value>,
    live: &Value,
    at: Place,
) -> bool {
    let new = normalise(rendered, at);
    if !within(&new, live, at) {
        return false;
    }
    let Some(recorded) = recorded else {
        return true;
    };
    let dropped = Fields::of(&normalise(recorded, at), at).minus(&Fields::of(&new, at));
    let mut helms = Entry::of(live, HELM, Operation::Update);
    !helms.any(|entry| {
        let still = dropped.and(&normalise_fields(entry.fields));
        still.paths().iter().any(|path| path.of(live).is_some())
    })
}

/// Everything rendered is live.
fn within(new: &Value, live: &Value, at: Place) -> bool {
    match (new, live) {
        (Value::Object(new), Value::Object(live)) if !at.atomic() => {
            new.iter().all(|(name, new)| {
                let at = at.field(name);
                match live.get(name) {
                    Some(live) => within(new, live, at),
                    None => {
                        super::normalise::is_zero(new) && (at.zero_dropped() || is_container(new))
                    }
                }
            })
        }
        (Value::Array(new), Value::Array(live)) if at.list() != ListKind::Atomic => {
            new.iter().all(|item| {
                let step = item_step(item, at);
                let live = live.iter().find(|live| item_step(live, at) == step);
                live.is_some_and(|live| within(item, live, at.item()))
            })
        }
        _ => equal(new, live, at),
    }
}

fn is_container(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// The JSON patch that moves Helm's entries to server-side apply, guarded by the resource version;
/// `None` where there is nothing to move.
pub fn migration(live: &Value) -> Option<Value> {
    let entries = migrated(Entry::all(live))?;
    let entries: Vec<Value> = entries.iter().map(Entry::json).collect();
    Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
        {"op": "replace", "path": "/metadata/resourceVersion",
         "value": live["metadata"]["resourceVersion"]},
    ]))
}

/// The live object as the migration leaves it.
pub fn after_migration(live: &Value) -> Value {
    match migrated(Entry::all(live)) {
        Some(entries) => super::apply::with_managers(live.clone(), &entries),
        None => live.clone(),
    }
}

/// The entries afterwards: Helm's client-side entry becomes its Apply entry, united with one of
/// the same version.
fn migrated(entries: Vec<Entry>) -> Option<Vec<Entry>> {
    let (client, mut rest): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(Entry::client_side);
    let mut moved = client.into_iter().next()?;
    moved.operation = Operation::Apply;
    let same = |entry: &&Entry| entry.applied_by(HELM) && entry.api_version == moved.api_version;
    if let Some(applied) = rest.iter().find(same) {
        moved.fields.unite(&applied.fields);
    }
    rest.retain(|entry| !entry.applied_by(HELM));
    rest.insert(0, moved);
    Some(rest)
}

/// What must be PUT (as a dry run) to learn the result of migration and apply: the answer of a
/// forced dry run without what only Helm's client-side entry owned and the new render lacks
/// (fact 2).
pub fn without_dropped(answer: &Value, rendered: &Value, live: &Value, at: Place) -> Value {
    let mut object = answer.clone();
    let (helms, others): (Vec<Entry>, Vec<Entry>) = Entry::all(live)
        .into_iter()
        .partition(|entry| entry.client_side() || entry.applied_by(HELM));
    let keep = kept(&others, &Fields::of(&normalise(rendered, at), at));
    for entry in helms.into_iter().filter(Entry::client_side) {
        prune(&mut object, &normalise_fields(entry.fields), Some(&keep));
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    object
}
