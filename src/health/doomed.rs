//! What cannot heal by waiting. The main type here is [`Patience`].

use super::container::stuck_containers;
use super::ready::{condition, text, unseen};
use super::{Family, Finding, Readiness, readiness};
use crate::manifest::{Gvk, ObjectId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long, and how often, something may go wrong before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Restarts of a container that ends in the same way.
    pub restarts: i64,
    /// How long a pod may find no node: an autoscaler may be making one.
    pub unschedulable: SignedDuration,
    /// How long pods may be refused (quota, admission): old ones may be making room.
    pub refused: SignedDuration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            restarts: 3,
            unschedulable: SignedDuration::from_secs(90),
            refused: SignedDuration::from_secs(20),
        }
    }
}

/// Why this workload will not become ready; empty while it still may. Before its controller has
/// seen the change, all pods are those of before.
pub fn doomed(family: &Family<'_>, patience: &Patience, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    if unseen(family.root).is_some() {
        return found;
    }
    for pod in &family.pods {
        found.extend(stuck_containers(pod, patience));
        found.extend(unschedulable(pod, patience, now));
    }
    let makers = family.replica_set.into_iter().chain([family.root]);
    found.extend(makers.filter_map(|maker| refused(maker, patience, now)));
    if found.is_empty() {
        found.extend(failed(family.root));
    }
    found
}

fn unschedulable(pod: &Value, patience: &Patience, now: Timestamp) -> Option<Finding> {
    let waits = condition(&pod["status"], "PodScheduled", "False")?;
    let due = text(&waits["reason"]) == "Unschedulable";
    let is_over = due && lasted(waits, now) >= patience.unschedulable;
    is_over.then(|| finding(pod, "Unschedulable", text(&waits["message"])))
}

/// Pods that the API server does not admit.
fn refused(maker: &Value, patience: &Patience, now: Timestamp) -> Option<Finding> {
    let failure = condition(&maker["status"], "ReplicaFailure", "True")?;
    let is_over = lasted(failure, now) >= patience.refused;
    is_over.then(|| finding(maker, text(&failure["reason"]), text(&failure["message"])))
}

/// A root that says of itself that it failed (a Job, a Pod, a progress deadline).
fn failed(root: &Value) -> Option<Finding> {
    match readiness(root) {
        Readiness::Failed(why) => Some(finding(root, "Failed", &why)),
        _ => None,
    }
}

fn lasted(condition: &Value, now: Timestamp) -> SignedDuration {
    let since = text(&condition["lastTransitionTime"]).parse::<Timestamp>();
    since.map_or(SignedDuration::ZERO, |since| now.duration_since(since))
}

/// A finding about an object as a whole.
pub fn finding(object: &Value, reason: &str, message: &str) -> Finding {
    Finding {
        object: identity(object),
        container: None,
        reason: reason.to_owned(),
        exit_code: None,
        restarts: 0,
        message: message.to_owned(),
    }
}

fn identity(object: &Value) -> ObjectId {
    let gvk = Gvk::new(text(&object["apiVersion"]), text(&object["kind"]));
    let meta = &object["metadata"];
    ObjectId {
        group: gvk.group,
        kind: gvk.kind,
        namespace: meta["namespace"].as_str().map(Into::into),
        name: text(&meta["name"]).into(),
    }
}
