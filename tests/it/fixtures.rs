//! For every fixture the plan of the recording equals the plan of the same objects in the real API
//! server, field by field, masks aside.

mod clients;
mod demo;
mod load;
mod objects;
mod told;

use crate::controlplane::ControlPlane;
use rollbook::plan::artifact::{Saved, Seal};
use rollbook::plan::{Plan, TargetPlan};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A cluster that has not stood still by then never will.
const PATIENCE: Duration = Duration::from_secs(180);

/// A path below the repository.
fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where a comparison works: plans, recordings and charts.
struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let directory = tempfile::tempdir().unwrap();
        Bench { directory }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// Runs the program; gives back what it printed.
    #[track_caller]
    fn rollbook(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_rollbook"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(args)
            .env("ROLLBOOK_STATE", self.path("state"))
            .env_remove("KUBECONFIG")
            .output()
            .unwrap()
    }

    /// The plan of an inventory on a cluster; on the inventory's own where none is named.
    #[track_caller]
    fn plan(&self, inventory: &str, cluster: Option<&serde_json::Value>) -> Plan {
        let out = self.path("saved.plan");
        let extra = cluster.map(|cluster| json!({ "cluster": cluster }).to_string());
        let mut args = vec!["plan", "-i", inventory, "--out", &out, "--clear-secrets"];
        if let Some(extra) = &extra {
            args.extend(["-e", extra]);
        }
        // A target that can't be planned is a part of the plan.
        let error = self.run(&args).stderr;
        let bytes = std::fs::read(&out);
        let bytes = bytes.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&error)));
        std::fs::remove_file(&out).unwrap();
        Saved::read(&bytes, &Seal::Clear).unwrap().plan
    }

    /// Records the live cluster and gives back the plan of it. Controllers write too (a
    /// Deployment's revision, a claim's volume): it is recorded again until it has stood still.
    #[track_caller]
    fn record(&self, inventory: &str, plane: &ControlPlane) -> Plan {
        let cluster = live(plane);
        let extra = json!({ "cluster": cluster }).to_string();
        let out = self.path("recording");
        let deadline = Instant::now() + PATIENCE;
        let mut before = self.plan(inventory, Some(&cluster));
        loop {
            self.rollbook(&["record", "-i", inventory, "-e", &extra, "--out", &out]);
            let after = self.plan(inventory, Some(&cluster));
            let moved = differences(&before, &after);
            if moved.is_empty() {
                return after;
            }
            assert!(Instant::now() < deadline, "it never stands still\n{moved}");
            before = after;
        }
    }

    /// Compares the live cluster's plan with its recording's, target by target.
    #[track_caller]
    fn compare(&self, inventory: &str, live: &Plan) {
        let recording = json!({ "recording": self.path("recording") });
        assert_same(live, &self.plan(inventory, Some(&recording)));
    }
}

/// The control plane, as an inventory names it.
fn live(plane: &ControlPlane) -> serde_json::Value {
    json!({"context": "test", "kubeconfig": plane.kubeconfig()})
}

/// Two plans are equal, target by target.
#[track_caller]
fn assert_same(live: &Plan, recorded: &Plan) {
    let name = |target: &TargetPlan| target.target.clone();
    let names = |plan: &Plan| plan.targets.iter().map(name).collect::<Vec<_>>();
    assert_eq!(names(live), names(recorded));
    assert_eq!(live.waves, recorded.waves);
    let differs = differences(live, recorded);
    assert!(differs.is_empty(), "live → recorded\n{differs}");
}

/// Where the targets of two plans differ, in lines.
fn differences(one: &Plan, other: &Plan) -> String {
    let both = one.targets.iter().zip(&other.targets);
    let differs = both.filter_map(|(one, other)| {
        let places = told::differences(&told::target(one), &told::target(other));
        let name = &one.target;
        (!places.is_empty()).then(|| format!("{name}:\n  {}\n", places.join("\n  ")))
    });
    differs.collect()
}
