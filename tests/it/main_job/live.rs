//! The main job on a real control plane, and what real Helm reads of it.

use super::{Desk, UPDATE, assert_no_changes, assert_same};
use crate::controlplane::{self, ControlPlane};

/// Three clients of the demo's chart; the last one was installed by Helm 3.
struct Fleet {
    plane: &'static ControlPlane,
    desk: Desk,
    names: [String; 3],
}

impl Fleet {
    fn install() -> Option<Fleet> {
        let plane = controlplane::require()?;
        let names = [(); 3].map(|()| plane.name("job"));
        let desk = Desk::new();
        std::fs::write(desk.path("hosts.yml"), inventory(plane, &names)).unwrap();
        let fleet = Fleet { plane, desk, names };
        let [first, second, third] = &fleet.names;
        std::thread::scope(|scope| {
            for name in [first, second] {
                scope.spawn(|| plane.helm4(&strs(&fleet.helm("install", name, "2.4.1"))));
            }
            plane.helm3(&strs(&fleet.helm("install", third, "2.4.1")));
        });
        Some(fleet)
    }

    /// Helm's arguments for one client at a version of the chart.
    fn helm(&self, verb: &str, name: &str, version: &str) -> Vec<String> {
        let chart = format!(
            "{}/fixtures/charts/webapp-{version}",
            env!("CARGO_MANIFEST_DIR")
        );
        let set =
            format!("client.name={name},client.domain=example.net,database.password={SECRET}");
        let mut args = vec![verb, name, &chart, "-n", name, "--set", &set];
        if verb == "install" {
            args.push("--create-namespace");
        }
        args.into_iter().map(str::to_owned).collect()
    }

    fn rollbook(&self, call: &str) -> String {
        self.desk.over(&self.desk.arg("hosts.yml"), call).done()
    }

    fn plan(&self, more: &str) -> String {
        self.rollbook(&format!("plan {UPDATE} {more}"))
    }

    /// How many real writes rollbook sent for these clients.
    fn writes(&self) -> usize {
        let requests = self.plane.audit("rollbook");
        let ours = requests
            .iter()
            .filter(|request| self.names.contains(&request.namespace));
        ours.filter(|request| request.writes()).count()
    }

    /// What both Helms say alike of one client: values, manifest, and the history's statuses.
    fn read(&self, name: &str) -> [String; 3] {
        let calls = [
            vec!["get", "values", name, "-n", name],
            vec!["get", "manifest", name, "-n", name],
            vec!["history", name, "-n", name, "-o", "json"],
        ];
        calls.map(|call| {
            let (three, four) = (self.plane.helm3(&call), self.plane.helm4(&call));
            assert_eq!(three, four, "helm {call:?}");
            three
        })
    }
}

const SECRET: &str = "hunter2-hunter2";

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

fn inventory(plane: &ControlPlane, names: &[String]) -> String {
    let (kubeconfig, root) = (plane.kubeconfig(), env!("CARGO_MANIFEST_DIR"));
    format!(
        r#"all:
  vars:
    cluster: {{context: test, kubeconfig: {}}}
    release:
      chart: webapp
      repo: {root}/fixtures/charts
      version: 2.5.0
      values:
        client: {{name: "{{{{ inventory_hostname }}}}", domain: example.net}}
        database: {{password: {SECRET}}}
  children:
    clients: {{hosts: {{{}: , {}: , {}: }}}}
"#,
        kubeconfig.display(),
        names[0],
        names[1],
        names[2]
    )
}

/// A plan's last part: how much changes.
fn summary(plan: &str) -> &str {
    let at = plan.find("\nPlan: ").expect("a summary");
    &plan[at..]
}

/// A plan's lines but for those that tell a cluster from its recording.
fn told(plan: &str) -> String {
    let apart = ["  cluster ", "  unverified "];
    let lines = plan.split_inclusive('\n');
    lines
        .filter(|line| !apart.iter().any(|words| line.starts_with(words)))
        .collect()
}

#[test]
fn plan_apply_backout_on_a_real_cluster() {
    let Some(fleet) = Fleet::install() else {
        return;
    };
    let [first, second, third] = &fleet.names;
    let pair = format!("-l {first},{second}");
    let (before, of_pair) = (fleet.plan(""), fleet.plan(&pair));
    assert!(
        summary(&before).starts_with("\nPlan: 3 of 3 targets change.\n"),
        "{before}"
    );
    assert!(!before.contains("unverified"), "the server knows: {before}");

    let saved = fleet.desk.arg("job.plan");
    fleet.plan(&format!("--out {saved}"));
    assert_eq!(fleet.writes(), 0, "a plan writes nothing");
    fleet.desk.rollbook(["apply", &saved]).done();
    for name in &fleet.names {
        read_after_apply(&fleet, name);
    }

    let writes = fleet.writes();
    assert!(writes > 0);
    assert_no_changes(&fleet.plan(""));
    assert_no_changes(&fleet.rollbook(&format!("apply {UPDATE} -y")));
    assert_eq!(fleet.writes(), writes, "the second run sends no write");

    let run = &fleet.desk.runs()[0];
    fleet.rollbook(&format!("backout --run {run} -e no_interactive=True"));
    assert_same("the first plan", &of_pair, &fleet.plan(&pair));
    // Helm 3's ownership was moved for good: nothing else differs.
    assert_eq!(summary(&fleet.plan("")), summary(&before));
    for name in &fleet.names {
        let [_, manifest, history] = fleet.read(name);
        assert!(manifest.contains("webapp:2.4.1"), "{manifest}");
        assert!(
            history.contains(r#""description":"Rollback to 1""#),
            "{history}"
        );
    }

    // Helm goes on where rollbook stopped.
    fleet
        .plane
        .helm4(&strs(&fleet.helm("upgrade", first, "2.5.0")));
    fleet
        .plane
        .helm3(&strs(&fleet.helm("upgrade", third, "2.5.0")));
    assert_no_changes(&fleet.plan(&format!("-l {first},{third}")));
}

#[track_caller]
fn read_after_apply(fleet: &Fleet, name: &str) {
    let [values, manifest, history] = fleet.read(name);
    assert!(values.contains(SECRET), "{values}");
    assert!(manifest.contains("webapp:2.5.0"), "{manifest}");
    assert!(
        history.contains(r#""description":"Upgrade complete""#),
        "{history}"
    );
    let list = ["list", "-n", name];
    let status = ["status", name, "-n", name];
    for text in [fleet.plane.helm3(&list), fleet.plane.helm4(&list)] {
        assert!(
            text.contains("deployed") && text.contains("webapp-2.5.0"),
            "{text}"
        );
    }
    for text in [fleet.plane.helm3(&status), fleet.plane.helm4(&status)] {
        assert!(text.contains("STATUS: deployed\nREVISION: 2\n"), "{text}");
    }
}

#[test]
fn a_recording_is_planned_as_its_cluster() {
    let Some(fleet) = Fleet::install() else {
        return;
    };
    let directory = fleet.desk.arg("recording");
    let live = fleet.plan("");
    fleet.rollbook(&format!("record --out {directory}"));
    let extra = format!(r#"{{"cluster":{{"recording":"{directory}"}}}}"#);
    let recorded = fleet.plan(&format!("-e {extra}"));
    assert_same("the live cluster's plan", &told(&live), &told(&recorded));
    assert!(!recorded.contains("has changed since"), "{recorded}");
}
