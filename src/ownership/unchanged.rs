//! Would a server-side apply change this object? The main entry point is [`unchanged`].
//!
//! Sound, not complete: what is proven here need not be asked; the rest is a dry run.

use super::entry::{Entry, HELM, Operation};
use super::extract::owner_of;
use super::migrate::client_side;
use super::normalise::{dropped, equal, given, normalise, not_applied, without_nulls};
use super::{FieldSets, Fields, item_step};
use crate::manifest::schema::{ListKind, Place};
use crate::manifest::{ItemKey, Json, MARKS, Path, Step};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

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
    live: impl Json,
    at: Place,
    marks: Marks,
    sets: &FieldSets,
) -> NoOp {
    if client_side(live) {
        return NoOp::ClientSide;
    }
    let version = &rendered["apiVersion"];
    let mut applied = Entry::unread(live, HELM, Operation::Apply);
    let of_version = applied.find(|entry| says(*entry, "apiVersion", version));
    let Some(entry) = of_version else {
        return NoOp::NoEntry;
    };
    let mut comparison = Comparison {
        path: Vec::new(),
        found: Vec::new(),
        unmarked: marks == Marks::Live,
    };
    let owned = entry.get("fieldsV1").map(|set| sets.read(set));
    let owned = owned.unwrap_or_default();
    let rendered = match rendered.get("stringData") {
        Some(_) => Cow::Owned(normalise(rendered, at)),
        None => Cow::Borrowed(rendered),
    };
    comparison.node(Some(&rendered), &owned.fields, Some(live), at);
    if comparison.unmarked && !owned.marks {
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
    fn differs(&mut self, rendered: Option<&Value>, live: Option<impl Json>, at: Place) {
        self.found.push(Difference {
            path: Path(self.path.clone()),
            rendered: rendered.map(|rendered| without_nulls(rendered, at)),
            live: live.map(Json::value),
        });
    }

    /// A field of the map that is looked at, as an apply sends it.
    fn sent<'v>(&self, name: &str, value: &'v Value, at: Place) -> Option<Cow<'v, Value>> {
        match not_applied(&self.path, name, value) {
            true => None,
            false => given(name, value, at),
        }
    }

    fn node<J: Json>(&mut self, new: Option<&Value>, owned: &Fields, live: Option<J>, at: Place) {
        let whole = owned.children.is_empty();
        match (new, live) {
            (None, _) if gone(owned, live) => {}
            // Given up, the field goes back to the default that it has.
            (None, Some(live)) if whole && at.default().is_some_and(|own| live.is(own)) => {}
            (Some(new), Some(live)) if whole => {
                if !live.is(new) && !equal(&without_nulls(new, at), &live.value(), at) {
                    self.differs(Some(new), Some(live), at);
                }
            }
            (Some(Value::Object(new)), _) => self.map(new, owned, live, at),
            (Some(new @ Value::Array(items)), Some(live)) => match live.items() {
                Some(lives) => self.list(items, owned, &lives, at),
                None => self.differs(Some(new), Some(live), at),
            },
            (Some(new), None) if dropped(new, at) => {}
            _ => self.differs(new, live, at),
        }
    }

    fn map<J: Json>(
        &mut self,
        new: &Map<String, Value>,
        owned: &Fields,
        live: Option<J>,
        at: Place,
    ) {
        // Both are in the order of their names.
        let mut owned = owned.children.iter().peekable();
        for (name, value) in new {
            while let Some((step, owned)) = owned.next_if(|(step, _)| step.cmp_name(name).is_lt()) {
                self.given_up(step, owned, live, at);
            }
            let owned = owned.next_if(|(step, _)| step.cmp_name(name).is_eq());
            match self.sent(name, value, at) {
                _ if self.is_mark(name) => {}
                Some(value) => self.field((name, &value), owned, live, at),
                None => owned
                    .into_iter()
                    .for_each(|(step, owned)| self.given_up(step, owned, live, at)),
            }
        }
        for (step, owned) in owned {
            self.given_up(step, owned, live, at);
        }
    }

    /// A field that is rendered.
    fn field<J: Json>(
        &mut self,
        (name, value): (&str, &Value),
        owned: Option<(&Step, &Fields)>,
        live: Option<J>,
        at: Place,
    ) {
        let live = live.and_then(|live| live.get(name));
        let live = live.filter(|live| !live.is_null());
        let at = at.field(name);
        match owned {
            Some((step, owned)) => {
                self.path.push(step.clone());
                self.node(Some(value), owned, live, at);
            }
            None if live.is_none_or(Json::is_empty) && (&without_nulls(value, at)).is_empty() => {
                return;
            }
            None => {
                self.path.push(Step::field(name));
                self.differs(Some(value), live, at);
            }
        }
        self.path.pop();
    }

    /// What is owned and not rendered.
    fn given_up(&mut self, step: &Step, owned: &Fields, live: Option<impl Json>, at: Place) {
        let at = match step {
            Step::Field(name) if self.is_mark(name) => return,
            Step::Field(name) => at.field(name),
            _ => at.item(),
        };
        let live = live.and_then(|live| step.of(live));
        self.path.push(step.clone());
        match self.is_above_marks() {
            true => self.map(&Map::new(), owned, live, at),
            false => self.node(None, owned, live, at),
        }
        self.path.pop();
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
    fn list<J: Json>(&mut self, items: &[Value], owned: &Fields, lives: &[J], at: Place) {
        let owner = |live: &J| Some((owner_of(*live, owned)?, *live));
        let ours: Vec<_> = lives.iter().filter_map(owner).collect();
        let same = |(item, ((step, _), _)): (&Value, &((&Step, &Fields), J))| leads(step, item, at);
        let in_order = items.len() == ours.len() && items.iter().zip(&ours).all(same);
        if !in_order || ours.len() != owned.children.len() {
            let lives = Value::Array(lives.iter().copied().map(J::value).collect());
            return self.differs(Some(&Value::Array(items.to_vec())), Some(&lives), at);
        }
        for (item, ((step, below), live)) in items.iter().zip(ours) {
            self.path.push(step.clone());
            self.node(Some(item), below, Some(live), at.item());
            self.path.pop();
        }
    }
}

/// Whether this is the step to a rendered item.
fn leads(step: &Step, item: &Value, at: Place) -> bool {
    let keyed = |key: &ItemKey, keys: &[Arc<str>]| {
        let of_item = |name: &Arc<str>| {
            let own = item.get(&**name).filter(|value| !value.is_null());
            own.or_else(|| at.item().field(name).default())
        };
        let same = |name| of_item(name) == key.fields.get(&**name);
        let known = |own: &String| keys.iter().any(|name| **name == **own);
        keys.iter().all(same) && key.fields.keys().all(known)
    };
    match (step, at.list()) {
        (_, ListKind::Atomic) => true,
        (Step::Key(key), ListKind::Keyed(keys)) if keyed(key, keys) => true,
        // A key may hold nulls, which are not sent.
        _ => item_step(&without_nulls(item, at.item()), at) == *step,
    }
}

fn says(entry: impl Json, name: &str, value: &Value) -> bool {
    entry.get(name).is_some_and(|own| own.is(value))
}

/// Whether nothing of what is owned is live any more.
fn gone(owned: &Fields, live: Option<impl Json>) -> bool {
    let Some(live) = live else { return true };
    let below = |(step, below): (&Step, &Fields)| gone(below, step.of(live));
    !owned.children.is_empty() && owned.children.iter().all(below)
}
