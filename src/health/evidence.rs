//! The proof of a finding, as far as objects and events give it.

use super::family::last_seen;
use super::ready::{number, text};
use super::{Family, Finding};
use crate::diag::{Evidence, Happening};
use serde_json::Value;

/// How many events are kept.
const EVENTS: usize = 20;

/// What is known of `finding`; logs are not known here.
pub fn evidence(family: &Family<'_>, finding: &Finding) -> Evidence {
    let pod = family.pods.iter().find(|pod| is(pod, finding));
    let container = finding.container.as_deref().zip(pod);
    let spec = container.and_then(|(name, pod)| container_spec(pod, name));
    let memory = |which: &str| {
        let value = spec.map(|spec| &spec["resources"][which]["memory"])?;
        value.as_str().map(str::to_owned)
    };
    let killed = finding.reason == "OOMKilled";
    Evidence {
        object: name(family.root),
        why: finding.to_string(),
        reason: finding.reason.clone(),
        cause: finding.cause(),
        container: finding.container.clone(),
        exit_code: finding.exit_code,
        restarts: finding.restarts,
        path: path(family, finding),
        node: pod.and_then(|pod| pod["spec"]["nodeName"].as_str().map(str::to_owned)),
        image: spec.and_then(|spec| spec["image"].as_str().map(str::to_owned)),
        limit: memory("limits").filter(|_| killed),
        request: memory("requests").filter(|_| killed),
        set_by: None,
        events: happenings(&about(family, finding)),
        log: None,
    }
}

/// These events, the last of them alone.
fn happenings(events: &[&Value]) -> Vec<Happening> {
    let last = events.len().saturating_sub(EVENTS);
    let happening = |event: &&Value| Happening {
        time: last_seen(event).to_owned(),
        reason: text(&event["reason"]).to_owned(),
        message: text(&event["message"]).trim().to_owned(),
        count: number(&event["count"], 0).max(number(&event["series"]["count"], 1)),
    };
    events.iter().skip(last).map(happening).collect()
}

/// The events of the objects on the way down, not those of its brothers.
fn about<'a>(family: &Family<'a>, finding: &Finding) -> Vec<&'a Value> {
    let way: Vec<&Value> = way(family, finding);
    let events = family.events.iter().copied();
    let on_it = |event: &&Value| {
        let uid = &event["involvedObject"]["uid"];
        way.iter().any(|object| object["metadata"]["uid"] == *uid)
    };
    events.filter(on_it).collect()
}

fn path(family: &Family<'_>, finding: &Finding) -> Vec<String> {
    way(family, finding).into_iter().map(name).collect()
}

fn way<'a>(family: &Family<'a>, finding: &Finding) -> Vec<&'a Value> {
    let is_root = is(family.root, finding);
    let is_set = family.replica_set.is_some_and(|set| is(set, finding));
    let pod = family.pods.iter().copied().find(|pod| is(pod, finding));
    let mut way = vec![family.root];
    if !is_root {
        way.extend(family.replica_set);
        way.extend(pod.filter(|_| !is_set));
    }
    way
}

fn is(object: &Value, finding: &Finding) -> bool {
    object["kind"] == *finding.object.kind && object["metadata"]["name"] == *finding.object.name
}

fn name(object: &Value) -> String {
    let kind = text(&object["kind"]);
    format!("{kind} {}", text(&object["metadata"]["name"]))
}

fn container_spec<'v>(pod: &'v Value, name: &str) -> Option<&'v Value> {
    let lists = ["initContainers", "containers"].into_iter();
    let mut all = lists.filter_map(|list| pod["spec"][list].as_array());
    all.find_map(|list| list.iter().find(|one| one["name"] == name))
}
