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

/// A lease of the release `other` in the namespace, held by a run on another machine.
fn strangers_lease(ship: &Ship) {
    let now = jiff::Timestamp::now();
    let lease = serde_json::json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {
            "name": "rollbook-other",
            "labels": {"owner": "rollbook", "kind": "lease", "name": "other", "run": "20260312-2204-9p0d"},
        },
        "spec": {
            "holderIdentity": "joao@bastion-1, run 9p0d", "leaseDurationSeconds": 60,
            "acquireTime": format!("{now:.6}"), "renewTime": format!("{now:.6}"),
        },
    });
    std::fs::write(ship.desk.path("lease.json"), lease.to_string()).unwrap();
    ship.kubectl(&[
        "create",
        "-f",
        ship.desk.path("lease.json").to_str().unwrap(),
    ]);
}

#[test]
fn whoever_else_is_at_work_is_named_by_the_status() {
    let Some(ship) = ship("others") else { return };
    ship.apply("wait: false").done();
    let others = |ship: &Ship| {
        let said = ship
            .rollbook("status")
            .done()
            .replace(&ship.namespace, "NAMESPACE");
        let lines = said
            .lines()
            .filter(|line| line.contains("OTHERS") || line.contains("STUCK"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_eq!(others(&ship), "");
    let mark = "argocd.argoproj.io/tracking-id=shop:apps/Deployment:x/shop";
    ship.kubectl(&["annotate", "deployment", "shop", mark]);
    strangers_lease(&ship);
    // As Helm leaves it while it is at work.
    let record = "sh.helm.release.v1.shop.v1";
    ship.kubectl(&[
        "label",
        "--overwrite",
        "secret",
        record,
        "status=pending-upgrade",
    ]);
    ship.kubectl(&["annotate", "secret", record, "rollbook.dev/run-"]);
    insta::with_settings!({filters => vec![(r"for [0-9.]+s", "for TIME")]}, {
        insta::assert_snapshot!("others", others(&ship));
    });
}

#[test]
fn objects_of_nobody_are_refused_in_helms_words_unless_taken() {
    let (Some(mut ours), Some(helms)) = (ship("adopt"), ship("adopt")) else {
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
    ours.conflicts = "take";
    ours.apply("wait: false, take_ownership: true").done();
    let marks = [
        "get",
        "configmap",
        "shop",
        "-o",
        "jsonpath={.data}{.metadata.labels}",
    ];
    assert_eq!(ours.kubectl(&marks), helms.kubectl(&marks));
}
