//! The command line as its users see it: help, the demo, bad input, and previews of an edit.
//! `TRYCMD=overwrite` and `INSTA_UPDATE=always` write the expected output anew.

use crate::main_job::Desk;
use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// What every call sees: no colour, no home, a state directory of its own, UTC.
fn environment(state: &Path) -> [(&'static str, String); 7] {
    let state = state.display().to_string();
    [
        ("NO_COLOR", "1".to_owned()),
        ("TZ", "UTC".to_owned()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("COLUMNS", "100".to_owned()),
        ("HOME", format!("{state}/home")),
        ("KUBECONFIG", "/nowhere/kubeconfig".to_owned()),
        ("ROLLBOOK_STATE", state),
    ]
}

#[test]
fn screens() {
    let state = TempDir::new().unwrap();
    let cases = trycmd::TestCases::new();
    for (name, value) in environment(state.path()) {
        cases.env(name, value);
    }
    cases.case("fixtures/cli/*.trycmd");
}

/// A copy of the demo inventory beside the real charts and playbooks.
struct Copy {
    directory: TempDir,
}

impl Copy {
    fn new() -> Copy {
        let directory = TempDir::new().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["fixtures", "playbooks"] {
            std::os::unix::fs::symlink(root.join(name), directory.path().join(name)).unwrap();
        }
        let copy = Copy { directory };
        copy.copy(&root.join("inventories/demo"), "inventories/demo");
        copy
    }

    fn copy(&self, from: &Path, to: &str) {
        fs::create_dir_all(self.directory.path().join(to)).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let to = format!("{to}/{}", entry.file_name().to_string_lossy());
            match entry.file_type().unwrap().is_dir() {
                true => self.copy(&entry.path(), &to),
                false => drop(fs::copy(entry.path(), self.directory.path().join(to)).unwrap()),
            }
        }
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.directory.path().join("inventories/demo").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    fn run(&self, line: &str) -> String {
        let output = Command::cargo_bin("rollbook")
            .unwrap()
            .args(line.split(' '))
            .current_dir(self.directory.path())
            .envs(environment(&self.directory.path().join("state")))
            .output()
            .unwrap();
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        format!("{out}{err}exit {}\n", output.status.code().unwrap_or(-1))
    }

    /// The snapshot files with their bytes.
    fn previews(&self) -> Vec<(String, String)> {
        self.previews_of("inventories/demo")
    }

    fn previews_of(&self, inventory: &str) -> Vec<(String, String)> {
        let previews = self.directory.path().join(inventory).join("previews");
        let entries = fs::read_dir(previews)
            .into_iter()
            .flatten()
            .map(Result::unwrap);
        let mut files: Vec<_> = entries
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }
}

const PREVIEW: &str = "preview -i inventories/demo playbooks/update.yml";

#[test]
fn a_preview_names_the_clients_and_the_line() {
    let copy = Copy::new();
    copy.edit("group_vars/large.yml", "replicas: 3", "replicas: 4");
    insta::assert_snapshot!("preview_group", copy.run(PREVIEW));
    insta::assert_snapshot!(
        "preview_group_markdown",
        copy.run(&format!("{PREVIEW} --format markdown"))
    );
}

#[test]
fn a_preview_of_one_client_and_of_a_version() {
    let copy = Copy::new();
    copy.edit("host_vars/c2q9gl.yml", "31044", "31045");
    copy.edit("hosts.yml", "            c2b0qx:\n", "");
    insta::assert_snapshot!("preview_host", copy.run(PREVIEW));
    copy.edit("group_vars/archive.yml", "2.4.1", "2.5.0");
    let version = copy.run(&format!("{PREVIEW} -l archive"));
    assert!(
        version.contains(
            "because inventories/demo/group_vars/archive.yml:2:12 webapp 2.4.1 → webapp 2.5.0"
        ),
        "{version}"
    );
}

#[test]
fn accepted_bytes_are_stable_and_groups_that_are_gone_leave_no_file() {
    let copy = Copy::new();
    let before = copy.previews();
    let accept = format!("{PREVIEW} --accept");
    copy.run(&accept);
    assert_eq!(copy.previews(), before);
    copy.edit(
        "host_vars/c2q9gl.yml",
        "release:\n  values:\n    frontend:\n      nodePort: 31044\n",
        "{}\n",
    );
    copy.run(&accept);
    let after = copy.previews();
    assert_eq!(after.len() + 1, before.len());
    assert!(copy.run(PREVIEW).ends_with("exit 0\n"));
}

/// A chart that says which operation it is rendered for; `cluster` is the inventory's.
fn next_operation(cluster: &str, flags: &str) -> (String, String) {
    let copy = Copy::new();
    let directory = copy.directory.path().join("inventories/next");
    fs::create_dir_all(&directory).unwrap();
    let inventory = format!(
        "all:\n  vars:\n    cluster: {cluster}\n    release: {{chart: fixtures/cli/charts/next}}\n  \
         children:\n    clients:\n      hosts: {{c2a7dv: , c3c9k3: }}\n"
    );
    fs::write(directory.join("hosts.yml"), inventory).unwrap();
    let call = format!("preview -i inventories/next playbooks/update.yml{flags}");
    copy.run(&format!("{call} --accept"));
    let kept = copy.previews_of("inventories/next");
    let kept = kept.into_iter().map(|(_, text)| text).collect::<String>();
    (copy.run(&call), kept)
}

#[test]
fn a_preview_is_the_next_operation_where_a_recording_knows_the_release() {
    let (said, kept) = next_operation("{recording: fixtures/clusters/demo}", "");
    insta::assert_snapshot!("preview_next", format!("{said}\n{kept}"));
    // A recording may stand for a cluster that nobody reaches.
    let cluster = "{context: prod-sp}";
    let (said, recorded) = next_operation(cluster, " --recording fixtures/clusters/demo");
    assert!(
        said.starts_with("PREVIEW inventories/next   2 targets, 2 snapshots, recording"),
        "{said}"
    );
    assert_eq!(recorded, kept);
    let (said, first) = next_operation(cluster, "");
    assert!(
        said.starts_with("PREVIEW inventories/next   2 targets, 1 snapshot, no cluster"),
        "{said}"
    );
    assert!(
        first.contains("upgrade: \"false\"") && first.contains("revision: \"1\""),
        "{first}"
    );
    let (said, _) = next_operation(cluster, " --recording fixtures/clusters/none");
    insta::assert_snapshot!("preview_no_recording", said);
}

#[test]
fn previews_hold_no_secret() {
    let copy = Copy::new();
    for (name, text) in copy.previews() {
        assert!(text.contains("(secret)"), "{name}");
        assert!(!text.contains("change-me"), "{name}");
    }
}

#[test]
fn colour_is_asked_for_or_absent() {
    let copy = Copy::new();
    copy.edit("group_vars/large.yml", "replicas: 3", "replicas: 4");
    assert!(!copy.run(PREVIEW).contains('\u{1b}'));
    assert!(
        copy.run(&format!("{PREVIEW} --color always"))
            .contains("\u{1b}[32m")
    );
}

#[test]
fn another_cluster_than_the_plans_is_refused() {
    let copy = Copy::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy.copy(
        &root.join("fixtures/clusters/demo"),
        "inventories/demo/.cluster",
    );
    copy.edit(
        "group_vars/all.yml",
        "fixtures/clusters/demo",
        "inventories/demo/.cluster",
    );
    let planned =
        copy.run("plan -i inventories/demo playbooks/update.yml -l c0aa1p --out a.plan -q");
    assert!(planned.ends_with("exit 0\n"), "{planned}");
    copy.edit(".cluster/cluster.yaml", "uid: 18b7045c", "uid: 77b2d014");
    let refused = copy.run("apply a.plan");
    let said = "error: the plan was made for another cluster; nothing was changed\n  \
        plan     demo  recording:inventories/demo/.cluster  id 18b7045c\n  \
        here     demo  recording:inventories/demo/.cluster  id 77b2d014\n  \
        try: select the kubeconfig that the plan was made with, or plan again\n";
    assert!(refused.contains(said), "{refused}");
    assert!(refused.ends_with("exit 5\n"), "{refused}");
}

#[test]
fn a_chart_is_verified_beside_both_helms() {
    let Some(plane) = crate::controlplane::require() else {
        return;
    };
    let desk = Desk::new();
    let chart = "fixtures/charts/webapp-2.5.0";
    let verify = |helm: &str, more: &[&str]| {
        let helm = plane.command(helm).get_program().to_owned();
        let helm = helm.to_string_lossy().into_owned();
        let words = ["chart", "verify", "c1", chart, "--helm", &helm];
        desk.rollbook([&words[..], more].concat())
    };
    let named = ["--set", "client.name=c1,client.domain=example.net"];
    let said = verify("helm3", &named).done();
    assert!(said.starts_with("The same as helm v3.21.4: "), "{said}");
    let four = [&named[..], &["--profile", "4.3"]].concat();
    let said = verify("helm4", &four).done();
    assert!(said.starts_with("The same as helm v4.3.1: "), "{said}");
    let said = verify("helm3", &[]).done();
    assert!(said.starts_with("Both refuse it.\n"), "{said}");
    let said = verify("nowhere/helm", &named).refused(1);
    assert!(said.contains("nowhere/helm can't be run"), "{said}");
}
