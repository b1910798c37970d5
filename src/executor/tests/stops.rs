//! Waves, and when a run stops.

use super::doubles::World;
use crate::diag::Kind;
use crate::event::End;
use proptest::prelude::*;

fn ten() -> Vec<String> {
    (0..10).map(|n| format!("h{n}")).collect()
}

fn world(hosts: &[String], head: &str, failing: &str) -> World {
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let play = format!(
        "
- name: p
  hosts: all
{head}
  tasks:
    - fail: {{msg: broken}}
      when: {failing}
    - debug: {{msg: go}}
- name: later
  hosts: all
  tasks:
    - debug: {{msg: later}}
"
    );
    World::new(&hosts, &play)
}

/// Batch size, failures, percentage → does the run stop? As ansible-core 2.19.14 was seen to do.
#[tokio::test]
async fn a_run_stops_where_ansible_stops() {
    let cases = [
        (3, 1, 33, true),
        (3, 1, 34, false),
        (10, 2, 19, true),
        (10, 2, 20, false),
        (10, 1, 0, true),
        (10, 0, 0, false),
    ];
    for (size, failures, percentage, stops) in cases {
        let head = format!("  serial: {size}\n  max_fail_percentage: {percentage}");
        let failing = format!("inventory_hostname[1:] | int < {failures}");
        let world = world(&ten()[..size], &head, &failing);
        let (ended, _) = world.run().await;
        let case = format!("{failures} of {size} at {percentage}");
        assert_eq!(ended.stopped.is_some(), stops, "{case}");
        let stopped = ended
            .targets
            .values()
            .filter(|end| **end == End::Stopped)
            .count();
        assert_eq!(stopped, if stops { size - failures } else { 0 }, "{case}");
    }
}

#[tokio::test]
async fn the_reason_of_a_stop_is_told() {
    let head = "  serial: [1, 4]\n  max_fail_percentage: 20";
    let world = world(&ten(), head, "inventory_hostname in ['h2', 'h3']");
    let (ended, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(Kind::Failed));
}

#[tokio::test]
async fn a_wave_that_failed_as_a_whole_ends_the_run() {
    let world = world(
        &ten()[..4],
        "  serial: 2",
        "inventory_hostname in ['h0', 'h1']",
    );
    let (ended, _) = world.run().await;
    assert_eq!(
        ended.stopped.as_deref(),
        Some("all 2 targets of wave 1 failed")
    );
}

#[tokio::test]
async fn without_a_limit_the_last_one_goes_on() {
    let world = world(&ten()[..4], "", "inventory_hostname != 'h3'");
    let (ended, told) = world.run().await;
    assert_eq!(ended.stopped, None);
    assert!(told.contains("PLAY later wave 1/1: h3"), "{told}");
}

#[tokio::test]
async fn any_errors_fatal_takes_the_others_along() {
    let failing = "inventory_hostname == 'h0'";
    let world = world(&ten()[..3], "  any_errors_fatal: true", failing);
    let (ended, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.targets["h1"], End::Stopped);
}

#[tokio::test]
async fn after_a_rescue_those_that_did_not_fail_go_on() {
    let world = World::new(
        &["h0", "h1"],
        "
- hosts: all
  any_errors_fatal: true
  tasks:
    - block:
        - fail: {msg: broken}
          when: inventory_hostname == 'h0'
      rescue:
        - debug: {msg: rescued}
    - debug: {msg: go}
- hosts: all
  tasks:
    - debug: {msg: later}
",
    );
    let (ended, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), None);
}

#[tokio::test]
async fn what_was_writing_when_the_run_was_left_is_open() {
    let play = "
- hosts: all
  tasks:
    - release:
    - debug: {msg: later}
";
    let mut world = World::new(&["h0", "h1"], play);
    world.inventory += "  vars: {release: {version: '2.0'}}\n";
    world.releases.left = true;
    let (ended, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(Kind::Open));
    assert_eq!(ended.targets["h1"], End::Stopped);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever fails, is skipped or ends: every selected target has exactly one line, counted
    /// once in the totals.
    #[test]
    fn every_target_has_one_line(
        fates in prop::collection::vec(0u8..5, 1..12),
        serial in 1usize..6,
        percentage in 0u8..101,
        free: bool,
    ) {
        let hosts: Vec<String> = fates.iter().enumerate().map(|(n, f)| format!("h{n}f{f}")).collect();
        let names: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let strategy = if free { "free" } else { "linear" };
        let play = format!("
- name: p
  hosts: all
  serial: {serial}
  strategy: {strategy}
  max_fail_percentage: {percentage}
  vars: {{fate: '{{{{ inventory_hostname[-1:] | int }}}}'}}
  tasks:
    - fail:
      when: fate == 0
    - meta: end_host
      when: fate == 1
    - gate: {{name: g, that: fate != 2, policy: skip}}
    - block:
        - fail:
          when: fate == 3
      rescue:
        - debug:
- hosts: all
  tasks:
    - debug:
");
        let world = World::new(&names, &play);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (ended, told) = runtime.block_on(world.run());
        let lines = told.lines().filter(|line| line.starts_with("RECAP")).count();
        prop_assert_eq!(lines, hosts.len());
        prop_assert_eq!(ended.targets.len(), hosts.len());
    }
}
