//! Plans that go to another machine: a sealed one is refused there with the way out, an encrypted
//! one is applied by whoever has the password.

use crate::main_job::{Desk, Said, UPDATE};
use std::path::{Path, PathBuf};

const DEMO: &str = "inventories/demo";
const PASSWORD: &str = "fixtures/inventory/vault/password";

/// Fails once it is serious.
const STUMBLE: &str = r"- hosts: all
  tasks:
    - ansible.builtin.fail: {msg: not today}
      when: not ansible_check_mode
    - release:
";

fn plan(desk: &Desk, more: &str) -> (Said, PathBuf) {
    let path = desk.path("saved.plan");
    let call = format!("plan {UPDATE} -l c2a7dv --out {} {more}", path.display());
    (desk.over(DEMO, &call), path)
}

fn apply(desk: &Desk, plan: &Path, more: &str) -> Said {
    let plan = plan.display().to_string();
    let words = ["apply", &*plan].into_iter().chain(more.split_whitespace());
    desk.rollbook(words)
}

#[test]
fn a_plan_sealed_elsewhere_is_refused_with_the_way_out() {
    let (here, there) = (Desk::new(), Desk::new());
    let (said, path) = plan(&here, "");
    said.done();
    let refused = apply(&there, &path, "").refused(1);
    insta::assert_snapshot!(refused.replace(&path.display().to_string(), "PLAN"));
    apply(&here, &path, "").done();
}

#[test]
fn an_encrypted_plan_goes_where_the_password_is() {
    let (here, there) = (Desk::new(), Desk::new());
    let (said, path) = plan(
        &here,
        &format!("--encrypt --vault-password-file {PASSWORD}"),
    );
    said.done();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("$ANSIBLE_VAULT;1.1;AES256\n"), "{text}");
    std::fs::write(there.path("wrong"), "wrong").unwrap();
    let wrong = format!("--vault-password-file {}", there.arg("wrong"));
    let told = [
        apply(&there, &path, "").refused(1),
        apply(&there, &path, &wrong).refused(1),
        plan(&here, "--encrypt").0.refused(1),
    ];
    let told = told.join("---\n");
    insta::assert_snapshot!(told.replace(&path.display().to_string(), "PLAN"));
    apply(&there, &path, &format!("--vault-password-file {PASSWORD}")).done();
}

#[test]
fn a_kept_plan_is_encrypted_too() {
    let desk = Desk::new();
    std::fs::write(desk.path("stumble.yml"), STUMBLE).unwrap();
    let play = desk.arg("stumble.yml");
    let apply = format!("apply {play} -l c2a7dv -y --encrypt --vault-password-file {PASSWORD}");
    assert_eq!(desk.over(DEMO, &apply).code, 2);
    let run = desk.runs().remove(0);
    let kept = desk.path("state").join("runs").join(&run).join("plan");
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.starts_with("$ANSIBLE_VAULT;1.1;AES256\n"), "{text}");
    let without = desk.rollbook(["resume", &run]).refused(1);
    assert!(without.contains("no vault password was given"), "{without}");
    let with = desk.rollbook(["resume", &run, "--vault-password-file", PASSWORD]);
    assert_eq!(with.code, 2, "it stumbles again: {}{}", with.out, with.err);
}
