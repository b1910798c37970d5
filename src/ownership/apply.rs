//! A server-side apply without a server. The main entry point is [`apply`].
//!
//! As the API server's structured merge: merge by list keys, remove what the manager owned and no
//! longer sends, find what others own, fill in defaults.

use super::entry::{Entry, Operation};
use super::merge::merge;
use super::normalise::{canonical, equal, is_zero, string_data_to_data};
use super::{Fields, allocated, conflict::Conflict};
use crate::manifest::schema::Place;
use crate::manifest::{Path, Step};
use serde_json::{Value, json};

/// What an apply would do.
#[derive(Clone)]
pub struct Applied {
    /// The object as it would be, `managedFields` included.
    pub object: Value,
    /// Fields of other managers with another value; without `force` they refuse the apply.
    pub conflicts: Vec<Conflict>,
}

/// Applies `rendered` as `manager`. Where others own what changes, the result is that of a forced
/// apply, and `conflicts` says which.
pub fn apply(live: Option<&Value>, rendered: &Value, manager: &str, at: Place) -> Applied {
    let sent = sendable(rendered);
    let ours = Entry {
        manager: manager.to_owned(),
        operation: Operation::Apply,
        api_version: rendered["apiVersion"].as_str().unwrap_or("").to_owned(),
        subresource: String::new(),
        time: None,
        fields: without_identity(Fields::of(&sent, at)),
    };
    let Some(live) = live else {
        return created(sent, ours, at);
    };
    let entries = Entry::all(live);
    let (mine, others): (Vec<Entry>, Vec<Entry>) = entries
        .into_iter()
        .partition(|entry| entry.applied_by(manager));
    let mut merged = merge(&bare(live), &sent, at);
    if let Some(last) = mine.first() {
        // Identity is sent, though never owned.
        let keep = kept(&others, &Fields::of(&sent, at));
        prune(&mut merged, &last.fields, Some(&keep));
    }
    let mut object = finished(merged, at);
    if at.type_name() == "Service" {
        allocated::restore(&mut object, live);
    }
    let conflicts = conflicts(live, &object, &ours.fields, &others, at);
    let managers = managers(mine, ours, others, &conflicts, &object);
    Applied {
        object: with_managers(object, &managers),
        conflicts,
    }
}

/// Everything that somebody will own.
pub(super) fn kept(others: &[Entry], ours: &Fields) -> Fields {
    let mut keep = ours.clone();
    others.iter().for_each(|entry| keep.unite(&entry.fields));
    keep
}

/// Removes from `object` what `last` has and `keep` has not.
pub(super) fn prune(object: &mut Value, last: &Fields, keep: Option<&Fields>) {
    for (step, below) in &last.children {
        match keep.and_then(|keep| keep.children.get(step)) {
            Some(kept) => {
                let Some(value) = step.of_mut(object) else {
                    continue;
                };
                let was_empty = is_zero(value);
                prune(value, below, Some(kept));
                if is_zero(value) && !was_empty {
                    step.remove_from(object);
                }
            }
            None => {
                step.remove_from(object);
            }
        }
    }
}

fn created(sent: Value, ours: Entry, at: Place) -> Applied {
    Applied {
        object: with_managers(finished(sent, at), &[ours]),
        conflicts: Vec::new(),
    }
}

/// What is left of a rendered object when it is applied.
fn sendable(rendered: &Value) -> Value {
    let mut sent = bare(rendered);
    if let Some(map) = sent.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = sent["metadata"].as_object_mut() {
        metadata.remove("creationTimestamp");
    }
    sent
}

fn bare(object: &Value) -> Value {
    let mut bare = object.clone();
    if let Some(metadata) = bare["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    bare
}

fn finished(mut object: Value, at: Place) -> Value {
    if let Some(map) = object.as_object_mut() {
        string_data_to_data(map);
    }
    canonical(object, at)
}

fn without_identity(mut fields: Fields) -> Fields {
    for path in [
        &["apiVersion"] as &[&str],
        &["kind"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "uid"],
        &["metadata", "resourceVersion"],
        &["metadata", "generation"],
    ] {
        fields.remove(&Path::fields(path));
    }
    fields.children.retain(|_, child| !child.is_empty());
    fields
}

fn conflicts(
    live: &Value,
    object: &Value,
    ours: &Fields,
    others: &[Entry],
    at: Place,
) -> Vec<Conflict> {
    let mut found = Vec::new();
    for entry in others {
        for path in ours.and(&entry.fields).paths() {
            let (old, new) = (path.of(live), path.of(object));
            let same = match (old, new) {
                (Some(old), Some(new)) => equal(old, new, place(at, &path)) || item(&path),
                (None, new) => new.is_none(),
                (Some(_), None) => false,
            };
            if !same {
                found.push(Conflict::new(path, entry));
            }
        }
    }
    found
}

/// The item of a keyed list as such: that it exists is all that its membership says.
fn item(path: &Path) -> bool {
    matches!(path.0.last(), Some(Step::Key(_)))
}

/// The place that a path leads to.
fn place<'s>(root: Place<'s>, path: &Path) -> Place<'s> {
    path.0.iter().fold(root, |at, step| match step {
        Step::Field(name) => at.field(name),
        _ => at.item(),
    })
}

fn managers(
    mine: Vec<Entry>,
    mut ours: Entry,
    mut others: Vec<Entry>,
    conflicts: &[Conflict],
    object: &Value,
) -> Vec<Entry> {
    for entry in &mut others {
        let lost = conflicts.iter().filter(|c| c.from == *entry);
        let lost: Vec<Path> = lost.map(|c| c.path.clone()).collect();
        lost.iter().for_each(|path| entry.fields.remove(path));
        let gone = |path: &Path| path.of(object).is_none();
        let gone: Vec<Path> = entry.fields.paths().into_iter().filter(gone).collect();
        gone.iter().for_each(|path| entry.fields.remove(path));
    }
    others.retain(|entry| !entry.fields.is_empty());
    if let Some(last) = mine.into_iter().find(|last| last.fields == ours.fields) {
        ours.time = last.time;
    }
    others.insert(0, ours);
    others
}

pub(super) fn with_managers(mut object: Value, entries: &[Entry]) -> Value {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    object["metadata"]["managedFields"] = entries.iter().map(Entry::json).collect();
    object
}
