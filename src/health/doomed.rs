//! What cannot heal by waiting. The main type here is [`Patience`].

use super::container::{ended_badly, stuck_containers};
use super::observed::{Observed, statuses};
use super::ready::{condition, number, text, unseen};
use super::{Family, Finding, Readiness, readiness};
use crate::manifest::{Gvk, ObjectId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long, and how often, something may go wrong before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Restarts of a container within `window`.
    pub restarts: i64,
    /// The time in which restarts are counted.
    pub window: SignedDuration,
    /// How long an image may not be pulled for a reason that may go away.
    pub pull: SignedDuration,
    /// How long a container may miss something that it needs: it may be made a moment later.
    pub config: SignedDuration,
    /// How long a pod may find no node: an autoscaler may be making one.
    pub unschedulable: SignedDuration,
    /// How long pods may be refused (quota, admission): old ones may be making room.
    pub refused: SignedDuration,
    /// How long a claim may fail to get a volume.
    pub unbound: SignedDuration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            restarts: 3,
            window: SignedDuration::from_mins(10),
            pull: SignedDuration::from_secs(45),
            config: SignedDuration::from_secs(30),
            unschedulable: SignedDuration::from_secs(90),
            refused: SignedDuration::from_secs(20),
            unbound: SignedDuration::from_secs(60),
        }
    }
}

/// Why this workload will not become ready; empty while it still may. Before its controller has
/// seen the change, all pods are those of before.
pub fn doomed(
    family: &Family<'_>,
    patience: &Patience,
    observed: &Observed,
    now: Timestamp,
) -> Vec<Finding> {
    if unseen(family.root).is_some() {
        return Vec::new();
    }
    let mut found = match text(&family.root["kind"]) {
        // A job counts the failures of its pods itself, and says when they are too many.
        "Job" => failed_job(family),
        _ => Vec::new(),
    };
    for pod in &family.pods {
        let stuck = stuck_containers(pod, patience, observed, now);
        let counts = |finding: &Finding| !family.is_job() || finding.exit_code.is_none();
        found.extend(stuck.into_iter().filter(counts));
        found.extend(unschedulable(pod, patience, now));
    }
    let makers = family.replica_set.into_iter().chain([family.root]);
    found.extend(makers.filter_map(|maker| refused(maker, patience, now)));
    if found.is_empty() {
        found.extend(told_by_events(family, patience, observed, now));
    }
    if found.is_empty() {
        found.extend(failed(family.root));
    }
    same_told_once(found)
}

/// A job that has failed, and how its pods ended.
fn failed_job(family: &Family<'_>) -> Vec<Finding> {
    let Some(failed) = failed(family.root) else {
        return Vec::new();
    };
    let ends = family.pods.iter().flat_map(|pod| {
        let ended = statuses(pod).filter_map(|status| ended_badly(pod, status));
        ended.collect::<Vec<_>>()
    });
    std::iter::once(failed).chain(ends).collect()
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

/// What only events tell: pods that a StatefulSet, DaemonSet or Job may not make, claims that
/// get no volume.
fn told_by_events(
    family: &Family<'_>,
    patience: &Patience,
    observed: &Observed,
    now: Timestamp,
) -> Option<Finding> {
    let root = family.root;
    let mut events = family.events.iter();
    events.find_map(|event| {
        let patience = match text(&event["reason"]) {
            "FailedCreate" => patience.refused,
            "ProvisioningFailed" | "FailedBinding" => patience.unbound,
            _ => return None,
        };
        let [first, last] = times(event)?;
        let own = event["involvedObject"]["uid"] == root["metadata"]["uid"];
        let lasts = now.duration_since(first.max(observed.since)) >= patience;
        // Events have whole seconds.
        let due = own && last.as_second() >= observed.since.as_second() && lasts;
        due.then(|| finding(root, text(&event["reason"]), text(&event["message"])))
    })
}

/// When an event was seen first and last.
fn times(event: &Value) -> Option<[Timestamp; 2]> {
    let time = |value: &Value| text(value).parse::<Timestamp>().ok();
    let once = time(&event["eventTime"]);
    let first = time(&event["firstTimestamp"]).or(once)?;
    let again = time(&event["series"]["lastObservedTime"]);
    let last = time(&event["lastTimestamp"]).or(again).unwrap_or(first);
    Some([first, last])
}

/// A root that says of itself that it failed (a Job, a Pod, a progress deadline).
fn failed(root: &Value) -> Option<Finding> {
    let Readiness::Failed(why) = readiness(root) else {
        return None;
    };
    Some(match why.split_once(": ") {
        Some((reason, message)) if !reason.contains(' ') => finding(root, reason, message),
        _ => finding(root, "Failed", &why),
    })
}

fn lasted(condition: &Value, now: Timestamp) -> SignedDuration {
    let since = text(&condition["lastTransitionTime"]).parse::<Timestamp>();
    since.map_or(SignedDuration::ZERO, |since| now.duration_since(since))
}

/// The replicas of a workload all say the same: the one that restarted most often speaks.
pub fn same_told_once(mut found: Vec<Finding>) -> Vec<Finding> {
    let mut told: Vec<Finding> = Vec::new();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.restarts));
    for finding in found {
        let same = |other: &Finding| {
            let kind = |f: &Finding| (f.object.kind.clone(), f.container.clone(), f.reason.clone());
            kind(other) == kind(&finding)
        };
        if !told.iter().any(same) {
            told.push(finding);
        }
    }
    told
}

/// A finding about an object as a whole.
pub fn finding(object: &Value, reason: &str, message: &str) -> Finding {
    Finding {
        object: identity(object),
        container: None,
        reason: reason.to_owned(),
        exit_code: None,
        restarts: 0,
        within: None,
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

/// Whether what keeps this family back may be told by events alone.
pub fn needs_events(family: &Family<'_>) -> bool {
    match text(&family.root["kind"]) {
        "PersistentVolumeClaim" => true,
        "StatefulSet" | "ReplicationController" => {
            let wanted = number(&family.root["spec"]["replicas"], 1);
            usize::try_from(wanted).is_ok_and(|wanted| family.pods.len() < wanted)
        }
        "DaemonSet" | "Job" => family.pods.is_empty(),
        _ => false,
    }
}
