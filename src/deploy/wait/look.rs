//! What a wait sees of its target. The main type here is [`Looked`].

use super::Awaited;
use crate::cluster::KindIn;
use crate::health::Family;
use crate::manifest::{Gvk, ObjectId};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Kinds whose objects make pods.
const MAKERS: [&str; 6] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
];

/// What must be followed: the kinds that are waited for, and what they make.
pub(super) fn kinds_of(awaited: &[Awaited]) -> Vec<KindIn> {
    let mut kinds = BTreeSet::new();
    for (gvk, id) in awaited {
        let mut add = |gvk: Gvk| {
            let namespace = id.namespace.clone();
            kinds.insert(KindIn { gvk, namespace });
        };
        add(gvk.clone());
        if MAKERS.contains(&&*gvk.kind) {
            add(Gvk::new("v1", "Pod"));
        }
        if &*gvk.kind == "Deployment" {
            add(Gvk::new("apps/v1", "ReplicaSet"));
        }
    }
    kinds.into_iter().collect()
}

/// The objects as they were at the last look.
pub(super) struct Looked {
    kinds: Vec<KindIn>,
    lists: Vec<Vec<Arc<Value>>>,
    /// The events of the namespace, where they were read.
    pub(super) events: Vec<Value>,
}

impl Looked {
    /// Nothing is seen yet of these.
    pub(super) fn new(kinds: Vec<KindIn>) -> Looked {
        Looked {
            kinds,
            lists: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Takes what there is now, one list per kind.
    pub(super) fn take(&mut self, lists: Vec<Vec<Arc<Value>>>) {
        self.lists = lists;
    }

    pub(super) fn find(&self, gvk: &Gvk, id: &ObjectId) -> Option<&Value> {
        let list = self.list(&gvk.kind, id.namespace.as_deref()).iter();
        let mut list = list.map(|object| &**object);
        list.find(|object| object["metadata"]["name"] == *id.name)
    }

    /// All pods that are followed.
    pub(super) fn pods(&self) -> impl Iterator<Item = &Value> {
        let lists = self.kinds.iter().zip(&self.lists);
        let pods = lists.filter(|(kind, _)| &*kind.gvk.kind == "Pod");
        pods.flat_map(|(_, list)| list).map(|pod| &**pod)
    }

    /// A workload with what it made, and what happened to them.
    pub(super) fn family<'l>(&'l self, object: &'l Value) -> Family<'l> {
        let namespace = object["metadata"]["namespace"].as_str();
        let sets = self.list("ReplicaSet", namespace);
        let pods = self.list("Pod", namespace);
        Family::of(object, sets, pods).with_events(&self.events)
    }

    fn list(&self, kind: &str, namespace: Option<&str>) -> &[Arc<Value>] {
        let is = |k: &KindIn| &*k.gvk.kind == kind && k.namespace.as_deref() == namespace;
        let at = self.kinds.iter().position(is);
        at.and_then(|at| self.lists.get(at))
            .map_or(&[], Vec::as_slice)
    }
}
