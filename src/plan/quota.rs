//! Does what a plan adds fit into the namespace's quotas? Each dry run is alone and can't tell
//! (fact 13). The main entry point is [`exceeded`].

use super::{Action, ObjectChange};
use crate::diag::Diagnostic;
use crate::manifest::Object;
use crate::ownership::quantity::{self, NANO};
use serde_json::Value;
use std::collections::BTreeMap;

/// What something takes, in nano units by the names that quotas use.
type Usage = BTreeMap<String, i128>;

/// A release record and a saved state, which every change of a release adds.
const OWN_SECRETS: i128 = 2;

/// Kinds that a quota may also name without `count/`.
const BY_NAME: [&str; 7] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
];

/// One warning for each resource of these quotas that the changes exceed. Deletes free nothing in
/// time: they come last. Quotas with scopes are left out, for they count only some pods.
pub fn exceeded<'q>(
    changes: &[ObjectChange],
    quotas: impl IntoIterator<Item = &'q Value>,
) -> Vec<Diagnostic> {
    let needed = needed(changes);
    let whole = |quota: &&Value| {
        let scopes = quota["spec"]["scopes"].as_array().map_or(0, Vec::len);
        scopes == 0 && quota["spec"]["scopeSelector"].is_null()
    };
    let quotas = quotas.into_iter().filter(whole);
    quotas.flat_map(|quota| over(&needed, quota)).collect()
}

fn over(needed: &Usage, quota: &Value) -> Vec<Diagnostic> {
    let name = quota["metadata"]["name"].as_str().unwrap_or_default();
    let limits = quota["status"]["hard"].as_object();
    let line = |(resource, hard): (&String, &Value)| {
        let used = quota["status"]["used"][resource].as_str()?;
        let (hard, needed) = (hard.as_str()?, *needed.get(resource)?);
        let left = (quantity::value(hard)? - quantity::value(used)?).max(0);
        let (more, left) = (
            quantity::like(needed, hard),
            (quantity::like(left, hard), left),
        );
        let what = format!(
            "ResourceQuota {name}: {more} more of {resource} would be needed, {} of {hard} left",
            left.0
        );
        (needed > left.1).then(|| Diagnostic::warning(what))
    };
    limits.into_iter().flatten().filter_map(line).collect()
}

fn needed(changes: &[ObjectChange]) -> Usage {
    let mut needed = Usage::new();
    for change in changes {
        let (after, before) = match change.action {
            Action::Create => (change.result.as_deref(), None),
            Action::Update | Action::Replace => (change.result.as_deref(), change.live.as_deref()),
            Action::Delete | Action::Keep | Action::Unchanged => (None, None),
        };
        add(&mut needed, &after.map(usage).unwrap_or_default(), 1);
        add(&mut needed, &before.map(usage).unwrap_or_default(), -1);
    }
    for name in ["secrets", "count/secrets"] {
        *needed.entry(name.to_owned()).or_default() += OWN_SECRETS * NANO;
    }
    needed
}

fn add(total: &mut Usage, more: &Usage, times: i128) {
    for (name, nanos) in more {
        *total.entry(name.clone()).or_default() += nanos * times;
    }
}

fn usage(object: &Object) -> Usage {
    let body = object.clear();
    let (group, spec) = (&*object.id.group, &body["spec"]);
    let mut usage = counted(group, &object.id.kind, 1);
    let replicas = i128::from(spec["replicas"].as_i64().unwrap_or(1));
    match (group, &*object.id.kind) {
        ("", "Service") => add(&mut usage, &service(spec), 1),
        ("", "PersistentVolumeClaim") => add(&mut usage, &storage(spec), 1),
        ("", "Pod") => add(&mut usage, &pod(spec), 1),
        ("", "ReplicationController") | ("apps", "Deployment" | "ReplicaSet") => {
            add(&mut usage, &pods(spec), replicas);
        }
        ("apps", "StatefulSet") => {
            add(&mut usage, &pods(spec), replicas);
            for claim in spec["volumeClaimTemplates"]
                .as_array()
                .into_iter()
                .flatten()
            {
                add(
                    &mut usage,
                    &counted("", "PersistentVolumeClaim", 1),
                    replicas,
                );
                add(&mut usage, &storage(&claim["spec"]), replicas);
            }
        }
        ("batch", "Job") => {
            let number = |field: &str| spec[field].as_i64().unwrap_or(1);
            let side_by_side = number("parallelism").min(number("completions"));
            add(&mut usage, &pods(spec), side_by_side.into());
        }
        _ => {}
    }
    usage
}

/// So many objects of a kind.
fn counted(group: &str, kind: &str, number: i128) -> Usage {
    let plural = plural(kind);
    let mut usage = Usage::new();
    if group.is_empty() && BY_NAME.contains(&plural.as_str()) {
        usage.insert(plural.clone(), number * NANO);
    }
    let name = match group {
        "" => format!("count/{plural}"),
        group => format!("count/{plural}.{group}"),
    };
    usage.insert(name, number * NANO);
    usage
}

/// Kubernetes' own rule for the name of a kind's resource.
fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.as_bytes().last() {
        Some(b's') => format!("{lower}es"),
        Some(b'y') => format!("{}ies", lower.trim_end_matches('y')),
        _ => format!("{lower}s"),
    }
}

fn service(spec: &Value) -> Usage {
    let ports = spec["ports"].as_array().map_or(0, Vec::len);
    let ports = i128::try_from(ports).unwrap_or_default() * NANO;
    let mut usage = Usage::new();
    match spec["type"].as_str() {
        Some("NodePort") => drop(usage.insert("services.nodeports".to_owned(), ports)),
        Some("LoadBalancer") => {
            let own_ports = spec["allocateLoadBalancerNodePorts"] != false;
            usage.insert("services.loadbalancers".to_owned(), NANO);
            usage.insert(
                "services.nodeports".to_owned(),
                if own_ports { ports } else { 0 },
            );
        }
        _ => {}
    }
    usage
}

fn storage(claim: &Value) -> Usage {
    let mut usage = Usage::new();
    let asked = amount(&claim["resources"]["requests"]["storage"]);
    usage.insert("requests.storage".to_owned(), asked);
    if let Some(class) = claim["storageClassName"].as_str() {
        let of = format!("{class}.storageclass.storage.k8s.io");
        usage.insert(format!("{of}/requests.storage"), asked);
        usage.insert(format!("{of}/persistentvolumeclaims"), NANO);
    }
    usage
}

/// One pod of a template.
fn pods(spec: &Value) -> Usage {
    let mut usage = counted("", "Pod", 1);
    add(&mut usage, &pod(&spec["template"]["spec"]), 1);
    usage
}

/// What a pod asks for: its containers together, or the greediest of its init containers.
fn pod(spec: &Value) -> Usage {
    let mut usage = Usage::new();
    for (resource, of) in ["cpu", "memory", "ephemeral-storage"]
        .into_iter()
        .flat_map(|resource| [(resource, "requests"), (resource, "limits")])
    {
        let of_containers = |list: &str| -> Vec<i128> {
            let containers = spec[list].as_array().into_iter().flatten();
            containers
                .map(|c| asked(&c["resources"], of, resource))
                .collect()
        };
        let first = of_containers("initContainers").into_iter().max();
        let together: i128 = of_containers("containers").into_iter().sum();
        let nanos = together.max(first.unwrap_or_default());
        usage.insert(format!("{of}.{resource}"), nanos);
        if of == "requests" {
            usage.insert(resource.to_owned(), nanos);
        }
    }
    usage
}

/// A limit without a request is one too.
fn asked(resources: &Value, of: &str, resource: &str) -> i128 {
    let own = &resources[of][resource];
    match own.is_null() {
        true => amount(&resources["limits"][resource]),
        false => amount(own),
    }
}

fn amount(value: &Value) -> i128 {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    quantity::value(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::schema::Schema;
    use crate::manifest::{Gvk, parse};
    use serde_json::json;
    use std::sync::Arc;

    const TEXT: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  template:
    spec:
      initContainers: [{name: i, resources: {requests: {memory: 1Gi}}}]
      containers:
      - {name: a, resources: {requests: {cpu: 250m, memory: 256Mi}, limits: {memory: 512Mi}}}
      - {name: b, resources: {limits: {cpu: '1'}}}
  volumeClaimTemplates: [{spec: {storageClassName: fast, resources: {requests: {storage: 5Gi}}}}]
";

    fn change(text: &str, action: Action) -> ObjectChange {
        let object = parse(text, "c1", &Schema::default()).unwrap().remove(0);
        let mut change = ObjectChange::new(object.id.clone(), object.gvk.clone(), action);
        change.result = Some(Arc::new(object));
        change
    }

    fn quota(hard: Value, used: Value) -> Value {
        json!({"metadata": {"name": "q"}, "spec": {}, "status": {"hard": hard, "used": used}})
    }

    fn told(changes: &[ObjectChange], quotas: &[Value]) -> String {
        let told = exceeded(changes, quotas);
        told.iter()
            .map(|line| format!("{}\n", line.message))
            .collect()
    }

    #[test]
    fn what_exceeds_a_quota_is_told() {
        let hard = json!({"requests.cpu": "2", "requests.memory": "2Gi", "limits.memory": "4Gi",
            "pods": "10", "requests.storage": "8Gi", "count/statefulsets.apps": "1",
            "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "1", "secrets": "3"});
        let used = json!({"requests.cpu": "500m", "requests.memory": "1Gi", "limits.memory": "0",
            "pods": "9", "requests.storage": "0", "count/statefulsets.apps": "0",
            "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "0", "secrets": "2"});
        let changes = [change(TEXT, Action::Create)];
        insta::assert_snapshot!(told(&changes, &[quota(hard, used)]), @r"
        ResourceQuota q: 2 more of fast.storageclass.storage.k8s.io/persistentvolumeclaims would be needed, 1 of 1 left
        ResourceQuota q: 2 more of pods would be needed, 1 of 10 left
        ResourceQuota q: 2500m more of requests.cpu would be needed, 1500m of 2 left
        ResourceQuota q: 2Gi more of requests.memory would be needed, 1Gi of 2Gi left
        ResourceQuota q: 10Gi more of requests.storage would be needed, 8Gi of 8Gi left
        ResourceQuota q: 2 more of secrets would be needed, 1 of 3 left
        ");
    }

    #[test]
    fn an_update_needs_the_difference_and_a_scoped_quota_is_left_out() {
        let mut update = change(&TEXT.replace("replicas: 2", "replicas: 3"), Action::Update);
        update.live = change(TEXT, Action::Create).result;
        let pods = |used: &str| quota(json!({"pods": "4"}), json!({"pods": used}));
        assert_eq!(told(&[update.clone()], &[pods("3")]), "");
        let over = told(&[update.clone()], &[pods("4")]);
        assert_eq!(
            over,
            "ResourceQuota q: 1 more of pods would be needed, 0 of 4 left\n"
        );
        let mut scoped = pods("4");
        scoped["spec"] = json!({"scopes": ["BestEffort"]});
        assert_eq!(told(&[update], &[scoped]), "");
    }

    #[test]
    fn kinds_are_counted_by_kubernetes_names() {
        let names = |kind: &str, group: &str| {
            let gvk = Gvk::new(group, kind);
            counted(&gvk.group, &gvk.kind, 1)
                .into_keys()
                .collect::<Vec<_>>()
                .join(" ")
        };
        let all = [
            names("Ingress", "networking.k8s.io/v1"),
            names("NetworkPolicy", "networking.k8s.io/v1"),
            names("ConfigMap", "v1"),
        ];
        assert_eq!(
            all,
            [
                "count/ingresses.networking.k8s.io",
                "count/networkpolicies.networking.k8s.io",
                "configmaps count/configmaps"
            ]
        );
    }

    #[test]
    fn services_take_ports_and_balancers() {
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: LoadBalancer, ports: [{port: 1}, {port: 2}]}\n";
        let hard =
            json!({"services.nodeports": "1", "services.loadbalancers": "0", "services": "0"});
        let used =
            json!({"services.nodeports": "0", "services.loadbalancers": "0", "services": "0"});
        let told = told(&[change(text, Action::Create)], &[quota(hard, used)]);
        assert_eq!(told.lines().count(), 3, "{told}");
    }
}
