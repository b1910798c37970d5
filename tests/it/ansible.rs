//! Inventories as the real `ansible-inventory` reads them, where it is installed. What differs on
//! purpose: `release` is merged field by field, and there is no `profile` line.

use crate::main_job::Desk;
use serde_json::Value;
use std::io::Write;
use std::process::Command;

/// Directories that both read; `-e` and playbook directories are compared on the first.
const INVENTORIES: [&str; 3] = [
    "fixtures/inventory/breadth",
    "fixtures/inventory/fleet",
    "inventories/demo/hosts.yml",
];

/// What `ansible-inventory` prints; `None`, and a line that names the test, where it is not there.
fn ansible(args: &[&str]) -> Option<String> {
    let output = Command::new("ansible-inventory")
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("ANSIBLE_NOCOLOR", "1")
        .env_remove("ANSIBLE_CONFIG")
        .output();
    let output = output
        .ok()
        .filter(|output| output.status.code() != Some(127));
    let Some(output) = output else {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("a test");
        // Not `eprintln!`: libtest would hide it, and a skipped test must be seen.
        let line = format!("skipped: {name}: no ansible-inventory\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
        return None;
    };
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "ansible-inventory {args:?}: {error}"
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

fn rollbook(args: &[&str]) -> String {
    let words = ["inventory"].iter().chain(args);
    Desk::new().rollbook(words).done()
}

/// JSON without what differs on purpose.
fn plain(text: &str) -> Value {
    let mut value: Value = serde_json::from_str(text).unwrap();
    if let Some(meta) = value["_meta"].as_object_mut() {
        meta.remove("profile");
    }
    let hosts = value
        .pointer_mut("/_meta/hostvars")
        .and_then(Value::as_object_mut);
    for vars in hosts.into_iter().flatten().map(|(_, vars)| vars) {
        if let Some(vars) = vars.as_object_mut() {
            vars.remove("release");
        }
    }
    if let Some(vars) = value.as_object_mut() {
        vars.remove("release");
    }
    value
}

/// Hosts without variables are left out there, or stand with none.
fn without_empty(mut value: Value) -> Value {
    if let Some(hosts) = value
        .pointer_mut("/_meta/hostvars")
        .and_then(Value::as_object_mut)
    {
        hosts.retain(|_, vars| vars.as_object().is_none_or(|vars| !vars.is_empty()));
    }
    value
}

#[test]
fn lists_are_equal() {
    let whole = INVENTORIES.map(|inventory| vec!["-i", inventory]);
    let limited = vec!["-i", INVENTORIES[0], "--limit", "prod:!web02:vm1"];
    for call in whole.into_iter().chain([limited]) {
        let Some(theirs) = ansible(&[&["--list"], &call[..]].concat()) else {
            return;
        };
        let ours = rollbook(&[&["list"], &call[..]].concat());
        let [ours, theirs] = [&ours, &theirs].map(|text| without_empty(plain(text)));
        assert_eq!(ours, theirs, "{call:?}");
    }
}

#[test]
fn graphs_are_equal() {
    for inventory in INVENTORIES {
        let Some(theirs) = ansible(&["--graph", "-i", inventory]) else {
            return;
        };
        assert_eq!(rollbook(&["graph", "-i", inventory]), theirs, "{inventory}");
    }
}

#[test]
fn hosts_are_equal() {
    let breadth = INVENTORIES[0];
    for host in [
        "web01",
        "web02",
        "web10.example.net",
        "lone",
        "latea",
        "vm1",
        "vm3",
        "q1",
        "q2",
    ] {
        let Some(theirs) = ansible(&["--host", host, "-i", breadth]) else {
            return;
        };
        let ours = rollbook(&["host", host, "-i", breadth]);
        assert_eq!(plain(&ours), plain(&theirs), "{host}");
    }
    let extra = ["-i", breadth, "-e", "tier=cli", "-e", "{\"port\": 1}"];
    let Some(theirs) = ansible(&[&["--host", "web01"], &extra[..]].concat()) else {
        return;
    };
    let ours = rollbook(&[&["host", "web01"], &extra[..]].concat());
    assert_eq!(plain(&ours), plain(&theirs));
}
