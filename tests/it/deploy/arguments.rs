//! Arguments of the release, each with what it does, beside real Helm where Helm has it.

use super::ship::{Hand, Ship, without_evidence};
use crate::controlplane;
use serde_json::Value;
use std::path::Path;

fn ship(stem: &str) -> Option<Ship> {
    Some(Ship::new(controlplane::require()?, stem, "parts"))
}

/// The lines of a plan's objects.
fn objects(plan: &str) -> String {
    let marks = ["  + ", "  ~ ", "  -/+ ", "  - ", "  = "];
    let shown = plan
        .lines()
        .filter(|l| marks.iter().any(|mark| l.starts_with(mark)));
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn history_max_forgets_as_helm_does() {
    let (Some(ours), Some(helms)) = (ship("max"), ship("max")) else {
        return;
    };
    helms.helm(Hand::Helm4, &helms.call("install", &[])).done();
    ours.apply("wait: false").done();
    for message in ["a", "b", "c", "d"] {
        let set = format!("message={message}");
        let more = ["--set", &set, "--history-max", "3"];
        helms
            .helm(Hand::Helm4, &helms.call("upgrade", &more))
            .done();
        let fields = format!("wait: false, history_max: 3, values: {{message: {message}}}");
        ours.apply(&fields).done();
    }
    assert_eq!(ours.history(), helms.history());
    assert_eq!(ours.history(), "3 superseded, 4 superseded, 5 deployed");
}

#[test]
fn jobs_of_the_release_are_waited_for_only_when_asked_and_steps_have_a_limit() {
    let Some(ship) = ship("jobs") else { return };
    ship.apply("timeout: 120s, values: {job: run}").done();
    let with = |more: &str| {
        let said = ship.apply(&format!("timeout: 120s, {more}"));
        assert_eq!(said.code, 2, "{}{}", said.out, said.err);
        said.of_target().to_owned()
    };
    // Another Job: a Job's template can't be changed.
    let jobs = with("wait_for_jobs: true, step_timeout: 2s, replace: true, values: {job: pending}");
    let pods = with("step_timeout: 1s, replace: true, values: {outcome: notready}");
    let told = [jobs, pods].map(|told| without_evidence(&told));
    insta::assert_snapshot!(told.join("---\n"));
    assert_eq!(ship.history(), "1 deployed, 2 failed, 3 failed");
}

#[test]
fn immutable_fields_are_refused_or_replaced_when_asked() {
    let Some(ship) = ship("replace") else { return };
    ship.apply("").done();
    let refused = ship.plan("values: {selector: two}").refused(1);
    let replaced = ship.plan("replace: true, values: {selector: two}").done();
    let uid = || {
        ship.kubectl(&[
            "get",
            "deployment",
            "shop",
            "-o",
            "jsonpath={.metadata.uid}",
        ])
    };
    let before = uid();
    ship.apply("replace: true, values: {selector: two}").done();
    assert_ne!(uid(), before);
    assert_eq!(ship.history(), "1 superseded, 2 deployed");
    let told = [
        refused.replace(&ship.namespace, "NAMESPACE"),
        objects(&replaced),
    ];
    insta::assert_snapshot!(told.join("\n---\n"));
}

#[test]
fn claims_go_only_where_data_loss_is_allowed() {
    let Some(ship) = ship("data") else { return };
    let claims = || ship.names("persistentvolumeclaims");
    ship.apply("values: {claim: true}").done();
    let kept = ship.plan("").done();
    ship.apply("").done();
    assert_eq!(claims(), "persistentvolumeclaim/data");
    // It is the release's no more, so it has to be taken up and dropped again.
    ship.apply("values: {claim: true}").done();
    let lost = ship.plan("data_loss: allow").done();
    ship.apply("data_loss: allow").done();
    assert_eq!(claims(), "");
    ship.apply("values: {claim: true}").done();
    let gone = ship.plan("state: absent").done();
    ship.apply("state: absent").done();
    assert_eq!(claims(), "persistentvolumeclaim/data");
    let told = [objects(&kept), objects(&lost), objects(&gone)];
    insta::assert_snapshot!(told.join("\n---\n"));
}

#[test]
fn kept_objects_stay_on_upgrade_and_uninstall_as_with_helm() {
    let (Some(ours), Some(helms)) = (ship("keep"), ship("keep")) else {
        return;
    };
    let same = |what: &str| {
        assert_eq!(
            ours.names("configmaps"),
            helms.names("configmaps"),
            "{what}"
        );
    };
    helms
        .helm(Hand::Helm4, &helms.call("install", &["--set", "kept=true"]))
        .done();
    ours.apply("values: {kept: true}").done();
    helms
        .helm(
            Hand::Helm4,
            &helms.call("upgrade", &["--set", "kept=false"]),
        )
        .done();
    let plan = ours.plan("").done();
    ours.apply("").done();
    same("upgrade");
    helms
        .helm(Hand::Helm4, &helms.call("upgrade", &["--set", "kept=true"]))
        .done();
    ours.apply("values: {kept: true}").done();
    // Whoever takes the mark off a live object has said nothing to the chart.
    let unmark = ["annotate", "configmap", "kept", "helm.sh/resource-policy-"];
    helms.kubectl(&unmark);
    ours.kubectl(&unmark);
    helms.helm(Hand::Helm4, &["uninstall", "shop"]).done();
    ours.apply("state: absent").done();
    same("uninstall");
    assert_eq!(ours.names("configmaps"), "configmap/kept");
    insta::assert_snapshot!(objects(&plan));
}

/// The chart of a later version: other defaults.
fn later(ship: &mut Ship) {
    let chart = ship.desk.path("chart");
    copy(&super::ship::chart("parts"), &chart);
    let values = chart.join("values.yaml");
    let text = std::fs::read_to_string(&values).unwrap();
    std::fs::write(
        &values,
        text.replace("colour: blue", "colour: green\nsize: 5"),
    )
    .unwrap();
    ship.use_chart(chart);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), &to).unwrap()),
        }
    }
}

fn values(ship: &Ship) -> [Value; 2] {
    let call = |more: &[&str]| {
        let args = [&["get", "values", "shop", "-o", "json"], more].concat();
        serde_json::from_str(&ship.helm(Hand::Helm4, &args).done()).unwrap()
    };
    [call(&[]), call(&["--all"])]
}

#[test]
fn values_are_reset_or_reused_as_helm_does_it() {
    for (policy, flag) in [
        ("reset", "--reset-values"),
        ("reuse", "--reuse-values"),
        ("reset_then_reuse", "--reset-then-reuse-values"),
    ] {
        let (Some(mut ours), Some(mut helms)) = (ship("values"), ship("values")) else {
            return;
        };
        let set = ["--set", "message=mine,extra=true"];
        helms.helm(Hand::Helm4, &helms.call("install", &set)).done();
        ours.apply("wait: false, values: {message: mine, extra: true}")
            .done();
        later(&mut ours);
        later(&mut helms);
        let more = ["--set", "message=ours", flag];
        helms
            .helm(Hand::Helm4, &helms.call("upgrade", &more))
            .done();
        let fields = format!("wait: false, values_policy: {policy}, values: {{message: ours}}");
        ours.apply(&fields).done();
        assert_eq!(values(&ours), values(&helms), "{policy}");
        let data = ["get", "configmap", "shop", "-o", "jsonpath={.data}"];
        assert_eq!(ours.kubectl(&data), helms.kubectl(&data), "{policy}");
    }
}

#[test]
fn the_description_carries_the_reason_and_the_run() {
    let Some(ship) = ship("why") else { return };
    ship.wants("wait: false, description: Nightly");
    let call = format!("apply {} -y --reason CHG0041234", ship.desk.arg("play.yml"));
    ship.rollbook(&call).done();
    let run = ship.desk.runs().remove(0);
    assert_eq!(
        ship.description(),
        format!("Nightly (CHG0041234, run {run})")
    );
}

#[test]
fn arguments_that_contradict_each_other_or_are_none() {
    let Some(ship) = ship("wrong") else { return };
    let told = ship.plan("values_from: both, values_policy: reuse, data_loss: maybe, timeout: soon, crds: always, atomc: true");
    let told = told.refused(1).replace(&ship.namespace, "NAMESPACE");
    let file = ship.desk.arg("hosts.yml");
    insta::with_settings!({filters => vec![(&*file, "hosts.yml"), (r"/\S+/fixtures", "fixtures")]}, {
        insta::assert_snapshot!(told);
    });
}
