//! What the server fills in: the table's defaults, and those that depend on other fields.

use crate::manifest::schema::Place;
use serde_json::{Map, Value, json};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Fills in what is left out, here and below.
pub fn fill(value: &mut Value, at: Place) {
    match value {
        Value::Object(map) => {
            if !at.free_keys() {
                computed(map, at.type_name());
                for (name, default) in at.defaults() {
                    if map.get(name).is_none_or(Value::is_null) {
                        map.insert(name.to_owned(), default.clone());
                    }
                }
            }
            for (name, value) in map.iter_mut() {
                fill(value, at.field(name));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, at.item())),
        _ => {}
    }
}

/// The defaults that depend on other fields of the same type.
fn computed(map: &mut Map<String, Value>, type_name: &str) {
    match type_name {
        "Container" | "EphemeralContainer" => pull_policy(map),
        "Pod" => pod(map),
        "PodSpec" => service_account(map),
        "Volume" => volume(map),
        "LimitRangeItem" => limits(map),
        "ServicePort" => target_port(map),
        "ServiceSpec" => service(map),
        "apps.v1.DeploymentSpec" => deployment_strategy(map),
        "apps.v1.DaemonSetSpec" => daemon_set_strategy(map),
        "apps.v1.StatefulSetSpec" => stateful_set_strategy(map),
        "batch.v1.Job" => job(map),
        "networking.v1.NetworkPolicySpec" => policy_types(map),
        "rbac.v1.Subject" => subject_group(map),
        "autoscaling.v1.HorizontalPodAutoscaler" => target(map),
        "autoscaling.v2.HorizontalPodAutoscalerBehavior" => behavior(map),
        "autoscaling.v2.HorizontalPodAutoscalerSpec" => metrics(map),
        _ => {}
    }
}

fn absent(map: &Map<String, Value>, name: &str) -> bool {
    map.get(name).is_none_or(Value::is_null)
}

fn set(map: &mut Map<String, Value>, name: &str, value: Value) {
    if absent(map, name) {
        map.insert(name.to_owned(), value);
    }
}

fn text<'m>(map: &'m Map<String, Value>, name: &str) -> &'m str {
    map.get(name).and_then(Value::as_str).unwrap_or("")
}

fn pull_policy(container: &mut Map<String, Value>) {
    let image = text(container, "image");
    let name = image.rsplit('/').next().unwrap_or(image);
    let policy = match name.rsplit_once(':') {
        _ if image.contains('@') => "IfNotPresent",
        Some((_, tag)) if tag != "latest" => "IfNotPresent",
        _ => "Always",
    };
    if text(container, "imagePullPolicy").is_empty() {
        container.insert("imagePullPolicy".into(), policy.into());
    }
}

/// Only in a Pod itself: in a template the server leaves them out.
fn pod(pod: &mut Map<String, Value>) {
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        host_ports(spec);
    }
    for field in ["containers", "initContainers"] {
        let containers = spec.get_mut(field).and_then(Value::as_array_mut);
        let resources = containers
            .into_iter()
            .flatten()
            .filter_map(|c| c.get_mut("resources"));
        resources
            .filter_map(Value::as_object_mut)
            .for_each(requests);
    }
}

/// Requests that are left out are the limits.
fn requests(resources: &mut Map<String, Value>) {
    let Some(Value::Object(limits)) = resources.get("limits").cloned() else {
        return;
    };
    if limits.is_empty() {
        return;
    }
    set(resources, "requests", json!({}));
    if let Some(requests) = resources.get_mut("requests").and_then(Value::as_object_mut) {
        for (name, limit) in limits {
            requests.entry(name).or_insert(limit);
        }
    }
}

/// The old name of the service account is kept in step.
fn service_account(spec: &mut Map<String, Value>) {
    let old = text(spec, "serviceAccount").to_owned();
    let new = text(spec, "serviceAccountName").to_owned();
    match (old.is_empty(), new.is_empty()) {
        (_, false) => spec.insert("serviceAccount".into(), new.into()),
        (false, true) => spec.insert("serviceAccountName".into(), old.into()),
        (true, true) => None,
    };
}

/// On the host's network a container's port is the host's.
fn host_ports(spec: &mut Map<String, Value>) {
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        let ports = |c: &'_ mut Value| c["ports"].as_array().cloned().unwrap_or_default();
        for container in containers.into_iter().flatten() {
            let mut ports = ports(container);
            for port in ports.iter_mut().filter_map(Value::as_object_mut) {
                if let Some(number) = port.get("containerPort").cloned() {
                    set(port, "hostPort", number);
                }
            }
            if !ports.is_empty() {
                container["ports"] = Value::Array(ports);
            }
        }
    }
}

/// A volume that says nothing of its source is an empty directory.
fn volume(volume: &mut Map<String, Value>) {
    let sourced = volume
        .iter()
        .any(|(name, value)| name != "name" && !value.is_null());
    if !sourced {
        volume.insert("emptyDir".into(), json!({}));
    }
}

/// Of containers: the default is the maximum, the request is the default, else the minimum.
fn limits(item: &mut Map<String, Value>) {
    if text(item, "type") != "Container" {
        return;
    }
    for (field, from) in [
        ("default", "max"),
        ("defaultRequest", "default"),
        ("defaultRequest", "min"),
    ] {
        let Some(Value::Object(source)) = item.get(from).cloned() else {
            continue;
        };
        set(item, field, json!({}));
        if let Some(own) = item.get_mut(field).and_then(Value::as_object_mut) {
            for (name, value) in source {
                own.entry(name).or_insert(value);
            }
        }
    }
}

fn target_port(port: &mut Map<String, Value>) {
    let unset = matches!(port.get("targetPort"), None | Some(Value::Null))
        || port.get("targetPort") == Some(&json!(0))
        || port.get("targetPort") == Some(&json!(""));
    if let (true, Some(number)) = (unset, port.get("port").cloned()) {
        port.insert("targetPort".into(), number);
    }
}

fn service(spec: &mut Map<String, Value>) {
    let kind = text(spec, "type").to_owned();
    if matches!(&*kind, "NodePort" | "LoadBalancer") {
        set(spec, "externalTrafficPolicy", "Cluster".into());
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true.into());
    }
    match text(spec, "sessionAffinity") {
        "ClientIP" => {
            let config = json!({"clientIP": {"timeoutSeconds": 10800}});
            set(spec, "sessionAffinityConfig", config);
        }
        _ => drop(spec.remove("sessionAffinityConfig")),
    }
    if kind != "ExternalName" {
        set(spec, "internalTrafficPolicy", "Cluster".into());
    }
}

fn deployment_strategy(spec: &mut Map<String, Value>) {
    let rolling = json!({"maxSurge": "25%", "maxUnavailable": "25%"});
    strategy(spec, "strategy", rolling);
}

fn daemon_set_strategy(spec: &mut Map<String, Value>) {
    let rolling = json!({"maxSurge": 0, "maxUnavailable": 1});
    strategy(spec, "updateStrategy", rolling);
}

fn stateful_set_strategy(spec: &mut Map<String, Value>) {
    strategy(spec, "updateStrategy", json!({"partition": 0}));
}

fn strategy(spec: &mut Map<String, Value>, name: &str, defaults: Value) {
    set(spec, name, json!({}));
    let Some(strategy) = spec.get_mut(name).and_then(Value::as_object_mut) else {
        return;
    };
    if text(strategy, "type").is_empty() {
        strategy.insert("type".into(), "RollingUpdate".into());
    }
    if text(strategy, "type") == "RollingUpdate" {
        set(strategy, "rollingUpdate", json!({}));
        let rolling = strategy
            .get_mut("rollingUpdate")
            .and_then(Value::as_object_mut);
        if let (Some(rolling), Value::Object(defaults)) = (rolling, defaults) {
            for (name, default) in defaults {
                set(rolling, &name, default);
            }
        }
    }
}

/// Only of a Job itself: the template of a CronJob is left as it is.
fn job(job: &mut Map<String, Value>) {
    let Some(spec) = job.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    if absent(spec, "completions") && absent(spec, "parallelism") {
        set(spec, "completions", 1.into());
    }
    set(spec, "parallelism", 1.into());
    set(spec, "backoffLimit", 6.into());
    set(spec, "completionMode", "NonIndexed".into());
    set(spec, "suspend", false.into());
    set(spec, "manualSelector", false.into());
    let replacement = match absent(spec, "podFailurePolicy") {
        true => "TerminatingOrFailed",
        false => "Failed",
    };
    set(spec, "podReplacementPolicy", replacement.into());
}

fn policy_types(spec: &mut Map<String, Value>) {
    let egress = spec.get("egress").and_then(Value::as_array);
    let types = match egress.is_some_and(|rules| !rules.is_empty()) {
        true => json!(["Ingress", "Egress"]),
        false => json!(["Ingress"]),
    };
    if spec
        .get("policyTypes")
        .is_none_or(super::normalise::is_zero)
    {
        spec.insert("policyTypes".into(), types);
    }
}

fn subject_group(subject: &mut Map<String, Value>) {
    if matches!(text(subject, "kind"), "User" | "Group") {
        set(subject, "apiGroup", RBAC.into());
    }
}

/// Where one direction has rules both have.
fn behavior(behavior: &mut Map<String, Value>) {
    let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
    let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
    let up = json!({"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [pods, percent]});
    let down = json!({"selectPolicy": "Max", "policies": [percent]});
    for (direction, defaults) in [("scaleUp", up), ("scaleDown", down)] {
        set(behavior, direction, json!({}));
        let rules = behavior.get_mut(direction).and_then(Value::as_object_mut);
        if let (Some(rules), Value::Object(defaults)) = (rules, defaults) {
            for (name, default) in defaults {
                set(rules, &name, default);
            }
        }
    }
}

/// What other metrics there are stands in an annotation of this version.
fn target(autoscaler: &mut Map<String, Value>) {
    let annotations = autoscaler.get("metadata").map(|m| &m["annotations"]);
    if annotations.is_some_and(|a| !a["autoscaling.alpha.kubernetes.io/metrics"].is_null()) {
        return;
    }
    if let Some(spec) = autoscaler.get_mut("spec").and_then(Value::as_object_mut) {
        set(spec, "targetCPUUtilizationPercentage", 80.into());
    }
}

fn metrics(spec: &mut Map<String, Value>) {
    let empty = spec
        .get("metrics")
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty);
    if empty {
        let cpu = json!([{"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]);
        spec.insert("metrics".into(), cpu);
    }
}
