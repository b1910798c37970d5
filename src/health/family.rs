//! A workload and what it made. The main type here is [`Family`].
//!
//! Only the newest generation counts: a pod of the revision that is being replaced may crash
//! as it likes.

use super::ready::text;
use serde_json::Value;
use std::sync::Arc;

/// A workload, the newest of its replica sets, and the pods of its newest revision.
#[derive(Clone, Debug)]
pub struct Family<'a> {
    /// The workload.
    pub root: &'a Value,
    /// The replica set that a Deployment's pods come from now.
    pub replica_set: Option<&'a Value>,
    /// The pods of the newest revision.
    pub pods: Vec<&'a Value>,
    /// What happened to them, where that was read.
    pub events: Vec<&'a Value>,
}

impl<'a> Family<'a> {
    /// Picks the family of `root` out of the replica sets and pods of its namespace.
    pub fn of(
        root: &'a Value,
        replica_sets: &'a [Arc<Value>],
        pods: &'a [Arc<Value>],
    ) -> Family<'a> {
        let replica_set = newest(owned(root, replica_sets));
        let parent = replica_set.unwrap_or(root);
        let mut family = Family {
            root,
            replica_set,
            pods: Vec::new(),
            events: Vec::new(),
        };
        match text(&root["kind"]) {
            "Pod" => family.pods.push(root),
            "Deployment" if replica_set.is_none() => {}
            _ => {
                family.pods = owned(parent, pods)
                    .filter(|p| is_current(root, p))
                    .collect()
            }
        }
        family
    }

    /// With the events about its members, oldest first.
    #[must_use]
    pub fn with_events(mut self, events: &'a [Value]) -> Family<'a> {
        let members: Vec<&Value> = self.members().map(|m| &m["metadata"]["uid"]).collect();
        let about = |event: &&Value| members.contains(&&event["involvedObject"]["uid"]);
        self.events = events.iter().filter(about).collect();
        self.events.sort_by_key(|event| last_seen(event).to_owned());
        self
    }

    /// The workload, its replica set and its pods.
    pub fn members(&self) -> impl Iterator<Item = &'a Value> {
        let above = [Some(self.root), self.replica_set];
        let pods = self.pods.clone();
        let is_pod = pods
            .first()
            .is_some_and(|pod| std::ptr::eq(*pod, self.root));
        let pods = pods.into_iter().filter(move |_| !is_pod);
        above.into_iter().flatten().chain(pods)
    }

    /// Whether it counts the failures of its pods itself.
    pub fn is_job(&self) -> bool {
        self.root["kind"] == "Job"
    }
}

/// When an event was seen last; the times of one API server sort as texts.
pub(super) fn last_seen(event: &Value) -> &str {
    let times = [
        &event["lastTimestamp"],
        &event["series"]["lastObservedTime"],
        &event["eventTime"],
        &event["metadata"]["creationTimestamp"],
    ];
    let mut times = times.into_iter().filter_map(Value::as_str);
    times.next().unwrap_or_default()
}

fn owned<'a>(owner: &'a Value, all: &'a [Arc<Value>]) -> impl Iterator<Item = &'a Value> {
    let uid = &owner["metadata"]["uid"];
    all.iter().map(|one| &**one).filter(move |one| {
        let owners = one["metadata"]["ownerReferences"].as_array();
        uid.is_string() && owners.is_some_and(|o| o.iter().any(|o| o["uid"] == *uid))
    })
}

/// The one that the Deployment counts highest.
fn newest<'a>(replica_sets: impl Iterator<Item = &'a Value>) -> Option<&'a Value> {
    let revision = |set: &&Value| {
        let told = &set["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
        text(told).parse::<u64>().unwrap_or(0)
    };
    replica_sets.max_by_key(revision)
}

/// Whether a pod of a StatefulSet or DaemonSet is of its newest revision.
fn is_current(root: &Value, pod: &Value) -> bool {
    let label = |name: &str| text(&pod["metadata"]["labels"][name]).to_owned();
    match text(&root["kind"]) {
        "StatefulSet" => {
            let update = text(&root["status"]["updateRevision"]);
            update.is_empty() || label("controller-revision-hash") == update
        }
        "DaemonSet" => {
            let annotations = &root["metadata"]["annotations"];
            let generation = text(&annotations["deprecated.daemonset.template.generation"]);
            generation.is_empty() || label("pod-template-generation") == generation
        }
        _ => true,
    }
}
