//! Hooks of every event, beside real Helm.

use super::ship::{Hand, Ship, without_evidence};
use crate::controlplane;
use serde_json::Value;

/// What was created and deleted of the hooks, in order: `+ Job pre-install-job`.
fn hooks(ship: &Ship, agent: &str) -> Vec<String> {
    let requests = ship.writes(agent).into_iter();
    let ours = requests.filter(|r| ["jobs", "pods", "configmaps"].contains(&&*r.resource));
    let hooks = ours.filter(|r| r.name != "shop");
    let line = |r: crate::controlplane::Request| match &*r.verb {
        "delete" => format!("- {}", r.name),
        _ => format!("+ {}", r.name),
    };
    hooks.map(line).collect()
}

/// How each hook of the newest revision ended.
fn phases(ship: &Ship) -> String {
    let said = ship
        .helm(Hand::Helm4, &["status", "shop", "-o", "json"])
        .done();
    let status: Value = serde_json::from_str(&said).unwrap();
    let hooks = status["hooks"].as_array().unwrap().iter();
    let ran = hooks.filter(|h| {
        h["last_run"]["phase"]
            .as_str()
            .is_some_and(|p| !p.is_empty())
    });
    let line = |h: &Value| {
        let (name, phase) = (h["name"].as_str().unwrap(), h["last_run"]["phase"].as_str());
        format!("{name} {}", phase.unwrap())
    };
    ran.map(line).collect::<Vec<_>>().join(", ")
}

#[test]
fn run_and_go_as_helms_do() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let (ours, helms) = (
        Ship::new(plane, "hooks", "rigged"),
        Ship::new(plane, "hooks", "rigged"),
    );
    let mut told = Vec::new();
    let mut compare = |what: &str| {
        assert_eq!(phases(&ours), phases(&helms), "{what}");
        assert_eq!(ours.history(), helms.history(), "{what}");
        assert_eq!(
            ours.names("jobs,pods,cm"),
            helms.names("jobs,pods,cm"),
            "{what}"
        );
        told.push(format!("{what}: {}", phases(&ours)));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| helms.helm(Hand::Helm4, &helms.call("install", &[])).done());
        ours.apply("").done();
    });
    compare("install");
    let set = ["--set", "message=bye"];
    std::thread::scope(|scope| {
        scope.spawn(|| helms.helm(Hand::Helm4, &helms.call("upgrade", &set)).done());
        ours.apply("values: {message: bye}").done();
    });
    compare("upgrade");
    helms.helm(Hand::Helm4, &["rollback", "shop", "1"]).done();
    ours.rollbook("backout --all --to revision:1 -y").done();
    compare("rollback");
    helms.helm(Hand::Helm4, &["test", "shop"]).done();
    ours.rollbook(&format!("test {}", ours.namespace)).done();
    compare("test");
    helms.helm(Hand::Helm4, &["uninstall", "shop"]).done();
    ours.apply("state: absent").done();
    assert_eq!(ours.names("jobs,pods,cm"), helms.names("jobs,pods,cm"));
    assert_eq!(hooks(&ours, "rollbook"), hooks(&helms, "Helm"));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn one_that_fails_fails_the_release_and_is_told_with_its_log() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let (ours, helms) = (
        Ship::new(plane, "bad", "rigged"),
        Ship::new(plane, "bad", "rigged"),
    );
    helms.helm(Hand::Helm4, &helms.call("install", &[])).done();
    ours.apply("").done();
    let set = ["--set", "fail=pre-upgrade"];
    assert_ne!(
        helms.helm(Hand::Helm4, &helms.call("upgrade", &set)).code,
        0
    );
    let said = ours.apply("values: {fail: pre-upgrade}");
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    assert_eq!(phases(&ours), phases(&helms));
    assert_eq!(ours.history(), "1 deployed, 2 failed");
    assert_eq!(ours.names("jobs,cm"), helms.names("jobs,cm"));
    assert_eq!(hooks(&ours, "rollbook"), hooks(&helms, "Helm"));
    let told = without_evidence(said.of_target());
    insta::with_settings!({filters => vec![(r"job-\w{5}\b", "job-XXXXX")]}, {
        insta::assert_snapshot!(told);
    });
    // The next one goes through.
    ours.apply("values: {message: bye}").done();
    assert_eq!(ours.history(), "1 superseded, 2 failed, 3 deployed");
}

#[test]
fn tests_are_filtered_and_their_logs_are_told() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let ship = Ship::new(plane, "test", "rigged");
    ship.apply("values: {fail: test}").done();
    let test = |more: &str| ship.rollbook(&format!("test {} {more}", ship.namespace));
    let well = test("--filter name=test-pod,name=test-config --logs");
    assert_eq!(well.code, 0, "{}", well.err);
    let wrong = test("");
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    let nothing = test("--filter nme=x");
    let unknown = ship.rollbook("test nobody");
    let wrong_err = without_evidence(&wrong.err);
    let told = [well.out, wrong.out, wrong_err, nothing.err, unknown.err].join("\n---\n");
    insta::with_settings!({filters => vec![
        (r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", "DATE"),
        (r"job-\w{5}\b", "job-XXXXX"),
        (&*ship.namespace, "NAMESPACE"),
    ]}, {
        insta::assert_snapshot!(told);
    });
    assert_eq!(ship.history(), "1 deployed");
}
