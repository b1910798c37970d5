//! What templates looked up in the cluster: an input of the plan. The main type here is [`Lookup`].

use crate::manifest::Gvk;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// The arguments of one `lookup`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lookup {
    /// API version and kind.
    pub gvk: Gvk,
    /// The namespace; `None` for the whole cluster.
    pub namespace: Option<Arc<str>>,
    /// The name; empty for a list.
    pub name: Arc<str>,
}

impl Lookup {
    /// A hash of what was found, "nothing" included.
    pub fn hash(found: Option<&Value>) -> String {
        let items = found.and_then(|found| found["items"].as_array());
        let steady = match (items, found) {
            (Some(items), _) => json!({"items": items.iter().map(steady).collect::<Vec<_>>()}),
            (None, Some(object)) => steady(object),
            (None, None) => Value::Null,
        };
        let digest = Sha256::digest(steady.to_string().as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The object without what moves by itself. Of the status only addresses stay, which charts do
/// read: everything else there changes while nobody does anything.
fn steady(object: &Value) -> Value {
    let mut steady = object.clone();
    if let Some(metadata) = steady["metadata"].as_object_mut() {
        for field in ["resourceVersion", "generation", "managedFields"] {
            metadata.remove(field);
        }
    }
    if let Some(status) = steady.get_mut("status").and_then(Value::as_object_mut) {
        status.retain(|name, _| name == "loadBalancer");
    }
    steady
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.name {
            "" => write!(f, "the list of {}", self.gvk.kind)?,
            name => write!(f, "{} {name}", self.gvk.kind)?,
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in {namespace}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_stays_while_nobody_does_anything() {
        let object = |version: &str, ready: u32, value: &str| {
            json!({"metadata": {"name": "a", "resourceVersion": version}, "data": {"key": value},
                "status": {"readyReplicas": ready}})
        };
        let hash = |object: &Value| Lookup::hash(Some(object));
        let first = object("1", 0, "x");
        assert_eq!(hash(&first), hash(&object("2", 3, "x")));
        assert_ne!(hash(&first), hash(&object("1", 0, "y")));
        let list = |items: &[&Value]| json!({"kind": "ConfigMapList", "items": items});
        let again = object("2", 3, "x");
        assert_eq!(hash(&list(&[&first])), hash(&list(&[&again])));
        assert_ne!(hash(&list(&[&first])), hash(&list(&[&first, &first])));
        let hashes = [Lookup::hash(None), hash(&list(&[])), hash(&first)];
        assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2]);
    }

    #[test]
    fn addresses_are_told_apart() {
        let balancer = |ip: &str| json!({"status": {"loadBalancer": {"ingress": [{"ip": ip}]}}});
        let hash = |ip| Lookup::hash(Some(&balancer(ip)));
        assert_ne!(hash("203.0.113.7"), hash("203.0.113.8"));
    }
}
