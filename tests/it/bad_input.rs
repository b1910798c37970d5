//! Bad input that needs somebody to answer: repositories and API servers. The rest of the issue's
//! list is `fixtures/cli/bad-input.trycmd`; all of it ends with one clear error.

use crate::controlplane::{self, ControlPlane};
use crate::main_job::Desk;
use crate::repo::charts::{archive, digest};
use crate::repo::index;
use crate::repo::server::{Answer, REST, Server};
use std::path::Path;
use std::time::Duration;

/// One target, `c1`, with this cluster and release.
fn write_inventory(desk: &Desk, cluster: &str, release: &str) {
    let text = format!(
        "all:\n  vars:\n    cluster: {cluster}\n    release: {release}\n  children:\n    clients:\n      hosts: {{c1: }}\n"
    );
    std::fs::write(desk.path("hosts.yml"), text).unwrap();
}

/// What is told without the places and ports of this run.
fn anonymous(desk: &Desk, text: &str, server: Option<&Server>) -> String {
    let text = text.replace(&desk.arg(""), "");
    match server {
        Some(server) => text.replace(&server.host(), "HOST"),
        None => text,
    }
}

#[test]
fn a_chart_that_is_not_what_the_index_says() {
    let server = Server::start([
        ("/index.yaml", index("web.tgz", &digest(b"another"))),
        ("/web.tgz", Answer::ok(archive("web", "1.2.0"))),
    ]);
    let desk = Desk::new();
    let repo = server.url("");
    let release = format!("{{chart: web, repo: '{repo}', version: 1.2.0}}");
    write_inventory(&desk, "{recording: fixtures/clusters/demo}", &release);
    let said = desk.over(&desk.arg("hosts.yml"), "plan").refused(5);
    insta::with_settings!({filters => vec![("[0-9a-f]{64}", "DIGEST")]}, {
        insta::assert_snapshot!(anonymous(&desk, &said, Some(&server)), @r"
    error: [c1] http://HOST/web.tgz is not what the index says
      at hosts.yml:4:14
      index    sha256:DIGEST
      archive  sha256:DIGEST
      try: ask who publishes the chart; it was replaced, or the download is broken
    ");
    });
}

/// A kubeconfig for a server that speaks plain HTTP.
fn kubeconfig(desk: &Desk, server: &Server) -> String {
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: '{}'}}}}]\n\
         users: [{{name: u, user: {{token: t}}}}]\n\
         contexts: [{{name: test, context: {{cluster: c, user: u}}}}]\n",
        server.url("").trim_end_matches('/')
    );
    std::fs::write(desk.path("kubeconfig"), text).unwrap();
    cluster(&desk.path("kubeconfig"))
}

fn cluster(kubeconfig: &Path) -> String {
    format!("{{context: test, kubeconfig: {}}}", kubeconfig.display())
}

const RELEASE: &str = "{chart: webapp, repo: fixtures/charts, version: 2.5.0}";

#[test]
fn an_api_server_that_goes_away_in_the_middle() {
    let system = r#"{"apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "kube-system", "uid": "5f0c1e9a-0000-0000-0000-000000000000"}}"#;
    let server = Server::start([
        ("/api/v1/namespaces/kube-system", Answer::ok(system)),
        (REST, Answer::none()),
    ]);
    let desk = Desk::new();
    write_inventory(&desk, &kubeconfig(&desk, &server), RELEASE);
    let said = desk.over(&desk.arg("hosts.yml"), "plan").refused(4);
    insta::assert_snapshot!(anonymous(&desk, &said, Some(&server)), @r"
    error: [c1] reading live state: http://HOST does not answer: the list of secrets: connection closed before message completed (tried 6 times)
      cluster test (http://HOST)
    ");
}

#[test]
fn an_api_server_that_is_not_there() {
    let desk = Desk::new();
    let text = "apiVersion: v1\nkind: Config\n\
        clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n\
        users: [{name: u, user: {token: t}}]\n\
        contexts: [{name: test, context: {cluster: c, user: u}}]\n";
    std::fs::write(desk.path("kubeconfig"), text).unwrap();
    write_inventory(&desk, &cluster(&desk.path("kubeconfig")), RELEASE);
    let said = desk.over(&desk.arg("hosts.yml"), "plan").refused(4);
    insta::assert_snapshot!(anonymous(&desk, &said, None), @"error: [c1] cluster test can't be opened: http://127.0.0.1:1 does not answer: namespace kube-system: Connection refused (os error 111) (tried 6 times)");
}

/// Somebody who may see the cluster's identity and nothing else.
fn stranger(plane: &ControlPlane) {
    let role = r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: identity, namespace: kube-system}
rules: [{apiGroups: [""], resources: [namespaces], resourceNames: [kube-system], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: identity, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: identity}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
"#;
    plane.kubectl_with(&["apply", "-f", "-"], role);
    // The API server hears of a role a little after it has written it.
    let may = ["get", "namespace", "kube-system", "--as", "bob"];
    let told = || plane.command("kubectl").args(may).output().unwrap();
    let heard = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        told().status.success()
    });
    assert!(heard, "bob may not read kube-system");
}

#[test]
fn what_rbac_forbids_is_named_with_what_was_done() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let desk = Desk::new();
    write_inventory(&desk, &cluster(&plane.kubeconfig_of_bob()), RELEASE);
    let hosts = desk.arg("hosts.yml");
    stranger(plane);
    let said = desk.over(&hosts, "plan").refused(5);
    let ports = vec![(r"https://127\.0\.0\.1:\d+", "https://HOST")];
    insta::with_settings!({filters => ports}, {
        insta::assert_snapshot!(anonymous(&desk, &said, None), @r#"
    error: [c1] reading live state: not allowed: secrets is forbidden: User "bob" cannot list resource "secrets" in API group "" in the namespace "c1"
      cluster test (https://HOST)
      try: kubectl auth can-i --list shows what this account may do
    "#);
    });
}

#[test]
fn a_namespace_that_does_not_exist_on_a_real_cluster() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let desk = Desk::new();
    let release = "{chart: webapp, repo: fixtures/charts, version: 2.5.0, values: {client: {name: c1, domain: example.net}}}";
    write_inventory(&desk, &cluster(&plane.kubeconfig()), release);
    let said = desk.over(&desk.arg("hosts.yml"), "plan").refused(1);
    insta::assert_snapshot!(anonymous(&desk, &said, None), @r"
    error: [c1] namespace c1 does not exist
      try: create it, or say create_namespace: true in the release
    ");
}

#[test]
fn one_broken_target_leaves_the_others_to_go_on() {
    let desk = Desk::new();
    let hosts = "fixtures/cli/bad/one-of-two.yml";
    let said = desk.over(hosts, "apply -y");
    assert_eq!(said.code, 5, "{}{}", said.out, said.err);
    assert!(said.out.contains("changed: [c0aa1p]"), "{}", said.out);
    assert!(
        said.err
            .contains("error: [c0cc3r] unknown key \"vesion\" in release"),
        "{}",
        said.err
    );
    let again = desk.over(hosts, "plan");
    assert_eq!(again.code, 1);
    assert!(
        again
            .out
            .contains("Plan: no changes. 2 targets, 1 could not be planned.\n"),
        "{}",
        again.out
    );
}
