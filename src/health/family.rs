//! A workload and what it made. The main type here is [`Family`].
//!
//! Only the newest generation counts: a pod of the revision that is being replaced may crash
//! as it likes.

use super::ready::text;
use serde_json::Value;

/// A workload, the newest of its replica sets, and the pods of its newest revision.
#[derive(Clone, Debug)]
pub struct Family<'a> {
    /// The workload.
    pub root: &'a Value,
    /// The replica set that a Deployment's pods come from now.
    pub replica_set: Option<&'a Value>,
    /// The pods of the newest revision.
    pub pods: Vec<&'a Value>,
}

impl<'a> Family<'a> {
    /// Picks the family of `root` out of the replica sets and pods of its namespace.
    pub fn of(root: &'a Value, replica_sets: &'a [Value], pods: &'a [Value]) -> Family<'a> {
        let replica_set = newest(owned(root, replica_sets));
        let parent = replica_set.unwrap_or(root);
        let mut family = Family {
            root,
            replica_set,
            pods: Vec::new(),
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
}

fn owned<'a>(owner: &'a Value, all: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    let uid = &owner["metadata"]["uid"];
    all.iter().filter(move |one| {
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
