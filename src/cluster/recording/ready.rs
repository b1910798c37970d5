//! Objects of a recording get well at once: nothing runs there, so the status that a controller
//! would reach is filled in with the write, and waits end.

use serde_json::{Value, json};

/// Fills in the status of a workload, claim, job, definition or load balancer.
pub(super) fn settle(body: &mut Value) {
    let generation = body["metadata"]["generation"].as_u64().unwrap_or(1);
    let count = |field: &str| body["spec"][field].as_u64().unwrap_or(1);
    let status = match body["kind"].as_str().unwrap_or("") {
        "Deployment" | "ReplicaSet" => deployment(generation, count("replicas")),
        "StatefulSet" => stateful_set(generation, count("replicas")),
        "DaemonSet" => daemon_set(generation, &body["status"]),
        "Job" => job(count("completions")),
        "Pod" => pod(&body["spec"]["restartPolicy"]),
        "PersistentVolumeClaim" => json!({"phase": "Bound",
            "accessModes": body["spec"]["accessModes"], "capacity": body["spec"]["resources"]["requests"]}),
        "CustomResourceDefinition" => {
            json!({"conditions": conditions(&["Established", "NamesAccepted"])})
        }
        "Service" if body["spec"]["type"] == "LoadBalancer" => load_balancer(&body["status"]),
        _ => return,
    };
    body["status"] = status;
}

fn conditions(names: &[&str]) -> Value {
    let condition = |name: &&str| json!({"type": name, "status": "True"});
    names.iter().map(condition).collect()
}

fn deployment(generation: u64, replicas: u64) -> Value {
    json!({"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
        "readyReplicas": replicas, "availableReplicas": replicas,
        "conditions": [{"type": "Available", "status": "True"},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]})
}

fn stateful_set(generation: u64, replicas: u64) -> Value {
    json!({"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
        "readyReplicas": replicas, "availableReplicas": replicas, "currentReplicas": replicas,
        "currentRevision": "recorded", "updateRevision": "recorded"})
}

fn daemon_set(generation: u64, before: &Value) -> Value {
    let nodes = before["desiredNumberScheduled"].as_u64().unwrap_or(1);
    json!({"observedGeneration": generation, "desiredNumberScheduled": nodes, "currentNumberScheduled": nodes,
        "updatedNumberScheduled": nodes, "numberReady": nodes, "numberAvailable": nodes, "numberMisscheduled": 0})
}

fn job(completions: u64) -> Value {
    json!({"succeeded": completions, "conditions": conditions(&["SuccessCriteriaMet", "Complete"])})
}

fn pod(restart_policy: &Value) -> Value {
    match restart_policy == "Never" {
        true => json!({"phase": "Succeeded"}),
        false => {
            json!({"phase": "Running", "conditions": conditions(&["Ready", "ContainersReady"])})
        }
    }
}

/// Keeps an address that is there; else one from the range kept for examples.
fn load_balancer(before: &Value) -> Value {
    match before["loadBalancer"]["ingress"].is_array() {
        true => before.clone(),
        false => json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}),
    }
}
