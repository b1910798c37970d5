//! What is known of one kind in one namespace. The main type here is [`Place`]; no I/O.
//!
//! It is filled by a list and kept up to date by events, which may come while the list is on its
//! way: of two states of an object the one with the higher resource version counts. What was
//! deleted is remembered, so that an older list does not bring it back.

use crate::cluster::ClusterError;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The objects of one kind in one namespace, as one follower sees them.
pub(super) struct Place {
    /// The namespace; `None` for kinds without one.
    pub(super) namespace: Option<String>,
    wake: Arc<Notify>,
    state: Mutex<State>,
}

struct State {
    /// The list that it must be filled with is due.
    due: bool,
    /// How often it was emptied: a list that was asked for before that is too old.
    round: u64,
    objects: BTreeMap<String, Entry>,
    fault: Option<ClusterError>,
}

struct Entry {
    version: u64,
    /// `None` where it was deleted.
    object: Option<Arc<Value>>,
}

/// One state of an object.
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) version: u64,
    /// `None` where it was deleted.
    pub(super) object: Option<Arc<Value>>,
}

impl Place {
    /// An empty one, whose list is due; `wake` is told of every change.
    pub(super) fn new(namespace: Option<String>, wake: Arc<Notify>) -> Place {
        Place {
            namespace,
            wake,
            state: Mutex::new(State {
                due: true,
                round: 0,
                objects: BTreeMap::new(),
                fault: None,
            }),
        }
    }

    /// The round for which a list is due, where one is.
    pub(super) fn due(&self) -> Option<u64> {
        let state = self.state();
        state.due.then_some(state.round)
    }

    /// Takes the list that was asked for in this round.
    pub(super) fn fill(&self, round: u64, listed: Vec<Seen>) {
        let mut state = self.state();
        if state.round != round {
            return;
        }
        state.due = false;
        for seen in listed {
            let older = |entry: &Entry| entry.version < seen.version;
            if state.objects.get(&seen.name).is_none_or(older) {
                state.take(seen);
            }
        }
    }

    /// Takes an event.
    pub(super) fn take(&self, seen: Seen) {
        let mut state = self.state();
        let newer = |entry: &Entry| entry.version <= seen.version;
        if state.objects.get(&seen.name).is_none_or(newer) {
            state.take(seen);
            self.wake.notify_one();
        }
    }

    /// Something between two events was missed: only a new list tells.
    pub(super) fn restart(&self) {
        let mut state = self.state();
        state.due = true;
        state.round += 1;
        state.objects.clear();
        state.fault = None;
        self.wake.notify_one();
    }

    /// The cluster tells nothing any more, or again.
    pub(super) fn set_fault(&self, fault: Option<ClusterError>) {
        let mut state = self.state();
        let wakes = fault.is_some();
        state.fault = fault;
        if wakes {
            self.wake.notify_one();
        }
    }

    /// The objects as they are known, by name.
    pub(super) fn objects(&self) -> Result<Vec<Arc<Value>>, ClusterError> {
        let state = self.state();
        match &state.fault {
            Some(fault) => Err(fault.clone()),
            None => Ok(state.there().cloned().collect()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, seen: Seen) {
        let Seen {
            name,
            version,
            object,
        } = seen;
        self.objects.insert(name, Entry { version, object });
    }

    fn there(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.objects
            .values()
            .filter_map(|entry| entry.object.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(name: &str, version: u64) -> Seen {
        Seen {
            name: name.to_owned(),
            version,
            object: Some(Arc::new(json!({"name": name, "version": version}))),
        }
    }

    fn gone(name: &str, version: u64) -> Seen {
        Seen {
            object: None,
            ..seen(name, version)
        }
    }

    fn told(place: &Place) -> String {
        let objects = place.objects().unwrap();
        let told = objects
            .iter()
            .map(|o| format!("{}@{}", o["name"].as_str().unwrap(), o["version"]));
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn events_overtake_the_list_that_is_on_its_way() {
        let place = Place::new(None, Arc::default());
        let round = place.due().unwrap();
        place.take(seen("changed", 7));
        place.take(gone("deleted", 8));
        place.fill(
            round,
            vec![seen("changed", 5), seen("deleted", 4), seen("same", 3)],
        );
        assert_eq!(told(&place), "changed@7 same@3");
        place.take(seen("changed", 6));
        place.take(seen("deleted", 9));
        assert_eq!(told(&place), "changed@7 deleted@9 same@3");
        assert_eq!(place.due(), None);
    }

    #[test]
    fn a_list_from_before_a_restart_is_too_old() {
        let place = Place::new(None, Arc::default());
        let old = place.due().unwrap();
        place.restart();
        place.fill(old, vec![seen("ghost", 1)]);
        assert_eq!(told(&place), "");
        let new = place.due().unwrap();
        place.fill(new, vec![seen("real", 2)]);
        assert_eq!((told(&place).as_str(), place.due()), ("real@2", None));
    }

    #[test]
    fn a_fault_is_told_until_it_is_over() {
        let place = Place::new(None, Arc::default());
        place.set_fault(Some(ClusterError::Unreachable("gone".to_owned())));
        assert!(place.objects().is_err());
        place.set_fault(None);
        assert!(place.objects().is_ok());
    }
}
