//! A release of a chart of `fixtures/deploy` that is changed by the built program, or by a Helm.
//! The main type here is [`Ship`].

use crate::controlplane::{ControlPlane, Request};
use crate::main_job::{Desk, Said};
use serde_json::Value;
use std::path::PathBuf;

/// One release, `shop`, in a namespace of its own.
pub struct Ship {
    pub plane: &'static ControlPlane,
    pub desk: Desk,
    pub namespace: String,
    /// What is done about fields of others; `fail` unless a test says otherwise.
    pub conflicts: &'static str,
    chart: PathBuf,
}

/// A chart of these tests.
pub fn chart(name: &str) -> PathBuf {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/deploy");
    PathBuf::from(fixtures).join(name)
}

/// Whoever changes a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Helm3,
    Helm4,
    Rollbook,
}

impl Ship {
    /// In a namespace that does not exist yet.
    pub fn new(plane: &'static ControlPlane, stem: &str, name: &str) -> Ship {
        let ship = Ship {
            plane,
            desk: Desk::new(),
            namespace: plane.name(stem),
            conflicts: "fail",
            chart: chart(name),
        };
        std::fs::write(ship.desk.path("play.yml"), PLAY).unwrap();
        ship
    }

    /// Another chart from now on.
    pub fn use_chart(&mut self, chart: PathBuf) {
        self.chart = chart;
    }

    /// Writes the inventory: `fields` of `release` beside its name, chart and namespace.
    pub fn wants(&self, fields: &str) {
        let fields = match fields {
            "" => String::new(),
            some => format!("{some}, "),
        };
        let text = format!(
            r#"all:
  vars:
    cluster: {{context: test, kubeconfig: {}}}
    conflicts: {{default: {}}}
  children:
    clients:
      hosts:
        {}:
          release: {{name: shop, create_namespace: true, {fields}chart: {}}}
"#,
            self.plane.kubeconfig().display(),
            self.conflicts,
            self.namespace,
            self.chart.display(),
        );
        std::fs::write(self.desk.path("hosts.yml"), text).unwrap();
    }

    /// A verb over the inventory.
    pub fn rollbook(&self, call: &str) -> Said {
        self.desk.over(&self.desk.arg("hosts.yml"), call)
    }

    /// Brings the release to what `fields` say.
    pub fn apply(&self, fields: &str) -> Said {
        self.wants(fields);
        self.rollbook(&format!("apply {} -y", self.desk.arg("play.yml")))
    }

    /// What would change.
    pub fn plan(&self, fields: &str) -> Said {
        self.wants(fields);
        self.rollbook(&format!("plan {}", self.desk.arg("play.yml")))
    }

    /// Real Helm, with its exit code.
    pub fn helm(&self, hand: Hand, args: &[&str]) -> Said {
        let program = match hand {
            Hand::Helm3 => "helm3",
            Hand::Helm4 | Hand::Rollbook => "helm4",
        };
        let mut command = self.plane.command(program);
        let output = command.args(args).args(["-n", &self.namespace]).output();
        Said::of(output.unwrap())
    }

    /// Helm's arguments for `install` and `upgrade` of the chart.
    pub fn call<'a>(&'a self, verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let chart = self.chart.to_str().unwrap();
        let mut call = vec![verb, "shop", chart];
        if verb == "install" {
            call.push("--create-namespace");
        }
        [call, more.to_vec()].concat()
    }

    /// `kubectl` in the namespace.
    pub fn kubectl(&self, args: &[&str]) -> String {
        self.plane
            .kubectl(&[args, &["-n", &self.namespace]].concat())
    }

    /// The objects of these kinds, by name.
    pub fn names(&self, kinds: &str) -> String {
        let names = self.kubectl(&["get", kinds, "-o", "name"]);
        let given = ["configmap/kube-root-ca.crt", "serviceaccount/default"];
        let own = names.lines().filter(|name| !given.contains(name));
        own.collect::<Vec<_>>().join(" ")
    }

    /// `1 superseded, 2 deployed`.
    pub fn history(&self) -> String {
        let said = self.helm(Hand::Helm4, &["history", "shop", "-o", "json"]);
        let rows: Value = serde_json::from_str(&said.out).unwrap_or_default();
        let rows = rows.as_array().cloned().unwrap_or_default();
        let row = |row: &Value| format!("{} {}", row["revision"], row["status"].as_str().unwrap());
        rows.iter().map(row).collect::<Vec<_>>().join(", ")
    }

    /// The description of the newest revision.
    pub fn description(&self) -> String {
        let said = self.helm(Hand::Helm4, &["history", "shop", "-o", "json"]);
        let rows: Value = serde_json::from_str(&said.out).unwrap_or_default();
        let last = rows.as_array().and_then(|rows| rows.last().cloned());
        last.unwrap_or_default()["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The writes in this namespace of clients whose user agent has `agent`, that did something.
    pub fn writes(&self, agent: &str) -> Vec<Request> {
        let mut requests = self.plane.audit(agent);
        requests.retain(|r| r.namespace == self.namespace && r.writes() && r.code < 300);
        requests
    }
}

const PLAY: &str = "- name: Ship\n  hosts: all\n  tasks:\n    - release:\n";

/// What was told but for its evidence, which `waits` holds, and without what differs from run to
/// run.
pub fn without_evidence(text: &str) -> String {
    let parts = ["  why ", "  where ", "  events ", "  log  "];
    let mut evidence = false;
    let told = text.lines().filter(|line| {
        let goes_on = evidence && line.starts_with("           ");
        evidence = goes_on || parts.iter().any(|part| line.starts_with(part));
        !evidence
    });
    let told: String = told.map(|line| format!("{line}\n")).collect();
    let times = regex::Regex::new(r"(crashed|restarted) \d+ times( in \S+)?").unwrap();
    times.replace_all(&told, "$1 N times").into_owned()
}
