//! Two operators at two desks (two machines, as far as rollbook can see: each has its own state)
//! share one cluster: who is at work is seen, asked to stop, gone on after, repaired after.

use crate::controlplane::{self, ControlPlane};
use crate::deploy::site::chart;
use crate::main_job::{Desk, Said, UPDATE};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Child;
use std::time::{Duration, Instant};

/// How long a pod of the second target stays unready: longer than a lease takes to be renewed.
const SLOW: &str = "45s";

/// Whoever shows nothing by then never will.
const PATIENCE: Duration = Duration::from_secs(180);

/// Three targets with a release that Helm installed, and two desks.
struct Shared {
    plane: &'static ControlPlane,
    names: [String; 3],
    mine: Desk,
    theirs: Desk,
    hosts: String,
}

impl Shared {
    /// The second target has values of its own.
    fn install(second: &str) -> Option<Shared> {
        let plane = controlplane::require()?;
        let names = [(); 3].map(|()| plane.name("shared"));
        let (mine, theirs) = (Desk::new(), Desk::new());
        let chart = chart().display().to_string();
        std::thread::scope(|scope| {
            for name in &names {
                let create = ["-n", name, "--create-namespace"];
                let install = [&["install", "shop", &*chart][..], &create].concat();
                scope.spawn(move || plane.helm4(&install));
            }
        });
        let [a, b, c] = &names;
        let text = format!(
            "all:\n  vars:\n    cluster: {{context: test, kubeconfig: {}}}\n    release: {{name: shop, chart: {chart}, \
             values: {{message: b}}}}\n  children:\n    clients:\n      hosts:\n        {a}:\n        {b}:\n          \
             release:\n            values: {second}\n        {c}:\n",
            plane.kubeconfig().display()
        );
        let hosts = mine.arg("hosts.yml");
        std::fs::write(&hosts, text).unwrap();
        Some(Shared {
            plane,
            names,
            mine,
            theirs,
            hosts,
        })
    }

    /// Begins an update at the first desk.
    fn begin(&self) -> Child {
        let mut command = self.mine.command(env!("CARGO_BIN_EXE_rollbook"));
        command
            .args([
                "apply",
                "-i",
                &self.hosts,
                UPDATE,
                "-y",
                "--reason",
                "CHG-1",
            ])
            .env("USER", "maria");
        command.spawn().unwrap()
    }

    /// A verb at the other desk.
    fn theirs(&self, call: &str) -> Said {
        self.theirs.over(&self.hosts, call)
    }

    /// Waits until the other desk sees the second target under way.
    #[track_caller]
    fn wait_for_second(&self) -> String {
        let second = |line: &str| line.contains("RUNNING") && line.contains(&self.names[1]);
        let status = || self.theirs("status").out;
        wait_until(status, |status| status.lines().any(second))
    }

    fn messages(&self) -> Vec<String> {
        let path = "jsonpath={.data.message}";
        let get = |name: &String| {
            let get = ["get", "configmap", "shop", "-n", name, "-o", path];
            self.plane.kubectl(&get)
        };
        self.names.iter().map(get).collect()
    }

    fn leases(&self) -> String {
        let path = "jsonpath={.items[*].metadata.name}";
        let get = |name: &String| {
            self.plane
                .kubectl(&["get", "lease", "-n", name, "-o", path])
        };
        self.names.iter().map(get).collect()
    }

    /// What was said, with what differs from run to run by its name.
    fn told(&self, said: &str, run: &str) -> String {
        let mut text = said.replace(&self.hosts, "hosts.yml");
        for (name, plain) in self.names.iter().zip(["first", "second", "third"]) {
            text = text.replace(name, plain);
        }
        let text = text
            .replace(run, "RUN")
            .replace(run.rsplit('-').next().unwrap(), "RUN");
        // Columns are as wide as the longest name.
        let lines = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// What is shown as soon as it is what it should be.
#[track_caller]
fn wait_until(show: impl Fn() -> String, holds: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let shown = show();
        if holds(&shown) {
            return shown;
        }
        assert!(Instant::now() < deadline, "{shown}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn a_run_is_seen_stopped_and_finished_from_another_machine() {
    let second = format!("{{annotations: {{test/ready-after: {SLOW}}}}}");
    let Some(shared) = Shared::install(&second) else {
        return;
    };
    let [_, second, third] = &shared.names;
    let child = shared.begin();
    let status = shared.wait_for_second();
    let run = shared.mine.runs().pop().unwrap();
    assert!(status.contains("maria@"), "{status}");
    assert!(status.contains("CHG-1"), "{status}");
    let running = status.lines().find(|line| line.starts_with("RUNNING"));
    assert!(running.unwrap_or_default().contains("wave "), "{status}");
    assert!(!status.contains("STUCK"), "somebody is at work: {status}");

    // The target is taken: nobody else writes to it.
    let busy = shared.theirs(&format!("apply {UPDATE} -y -l {second}"));
    assert_ne!(busy.code, 0, "{}", busy.out);
    assert!(busy.err.contains("maria@"), "{}{}", busy.out, busy.err);
    assert!(busy.err.contains("is at work on it"), "{}", busy.err);

    shared.theirs(&format!("stop {run}")).done();
    let stopped = Said::of(child.wait_with_output().unwrap());
    let (code, said) = (stopped.code, stopped.out + &stopped.err);
    assert!(said.contains("stopped by "), "{said}");
    assert!(said.contains("OPEN       nothing"), "{said}");
    assert_ne!(code, 0, "{said}");
    assert_eq!(shared.messages(), ["b", "b", "hello"], "{said}");
    assert_eq!(shared.leases(), "");

    // Sets name what became of the targets.
    let skipped = shared
        .mine
        .over(&shared.hosts, &format!("status -l @skipped:{run}"))
        .done();
    assert!(
        skipped.contains(third.as_str()) && !skipped.contains(second.as_str()),
        "{skipped}"
    );
    let failed = shared
        .mine
        .over(&shared.hosts, &format!("status -l @failed:{run}"));
    assert_eq!(failed.code, 1, "{}", failed.out);
    assert!(failed.err.contains("is no target"), "{}", failed.err);

    // The other desk has no journal of the run; the cluster says how far it came.
    let resumed = ["resume", &run, UPDATE, "-i", &shared.hosts, "-y"];
    let resumed = shared.theirs.rollbook(resumed).done();
    assert!(resumed.contains("1 of 3 targets changes"), "{resumed}");
    assert_eq!(shared.messages(), ["b", "b", "b"], "{resumed}");

    let all = shared.theirs("status -l @version:1.4.2").done();
    assert!(shared.names.iter().all(|name| all.contains(name)), "{all}");

    let back = shared.theirs(&format!("backout --run {run} -y")).done();
    assert_eq!(shared.messages(), ["hello", "hello", "hello"], "{back}");
    assert_eq!(shared.leases(), "");
}

#[test]
fn what_a_killed_run_left_open_is_found_and_repaired_from_another_machine() {
    let Some(shared) = Shared::install("{annotations: {test/ready-after: 300s}}") else {
        return;
    };
    let second = &shared.names[1];
    let child = shared.begin();
    // Its lease is there a moment before its revision.
    shared.wait_for_second();
    let history = ["history", "shop", "-n", second, "-o", "json"];
    let shown = || shared.plane.helm4(&history);
    let is_pending = |shown: &str| shown.contains("pending-upgrade");
    wait_until(shown, is_pending);
    let run = shared.mine.runs().pop().unwrap();
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    child.wait_with_output().unwrap();

    let status = shared.theirs("status").out;
    assert!(status.contains("STUCK"), "{status}");

    // Nobody answers: nothing is done.
    let asked = shared.theirs("recover");
    assert_eq!(asked.code, 1, "{}{}", asked.out, asked.err);
    assert!(is_pending(&shown()));
    let told = shared.told(&format!("{}{}", asked.out, asked.err), &run);
    insta::with_settings!({filters => vec![
        (r"maria@\S+", "maria@here"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
        (r"since \S+", "since TIME"),
    ]}, {
        insta::assert_snapshot!("what_a_dead_run_left", told);
    });

    let repaired = shared.theirs("recover -y").done();
    assert!(repaired.contains("repaired"), "{repaired}");
    let after = shared.plane.helm4(&history);
    assert!(
        !after.contains(r#""status":"pending"#) && after.contains("failed"),
        "{after}"
    );
    assert_eq!(shared.leases(), "");
    assert_eq!(shared.theirs("recover").done(), "Nothing was left open.\n");
    let chart = chart().display().to_string();
    let upgrade = ["upgrade", "shop", &chart, "-n", second];
    assert!(shared.plane.helm3(&upgrade).contains("STATUS: deployed"));
}

#[test]
fn drift_and_the_value_behind_a_failure_are_shown() {
    let values = "{outcome: oomkilled, resources: {limits: {memory: 48Mi}}}";
    let Some(shared) = Shared::install(values) else {
        return;
    };
    let [first, second, _] = &shared.names;
    let patch = r#"{"data": {"message": "by hand"}}"#;
    let patch = [
        "patch",
        "configmap",
        "shop",
        "-n",
        first,
        "--type=merge",
        "-p",
        patch,
    ];
    shared.plane.kubectl(&patch);
    let status = shared
        .theirs(&format!("status --drift -l {first} --format json"))
        .done();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    insta::with_settings!({filters => vec![
        (first.as_str(), "first"),
        (r"/\S+/hosts.yml", "hosts.yml"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
    ]}, {
        insta::assert_snapshot!("drift", serde_json::to_string_pretty(&status).unwrap());
    });

    let failed = shared.theirs(&format!("apply {UPDATE} -y -l {second}"));
    assert_ne!(failed.code, 0, "{}", failed.out);
    let line = std::fs::read_to_string(&shared.hosts).unwrap();
    let line = 1 + line.lines().position(|line| line.contains("48Mi")).unwrap();
    let place = format!("hosts.yml:{line}");
    assert!(failed.out.contains("OOMKilled"), "{}", failed.out);
    assert!(failed.out.contains(&place), "{place}: {}", failed.out);
}
