//! `rollbook inventory` as its users see it, over `fixtures/inventory/fleet`.

use assert_cmd::Command;

/// What a call prints: stdout, then stderr.
fn rollbook(args: &[&str]) -> String {
    let mut command = Command::cargo_bin("rollbook").unwrap();
    let output = command
        .arg("inventory")
        .args(args)
        .env("NO_COLOR", "1")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    let code = output.status.code().unwrap_or(-1);
    format!("{out}{err}exit {code}\n")
}

const FLEET: &str = "fixtures/inventory/fleet";

#[test]
fn list_and_graph_are_ansibles() {
    // Equal to `ansible-inventory --list` and `--graph` of ansible-core 2.19.14, but for what is
    // merged here (`release`) and its "profile" line.
    insta::assert_snapshot!("list", rollbook(&["list", "-i", FLEET]));
    insta::assert_snapshot!("graph", rollbook(&["graph", "-i", FLEET]));
    insta::assert_snapshot!(
        "list_limited",
        rollbook(&["list", "-i", FLEET, "-l", "canary:&c002"])
    );
}

#[test]
fn host_shows_templates_as_written() {
    insta::assert_snapshot!(rollbook(&["host", "c002", "-i", FLEET, "-e", "owner=me"]));
}

#[test]
fn explain_says_where_a_value_comes_from() {
    let calls: [&[&str]; 7] = [
        &["explain", "c002", "release.values.api.memory"],
        &["explain", "c001", "release.values.api.host"],
        &["explain", "c002", "release.values", "-v"],
        &["explain", "c002"],
        &["explain", "c003"],
        &[
            "explain",
            "c002",
            "token",
            "--vault-password-file",
            "fixtures/inventory/vault/password",
        ],
        &["explain", "c002", "release.version", "--format", "json"],
    ];
    let text: String = calls
        .iter()
        .map(|call| {
            format!(
                "$ {}\n{}\n",
                call.join(" "),
                rollbook(&[call, &["-i", FLEET][..]].concat())
            )
        })
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_not_there_is_an_error_with_a_way_out() {
    let calls: [&[&str]; 7] = [
        &["explain", "c0002"],
        &["explain", "c002", "relese.version"],
        &["explain", "c002", "token"],
        &["graph", "canry"],
        &["host", "x"],
        &["list", "-l", "canary:!prod"],
        &["list", "-e", "@missing.yml"],
    ];
    let text: String = calls
        .iter()
        .map(|call| {
            format!(
                "$ {}\n{}\n",
                call.join(" "),
                rollbook(&[call, &["-i", FLEET][..]].concat())
            )
        })
        .collect();
    insta::assert_snapshot!(text);
}

/// A place for password programs.
struct Programs(tempfile::TempDir);

impl Programs {
    /// A program of this name.
    fn program(&self, name: &str, script: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, executable).unwrap();
        path.display().to_string()
    }
}

/// What a vaulted file says with these arguments and variables of the environment.
fn vaulted(args: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::cargo_bin("rollbook").unwrap();
    let call = ["inventory", "host", "c1", "-i", "c1,"];
    command
        .args(call)
        .args(["-e", "@fixtures/inventory/vault/whole.yml"])
        .args(args)
        .envs(environment.iter().copied())
        .env("NO_COLOR", "1");
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    format!("{out}{err}exit {}\n", output.status.code().unwrap_or(-1))
}

#[test]
fn vault_passwords_come_from_files_programs_and_the_environment() {
    let programs = Programs(tempfile::tempdir().unwrap());
    let password = "fixtures/inventory/vault/password";
    let opened = vaulted(&["--vault-password-file", password], &[]);
    assert!(
        opened.contains("(secret)") && opened.ends_with("exit 0\n"),
        "{opened}"
    );

    let plain = programs.program("password", &format!("cat {password}"));
    let client = "[ \"$1 $2\" = '--vault-id prod' ] && cat fixtures/inventory/vault/password";
    let client = programs.program("vault-client.sh", client);
    let labelled = format!("prod@{client}");
    let list = format!("other@{plain}, {labelled}");
    type Call<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);
    let calls: [Call<'_>; 5] = [
        (&["--vault-password-file", &plain], &[]),
        (&["--vault-id", &labelled], &[]),
        (&[], &[("ANSIBLE_VAULT_PASSWORD_FILE", &plain)]),
        (&[], &[("ANSIBLE_VAULT_IDENTITY_LIST", &list)]),
        (
            &["--vault-id", "x@fixtures/jinja/vars.json"],
            &[("ANSIBLE_VAULT_PASSWORD_FILE", password)],
        ),
    ];
    for (args, environment) in calls {
        assert_eq!(
            vaulted(args, environment),
            opened,
            "{args:?} {environment:?}"
        );
    }
}

#[test]
fn password_programs_that_fail_say_nothing_of_what_they_know() {
    let programs = Programs(tempfile::tempdir().unwrap());
    let broken = programs.program("broken", "echo hunter2; echo hunter2 >&2; exit 3");
    let here = programs.0.path().display().to_string();
    let calls: [&[&str]; 4] = [
        &["--vault-password-file", &broken],
        &["--vault-id", "prod@prompt"],
        &["--vault-password-file", "nowhere"],
        &[],
    ];
    let text: String = calls
        .iter()
        .map(|call| format!("$ {}\n{}\n", call.join(" "), vaulted(call, &[])))
        .collect();
    assert!(!text.contains("hunter2"), "{text}");
    insta::assert_snapshot!(text.replace(&here, "DIR"));
}

#[test]
fn programs_that_print_inventories_are_read_strictly() {
    let programs = Programs(tempfile::tempdir().unwrap());
    let scripts = [
        ("fails", "echo gone >&2; exit 2"),
        ("nothing", "true"),
        ("no-json", "echo 'all: {hosts: {c1: }}'"),
        ("a-list", "echo '[1]'"),
        ("unknown-key", "echo '{\"web\": {\"host\": [\"c1\"]}}'"),
        ("wrong-type", "echo '{\"web\": {\"hosts\": \"c1\"}}'"),
        ("no-name", "printf '{\"web\": {\"hosts\":\\n [\"c1\", 2]}}'"),
    ];
    let text: String = scripts
        .iter()
        .map(|(name, script)| {
            let path = programs.program(name, script);
            format!("$ {name}\n{}\n", rollbook(&["graph", "-i", &path]))
        })
        .collect();
    let here = programs.0.path().display().to_string();
    insta::assert_snapshot!(text.replace(&here, "DIR"));
}

#[test]
fn a_dynamic_inventory_is_frozen_in_a_plan() {
    let programs = Programs(tempfile::tempdir().unwrap());
    let clients = r#"echo '{"clients": {"hosts": ["c0aa1p"], "vars": {"cluster": {"recording": "fixtures/clusters/demo"},
        "release": {"chart": "webapp", "repo": "fixtures/charts", "version": "2.5.0", "values": {"client": {"name": "c0aa1p"}}}}}}'"#;
    let inventory = programs.program("clients", clients);
    let desk = crate::main_job::Desk::new();
    let plan = desk.arg("a.plan");
    desk.over(&inventory, &format!("plan --out {plan}")).done();
    // The plan holds what the program said.
    programs.program("clients", "exit 1");
    desk.rollbook(["apply", &plan]).done();
}
