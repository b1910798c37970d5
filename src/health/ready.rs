//! Readiness by kind, from an object's own status.
//!
//! Helm's rules (`--wait`) where Helm has one, with the generation checked first: a status that
//! tells of an older spec says nothing.

use crate::manifest::Gvk;
use serde_json::Value;

/// Whether an object has arrived where its spec says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It has.
    Ready,
    /// Not yet, and what is missing.
    Waiting(String),
    /// Its own status says that it never will.
    Failed(String),
}

use Readiness::{Failed, Ready, Waiting};

/// Whether a kind has a readiness at all.
pub fn is_waited_for(gvk: &Gvk) -> bool {
    rule(&gvk.group, &gvk.kind).is_some()
}

/// Whether `object` is ready. Kinds without a rule are ready when they exist.
pub fn readiness(object: &Value) -> Readiness {
    let version = text(&object["apiVersion"]);
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let Some(rule) = rule(group, text(&object["kind"])) else {
        return Ready;
    };
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Waiting("is being deleted".to_owned());
    }
    match unseen(object) {
        Some(why) => Waiting(why.to_owned()),
        None => rule(object),
    }
}

/// What is said of a status that does not tell of the present spec.
pub fn unseen(object: &Value) -> Option<&'static str> {
    let observed = object["status"]["observedGeneration"].as_i64();
    let generation = number(&object["metadata"]["generation"], 0);
    let always_told = ["Deployment", "StatefulSet", "DaemonSet"];
    match observed {
        None if always_told.contains(&text(&object["kind"])) => {
            Some("its controller has not seen it yet")
        }
        Some(observed) if observed < generation => {
            Some("its controller has not seen the change yet")
        }
        _ => None,
    }
}

fn rule(group: &str, kind: &str) -> Option<fn(&Value) -> Readiness> {
    Some(match (group, kind) {
        ("apps", "Deployment") => deployment,
        ("apps", "StatefulSet") => stateful_set,
        ("apps", "DaemonSet") => daemon_set,
        ("apps", "ReplicaSet") | ("", "ReplicationController") => replica_set,
        ("batch", "Job") => job,
        ("", "PersistentVolumeClaim") => claim,
        ("", "Service") => service,
        ("", "Pod") => pod,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition,
        _ => return None,
    })
}

fn deployment(object: &Value) -> Readiness {
    let (spec, status) = (&object["spec"], &object["status"]);
    if spec["paused"] == true {
        return Ready;
    }
    if let Some(progress) = condition(status, "Progressing", "False") {
        return Failed(told(progress));
    }
    let wanted = number(&spec["replicas"], 1);
    let updated = number(&status["updatedReplicas"], 0);
    let available = number(&status["availableReplicas"], 0);
    let old = number(&status["replicas"], 0) - updated;
    if updated < wanted {
        Waiting(format!("{updated} of {wanted} pods are updated"))
    } else if old > 0 {
        Waiting(format!("{old} old pods are still there"))
    } else if available < wanted {
        Waiting(format!("{available} of {wanted} pods are available"))
    } else {
        Ready
    }
}

fn stateful_set(object: &Value) -> Readiness {
    let (spec, status) = (&object["spec"], &object["status"]);
    let wanted = number(&spec["replicas"], 1);
    let ready = number(&status["readyReplicas"], 0);
    let strategy = &spec["updateStrategy"];
    let partition = number(&strategy["rollingUpdate"]["partition"], 0);
    let due = (wanted - partition).max(0);
    let updated = number(&status["updatedReplicas"], 0);
    if strategy["type"] != "OnDelete" && updated < due {
        return Waiting(format!("{updated} of {due} pods are updated"));
    }
    match ready < wanted {
        true => Waiting(format!("{ready} of {wanted} pods are ready")),
        false => Ready,
    }
}

fn daemon_set(object: &Value) -> Readiness {
    let (spec, status) = (&object["spec"], &object["status"]);
    let wanted = number(&status["desiredNumberScheduled"], 0);
    let updated = number(&status["updatedNumberScheduled"], 0);
    let available = number(&status["numberAvailable"], 0);
    if spec["updateStrategy"]["type"] != "OnDelete" && updated < wanted {
        return Waiting(format!("{updated} of {wanted} pods are updated"));
    }
    match available < wanted {
        true => Waiting(format!("{available} of {wanted} pods are available")),
        false => Ready,
    }
}

fn replica_set(object: &Value) -> Readiness {
    let wanted = number(&object["spec"]["replicas"], 1);
    let ready = number(&object["status"]["readyReplicas"], 0);
    match ready < wanted {
        true => Waiting(format!("{ready} of {wanted} pods are ready")),
        false => Ready,
    }
}

fn job(object: &Value) -> Readiness {
    let status = &object["status"];
    if let Some(failure) = condition(status, "Failed", "True") {
        return Failed(told(failure));
    }
    if condition(status, "Complete", "True").is_some() || object["spec"]["suspend"] == true {
        return Ready;
    }
    let wanted = number(&object["spec"]["completions"], 1);
    let done = number(&status["succeeded"], 0);
    Waiting(format!("{done} of {wanted} pods have completed"))
}

fn claim(object: &Value) -> Readiness {
    match text(&object["status"]["phase"]) {
        "Bound" => Ready,
        "Lost" => Failed("its volume is lost".to_owned()),
        _ => Waiting("it has no volume yet".to_owned()),
    }
}

/// The API server gives cluster addresses with the answer; only load balancers take time.
fn service(object: &Value) -> Readiness {
    let (spec, status) = (&object["spec"], &object["status"]);
    let has = |list: &Value| list.as_array().is_some_and(|l| !l.is_empty());
    let reachable = has(&spec["externalIPs"]) || has(&status["loadBalancer"]["ingress"]);
    match spec["type"] == "LoadBalancer" && !reachable {
        true => Waiting("it has no load balancer address yet".to_owned()),
        false => Ready,
    }
}

fn pod(object: &Value) -> Readiness {
    let status = &object["status"];
    match text(&status["phase"]) {
        "Succeeded" => Ready,
        "Failed" => Failed(told(status)),
        _ if condition(status, "Ready", "True").is_some() => Ready,
        phase => Waiting(format!("it is {}", phase.to_lowercase())),
    }
}

fn definition(object: &Value) -> Readiness {
    let status = &object["status"];
    if let Some(refused) = condition(status, "NamesAccepted", "False") {
        return Failed(told(refused));
    }
    match condition(status, "Established", "True") {
        Some(_) => Ready,
        None => Waiting("it is not established yet".to_owned()),
    }
}

/// The condition of this type, where it has this status.
pub fn condition<'v>(status: &'v Value, kind: &str, is: &str) -> Option<&'v Value> {
    let all = status["conditions"].as_array()?;
    all.iter().find(|c| c["type"] == kind && c["status"] == is)
}

/// `Reason: message` of a condition or a pod's status.
pub fn told(condition: &Value) -> String {
    let (reason, message) = (text(&condition["reason"]), text(&condition["message"]));
    match (reason, message) {
        ("", "") => "failed".to_owned(),
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn number(value: &Value, default: i64) -> i64 {
    value.as_i64().unwrap_or(default)
}
