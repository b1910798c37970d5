//! What the pods of a hook said last.

use super::session::Session;
use crate::manifest::{Gvk, Object, ObjectId};
use crate::sensitive::Veil;
use serde_json::Value;

/// Lines that are told of one container.
const LINES: usize = 20;

impl Session<'_> {
    /// The last lines of each container of a hook that has run, each under the container's name.
    /// What can't be read is left out: there may have been no pod. What is known to be secret is
    /// taken out, as of every proof.
    pub(super) async fn hook_log(&self, hook: &Object, id: &ObjectId, veil: &Veil) -> Vec<String> {
        let mut logs = Vec::new();
        for pod in self.pods_of(hook, id).await {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            for container in containers(&pod) {
                let cluster = self.ways.cluster;
                let namespace = id.namespace.as_deref().unwrap_or(&self.target.namespace);
                let log = cluster.log(namespace, name, container, false).await;
                let log = log.ok().map(|log| veil.hide(&log).into_owned());
                logs.extend(log.and_then(|log| last(name, container, &log)));
            }
        }
        logs
    }

    async fn pods_of(&self, hook: &Object, id: &ObjectId) -> Vec<Value> {
        let pods = Gvk::new("v1", "Pod");
        let selector = match &*hook.gvk.kind {
            "Job" => Some(format!("job-name={}", id.name)),
            "Pod" => None,
            _ => return Vec::new(),
        };
        let namespace = id.namespace.as_deref();
        let list = self
            .ways
            .cluster
            .list(&pods, namespace, selector.as_deref());
        let mut pods = list.await.unwrap_or_default();
        if selector.is_none() {
            pods.retain(|pod| pod["metadata"]["name"] == *id.name);
        }
        pods
    }
}

/// The containers in the order in which they run.
fn containers(pod: &Value) -> impl Iterator<Item = &str> {
    let of = |field: &str| pod["spec"][field].as_array().into_iter().flatten();
    let all = of("initContainers").chain(of("containers"));
    all.filter_map(|container| container["name"].as_str())
}

fn last(pod: &str, container: &str, log: &str) -> Option<String> {
    let lines: Vec<&str> = log.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    let shown: Vec<String> = lines[from..]
        .iter()
        .map(|line| format!("  {line}"))
        .collect();
    let head = format!("log of Pod {pod}, container {container}:");
    (!shown.is_empty()).then(|| format!("{head}\n{}", shown.join("\n")))
}
