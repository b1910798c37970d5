//! Playbooks as they are read, and what is said of wrong ones.

use super::*;
use crate::diag::{Diagnostic, Diagnostics};
use crate::yaml::{Node, Source};
use std::sync::Arc;

/// Modules whose arguments are kept as written; `assert` wants `that`.
struct Some3;

impl Catalog for Some3 {
    type Module = Node;

    fn names(&self) -> &[&'static str] {
        &["debug", "assert", "meta"]
    }

    fn bind(&self, name: &str, args: &Node) -> Result<Node, Diagnostics> {
        match name == "assert" && args.get("that").is_none() {
            true => Err(args.error("assert needs \"that\"").into()),
            false => Ok(args.clone()),
        }
    }
}

fn read(text: &str) -> Result<Playbook<Node>, Diagnostics> {
    load(&Source::new("play.yml", text), &Some3)
}

fn told(diagnostics: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let mut line = d.to_string();
        let notes = d.notes.iter().map(|note| format!("\n  {note}"));
        line.extend(notes.chain(d.hint.iter().map(|hint| format!("\n  try: {hint}"))));
        line
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn faults(text: &str) -> String {
    read(text).map_or_else(|faults| told(&faults.0), |_| "none".to_owned())
}

const SMALL: &str = "
- name: Update {{ app }}
  hosts: [all, '!archive']
  gather_facts: false
  serial: [1, 10%, '{{ rest }}']
  max_fail_percentage: 20
  tags: [p1]
  become: true
  pre_tasks:
    - debug: {msg: 1}
      tags: [b, a]
    - name: Named
      debug: {msg: 1}
      delegate_to: localhost
  tasks:
    - when: outer
      vars: {x: 1}
      tags: blk
      ignore_errors: true
      block:
        - ansible.builtin.assert: {that: 'true'}
          when: [inner, more]
          vars: {x: 2}
          ignore_errors: false
        - name: never one
          debug:
          tags: [never, p1]
          notify: h
      rescue:
        - name: rescued
          debug:
          loop: [1, 2]
          loop_control: {label: '{{ item }}', loop_var: it}
    - meta: flush_handlers
  handlers:
    - name: h
      debug:
- hosts: h1:!h3,all
  gather_facts: false
  tasks:
    - debug:
";

#[test]
fn keywords_are_handed_down() {
    let playbook = read(SMALL).unwrap();
    let tasks = playbook.plays[0].all_tasks();
    let inner = tasks.iter().find(|t| &*t.module == "assert").unwrap();
    let texts = |nodes: &[Node]| {
        nodes
            .iter()
            .map(|n| n.to_json().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        texts(&inner.keywords.when),
        ["\"outer\"", "\"inner\"", "\"more\""]
    );
    assert_eq!(texts(&inner.keywords.vars), ["{\"x\":1}", "{\"x\":2}"]);
    assert_eq!(inner.keywords.tags, ["p1".into(), Arc::from("blk")]);
    let ignore = inner.keywords.ignore_errors.as_ref().unwrap();
    assert_eq!(ignore.to_json(), serde_json::json!(false));
    let rescued = tasks.iter().find(|t| &**t.title() == "rescued").unwrap();
    assert_eq!(&*rescued.repeat.as_ref().unwrap().var, "it");
    assert_eq!(
        told(&playbook.warnings),
        "\"become\" means nothing for a namespace (play.yml:8:3)"
    );
}

/// The text that `ansible-playbook --list-tasks --list-hosts --list-tags` (core 2.19.14) prints
/// of the same playbook, but for hosts (its order is by chance) and `never` tasks.
#[test]
fn lists_read_as_ansibles() {
    let playbook = read(SMALL).unwrap();
    let tags = Tags::default();
    let listing = Listing::of(&playbook, |play| {
        PlayListing::new(play, play.name.clone(), vec!["all".to_owned()])
            .with_hosts(vec!["h1".into(), "h2".into()])
            .with_tasks(play, &tags)
            .with_task_tags(play)
    });
    insta::assert_snapshot!(listing);
}

#[test]
fn all_faults_of_a_file_are_told_with_their_places() {
    insta::assert_snapshot!(faults(
        "
- name: wrong keys
  host: all
  serial: [1, x%]
  max_fail_percentage: 120
  order: random
  roles: [common]
  tasks:
    - debg: {msg: 1}
    - debug: {msg: 1}
      whn: x
    - debug:
      assert: {that: x}
    - name: nothing
    - assert: {}
    - include_tasks: other.yml
    - debug:
      loop: text
    - debug:
      loop_control: {label: x}
    - debug:
      when: 5
      register: 1x
      retries: many
      ignore_errors: perhaps
      delegate_to: elsewhere
    - debug:
      notify: [restart web, '{{ dynamic }}']
    - just text
  handlers:
    - name: restart webs
      debug:
    - debug:
    - name: restart webs
      debug:
- tasks: {}
"
    ));
}

#[test]
fn what_is_no_playbook_is_told() {
    assert_eq!(
        faults("hosts: all"),
        "a playbook is a list of plays, not a mapping (play.yml:1:1)\n  try: - hosts: all\n  tasks: [...]"
    );
    assert_eq!(faults("[]").lines().count(), 3);
}
