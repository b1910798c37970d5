//! Would a server-side apply change this object? The main entry point is [`unchanged`].
//!
//! Sound, not complete: what is proven here need not be asked; the rest is a dry run.

use super::entry::{Entry, HELM, Operation};
use super::extract::owner_of;
use super::migrate::client_side;
use super::normalise::{dropped, equal, given, normalise, not_applied, without_nulls};
use super::{FieldSets, Fields, item_step};
use crate::manifest::schema::{ListKind, Place};
use crate::manifest::{MARKS, Path, Step};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What the owners' fields prove.
#[derive(Clone, Debug, PartialEq)]
pub enum NoOp {
    /// An apply would change nothing.
    Proven,
    /// These places keep it from being proven.
    Unproven(Vec<Difference>),
    /// Helm's entry is one of client-side apply (fact 1).
    ClientSide,
    /// Helm has no entry at the rendered version.
    NoEntry,
}

/// One place where rendered and live are not provably the same.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Difference {
    /// Where.
    pub path: Path,
    /// What is rendered there.
    pub rendered: Option<Value>,
    /// What is live there.
    pub live: Option<Value>,
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The values may be secret.
        write!(f, "Difference({})", self.path)
    }
}

/// Who has Helm's marks of ownership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// What is rendered, as it is sent.
    Sent,
    /// What is live has those that will be sent, whatever is rendered in their place.
    Live,
}

/// Compares what is rendered with what Helm owns of the live object.
pub fn unchanged(
    rendered: &Value,
    live: &Value,
    at: Place,
    marks: Marks,
    sets: &FieldSets,
) -> NoOp {
    if client_side(live) {
        return NoOp::ClientSide;
    }
    let version = rendered["apiVersion"].as_str();
    let mut applied = Entry::unread(live, HELM, Operation::Apply);
    let Some(entry) = applied.find(|entry| entry["apiVersion"].as_str() == version) else {
        return NoOp::NoEntry;
    };
    let mut comparison = Comparison {
        path: Vec::new(),
        found: Vec::new(),
        unmarked: marks == Marks::Live,
    };
    let fields = sets.read(&entry["fieldsV1"]);
    let rendered = match rendered.get("stringData") {
        Some(_) => Cow::Owned(normalise(rendered, at)),
        None => Cow::Borrowed(rendered),
    };
    comparison.node(Some(&rendered), &fields, Some(live), at);
    if comparison.unmarked && !owns_marks(&fields) {
        return NoOp::Unproven(Vec::new());
    }
    match comparison.found.is_empty() {
        true => NoOp::Proven,
        false => NoOp::Unproven(comparison.found),
    }
}

/// Compares as [`normalise`] would leave what is rendered, without a copy of it: most of a fleet
/// is as it should be.
struct Comparison {
    path: Vec<Step>,
    found: Vec<Difference>,
    /// What is rendered lacks the marks that are live.
    unmarked: bool,
}

impl Comparison {
    fn differs(&mut self, rendered: Option<&Value>, live: Option<&Value>, at: Place) {
        self.found.push(Difference {
            path: Path(self.path.clone()),
            rendered: rendered.map(|rendered| without_nulls(rendered, at)),
            live: live.cloned(),
        });
    }

    /// A field of the map that is looked at, as an apply sends it.
    fn sent<'v>(&self, name: &str, value: &'v Value, at: Place) -> Option<Cow<'v, Value>> {
        match not_applied(&self.path, name, value) {
            true => None,
            false => given(name, value, at),
        }
    }

    fn node(&mut self, new: Option<&Value>, owned: &Fields, live: Option<&Value>, at: Place) {
        match (new, live) {
            (None, _) if gone(owned, live) => {}
            // Given up, the field goes back to the default that it has.
            (None, Some(live)) if owned.children.is_empty() && at.default() == Some(live) => {}
            (Some(new), Some(live)) if owned.children.is_empty() => {
                if new != live && !equal(&without_nulls(new, at), live, at) {
                    self.differs(Some(new), Some(live), at);
                }
            }
            (Some(Value::Object(new)), _) => self.map(new, owned, live, at),
            (Some(Value::Array(items)), Some(Value::Array(lives))) => {
                self.list(items, owned, lives, at);
            }
            (Some(new), None) if dropped(new, at) => {}
            _ => self.differs(new, live, at),
        }
    }

    fn map(&mut self, new: &Map<String, Value>, owned: &Fields, live: Option<&Value>, at: Place) {
        for (name, value) in new {
            if self.is_mark(name) {
                continue;
            }
            let Some(value) = self.sent(name, value, at) else {
                continue;
            };
            let (step, below) = (Step::field(name), at.field(name));
            let live = live
                .and_then(|live| live.get(name))
                .filter(|live| !live.is_null());
            let owned = owned.children.get(&step);
            self.path.push(step);
            match owned {
                Some(owned) => self.node(Some(&value), owned, live, below),
                None if live.is_none_or(is_empty) && is_empty(&without_nulls(&value, below)) => {}
                None => self.differs(Some(&value), live, below),
            }
            self.path.pop();
        }
        for (step, below) in &owned.children {
            let at = match step {
                Step::Field(name) => {
                    let new = new.get(&**name);
                    let sent = new.is_some_and(|new| self.sent(name, new, at).is_some());
                    if sent || self.is_mark(name) {
                        continue;
                    }
                    at.field(name)
                }
                _ => at.item(),
            };
            let live = live.and_then(|live| step.of(live));
            self.path.push(step.clone());
            match self.is_above_marks() {
                true => self.map(&Map::new(), below, live, at),
                false => self.node(None, below, live, at),
            }
            self.path.pop();
        }
    }

    /// Whether this field of the map that is looked at is a mark.
    fn is_mark(&self, name: &str) -> bool {
        match self.path.as_slice() {
            [Step::Field(metadata), Step::Field(map)] if self.unmarked => {
                &**metadata == "metadata" && MARKS.contains(&(&**map, name))
            }
            _ => false,
        }
    }

    /// Whether what is looked at is a map on the way to marks.
    fn is_above_marks(&self) -> bool {
        let of = |map: &str| MARKS.iter().any(|(with, _)| *with == map);
        match self.path.as_slice() {
            _ if !self.unmarked => false,
            [Step::Field(metadata)] => &**metadata == "metadata",
            [Step::Field(metadata), Step::Field(map)] => &**metadata == "metadata" && of(map),
            _ => false,
        }
    }

    /// The owned items of the live list must be the rendered ones, in the same order.
    fn list(&mut self, items: &[Value], owned: &Fields, lives: &[Value], at: Place) {
        let ours: Vec<_> = lives
            .iter()
            .filter_map(|live| Some((owner_of(live, owned)?, live)))
            .collect();
        // A key may hold nulls, which are not sent.
        let sent = |item: &Value| item_step(&without_nulls(item, at.item()), at);
        let same = |(item, ((step, _), _)): (&Value, &((&Step, &Fields), &Value))| {
            at.list() == ListKind::Atomic || item_step(item, at) == **step || sent(item) == **step
        };
        let in_order = items.len() == ours.len() && items.iter().zip(&ours).all(same);
        if !in_order || ours.len() != owned.children.len() {
            return self.differs(
                Some(&Value::Array(items.to_vec())),
                Some(&Value::Array(lives.to_vec())),
                at,
            );
        }
        for (item, ((step, below), live)) in items.iter().zip(ours) {
            self.path.push(step.clone());
            self.node(Some(item), below, Some(live), at.item());
            self.path.pop();
        }
    }
}

/// Whether an apply of the marks would give Helm nothing.
fn owns_marks(fields: &Fields) -> bool {
    let owns = |(map, name): &(&str, &str)| fields.owns(&Path::fields(&["metadata", map, name]));
    MARKS.iter().all(owns)
}

/// Whether nothing of what is owned is live any more.
fn gone(owned: &Fields, live: Option<&Value>) -> bool {
    let Some(live) = live else { return true };
    let below = |(step, below): (&Step, &Fields)| gone(below, step.of(live));
    !owned.children.is_empty() && owned.children.iter().all(below)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
