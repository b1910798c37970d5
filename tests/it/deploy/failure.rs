//! What is done about a failed change, beside real Helm: `atomic`, `cleanup_on_fail`.

use super::ship::{Hand, Ship, without_evidence};
use crate::controlplane;

const KINDS: &str = "deployments,configmaps,persistentvolumeclaims";

fn pair(stem: &str) -> Option<[Ship; 2]> {
    let plane = controlplane::require()?;
    Some([(); 2].map(|()| Ship::new(plane, stem, "parts")))
}

/// Both change the release, one after the other on two cores; both must fail.
fn fail(ours: &Ship, fields: &str, helms: &Ship, call: &[&str]) -> String {
    let said = helms.helm(Hand::Helm4, call);
    assert_ne!(said.code, 0, "{}", said.out);
    let said = ours.apply(fields);
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    let told = said.of_target().to_owned();
    told.replace(&ours.namespace, "NAMESPACE")
}

#[test]
fn atomic_goes_back_to_the_revision_that_was_there() {
    let Some([ours, helms]) = pair("atomic") else {
        return;
    };
    helms.helm(Hand::Helm4, &helms.call("install", &[])).done();
    ours.apply("").done();
    let bad = [
        "--set",
        "outcome=crashloop,extra=true",
        "--rollback-on-failure",
        "--timeout",
        "6s",
    ];
    let told = fail(
        &ours,
        "atomic: true, values: {outcome: crashloop, extra: true}",
        &helms,
        &helms.call("upgrade", &bad),
    );
    insta::assert_snapshot!(without_evidence(&told));
    assert_eq!(ours.history(), helms.history());
    assert_eq!(ours.history(), "1 superseded, 2 failed, 3 deployed");
    assert_eq!(ours.description(), helms.description());
    assert_eq!(ours.names(KINDS), helms.names(KINDS));
    // The inventory still wants what failed: that is planned again, and nothing else.
    let plan = ours.plan("atomic: true, values: {}").done();
    assert!(plan.contains("Plan: no changes"), "{plan}");
}

#[test]
fn atomic_takes_a_first_install_away_but_never_its_claims() {
    let Some([ours, helms]) = pair("atomic") else {
        return;
    };
    let bad = [
        "--set",
        "outcome=crashloop,claim=true",
        "--rollback-on-failure",
        "--timeout",
        "6s",
    ];
    let told = fail(
        &ours,
        "atomic: true, values: {outcome: crashloop, claim: true}",
        &helms,
        &helms.call("install", &bad),
    );
    insta::assert_snapshot!(without_evidence(&told));
    assert_eq!(
        (ours.history(), helms.history()),
        (String::new(), String::new())
    );
    assert_eq!(ours.names(KINDS), "persistentvolumeclaim/data");
    // What stayed is taken up again by the next install.
    ours.apply("values: {claim: true}").done();
    assert_eq!(ours.history(), "1 deployed");
}

#[test]
fn cleanup_on_fail_deletes_what_the_upgrade_created() {
    let Some([ours, helms]) = pair("cleanup") else {
        return;
    };
    helms.helm(Hand::Helm4, &helms.call("install", &[])).done();
    ours.apply("").done();
    let bad = [
        "--set",
        "outcome=crashloop,extra=true",
        "--cleanup-on-fail",
        "--wait",
        "--timeout",
        "6s",
    ];
    let told = fail(
        &ours,
        "cleanup_on_fail: true, values: {outcome: crashloop, extra: true, claim: true}",
        &helms,
        &helms.call("upgrade", &bad),
    );
    insta::assert_snapshot!(without_evidence(&told));
    assert_eq!(ours.history(), helms.history());
    assert_eq!(
        ours.names("deployments,configmaps"),
        helms.names("deployments,configmaps")
    );
    assert_eq!(
        ours.names("persistentvolumeclaims"),
        "persistentvolumeclaim/data"
    );
}

#[test]
fn a_way_back_takes_away_what_the_failed_revision_made() {
    let Some([ours, helms]) = pair("back") else {
        return;
    };
    helms.helm(Hand::Helm4, &helms.call("install", &[])).done();
    ours.apply("").done();
    let bad = [
        "--set",
        "outcome=crashloop,extra=true",
        "--wait",
        "--timeout",
        "6s",
    ];
    fail(
        &ours,
        "values: {outcome: crashloop, extra: true}",
        &helms,
        &helms.call("upgrade", &bad),
    );
    helms.helm(Hand::Helm4, &["rollback", "shop", "1"]).done();
    ours.rollbook("backout --all --to revision:1 -y").done();
    assert_eq!(ours.history(), helms.history());
    assert_eq!(ours.names(KINDS), helms.names(KINDS));
}
