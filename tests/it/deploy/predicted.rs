//! What a plan says is what an apply does: the plan's JSON beside the API server's audit log.

use super::ship::Ship;
use crate::controlplane::{self, Request};
use serde_json::Value;
use std::collections::BTreeMap;

/// Objects by what happens to them: `configmaps/shop` → `update`.
type Changes = BTreeMap<String, String>;

fn planned(said: &str) -> Changes {
    let lines = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let plan = lines
        .into_iter()
        .find(|line| line["event"] == "plan")
        .unwrap();
    let changes = plan["plan"]["targets"][0]["release"]["changes"].clone();
    let changes = changes.as_array().unwrap().iter();
    let acts = changes.filter(|c| !["keep", "unchanged"].contains(&c["action"].as_str().unwrap()));
    let change = |c: &Value| {
        let (kind, name) = (
            c["id"]["kind"].as_str().unwrap(),
            c["id"]["name"].as_str().unwrap(),
        );
        let action = c["action"].as_str().unwrap().to_owned();
        (format!("{}s/{name}", kind.to_lowercase()), action)
    };
    acts.map(change).collect()
}

/// What the API server saw, without leases, records and saved states.
fn seen(requests: &[Request]) -> Changes {
    let mut seen = Changes::new();
    let beside = ["leases", "secrets", "namespaces"];
    for request in requests.iter().filter(|r| !beside.contains(&&*r.resource)) {
        let name = format!("{}/{}", request.resource, request.name);
        let action = match (&*request.verb, request.code) {
            ("delete", _) => "delete",
            ("patch", 201) if seen.get(&name).is_some_and(|a| a == "delete") => "replace",
            ("patch", 201) => "create",
            ("patch", 200) => "update",
            other => panic!("{name}: {other:?}"),
        };
        seen.insert(name, action.to_owned());
    }
    seen
}

#[test]
fn exactly_the_predicted_objects_are_written() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let ship = Ship::new(plane, "audit", "parts");
    let states = [
        "values: {claim: true, kept: true}",
        "replace: true, values: {selector: two, message: bye, extra: true, kept: true, claim: true}",
        "data_loss: allow, values: {selector: two, colour: green}",
        "values: {selector: two, colour: green}",
        "data_loss: allow, state: absent",
    ];
    let mut told = Vec::new();
    let (play, plan) = (ship.desk.arg("play.yml"), ship.desk.arg("saved.plan"));
    for fields in states {
        ship.wants(&format!("wait: false, {fields}"));
        let said = ship
            .rollbook(&format!("plan {play} --format json --out {plan}"))
            .done();
        let before = ship.writes("rollbook").len();
        ship.desk.rollbook(["apply", &plan]).done();
        let (planned, seen) = (planned(&said), seen(&ship.writes("rollbook")[before..]));
        assert_eq!(planned, seen, "{fields}");
        let line = |(name, action): (&String, &String)| format!("  {action} {name}");
        let lines: Vec<String> = planned.iter().map(line).collect();
        told.push(format!("{fields}\n{}", lines.join("\n")));
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// A policy that changes what is written to a namespace, and nothing that is only tried.
const POLICY: &str = r#"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: NAMESPACE
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    namespaceSelector:
      matchLabels: {kubernetes.io/metadata.name: NAMESPACE}
    resourceRules:
    - apiGroups: [""]
      apiVersions: [v1]
      operations: [CREATE, UPDATE]
      resources: [configmaps]
  matchConditions:
  - name: for-real
    expression: "!(has(request.dryRun) && request.dryRun)"
  mutations:
  - patchType: JSONPatch
    jsonPatch:
      expression: '[JSONPatch{op: "add", path: "/data/message", value: "by policy"}]'
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: NAMESPACE
spec:
  policyName: NAMESPACE
"#;

#[test]
fn what_did_not_become_as_predicted_is_told() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let ship = Ship::new(plane, "strayed", "parts");
    let first = ship.apply("wait: false").done();
    let predicted = |of: &str| format!("\n  predicted  {of} changed exactly as planned\n");
    assert!(first.contains(&predicted("1 of 1")), "{first}");
    let policy = POLICY.replace("NAMESPACE", &ship.namespace);
    plane.kubectl_with(&["apply", "-f", "-"], &policy);
    // The API server takes a second or two to learn of a new policy.
    let works = |number| {
        let probe = format!("probe-{number}");
        ship.kubectl(&["create", "configmap", &probe, "--from-literal=message=mine"]);
        let path = "jsonpath={.data.message}";
        let became = ship.kubectl(&["get", "configmap", &probe, "-o", path]);
        ship.kubectl(&["delete", "configmap", &probe]);
        became == "by policy"
    };
    assert!((0..500).any(works), "the policy does nothing");
    let said = ship.apply("wait: false, values: {message: bye}").done();
    assert!(said.contains(&predicted("0 of 1")), "{said}");
    let told = said.lines().find(|line| line.starts_with("  strayed"));
    assert_eq!(
        told.map(|line| line.replace(&ship.namespace, "NAMESPACE"))
            .as_deref(),
        Some("  strayed    1 ConfigMap shop: data.message is not as predicted (NAMESPACE)"),
        "{said}"
    );
    plane.kubectl(&["delete", "mutatingadmissionpolicybinding", &ship.namespace]);
    plane.kubectl(&["delete", "mutatingadmissionpolicy", &ship.namespace]);
}
