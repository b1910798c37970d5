//! The main job on the shipped recording: nothing is needed but this repository.

use super::{Desk, UPDATE, assert_golden, assert_no_changes, assert_same};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const DEMO: &str = "inventories/demo";
/// Some that come back whole. (Drift was taken back; of a new client the data stays.)
const STEADY: &str = "canary:large:c2c81m:c2p4jf";

#[test]
fn plan_apply_backout_and_plan_again() {
    let desk = Desk::new();
    let plan = |more: &str| desk.over(DEMO, &format!("plan {UPDATE} {more}")).done();
    let (saved, steady) = (desk.arg("demo.plan"), format!("-l {STEADY}"));
    let first = plan(&format!("--out {saved}"));
    let (screen, told) = first.split_once("Saved ").expect("it says where");
    assert_golden("demo-plan.txt", screen);
    assert!(told.contains("mode 0600"), "{told}");
    assert_private(&desk.path("demo.plan"));
    let before = plan(&steady);

    desk.rollbook(["apply", &saved]).done();
    let again = desk.rollbook(["apply", &saved]);
    assert_eq!(again.code, 5, "a plan works once per target: {}", again.out);
    assert!(
        again.out.contains("5 of 43 done, 38 refused"),
        "{}",
        again.out
    );
    assert_no_changes(&plan(""));

    let back = format!("backout --run {} -e no_interactive=True", desk.runs()[0]);
    desk.over(DEMO, &back).done();
    assert_same("the first plan", &before, &plan(&steady));
    let edited = plan("-l c2m2xs");
    assert!(
        !edited.contains("session_minutes=480"),
        "back is what Helm knows: {edited}"
    );
    let removed = plan("-l c3c9k3");
    assert!(
        removed.contains("release: 18 create, 1 unchanged"),
        "data stays: {removed}"
    );
    assert_no_changes(&desk.over(DEMO, &back).done());
}

/// Only its owner reads a plan, and only where it was made: nothing of it stands open.
#[track_caller]
fn assert_private(plan: &Path) {
    let mode = fs::metadata(plan).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = fs::read(plan).unwrap();
    for text in [&b"change-me"[..], b"Y2hhbmdlLW1l", b"c3c9k3", b"Deployment"] {
        assert!(!bytes.windows(text.len()).any(|some| some == text));
    }
    // Not even compressed: the magic number of zstd.
    assert!(
        !bytes
            .windows(4)
            .any(|some| some == [0x28, 0xb5, 0x2f, 0xfd])
    );
}

#[test]
fn the_gates_of_the_demo() {
    let gates = Desk::new()
        .over(DEMO, &format!("plan {UPDATE} --gates"))
        .done();
    assert_golden("demo-gates.txt", &gates);
}

#[test]
fn lists_and_limits() {
    let desk = Desk::new();
    let calls = [
        "plan -l canary --list-hosts",
        "plan --list-tasks --skip-tags announce,release",
        "plan --list-tasks -t release",
        "backout -l canary --list-tasks",
    ];
    let say = |call: &&str| format!("$ {call}\n{}", desk.over(DEMO, call).done());
    insta::assert_snapshot!(calls.iter().map(say).collect::<String>());

    let canary = desk.over(DEMO, &format!("plan {UPDATE} -l canary")).done();
    assert!(canary.contains("Plan: 2 of 3 targets change."), "{canary}");
    let none = desk.over(
        DEMO,
        &format!("plan {UPDATE} -l canary --skip-tags release"),
    );
    assert_no_changes(&none.done());
    let pending = desk.over(DEMO, "plan -l c0aa1p --detailed-exitcode");
    assert_eq!(
        (pending.code, &*pending.err),
        (3, ""),
        "the shipped playbook: {}",
        pending.out
    );
}

#[test]
fn check_writes_nothing() {
    let desk = Desk::new();
    let plan = desk.over(DEMO, &format!("plan {UPDATE} -l c0aa1p")).done();
    let check = desk
        .over(DEMO, &format!("apply {UPDATE} -l c0aa1p --check -y"))
        .done();
    assert_eq!(check, plan);
    assert!(desk.runs().is_empty());
    assert_eq!(
        desk.over(DEMO, &format!("plan {UPDATE} -l c0aa1p")).done(),
        plan
    );
}

#[test]
fn what_nobody_answered_or_limited_is_not_begun() {
    let desk = Desk::new();
    let asks = desk.over(DEMO, &format!("apply {UPDATE} -l c0aa1p"));
    assert_eq!(asks.code, 1, "{}", asks.out);
    let fleet = desk.over(DEMO, "backout -y").refused(1);
    let unknown = desk
        .over(DEMO, "backout --run 20200101-0000-none -y")
        .refused(1);
    let unknown = unknown.replace(&desk.arg("state"), "STATE");
    insta::assert_snapshot!([asks.err, fleet, unknown].join("\n"));
    assert!(desk.runs().is_empty());
}

#[test]
fn a_plan_for_another_cluster_is_refused() {
    let desk = Desk::new();
    let recording = small_recording(&desk.path("recording"));
    let extra = format!(
        r#"{{"cluster": {{"recording": "{}"}}}}"#,
        desk.arg("recording")
    );
    let (saved, one) = (desk.arg("one.plan"), ["-i", DEMO, "-l", "c0aa1p"]);
    let call = ["plan", "-e", &extra, "--out", &saved];
    desk.rollbook(call.iter().chain(&one)).done();
    let facts = fs::read_to_string(&recording).unwrap();
    fs::write(&recording, facts.replace("uid: 18b7045c", "uid: 99999999")).unwrap();
    let other = desk.rollbook(["apply", &saved]);
    assert_eq!(other.code, 5, "{}{}", other.out, other.err);
    let text = format!("{}{}", other.out, other.err);
    assert!(text.contains("made for another cluster"), "{text}");
    fs::write(&recording, facts).unwrap();
    let plan = desk
        .rollbook(["plan", "-e", &extra].iter().chain(&one))
        .done();
    assert!(
        plan.contains("Plan: 1 of 1 target"),
        "nothing was written: {plan}"
    );
}

/// The demo's recording with one client in it; returns the file that says which cluster it is.
fn small_recording(to: &Path) -> std::path::PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clusters/demo");
    for directory in ["_cluster", "c0aa1p"] {
        fs::create_dir_all(to.join(directory)).unwrap();
        for file in fs::read_dir(from.join(directory)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(directory).join(file.file_name())).unwrap();
        }
    }
    fs::copy(from.join("cluster.yaml"), to.join("cluster.yaml")).unwrap();
    to.join("cluster.yaml")
}

#[test]
fn a_damaged_plan_is_refused() {
    let desk = Desk::new();
    let saved = desk.arg("one.plan");
    desk.over(DEMO, &format!("plan -l c0bb2q --out {saved}"))
        .done();
    let mut bytes = fs::read(&saved).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(desk.path("flipped.plan"), &bytes).unwrap();
    fs::write(desk.path("short.plan"), &bytes[..middle]).unwrap();
    fs::write(desk.path("text.plan"), "nothing of the kind\n").unwrap();
    let faults: Vec<String> = ["flipped.plan", "short.plan", "text.plan", "none.plan"]
        .iter()
        .map(|name| desk.rollbook(["apply", &desk.arg(name)]).refused(1))
        .collect();
    let faults = faults.join("\n").replace(&desk.arg(""), "DESK/");
    insta::assert_snapshot!(faults);
}
