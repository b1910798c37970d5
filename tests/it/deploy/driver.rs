//! `HELM_DRIVER`: where Helm keeps releases, and where rollbook can't follow.

use super::ship::Ship;
use crate::controlplane;
use crate::main_job::{Desk, Said};
use std::process::Command;

/// A verb over the demo with a driver in the environment.
fn with(driver: &str, verb: &str) -> Said {
    let desk = Desk::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollbook"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([verb, "-i", "inventories/demo", "-l", "c2a7dv"])
        .env("ROLLBOOK_STATE", desk.path("state"))
        .env("HELM_DRIVER", driver)
        .env_remove("KUBECONFIG");
    Said::of(command.output().unwrap())
}

#[test]
fn what_would_not_be_seen_is_refused() {
    let told = ["sql", "memory", "etcd"].map(|driver| with(driver, "plan").refused(1));
    insta::assert_snapshot!(told.join("---\n"));
    with("sql", "status").refused(1);
    with("secrets", "plan").done();
    let inventory = with("sql", "inventory");
    assert!(!inventory.err.contains("HELM_DRIVER"), "{}", inventory.err);
}

#[test]
fn a_new_release_goes_where_helm_would_keep_it() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let ship = Ship::new(plane, "driver", "parts");
    ship.wants("wait: false");
    let play = ship.desk.arg("play.yml");
    ship.rollbook(&format!("apply {play} -y --helm-driver configmap"))
        .done();
    let kept = |kind: &str| ship.kubectl(&["get", kind, "-l", "owner=helm", "-o", "name"]);
    assert_eq!(kept("secrets"), "");
    assert_eq!(
        kept("configmaps").trim(),
        "configmap/sh.helm.release.v1.shop.v1"
    );
    let mut helm = plane.command("helm4");
    let helm = helm
        .env("HELM_DRIVER", "configmap")
        .args(["status", "shop"]);
    let told = Said::of(helm.args(["-n", &ship.namespace]).output().unwrap()).done();
    assert!(told.contains("STATUS: deployed"), "{told}");
    // What is there stays there, whatever is said later.
    ship.apply("wait: false, values: {message: bye}").done();
    assert_eq!(kept("secrets"), "");
}
