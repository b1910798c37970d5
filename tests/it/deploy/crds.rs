//! What is in a chart's `crds/`, beside real Helm. Definitions are cluster-wide, so one test goes
//! through all of it.

use super::ship::{Hand, Ship};
use crate::controlplane;

const CRD: &str = "crd/backups.defined.example.net";

fn about(ship: &Ship, path: &str) -> String {
    let path = format!("jsonpath={{{path}}}");
    ship.plane.kubectl(&["get", CRD, "-o", &path])
}

#[test]
fn are_created_once_and_stay() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let mut ship = Ship::new(plane, "crd", "defined");
    let plan = ship.plan("").done();
    insta::with_settings!({filters => vec![
        (&*ship.namespace, "NAMESPACE"),
        (r"(?s)^.*?\n(\S+ +1 target)", "$1"),
    ]}, {
        insta::assert_snapshot!(shown(&plan));
    });
    ship.apply("").done();
    assert_eq!(ship.names("backups"), "backup.defined.example.net/shop");
    // Nobody's: no Helm may take it for its own, and none deletes it.
    assert_eq!(about(&ship, ".metadata.labels"), "");
    assert_eq!(about(&ship, ".metadata.annotations"), "");

    // Helm sees what it would have made itself.
    let other = Ship::new(plane, "crd", "defined");
    other.helm(Hand::Helm4, &other.call("install", &[])).done();
    ship.helm(
        Hand::Helm4,
        &ship.call("upgrade", &["--set", "schedule=weekly"]),
    )
    .done();
    ship.helm(
        Hand::Helm3,
        &ship.call("upgrade", &["--set", "schedule=monthly"]),
    )
    .done();

    // By hand, and left alone by an upgrade unless the release says so.
    let shorten = r#"[{"op": "add", "path": "/spec/names/shortNames", "value": ["bk"]}]"#;
    plane.kubectl(&["patch", CRD, "--type=json", "-p", shorten]);
    ship.apply("values: {schedule: hourly}").done();
    assert_eq!(about(&ship, ".spec.names.shortNames"), r#"["bk"]"#);
    let categories = r#"[{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/schedule/type", "value": "integer"}]"#;
    plane.kubectl(&["patch", CRD, "--type=json", "-p", categories]);
    let schema =
        ".spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.schedule.type";
    let refused = ship.plan("crds: upgrade, values: {schedule: hourly}");
    assert!(refused.err.contains("kubectl-patch"), "{}", refused.err);
    ship.conflicts = "take";
    ship.apply("crds: upgrade, values: {schedule: hourly}")
        .done();
    assert_eq!(about(&ship, schema), "string");

    ship.apply("state: absent").done();
    other.helm(Hand::Helm4, &["uninstall", "shop"]).done();
    assert_eq!(
        about(&ship, ".metadata.name"),
        "backups.defined.example.net"
    );
    plane.kubectl(&["delete", CRD]);
}

/// What the plan says of the target, without its head.
fn shown(plan: &str) -> &str {
    let from = plan.find("\n  + ").map_or(0, |at| at + 1);
    &plan[from..]
}
