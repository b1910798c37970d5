//! Release plans against the real control plane, and what both Helms make of the result.

mod arguments;
mod crds;
mod driver;
mod elsewhere;
mod failure;
mod hooks;
mod mixed;
mod predicted;
mod ship;
pub(crate) mod site;
mod unserved;

use crate::controlplane::{self, ControlPlane};
use rollbook::cluster::Cluster;
use rollbook::deploy::{self, Options};
use rollbook::diag::Kind;
use rollbook::plan::Action;
use rollbook::release::Rollout;
use rollbook::terminal::Halt;
use serde_json::json;
use site::{Site, chart, ways};

#[tokio::test(flavor = "multi_thread")]
async fn installs_and_upgrades_and_both_helms_go_on_from_there() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    for helm in ["helm3", "helm4"] {
        let site = Site::new(plane, "deploy").await;
        let installed = site.update(json!({"replicas": 2}), "r1").await.unwrap();
        assert_eq!((installed.revision, installed.changed), (1, true));
        let updated = site.update(json!({"message": "bye"}), "r2").await.unwrap();
        assert_eq!((updated.revision, updated.warnings), (2, Vec::new()));
        assert_eq!(site.history().await, "1 superseded, 2 deployed");
        read_by(plane, &site, helm);
        let call = |args: &[&str]| match helm {
            "helm3" => plane.helm3(&[args, &["-n", &site.namespace]].concat()),
            _ => plane.helm4(&[args, &["-n", &site.namespace]].concat()),
        };
        call(&[
            "upgrade",
            "shop",
            chart().to_str().unwrap(),
            "--set",
            "message=again",
        ]);
        call(&["rollback", "shop", "2"]);
        assert_eq!(
            site.history().await,
            "1 superseded, 2 superseded, 3 superseded, 4 deployed"
        );
        let after = site.update(json!({"message": "ours"}), "r3").await.unwrap();
        assert_eq!(after.revision, 5);
        call(&["uninstall", "shop"]);
    }
}

fn read_by(plane: &ControlPlane, site: &Site, helm: &str) {
    let read = |what: &[&str]| {
        let args = [what, &["-n", &site.namespace]].concat();
        match helm {
            "helm3" => plane.helm3(&args),
            _ => plane.helm4(&args),
        }
    };
    let all = [
        read(&["list"]),
        read(&["history", "shop", "--max", "5"]),
        read(&["status", "shop"]),
        read(&["get", "values", "shop"]),
        read(&["get", "manifest", "shop"]),
        read(&["get", "hooks", "shop"]),
    ];
    insta::with_settings!({filters => vec![
        (site.namespace.as_str(), "NAMESPACE"),
        (r"\d{4}-\d\d-\d\d \S+ \+0000 UTC", "DATE"),
        (r"\w{3} \w{3} +\d+ \S+ \d{4}", "DATE"),
        (r"[ \t]+", " "),
        (r"(?s)RESOURCES:.*?TEST SUITE", "RESOURCES: …\nTEST SUITE"),
    ]}, {
        insta::assert_snapshot!(format!("read_by_{helm}"), all.join("\n"));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_become_ready_ends_the_wait_and_the_record_says_failed() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "crash").await;
    site.update(json!({}), "r1").await.unwrap();
    let fault = site
        .update(json!({"outcome": "crashloop"}), "r2")
        .await
        .unwrap_err();
    assert_eq!(fault.kind, Kind::Failed);
    insta::with_settings!({filters => vec![(r"\d+ times in \S+", "N times in TIME")]}, {
        insta::assert_snapshot!(fault.message, @"Deployment shop is not ready: container web crashed N times in TIME (exit 1)");
    });
    assert_eq!(site.history().await, "1 deployed, 2 failed");
    let record = site.record(2).await;
    assert!(
        record
            .info
            .description
            .starts_with("Upgrade \"shop\" failed: Deployment shop")
    );
    let healed = site.update(json!({"message": "well"}), "r3").await.unwrap();
    assert_eq!(healed.revision, 3);
    assert_eq!(site.history().await, "1 superseded, 2 failed, 3 deployed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_moved_is_refused_before_anything_is_written() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "moved").await;
    site.update(json!({}), "r1").await.unwrap();
    let plan = site.plan(json!({"message": "bye"})).await;
    let namespace = &site.namespace;
    let patch = r#"{"data": {"message": "by hand"}}"#;
    plane.kubectl(&[
        "patch",
        "configmap",
        "shop",
        "-n",
        namespace,
        "--type=merge",
        "-p",
        patch,
    ]);
    let fault = site.deploy(&plan, "r2").await.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    insta::assert_snapshot!(fault.message, @"ConfigMap shop: data.message has changed since the plan (owner kubectl-patch, was helm)");
    assert_eq!(site.history().await, "1 deployed");
    let states = plane.kubectl(&[
        "get",
        "secrets",
        "-n",
        namespace,
        "-l",
        "owner=rollbook",
        "-o",
        "name",
    ]);
    assert_eq!(states.trim(), "secret/sh.rollbook.run.v1.r1");
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_between_plan_and_apply_is_seen() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "faster").await;
    site.update(json!({}), "r1").await.unwrap();
    let plan = site.plan(json!({"message": "bye"})).await;
    let chart = chart();
    plane.helm4(&[
        "upgrade",
        "shop",
        chart.to_str().unwrap(),
        "-n",
        &site.namespace,
    ]);
    let fault = site.deploy(&plan, "r2").await.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    insta::assert_snapshot!(fault.message, @"revision 1 of release shop is superseded, but was deployed when the plan was made");
    assert_eq!(site.history().await, "1 superseded, 2 deployed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_plan_twice_in_a_run_is_done_once() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "twice").await;
    let plan = site.plan(json!({})).await;
    assert!(site.deploy(&plan, "r1").await.unwrap().changed);
    let again = site.deploy(&plan, "r1").await.unwrap();
    assert_eq!((again.revision, again.changed), (1, false));
    let other = site.deploy(&plan, "r2").await.unwrap_err();
    assert_eq!(other.kind, Kind::Refused);
    assert_eq!(site.history().await, "1 deployed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_dropped_goes_and_a_hook_has_run() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "drop").await;
    site.update(json!({}), "r1").await.unwrap();
    site.update(json!({"service": false}), "r2").await.unwrap();
    let services = plane.kubectl(&["get", "services,jobs", "-n", &site.namespace, "-o", "name"]);
    assert_eq!(services, "");
    let hook = site.record(2).await.hooks.reveal()[0]["last_run"].clone();
    assert_eq!(hook["phase"], "Succeeded");
    let told = site.told.lock().unwrap().join("\n");
    assert!(
        told.contains("hook pre-upgrade: Job shop-migrate runs"),
        "{told}"
    );
    assert!(told.contains("Service shop is deleted"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn uninstall_leaves_nothing_but_the_saved_states() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "gone").await;
    site.update(json!({}), "r1").await.unwrap();
    let plan = site.plan_absent().await;
    assert!(site.deploy(&plan, "r2").await.unwrap().changed);
    assert_eq!(site.history().await, "");
    let namespace = &site.namespace;
    let left = plane.kubectl(&[
        "get",
        "deployments,services,secrets",
        "-n",
        namespace,
        "-o",
        "name",
    ]);
    assert_eq!(
        left,
        "secret/sh.rollbook.run.v1.r1\nsecret/sh.rollbook.run.v1.r2\n"
    );
    assert_eq!(site.update(json!({}), "r3").await.unwrap().revision, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_cut_at_ten() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "long").await;
    for number in 1..=12 {
        let values = json!({"message": number.to_string()});
        site.update(values, &format!("r{number}")).await.unwrap();
    }
    let records = site.records().await;
    assert_eq!((records.len(), records[0].key.revision), (10, 3));
    let selector = ["-n", &site.namespace, "-l", "owner=rollbook", "-o", "name"];
    let states = plane.kubectl(&[&["get", "secrets"], &selector[..]].concat());
    assert_eq!(states.lines().count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_of_helm_3_is_moved_whole() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "csa").await;
    let chart = chart();
    let namespace = &site.namespace;
    plane.helm3(&[
        "install",
        "shop",
        chart.to_str().unwrap(),
        "-n",
        namespace,
        "--create-namespace",
    ]);
    let plan = site.plan(json!({"message": "bye"})).await;
    assert_eq!(plan.release.as_ref().unwrap().migrates, 3);
    site.deploy(&plan, "r1").await.unwrap();
    for kind in ["configmap", "deployment", "service"] {
        let args = [
            "get",
            kind,
            "shop",
            "-n",
            namespace,
            "--show-managed-fields",
            "-o",
            "jsonpath={.metadata.managedFields[?(@.manager=='helm')].operation}",
        ];
        assert_eq!(plane.kubectl(&args), "Apply", "{kind}");
    }
    plane.helm4(&["upgrade", "shop", chart.to_str().unwrap(), "-n", namespace]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_sends_no_more_than_its_budget() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "budget").await;
    site.update(json!({}), "r1").await.unwrap();
    let mut plan = site.plan(json!({"message": "bye"})).await;
    let release = plan.release.as_mut().unwrap();
    release.hooks.clear();
    let changed = release
        .changes
        .iter()
        .filter(|c| c.action == Action::Update);
    assert_eq!(changed.count(), 2);
    let options = Options {
        rollout: Rollout {
            wait: false,
            ..Rollout::default()
        },
        view: Some(site.view(release).await),
        ..Options::new("r2")
    };
    let kube = Site::kube(plane, "budget").await;
    // What a cluster serves is read once.
    kube.capabilities().await.unwrap();
    let before = kube.requests();
    let done = deploy::run(ways(&kube, &Halt::default(), &|_| {}), &plan, &options).await;
    assert_eq!(done.unwrap().revision, 2);
    // Two objects, the lease taken and given back, a saved state; of the record: one read, one create, two updates.
    assert_eq!(kube.requests() - before, 2 + 2 + 1 + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_target_is_that_of_helm() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "history").await;
    site.update(json!({}), "r1").await.unwrap();
    site.update(json!({"message": "bye"}), "r2").await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let inventory = home.path().join("hosts.yml");
    let (config, namespace) = (plane.kubeconfig(), &site.namespace);
    let text = format!(
        "all:\n  vars:\n    cluster: {{kubeconfig: {}, context: test}}\n  hosts:\n    {namespace}: {{release: {{name: shop, chart: shop}}}}\n",
        config.display()
    );
    std::fs::write(&inventory, text).unwrap();
    let run = |format: &str| {
        let mut rollbook = assert_cmd::Command::cargo_bin("rollbook").unwrap();
        rollbook.arg("history").arg("-i").arg(&inventory);
        let output = rollbook.args([namespace, "--format", format]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let helms = plane.helm4(&["history", "shop", "-n", namespace, "-o", "json"]);
    assert_eq!(run("json"), helms);
    assert!(run("text").starts_with("REVISION  UPDATED"));
}

#[tokio::test]
async fn a_recording_is_deployed_to_as_a_cluster_is() {
    let root = tempfile::tempdir().unwrap();
    let site = Site::recorded(root.path());
    site.update(json!({"replicas": 2}), "r1").await.unwrap();
    site.update(json!({"service": false}), "r2").await.unwrap();
    assert_eq!(site.history().await, "1 superseded, 2 deployed");
    let plan = site.plan(json!({"service": false})).await;
    assert!(
        plan.release.unwrap().record.is_none(),
        "nothing is left to do"
    );
    let gone = site.plan_absent().await;
    site.deploy(&gone, "r3").await.unwrap();
    assert_eq!(site.history().await, "");
}
