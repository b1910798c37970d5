//! The places where two objects differ.

use crate::manifest::schema::{ListKind, Place};
use crate::manifest::{Path, Step};
use crate::ownership::{equal, item_step};
use serde_json::Value;
use std::collections::BTreeSet;

/// One place with two values.
#[derive(Clone, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What was there.
    pub old: Option<Value>,
    /// What will be there.
    pub new: Option<Value>,
}

/// The smallest places where two values differ: items of keyed lists are found by their keys,
/// other lists are one value. Equal quantities and the like are not the same here; see
/// [`super::noise`].
pub fn changes(old: &Value, new: &Value, at: Place) -> Vec<Change> {
    let mut found = Vec::new();
    walk(&Path::default(), (Some(old), Some(new)), at, &mut found);
    found
}

/// What an object says, without what the server and controllers write beside it: `status`,
/// managed fields, times, versions, the rollout's own annotations.
pub fn content(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for name in SERVERS_OWN {
            metadata.remove(name);
        }
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.retain(|name, _| !CONTROLLERS_OWN.iter().any(|own| name.starts_with(own)));
        }
        metadata.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
    }
    object
}

/// Annotations that the controllers keep count with; an `autoscaling/v1` object has its status there.
const CONTROLLERS_OWN: [&str; 4] = [
    "autoscaling.alpha.kubernetes.io/conditions",
    "autoscaling.alpha.kubernetes.io/current-metrics",
    "deployment.kubernetes.io/",
    "deprecated.daemonset.template.generation",
];

const SERVERS_OWN: [&str; 6] = [
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The JSON patch (RFC 6902) from one body to the other.
pub fn patch(old: &Value, new: &Value) -> Value {
    serde_json::to_value(json_patch::diff(old, new)).unwrap_or_default()
}

type Pair<'v> = (Option<&'v Value>, Option<&'v Value>);

fn walk(path: &Path, pair: Pair, at: Place, found: &mut Vec<Change>) {
    match pair {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let below = path.join(Step::field(name));
                walk(
                    &below,
                    (old.get(name), new.get(name)),
                    at.field(name),
                    found,
                );
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new)))
            if at.list() != ListKind::Atomic && !reordered(old, new, at) =>
        {
            items(path, (old, new), at, found);
        }
        (old, new) => found.push(Change {
            path: path.clone(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
}

fn items(path: &Path, (old, new): (&[Value], &[Value]), at: Place, found: &mut Vec<Change>) {
    let mut steps: Vec<Step> = old.iter().map(|item| item_step(item, at)).collect();
    for item in new {
        let step = item_step(item, at);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    for step in steps {
        let find = |items: &'_ [Value]| items.iter().position(|item| item_step(item, at) == step);
        let pair = (
            find(old).and_then(|at| old.get(at)),
            find(new).and_then(|at| new.get(at)),
        );
        walk(&path.join(step.clone()), pair, at.item(), found);
    }
}

/// The same items in another order: then the order is the change.
fn reordered(old: &[Value], new: &[Value], at: Place) -> bool {
    let steps = |items: &[Value]| -> Vec<Step> { items.iter().map(|i| item_step(i, at)).collect() };
    let (old_steps, new_steps) = (steps(old), steps(new));
    let sorted = |mut steps: Vec<Step>| {
        steps.sort();
        steps
    };
    old_steps != new_steps && sorted(old_steps) == sorted(new_steps) && same_items(old, new, at)
}

fn same_items(old: &[Value], new: &[Value], at: Place) -> bool {
    let mut items = old.iter();
    items.all(|item| new.iter().any(|other| equal(item, other, at.item())))
}

/// A path in the words of people: `spec.containers[name=app].image`, `data["app.ini"]`.
pub fn path_words(path: &Path) -> String {
    let mut words = String::new();
    for step in &path.0 {
        match step {
            Step::Field(name) if name.contains(['.', '/', '[', ' ']) => {
                words.push_str(&format!("[\"{name}\"]"));
            }
            Step::Field(name) if words.is_empty() => words.push_str(name),
            Step::Field(name) => words.push_str(&format!(".{name}")),
            Step::Key(key) => {
                let value = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
                let pair = |(name, v): (&String, &Value)| format!("{name}={}", value(v));
                let pairs: Vec<String> = key.fields.iter().map(pair).collect();
                words.push_str(&format!("[{}]", pairs.join(",")));
            }
            Step::Value(_) | Step::Index(_) => words.push_str(&step.to_string()),
        }
    }
    words
}
