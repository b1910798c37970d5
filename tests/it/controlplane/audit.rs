//! What clients asked the API server, from its audit log. The main type here is [`Request`].

use super::ControlPlane;
use serde_json::Value;

/// One request, as the API server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `get`, `list`, `watch`, `create`, `patch`, `update`, `delete`.
    pub verb: String,
    /// `secrets`, or `deployments/scale` with a subresource.
    pub resource: String,
    /// The object's name; empty for lists.
    pub name: String,
    /// The namespace; empty for cluster-wide requests.
    pub namespace: String,
    /// Path and query.
    pub uri: String,
    /// The status code it was answered with.
    pub code: u64,
}

impl Request {
    /// Whether it changes something: a write that is not a dry run.
    pub fn writes(&self) -> bool {
        let reads = ["get", "list", "watch"];
        !reads.contains(&self.verb.as_str()) && !self.uri.contains("dryRun=")
    }
}

impl ControlPlane {
    /// The finished requests of the clients whose user agent contains `agent`, in order.
    pub fn audit(&self, agent: &str) -> Vec<Request> {
        let log = std::fs::read_to_string(self.run.join("log/audit.log")).unwrap_or_default();
        let entries = log.lines().filter_map(|l| serde_json::from_str(l).ok());
        let ours = |entry: &Value| text(entry, "/userAgent").contains(agent);
        entries.filter(ours).map(|entry| request(&entry)).collect()
    }
}

fn request(entry: &Value) -> Request {
    let resource = text(entry, "/objectRef/resource");
    let resource = match text(entry, "/objectRef/subresource") {
        "" => resource.to_owned(),
        subresource => format!("{resource}/{subresource}"),
    };
    Request {
        verb: text(entry, "/verb").to_owned(),
        resource,
        name: text(entry, "/objectRef/name").to_owned(),
        namespace: text(entry, "/objectRef/namespace").to_owned(),
        uri: text(entry, "/requestURI").to_owned(),
        code: entry
            .pointer("/responseStatus/code")
            .and_then(Value::as_u64)
            .unwrap_or(0),
    }
}

fn text<'a>(entry: &'a Value, pointer: &str) -> &'a str {
    entry.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

#[test]
fn counts_requests_by_user_agent() {
    let Some(plane) = super::require() else {
        return;
    };
    let namespace = plane.namespace("audit");
    plane.kubectl(&["-n", &namespace, "create", "configmap", "seen"]);
    let created =
        |r: &Request| r.resource == "configmaps" && r.namespace == namespace && r.verb == "create";
    let requests = plane.audit("kubectl");
    assert_eq!(
        requests
            .into_iter()
            .filter(created)
            .filter(Request::writes)
            .count(),
        1
    );
}
