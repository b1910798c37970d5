//! `rollbook chart pull` and its kin as a user runs them, against servers on loopback.

use super::charts::{archive, pack};
use super::registry::Shelf;
use super::server::{Answer, LOGIN, Server};
use assert_cmd::Command;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A home, a place to work in, and a `PATH`.
struct User {
    home: TempDir,
}

impl User {
    fn new() -> User {
        let user = User {
            home: tempfile::tempdir().unwrap(),
        };
        for name in [".docker", "work", "bin"] {
            fs::create_dir(user.path(name)).unwrap();
        }
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// What the program prints, with `SERVER` for the server.
    fn run(&self, args: &[&str], stdin: &str, server: &Server) -> String {
        let output = Command::cargo_bin("rollbook")
            .unwrap()
            .args(args)
            .current_dir(self.path("work"))
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", self.path("bin"))
            .env("NO_COLOR", "1")
            .write_stdin(stdin)
            .output()
            .unwrap();
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        let code = output.status.code().unwrap_or(-1);
        let digests = regex::Regex::new("[0-9a-f]{64}").unwrap();
        let text = format!("{out}{err}exit {code}\n").replace(&server.host(), "SERVER");
        digests.replace_all(&text, "DIGEST").into_owned()
    }

    fn work(&self) -> Vec<String> {
        let mut found = Vec::new();
        below(&self.path("work"), "", &mut found);
        found.sort();
        found
    }
}

fn below(directory: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => below(&entry.path(), &format!("{name}/"), found),
            false => found.push(name),
        }
    }
}

#[test]
fn a_chart_comes_from_a_registry_with_the_login_of_a_program() {
    let user = User::new();
    let server = Shelf::of(&["1.2.0", "1.3.0+b1"])
        .each(Answer::private)
        .open();
    let program = user.path("bin/docker-credential-vault");
    // Builtins alone: there is nothing else on this PATH.
    let script = "#!/bin/sh\n[ \"$1\" = get ] && read -r server || [ -n \"$server\" ] || exit 1\n\
        printf '{\"ServerURL\":\"%s\",\"Username\":\"ci\",\"Secret\":\"s3cret\"}' \"$server\"\n";
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let config = format!(r#"{{"credHelpers":{{"{}":"vault"}}}}"#, server.host());
    fs::write(user.path(".docker/config.json"), config).unwrap();
    let reference = format!("oci://{}/team/web", server.host());
    let told = user.run(&["chart", "pull", &reference], "", &server);
    insta::assert_snapshot!(told);
    assert_eq!(user.work(), ["web-1.3.0+b1.tgz"]);
    assert_eq!(
        fs::read(user.path("work/web-1.3.0+b1.tgz")).unwrap(),
        archive("web", "1.3.0+b1")
    );
    assert_eq!(server.logins().last().unwrap(), LOGIN);
}

#[test]
fn a_chart_is_unpacked_where_nothing_is() {
    let user = User::new();
    let chart = pack(
        "web",
        &[
            ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.0\n"),
            ("templates/a.yaml", "a: 1\n"),
        ],
    );
    let server = Server::start([("/dl/web-latest.tgz", Answer::ok(chart))]);
    let url = server.url("dl/web-latest.tgz");
    let args = ["chart", "pull", &url, "--untar", "--untardir", "here"];
    assert_eq!(user.run(&args, "", &server), "exit 0\n");
    assert_eq!(
        user.work(),
        ["here/web/Chart.yaml", "here/web/templates/a.yaml"]
    );
    insta::assert_snapshot!(user.run(&args, "", &server));
    assert_eq!(
        user.run(&["chart", "pull", &url, "-d", "here"], "", &server),
        "exit 0\n"
    );
    assert!(user.work().contains(&"here/web-latest.tgz".to_owned()));
}

#[test]
fn a_password_comes_from_standard_input() {
    let user = User::new();
    let server = Shelf::of(&["1.2.0"]).each(Answer::private).open();
    let reference = format!("oci://{}/team/web", server.host());
    let args = [
        "chart",
        "pull",
        &reference,
        "--username",
        "ci",
        "--password-stdin",
    ];
    let twice = [&args[..], &[&reference]].concat();
    assert!(user.run(&twice, "s3cret\n", &server).ends_with("exit 0\n"));
    let refused = user.run(&args, "wr0ng\n", &server);
    assert!(!refused.contains("wr0ng"));
    insta::assert_snapshot!(refused);
}

#[test]
fn provenance_files_come_along_and_are_missed() {
    let user = User::new();
    let server = Server::start([
        ("/web-1.2.0.tgz", Answer::ok(archive("web", "1.2.0"))),
        ("/web-1.2.0.tgz.prov", Answer::ok("signed")),
        ("/bare-1.2.0.tgz", Answer::ok(archive("bare", "1.2.0"))),
    ]);
    let (web, bare) = (server.url("web-1.2.0.tgz"), server.url("bare-1.2.0.tgz"));
    assert_eq!(
        user.run(&["chart", "pull", &web, "--prov"], "", &server),
        "exit 0\n"
    );
    assert_eq!(user.work(), ["web-1.2.0.tgz", "web-1.2.0.tgz.prov"]);
    insta::assert_snapshot!(user.run(&["chart", "pull", &bare, "--verify"], "", &server));
    assert_eq!(user.work().len(), 2);
}

#[test]
fn a_template_brings_its_missing_dependencies() {
    let user = User::new();
    let chart = "apiVersion: v2\nname: own\nversion: 0.1.0\ndependencies:\n- {name: web, version: ^1, repository: 'oci://SERVER/team'}\n";
    let server = Shelf::of(&["1.2.0"]).open();
    fs::create_dir(user.path("work/own")).unwrap();
    fs::write(
        user.path("work/own/Chart.yaml"),
        chart.replace("SERVER", &server.host()),
    )
    .unwrap();
    let missing = user.run(&["chart", "template", "c1", "own"], "", &server);
    assert!(
        missing.contains("found in Chart.yaml, but missing in charts/ directory: web"),
        "{missing}"
    );
    let told = user.run(
        &["chart", "template", "c1", "own", "--dependency-update"],
        "",
        &server,
    );
    insta::assert_snapshot!(told);
    assert_eq!(
        user.work(),
        [
            "own/Chart.lock",
            "own/Chart.yaml",
            "own/charts/web-1.2.0.tgz"
        ]
    );
}

#[test]
fn a_plan_pins_the_version_of_a_registry() {
    let user = User::new();
    let config = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: web}\n";
    let chart = pack(
        "web",
        &[
            ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.9.0\n"),
            ("templates/config.yaml", config),
        ],
    );
    let mut shelf = Shelf::of(&["1.2.0", "1.9.0", "2.0.0"]);
    shelf.chart("1.9.0", &chart);
    let server = shelf.open();
    let cluster = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clusters/demo");
    let inventory = format!(
        "all:\n  vars:\n    cluster: {{recording: {}}}\n    release: {{chart: web, repo: 'oci://{}/team', version: ^1}}\n  hosts:\n    newcomer: {{}}\n    another: {{}}\n",
        cluster.display(),
        server.host()
    );
    fs::write(user.path("work/hosts.yml"), inventory).unwrap();
    let play = "- hosts: all\n  tasks:\n    - release: {create_namespace: true}\n";
    fs::write(user.path("work/play.yml"), play).unwrap();
    let args = ["plan", "-i", "hosts.yml", "play.yml", "--out", "a.plan"];
    let told = user.run(&args, "", &server);
    assert!(told.contains("web-1.9.0"), "{told}");
    assert!(told.ends_with("exit 0\n"), "{told}");
    // Tags once, the manifest once, the chart once, for the whole fleet.
    assert_eq!(server.asked().len(), 3);
    // An apply reads the plan, not the registry.
    let told = user.run(&["apply", "a.plan"], "", &server);
    assert!(told.ends_with("exit 0\n"), "{told}");
    assert_eq!(server.asked().len(), 3);
}
