//! Many targets at once on a real control plane: what is asked for all of them is asked once.

use crate::controlplane::{self, ControlPlane, Request};
use crate::main_job::Desk;

/// From so many targets on a set is listed over the whole cluster.
const TARGETS: usize = 52;

const CHART: &[(&str, &str)] = &[
    ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
    (
        "templates/all.yaml",
        r#"apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data: {message: {{ .Values.message | default "hello" | quote }}}
{{- if .Values.account }}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: shop}
{{- end }}
"#,
    ),
];

const PLAYBOOK: &str = r#"
- hosts: clients
  pre_tasks:
    - gate: {name: hold, that: "'hold' not in live.labels", policy: skip}
    - gate: {name: other, that: "live.status != 'failed'", resources: [{kind: ServiceAccount}]}
  tasks:
    - release: {wait: false}
"#;

/// The last three clients have an account; the last but one is held.
fn fleet(plane: &ControlPlane) -> (Desk, Vec<String>) {
    let desk = Desk::new();
    for (file, text) in CHART {
        let path = desk.path("chart").join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let stem = plane.name("fleet");
    let names: Vec<String> = (0..TARGETS).map(|at| format!("{stem}-{at:02}")).collect();
    let host = |(at, name): (usize, &String)| match at + 3 >= TARGETS {
        true => format!("        {name}: {{account: true}}\n"),
        false => format!("        {name}: {{}}\n"),
    };
    let hosts: String = names.iter().enumerate().map(host).collect();
    let text = format!(
        "all:\n  vars:\n    account: false\n    cluster: {{context: test, kubeconfig: {}}}\n    \
         release: {{name: shop, chart: {}, create_namespace: true, values: {{account: \"{{{{ account }}}}\"}}}}\n  \
         children:\n    clients:\n      hosts:\n{hosts}",
        plane.kubeconfig().display(),
        desk.arg("chart")
    );
    std::fs::write(desk.path("hosts.yml"), text).unwrap();
    std::fs::write(desk.path("play.yml"), PLAYBOOK).unwrap();
    (desk, names)
}

/// A plan, and what was asked for it.
fn plan(plane: &ControlPlane, desk: &Desk) -> (serde_json::Value, Vec<Request>) {
    let call = format!("plan {} --format json", desk.arg("play.yml"));
    let said = desk.over(&desk.arg("hosts.yml"), &call).done();
    let events = said.lines().map(|line| serde_json::from_str(line).unwrap());
    let events: Vec<serde_json::Value> = events.collect();
    let run = events[0]["run"].as_str().unwrap();
    let asked = plane.audit(&format!("(run {run})"));
    let is_plan = |event: &&serde_json::Value| event["event"] == "plan";
    (events.iter().find(is_plan).unwrap().clone(), asked)
}

fn changing(plan: &serde_json::Value) -> Vec<String> {
    let targets = plan["plan"]["targets"].as_array().unwrap();
    let changes = |target: &&serde_json::Value| target["verdict"] == "change";
    let names = targets.iter().filter(changes);
    names
        .map(|t| t["target"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_fleet_is_listed_once_for_its_gates_and_its_plan() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let (desk, names) = fleet(plane);
    let hosts = desk.arg("hosts.yml");
    desk.over(&hosts, &format!("apply {} -y", desk.arg("play.yml")))
        .done();
    plane.kubectl(&["label", "namespace", &names[TARGETS - 2], "hold=yes"]);
    // An account that the scouts do not know of has drifted, and so has that of who is held.
    for at in [TARGETS - 2, TARGETS - 1] {
        plane.kubectl(&["delete", "serviceaccount", "shop", "-n", &names[at]]);
    }
    let (planned, asked) = plan(plane, &desk);
    assert_eq!(changing(&planned), names[TARGETS - 1..]);

    let lists = |what: &str, selector: &str| {
        let here = asked.iter().filter(|request| {
            let first = !request.uri.contains("&continue=");
            first
                && request.verb == "list"
                && request.namespace.is_empty()
                && request.resource == what
                && request.uri.contains(selector)
        });
        here.count()
    };
    assert_eq!(lists("configmaps", "managed-by%3DHelm"), 1, "{asked:#?}");
    assert_eq!(lists("serviceaccounts", "managed-by%3DHelm"), 1);
    let dry_runs = asked
        .iter()
        .filter(|request| request.uri.contains("dryRun="));
    assert!(dry_runs.count() <= 1, "of the account that is created");
    assert!(!asked.iter().any(Request::writes));
}
