//! What a change means for those who use the object: pods restart, data goes, addresses change.

use super::{Action, ObjectChange};
use crate::diff::{self, changes, path_words};
use crate::manifest::schema::Place;
use crate::manifest::{Object, ObjectId};
use serde_json::Value;
use std::collections::BTreeSet;

/// Fills in restarts, addresses and noise.
pub(super) fn add(change: &mut ObjectChange, at: Place) {
    change.restarts = restarts(change, at);
    change.address = address(change);
    if let (Action::Update, Some(live), Some(result)) =
        (change.action, &change.live, &change.result)
    {
        let (old, new) = (diff::content(live.clear()), diff::content(result.clear()));
        change.noise = diff::noise(&old, &new, at);
    }
}

/// Kinds that hold data or whose loss takes data along.
pub fn is_data(id: &ObjectId) -> bool {
    matches!(
        (&*id.group, &*id.kind),
        (
            "",
            "PersistentVolumeClaim" | "PersistentVolume" | "Namespace"
        ) | ("apiextensions.k8s.io", "CustomResourceDefinition")
    )
}

/// Whether this kind runs pods from a template.
pub(super) fn is_workload(id: &ObjectId) -> bool {
    matches!(
        (&*id.group, &*id.kind),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet")
    )
}

/// How many pods of a live workload are there now.
pub fn pods(live: &Object) -> usize {
    let status = &live.clear()["status"];
    let count = |field: &str| status[field].as_u64();
    let count = count("replicas").or_else(|| count("currentNumberScheduled"));
    usize::try_from(count.unwrap_or(0)).unwrap_or(usize::MAX)
}

fn restarts(change: &ObjectChange, at: Place) -> Option<String> {
    let live = change.live.as_ref().filter(|_| is_workload(&change.id))?;
    match change.action {
        Action::Replace => Some("replaced".to_owned()),
        Action::Update => {
            let old = diff::content(live.clear());
            let new = diff::content(change.result.as_ref()?.clear());
            let template = |path: &str| path.starts_with("spec.template.");
            let paths = changes(&old, &new, at)
                .into_iter()
                .map(|c| path_words(&c.path));
            let paths: Vec<String> = paths.filter(|path| template(path)).collect();
            let first = paths.first()?.trim_start_matches("spec.template.");
            let first = first.trim_start_matches("spec.");
            Some(match paths.len() {
                1 => first.to_owned(),
                more => format!("{first} and {} more", more - 1),
            })
        }
        _ => None,
    }
}

fn address(change: &ObjectChange) -> Option<String> {
    let old = change
        .live
        .as_deref()
        .filter(|_| change.action != Action::Keep);
    let (sent, result) = (change.send.as_deref(), change.result.as_deref());
    // What else a dry run deals out it does not keep.
    let known: BTreeSet<u64> = [sent, old].into_iter().flat_map(node_ports).collect();
    let (old, new) = (addresses(old, &known), addresses(result, &known));
    let gone = old
        .difference(&new)
        .map(|address| format!("gives back {address}"));
    let made = new
        .difference(&old)
        .map(|address| format!("gets {address}"));
    let words: Vec<String> = gone.chain(made).collect();
    (change.action != Action::Unchanged && !words.is_empty()).then(|| words.join(", "))
}

fn node_ports(object: Option<&Object>) -> Vec<u64> {
    let ports = object.and_then(|object| object.clear()["spec"]["ports"].as_array());
    let numbers = ports.into_iter().flatten();
    numbers
        .filter_map(|port| port["nodePort"].as_u64())
        .collect()
}

/// Node ports, load balancers and hosts.
fn addresses(object: Option<&Object>, known: &BTreeSet<u64>) -> BTreeSet<String> {
    let Some(object) = object else {
        return BTreeSet::new();
    };
    let spec = &object.clear()["spec"];
    let each = |list: &'_ Value| list.as_array().cloned().unwrap_or_default();
    match (&*object.id.group, &*object.id.kind) {
        ("", "Service") => {
            let ports = each(&spec["ports"]);
            let dealt = match spec["type"].as_str() {
                Some("NodePort") => true,
                Some("LoadBalancer") => spec["allocateLoadBalancerNodePorts"] != false,
                _ => false,
            };
            let node_port = |port: &Value| {
                let number = port["nodePort"].as_u64().filter(|n| known.contains(n));
                let some = || dealt.then(|| "a NodePort".to_owned());
                number.map_or_else(some, |number| Some(format!("NodePort {number}")))
            };
            let balancer = (spec["type"] == "LoadBalancer").then(|| "a load balancer".to_owned());
            ports.iter().filter_map(node_port).chain(balancer).collect()
        }
        ("networking.k8s.io", "Ingress") => {
            let rules = each(&spec["rules"]);
            let host = |rule: &Value| Some(format!("host {}", rule["host"].as_str()?));
            rules.iter().filter_map(host).collect()
        }
        _ => BTreeSet::new(),
    }
}
