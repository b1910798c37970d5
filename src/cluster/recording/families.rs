//! The address families that the API server gives a new Service.
//!
//! Which family comes first is a fact of the cluster, told by the Services that it has. The
//! addresses themselves only a server can deal out.

use super::store::Store;
use crate::manifest::{Object, ObjectId};
use serde_json::{Value, json};

/// Fills in policy and families of a Service that is made now.
pub(super) fn fill(service: &mut Value, id: &ObjectId, store: &Store) {
    let spec = &mut service["spec"];
    if !is_service(id) || !spec.is_object() || spec["type"] == "ExternalName" {
        return;
    }
    if spec["ipFamilyPolicy"].is_null() {
        spec["ipFamilyPolicy"] = policy(spec).into();
    }
    let Some(first) = store.iter().find_map(first_family) else {
        return;
    };
    let other = match first {
        "IPv4" => "IPv6",
        _ => "IPv4",
    };
    // Without a selector nobody but the writer of its endpoints knows what it can do.
    let single = spec["ipFamilyPolicy"] == "SingleStack";
    let families = match without_pods(spec) && !single {
        true => json!([first, other]),
        false => json!([first]),
    };
    if spec["ipFamilies"].is_null() {
        spec["ipFamilies"] = families;
    }
}

fn policy(spec: &Value) -> &'static str {
    let two = spec["ipFamilies"].as_array().is_some_and(|f| f.len() > 1);
    match two || without_pods(spec) {
        true => "RequireDualStack",
        false => "SingleStack",
    }
}

/// Headless, and nothing selected.
fn without_pods(spec: &Value) -> bool {
    let selects = spec["selector"].as_object().is_some_and(|s| !s.is_empty());
    spec["clusterIP"] == "None" && !selects
}

fn is_service(id: &ObjectId) -> bool {
    id.group.is_empty() && &*id.kind == "Service"
}

fn first_family(object: &Object) -> Option<&str> {
    let families = is_service(&object.id).then(|| &object.clear()["spec"]["ipFamilies"]);
    families?.get(0)?.as_str()
}
