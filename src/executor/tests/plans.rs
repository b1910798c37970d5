//! Gates, releases, plans, and runs by a plan.

use super::doubles::{Fake, World};
use crate::diag::Kind;
use crate::plan::{GateVerdict, Verdict};

const UPDATE: &str = "
- name: update
  hosts: all
  serial: [1, 50%]
  max_fail_percentage: 40
  pre_tasks:
    - gate:
        name: version
        that: live.version != release.version
        policy: skip
        reason: 'already at {{ release.version }}'
    - gate:
        name: hold
        that: \"'hold' not in live.labels\"
        policy: skip
        report: error
        reason: on hold
    - gate:
        name: status
        that: live.status in ['', 'deployed']
        reason: 'it is {{ live.status }}'
  tasks:
    - release:
      register: result
      notify: tell
    - debug: {msg: '{{ result.from }} to {{ result.to }}'}
      when: result is changed
  handlers:
    - name: tell
      debug: {msg: updated}
";

fn world() -> World {
    let mut world = World::new(&["a", "b", "c", "d", "e"], UPDATE);
    world.inventory += "  vars: {release: {version: '2.0'}}\n";
    world.releases = Fake::live(&[
        ("a", 3, "1.0"),
        ("b", 4, "2.0"),
        ("c", 2, "1.0"),
        ("e", 1, "1.0"),
    ]);
    world
        .releases
        .labels
        .insert("c".to_owned(), [("hold".to_owned(), "1".to_owned())].into());
    world
}

#[tokio::test]
async fn a_plan_evaluates_every_gate_and_says_what_changes() {
    let mut world = world();
    let (plan, ended, told) = world.plan().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(Kind::Refused));
    let verdicts: Vec<String> = plan
        .targets
        .iter()
        .map(|t| match &t.verdict {
            Verdict::Change => format!("{} change", t.target),
            Verdict::Unchanged => format!("{} unchanged", t.target),
            Verdict::Skip(why) => format!("{} skip: {why}", t.target),
            Verdict::Error(error) => format!("{} error: {error}", t.target),
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            "a change",
            "b skip: already at 2.0",
            "c error: gate hold: on hold",
            "d change",
            "e change",
        ]
    );
    let gates: Vec<GateVerdict> = plan.targets[1]
        .gates
        .iter()
        .map(|gate| gate.verdict)
        .collect();
    assert_eq!(
        gates,
        [GateVerdict::Skip, GateVerdict::Pass, GateVerdict::Pass]
    );
    assert_eq!(plan.waves, [1, 1, 1]);
    assert_eq!(
        *world.releases.calls.lock().unwrap(),
        ["look a b c d e", "plan a d e"]
    );
}

#[tokio::test]
async fn a_run_touches_what_the_plan_lists() {
    let mut world = world();
    let (plan, _, _) = world.plan().await;
    world.releases.calls.lock().unwrap().clear();
    let (ended, told) = world.apply(Some(&plan)).await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(Kind::Refused));
    let calls = world.releases.calls.lock().unwrap().join(", ");
    assert!(!calls.contains("plan"), "{calls}");
    let (again, _, _) = world.plan().await;
    assert!(
        again
            .targets
            .iter()
            .all(|t| !matches!(t.verdict, Verdict::Change))
    );
}

#[tokio::test]
async fn failures_are_told_by_their_kind() {
    let mut world = world();
    world.playbook = UPDATE.replace(
        "  max_fail_percentage: 40\n",
        "  max_fail_percentage: 100\n",
    );
    world.releases.wrong.insert("a".to_owned(), Kind::Refused);
    world
        .releases
        .wrong
        .insert("d".to_owned(), Kind::Unreachable);
    world.releases.wrong.insert("e".to_owned(), Kind::Failed);
    let (ended, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(Kind::Unreachable));
}

#[tokio::test]
async fn a_waiting_gate_is_tried_again() {
    let play = "
- hosts: all
  tasks:
    - gate: {name: idle, that: \"'busy' not in live.labels\", policy: wait, timeout: 90, reason: in use}
    - debug: {msg: go}
";
    let mut world = World::new(&["a", "b"], play);
    world
        .releases
        .labels
        .insert("a".to_owned(), [("busy".to_owned(), "1".to_owned())].into());
    let (_, _, told) = world.plan().await;
    assert!(told.contains("gate a idle Wait: in use"), "{told}");
    let (_, told) = world.run().await;
    assert!(
        told.contains("END a skipped by idle: in use; waited 90s"),
        "{told}"
    );
    assert!(told.contains("ok b: \"go\""), "{told}");
    assert_eq!(*world.clock.0.lock().unwrap(), 90);
}

#[tokio::test]
async fn a_task_says_where_a_release_goes() {
    let play = "
- hosts: all
  tasks:
    - release: {to: '{{ to }}'}
";
    let mut world = World::new(&["a", "b"], play).extra("to=previous");
    world.releases = Fake::live(&[("a", 3, "2.0"), ("b", 1, "2.0")]);
    let (plan, _, _) = world.plan().await;
    let to = |at: usize| plan.targets[at].release.as_ref().unwrap().to.clone();
    assert_eq!(&*to(0).unwrap().version, "1.0");
    assert_eq!(to(1), None);
    let wrong = world.extra("to=sideways").run().await.1;
    let words = "\"to\" must be inventory, previous, absent or revision:N";
    assert!(wrong.contains(words), "{wrong}");
}
