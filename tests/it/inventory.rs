//! `rollbook inventory` as its users see it, over `fixtures/inventory/fleet`.

use assert_cmd::Command;

/// What a call prints: stdout, then stderr.
fn rollbook(args: &[&str]) -> String {
    let mut command = Command::cargo_bin("rollbook").unwrap();
    let output = command
        .arg("inventory")
        .args(args)
        .env("NO_COLOR", "1")
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
