//! The shipped RBAC manifests: what *apply* may do, and what an account without it is told before
//! the first write.

use crate::controlplane::{self, ControlPlane};
use crate::deploy::site::chart;
use crate::main_job::Desk;
use std::path::Path;

fn write_inventory(desk: &Desk, kubeconfig: &Path, names: &[&str]) {
    let hosts: Vec<String> = names.iter().map(|name| format!("{name}: ")).collect();
    let text = format!(
        "all:\n  vars:\n    cluster: {{context: test, kubeconfig: {}}}\n    release: {{name: shop, chart: {}, \
         create_namespace: true}}\n  children:\n    clients:\n      hosts: {{{}}}\n",
        kubeconfig.display(),
        chart().display(),
        hosts.join(", ")
    );
    std::fs::write(desk.path("hosts.yml"), text).unwrap();
}

/// How many requests of rollbook changed something in a namespace.
fn writes(plane: &ControlPlane, namespace: &str) -> usize {
    let requests = plane.audit("rollbook");
    let here = requests
        .iter()
        .filter(|request| request.namespace == namespace);
    here.filter(|request| request.writes() && request.code < 300)
        .count()
}

#[test]
fn the_apply_account_installs_updates_and_backs_out() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let (desk, name) = (Desk::new(), plane.name("rights"));
    write_inventory(&desk, &plane.kubeconfig_of("apply"), &[&name]);
    let hosts = desk.arg("hosts.yml");
    desk.over(&hosts, "apply -y").done();
    desk.over(
        &hosts,
        "apply -y -e {\"release\":{\"values\":{\"message\":\"b\"}}}",
    )
    .done();
    desk.over(&hosts, "backout --all -y").done();
    let history = plane.helm4(&["history", "shop", "-n", &name, "-o", "json"]);
    assert_eq!(history.matches("\"revision\"").count(), 3, "{history}");
}

#[test]
fn what_an_account_lacks_is_named_before_the_first_write() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let desk = Desk::new();
    let names = [plane.name("rights"), plane.name("rights")];
    write_inventory(&desk, &plane.kubeconfig_of("read"), &[&names[0], &names[1]]);
    let said = desk.over(&desk.arg("hosts.yml"), "apply -y --predict local");
    assert_eq!(said.code, 5, "{}{}", said.out, said.err);
    let fault = said.err.split("error: ").nth(1).unwrap();
    let fault = fault
        .replace(&names[0], "FIRST")
        .replace(&names[1], "SECOND");
    insta::assert_snapshot!(fault);
    assert_eq!(names.map(|name| writes(plane, &name)), [0, 0]);
}
