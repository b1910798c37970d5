//! The shipped RBAC manifests: what *apply* may do, and what an account without it is told before
//! the first write.

use crate::controlplane::{self, ControlPlane};
use crate::deploy::site::chart;
use crate::main_job::{Desk, Said};
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

/// Where Helm keeps releases, and the kind that does.
const DRIVERS: [(&str, &str); 2] = [("secret", "secrets"), ("configmap", "configmaps")];

/// A verb over the inventory with Helm's driver.
fn with(desk: &Desk, driver: &str, call: &str) -> Said {
    let mut command = desk.command(env!("CARGO_BIN_EXE_rollbook"));
    let (verb, rest) = call.split_once(' ').unwrap_or((call, ""));
    let hosts = desk.arg("hosts.yml");
    command
        .args([verb, "-i", &hosts])
        .args(rest.split_whitespace());
    Said::of(command.env("HELM_DRIVER", driver).output().unwrap())
}

/// What Helm says with this driver.
fn helm(plane: &ControlPlane, driver: &str, args: &[&str]) -> String {
    let mut command = plane.command("helm4");
    Said::of(
        command
            .env("HELM_DRIVER", driver)
            .args(args)
            .output()
            .unwrap(),
    )
    .done()
}

const BYE: &str = "-e {\"release\":{\"values\":{\"message\":\"b\"}}}";

#[test]
fn the_apply_account_installs_updates_and_backs_out() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    for (driver, kept) in DRIVERS {
        let (desk, name) = (Desk::new(), plane.name("rights"));
        write_inventory(&desk, &plane.kubeconfig_of("apply"), &[&name]);
        with(&desk, driver, "apply -y").done();
        with(&desk, driver, &format!("apply -y {BYE}")).done();
        with(&desk, driver, "backout --all -y").done();
        let history = helm(
            plane,
            driver,
            &["history", "shop", "-n", &name, "-o", "json"],
        );
        assert_eq!(history.matches("\"revision\"").count(), 3, "{history}");
        let records = ["get", kept, "-n", &name, "-l", "owner=helm", "-o", "name"];
        assert_eq!(plane.kubectl(&records).lines().count(), 3, "{driver}");
    }
}

/// The first rule of the manifest is for what charts hold; all others together are what rollbook
/// needs for itself.
#[test]
fn narrowed_to_the_kinds_of_a_chart_it_still_can() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let wide = r#"- apiGroups: ["", apps, batch, autoscaling, policy, networking.k8s.io]
  resources: ["*"]"#;
    let narrow = r#"- apiGroups: ["", apps, batch]
  resources: [configmaps, services, deployments, jobs]"#;
    let manifest = std::fs::read_to_string("fixtures/rbac/apply.yaml").unwrap();
    assert!(manifest.contains(wide), "{manifest}");
    let manifest = manifest.replace(wide, narrow);
    // Subresources and quotas are read, and nothing of them is written.
    let manifest = manifest.replace("rollbook-apply", "rollbook-narrow");
    for (driver, _) in DRIVERS {
        let (desk, name) = (Desk::new(), plane.name("rights"));
        std::fs::write(desk.path("narrow.yaml"), &manifest).unwrap();
        let account = plane.kubeconfig_of_manifest(&desk.path("narrow.yaml"), "rollbook-narrow");
        write_inventory(&desk, &account, &[&name]);
        with(&desk, driver, "apply -y").done();
        with(&desk, driver, &format!("apply -y {BYE}")).done();
        with(&desk, driver, "backout --all -y").done();
        let history = helm(
            plane,
            driver,
            &["history", "shop", "-n", &name, "-o", "json"],
        );
        assert_eq!(history.matches("\"revision\"").count(), 3, "{history}");
    }
}

#[test]
fn accounts_that_may_not_write_plan_and_look_under_both_drivers() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let chart = chart().display().to_string();
    for (driver, _) in DRIVERS {
        let name = plane.name("rights");
        let install = ["install", "shop", &chart, "-n", &name, "--create-namespace"];
        helm(plane, driver, &install);
        for (account, predict) in [("read", "local"), ("dry-run", "server")] {
            let desk = Desk::new();
            write_inventory(&desk, &plane.kubeconfig_of(account), &[&name]);
            let status = with(&desk, driver, "status -v").done();
            assert!(status.contains("deployed"), "{account} {driver}: {status}");
            let same = with(&desk, driver, &format!("plan --predict {predict}")).done();
            assert!(
                same.contains("Plan: no changes."),
                "{account} {driver}: {same}"
            );
            let plan = format!("plan --predict {predict} {BYE}");
            let plan = with(&desk, driver, &plan).done();
            assert!(
                plan.contains("~ ConfigMap shop"),
                "{account} {driver}: {plan}"
            );
        }
        assert_eq!(writes(plane, &name), 0, "{driver}");
    }
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
