//! What the API server gives a Service, and leaves to it when nobody sends it any more.

use serde_json::{Map, Value};

/// Fields of one address family, which stay together.
const ADDRESS: [&str; 4] = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"];

/// Puts back addresses and node ports of the live Service where its type still has them, and
/// takes node ports away where it no longer does.
pub(super) fn restore(object: &mut Value, live: &Value) {
    let old = &live["spec"];
    if object["spec"].is_null() {
        object["spec"] = Value::Object(Map::new());
    }
    let spec = &mut object["spec"];
    if is_type(old, &["ExternalName"]) || is_type(spec, &["ExternalName"]) {
        return;
    }
    for name in ADDRESS {
        if spec[name].is_null() && !old[name].is_null() {
            spec[name] = old[name].clone();
        }
    }
    let public = ["NodePort", "LoadBalancer"];
    match (is_type(old, &public), is_type(spec, &public)) {
        (true, true) => restore_ports(spec, old),
        (true, false) => clear_ports(spec),
        _ => {}
    }
    if is_type(old, &["LoadBalancer"]) && !is_type(spec, &["LoadBalancer"]) {
        spec["allocateLoadBalancerNodePorts"] = Value::Null;
    }
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|_, value| !value.is_null());
    }
}

fn is_type(spec: &Value, types: &[&str]) -> bool {
    let own = spec["type"].as_str().unwrap_or("ClusterIP");
    types.contains(&own)
}

/// A port keeps its node port under its name, whatever else changes.
fn restore_ports(spec: &mut Value, old: &Value) {
    let olds = old["ports"].as_array().cloned().unwrap_or_default();
    for port in spec["ports"].as_array_mut().into_iter().flatten() {
        let same = olds.iter().find(|old| old["name"] == port["name"]);
        let node_port = same
            .map(|old| &old["nodePort"])
            .filter(|number| !number.is_null());
        if let (true, Some(number)) = (port["nodePort"].is_null(), node_port) {
            port["nodePort"] = number.clone();
        }
    }
}

fn clear_ports(spec: &mut Value) {
    for port in spec["ports"].as_array_mut().into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            port.remove("nodePort");
        }
    }
    spec["externalTrafficPolicy"] = Value::Null;
}
