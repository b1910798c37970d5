//! Releases that another driver keeps, and objects that another tool manages.

use super::ship::{Hand, Ship};
use crate::controlplane;
use crate::main_job::Said;

fn ship(stem: &str) -> Option<Ship> {
    Some(Ship::new(controlplane::require()?, stem, "parts"))
}

/// Helm with its ConfigMap driver.
fn kept_in_config_maps(ship: &Ship, args: &[&str]) -> Said {
    let mut command = ship.plane.command("helm4");
    let command = command.env("HELM_DRIVER", "configmap").args(args);
    Said::of(command.args(["-n", &ship.namespace]).output().unwrap())
}

#[test]
fn a_release_in_config_maps_is_read_and_written_there() {
    let Some(ship) = ship("driver") else { return };
    kept_in_config_maps(&ship, &ship.call("install", &[])).done();
    ship.apply("wait: false, values: {message: bye}").done();
    ship.rollbook("backout --all --to revision:1 -y").done();
    let told = kept_in_config_maps(&ship, &["history", "shop", "-o", "json"]).done();
    let rows: serde_json::Value = serde_json::from_str(&told).unwrap();
    let statuses: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["status"].clone())
        .collect();
    assert_eq!(statuses, ["superseded", "superseded", "deployed"]);
    let secrets = ship.kubectl(&["get", "secrets", "-l", "owner=helm", "-o", "name"]);
    assert_eq!(secrets, "");
    kept_in_config_maps(&ship, &ship.call("upgrade", &["--set", "message=on"])).done();
    ship.apply("state: absent").done();
    let left = ship.kubectl(&["get", "configmaps", "-l", "owner=helm", "-o", "name"]);
    assert_eq!(left, "");
}

#[test]
fn objects_that_another_tool_manages_are_refused_unless_taken() {
    let Some(ship) = ship("argo") else { return };
    ship.apply("wait: false").done();
    let mark = "argocd.argoproj.io/tracking-id=shop:apps/Deployment:x/shop";
    ship.kubectl(&["annotate", "deployment", "shop", mark]);
    ship.kubectl(&["annotate", "configmap", "shop", mark]);
    ship.kubectl(&[
        "label",
        "deployment",
        "shop",
        "helm.toolkit.fluxcd.io/name=web",
    ]);
    let refused = ship.plan("values: {message: bye}").refused(5);
    let absent = ship.plan("state: absent").refused(5);
    let said = ship.apply("wait: false, take_ownership: true, values: {message: bye}");
    said.done();
    let told = [refused, absent].join("\n---\n");
    insta::assert_snapshot!(told.replace(&ship.namespace, "NAMESPACE"));
}

#[test]
fn objects_of_nobody_are_refused_in_helms_words_unless_taken() {
    let (Some(ours), Some(helms)) = (ship("adopt"), ship("adopt")) else {
        return;
    };
    for ship in [&ours, &helms] {
        ship.plane
            .kubectl(&["create", "namespace", &ship.namespace]);
        ship.kubectl(&["create", "configmap", "shop", "--from-literal=message=old"]);
    }
    let call = helms.call("install", &[]);
    let helm = helms
        .helm(Hand::Helm3, &call)
        .err
        .replace(&helms.namespace, "NS");
    let refused = ours.plan("").refused(5).replace(&ours.namespace, "NS");
    let words = |text: &str| {
        let from = text
            .find("Unable to continue")
            .unwrap_or_else(|| panic!("{text}"));
        text[from..].lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(words(&refused), words(&helm));
    let taking = helms.call("install", &["--take-ownership", "--force-conflicts"]);
    helms.helm(Hand::Helm4, &taking).done();
    let inventory = "wait: false, take_ownership: true";
    ours.wants(inventory);
    let file = ours.desk.path("hosts.yml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("  vars:\n", "  vars:\n    conflicts: {default: take}\n"),
    )
    .unwrap();
    ours.rollbook(&format!("apply {} -y", ours.desk.arg("play.yml")))
        .done();
    let marks = [
        "get",
        "configmap",
        "shop",
        "-o",
        "jsonpath={.data}{.metadata.labels}",
    ];
    assert_eq!(ours.kubectl(&marks), helms.kubectl(&marks));
}
