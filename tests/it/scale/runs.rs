//! Closing steps of whole runs, by the built binary: whatever ends a run, what it scaled is scaled
//! back, by the run itself or by who comes after it.

use crate::controlplane::{self, ControlPlane};
use crate::deploy::site::chart;
use crate::main_job::{Desk, Said};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::process::Child;
use std::time::{Duration, Instant};

/// Whoever shows nothing by then never will.
const PATIENCE: Duration = Duration::from_secs(120);

/// Stops the shop, does what is between, and updates the release.
const STOP: &str = "
- name: stop and go
  hosts: clients
  tasks:
    - name: Stop the shop
      kubernetes.core.k8s_scale: {kind: Deployment, name: shop, replicas: 0}
";

const WAIT: &str = "
    - name: Somebody says go
      gate: {name: go, that: \"'go' in live.labels\", policy: wait, delay: 1s, timeout: 5m}
";

const RELEASE: &str = "
    - name: Update
      release: {}
";

const START: &str = "
    - name: Start the shop
      kubernetes.core.k8s_scale: {kind: Deployment, name: shop, replicas: 3}
";

const FAIL: &str = "
    - name: Break
      fail: {msg: broken}
      when: not ansible_check_mode
";

/// A shop of three replicas that Helm installed, in a namespace of its own.
struct Shop {
    plane: &'static ControlPlane,
    namespace: String,
    desk: Desk,
}

impl Shop {
    fn install(tasks: &[&str]) -> Option<Shop> {
        let plane = controlplane::require()?;
        let namespace = plane.name("shop");
        let chart = chart().display().to_string();
        let install = [
            "install",
            "shop",
            &chart,
            "-n",
            &namespace,
            "--create-namespace",
        ];
        plane.helm4(&[&install[..], &["--set", "replicas=3"]].concat());
        let desk = Desk::new();
        let hosts = format!(
            "all:\n  vars:\n    cluster: {{context: test, kubeconfig: {}}}\n    release: {{name: shop, chart: {chart}, \
             values: {{message: b, replicas: 3}}}}\n  children:\n    clients:\n      hosts: {{{namespace}: }}\n",
            plane.kubeconfig().display()
        );
        std::fs::write(desk.path("hosts.yml"), hosts).unwrap();
        std::fs::write(desk.path("play.yml"), STOP.to_owned() + &tasks.concat()).unwrap();
        Some(Shop {
            plane,
            namespace,
            desk,
        })
    }

    fn said(&self, verb: &str, more: &[&str]) -> Said {
        let (hosts, play) = (self.desk.arg("hosts.yml"), self.desk.arg("play.yml"));
        let words = [verb, "-i", &*hosts, &*play];
        self.desk.rollbook([&words, more].concat())
    }

    fn replicas(&self) -> String {
        let get = ["get", "deployment", "shop", "-n", &self.namespace];
        let path = ["-o", "jsonpath={.spec.replicas}"];
        self.plane.kubectl(&[&get[..], &path].concat())
    }

    /// The Secrets of runs that say what is open, and the leases.
    fn left(&self) -> String {
        let path = "jsonpath={range .items[*]}{.data}{.spec.holderIdentity}{end}";
        let get = [
            "get",
            "secret,lease",
            "-l",
            "owner=rollbook",
            "-n",
            &self.namespace,
            "-o",
            path,
        ];
        let all = self.plane.kubectl(&get);
        let open = all.contains("open.") || all.contains('@');
        if open { all } else { String::new() }
    }

    /// Begins a run, and waits until it waits.
    fn begin(&self) -> Child {
        let mut command = self.desk.command(env!("CARGO_BIN_EXE_rollbook"));
        let (hosts, play) = (self.desk.arg("hosts.yml"), self.desk.arg("play.yml"));
        let child = command
            .args(["apply", "-i", &hosts, &play, "-y", "--grace", "1s"])
            .spawn()
            .unwrap();
        let deadline = Instant::now() + PATIENCE;
        while self.replicas() != "0" || self.left().contains('@') {
            assert!(Instant::now() < deadline, "it does not stop the shop");
            std::thread::sleep(Duration::from_millis(200));
        }
        child
    }

    fn helm_upgrades(&self) {
        let chart = chart().display().to_string();
        let upgrade = [
            "upgrade",
            "shop",
            &chart,
            "-n",
            &self.namespace,
            "--reuse-values",
        ];
        let said = self.plane.helm4(&upgrade);
        assert!(said.contains("STATUS: deployed"), "{said}");
    }

    /// Said, with what differs from run to run by its name.
    fn plain(&self, said: &str) -> String {
        let said = said.replace(&self.namespace, "client");
        said.replace(&self.desk.arg("hosts.yml"), "hosts.yml")
    }
}

fn shoot(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn a_play_may_stop_update_and_is_scaled_back() {
    let Some(shop) = Shop::install(&[RELEASE]) else {
        return;
    };
    let plan = shop.said("plan", &[]).done();
    assert!(
        plan.contains("Deployment shop 3 → 0   closing step: scale back"),
        "{plan}"
    );
    // The release sees what the task before it leaves.
    assert!(
        plan.contains("replicas: 0") && plan.contains("replicas: 3"),
        "{plan}"
    );
    let said = shop.said("apply", &["-y"]).done();
    assert!(said.contains("closed: ["), "{said}");
    assert!(said.contains("OPEN       nothing"), "{said}");
    assert_eq!((shop.replicas().as_str(), shop.left().as_str()), ("3", ""));
    shop.helm_upgrades();
}

#[test]
fn a_play_that_scales_back_itself_closes_without_a_second_write() {
    let Some(shop) = Shop::install(&[START]) else {
        return;
    };
    let plan = shop.said("plan", &[]).done();
    assert!(plan.contains("Deployment shop 0 → 3\n"), "{plan}");
    let said = shop.said("apply", &["-y"]).done();
    assert!(said.contains("put back by the play"), "{said}");
    let requests = shop.plane.audit(&shop.desk.runs().pop().unwrap());
    let scaled = requests
        .iter()
        .filter(|request| request.writes() && request.resource.starts_with("deployments"));
    assert_eq!(scaled.count(), 2, "{said}");
    assert_eq!((shop.replicas().as_str(), shop.left().as_str()), ("3", ""));
    // Asked again, each scale is done again: the shop is at 3 in between.
    shop.helm_upgrades();
}

#[test]
fn a_failure_after_it_scales_back() {
    let Some(shop) = Shop::install(&[FAIL]) else {
        return;
    };
    let said = shop.said("apply", &["-y"]);
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    assert!(said.out.contains("scaled back 0 → 3"), "{}", said.out);
    assert_eq!((shop.replicas().as_str(), shop.left().as_str()), ("3", ""));
}

#[test]
fn a_signal_scales_back() {
    let Some(shop) = Shop::install(&[WAIT, RELEASE]) else {
        return;
    };
    let child = shop.begin();
    shoot(&child, Signal::TERM);
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.code, 143, "{}{}", said.out, said.err);
    assert!(said.out.contains("scaled back 0 → 3"), "{}", said.out);
    assert_eq!((shop.replicas().as_str(), shop.left().as_str()), ("3", ""));
    shop.helm_upgrades();
}

#[test]
fn what_a_killed_run_left_open_is_closed_when_it_is_gone_on_with() {
    let Some(shop) = Shop::install(&[WAIT, RELEASE]) else {
        return;
    };
    let child = shop.begin();
    shoot(&child, Signal::KILL);
    child.wait_with_output().unwrap();
    let run = shop.desk.runs().pop().unwrap();
    let shown = shop.desk.rollbook(["runs", "show", &run]).done();
    assert!(shown.contains("Deployment shop is at 0, was 3"), "{shown}");
    let go = ["label", "namespace", &shop.namespace, "go=yes"];
    shop.plane.kubectl(&go);
    let said = shop.desk.rollbook(["resume", &run]).done();
    assert!(said.contains("closed: ["), "{said}");
    assert_eq!((shop.replicas().as_str(), shop.left().as_str()), ("3", ""));
    let shown = shop.desk.rollbook(["runs", "show", &run]).done();
    assert!(!shown.contains("OPEN"), "{shown}");
    assert!(shown.contains("1  done"), "{shown}");
    shop.helm_upgrades();
}

#[test]
fn what_a_killed_run_left_open_is_closed_from_another_machine() {
    let Some(shop) = Shop::install(&[WAIT, RELEASE]) else {
        return;
    };
    let child = shop.begin();
    let (theirs, hosts) = (Desk::new(), shop.desk.arg("hosts.yml"));
    let busy = theirs.over(&hosts, "recover -y");
    assert_eq!(busy.code, 5, "{}{}", busy.out, busy.err);
    assert!(
        busy.out.contains("may still be at work"),
        "{}{}",
        busy.out,
        busy.err
    );
    shoot(&child, Signal::KILL);
    child.wait_with_output().unwrap();
    let said = theirs.over(&hosts, "recover -y").done();
    assert!(
        said.contains("Deployment shop is at 0, was 3: repaired"),
        "{said}"
    );
    assert_eq!((shop.replicas().as_str(), shop.left().as_str()), ("3", ""));
    let nothing = "Nothing was left open.\n";
    assert_eq!(theirs.over(&hosts, "recover").done(), nothing);
}

#[test]
fn what_cannot_be_scaled_back_is_open() {
    let Some(shop) = Shop::install(&[WAIT, FAIL]) else {
        return;
    };
    let child = shop.begin();
    // Nobody may write to Deployments of this namespace any more.
    let policy = shop.deny();
    let go = ["label", "namespace", &shop.namespace, "go=yes"];
    shop.plane.kubectl(&go);
    let said = Said::of(child.wait_with_output().unwrap());
    shop.allow(&policy);
    assert_eq!(said.code, 5, "{}{}", said.out, said.err);
    assert_eq!(shop.replicas(), "0");
    let (_, open) = said
        .out
        .split_once("  OPEN ")
        .unwrap_or_else(|| panic!("{}", said.out));
    insta::with_settings!({filters => vec![(r"\d\d:\d\d", "TIME")]}, {
        insta::assert_snapshot!("what_cannot_be_scaled_back_is_open", shop.plain(open.trim()));
    });
    let hosts = shop.desk.arg("hosts.yml");
    shop.desk.over(&hosts, "recover -y").done();
    assert_eq!((shop.replicas().as_str(), shop.left().as_str()), ("3", ""));
    let run = shop.desk.runs().pop().unwrap();
    let shown = shop.desk.rollbook(["runs", "show", &run]).done();
    assert!(!shown.contains("OPEN"), "{shown}");
}

impl Shop {
    /// Denies all changes of Deployments in this namespace, and waits until that holds.
    fn deny(&self) -> String {
        let name = &self.namespace;
        let policy = format!(
            "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments, deployments/scale]}}
  validations:
  - expression: \"request.userInfo.username.startsWith('system:')\"
    message: frozen by the administrator
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec:
  policyName: {name}
  validationActions: [Deny]
  matchResources:
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}
"
        );
        self.plane.kubectl_with(&["apply", "-f", "-"], &policy);
        self.until_denied(true);
        policy
    }

    /// Takes the denial away, and waits until that holds.
    fn allow(&self, policy: &str) {
        self.plane.kubectl_with(&["delete", "-f", "-"], policy);
        self.until_denied(false);
    }

    /// A policy holds, or not any more, a moment after it was written.
    fn until_denied(&self, wanted: bool) {
        let deadline = Instant::now() + PATIENCE;
        let label = [
            "label",
            "deployment",
            "shop",
            "a=b",
            "--overwrite",
            "--dry-run=server",
        ];
        let denied = || {
            let mut command = self.plane.command("kubectl");
            let command = command.args(label).args(["-n", &self.namespace]);
            let said = command.output().unwrap();
            String::from_utf8_lossy(&said.stderr).contains("frozen")
        };
        while denied() != wanted {
            assert!(Instant::now() < deadline, "denied: {}", !wanted);
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn a_recording_is_scaled_back_and_its_lines_tell_it() {
    let desk = Desk::new();
    let play = desk.arg("play.yml");
    let tasks = "- name: stop\n  hosts: c0aa1p\n  tasks:\n    - name: Stop the front\n      k8s_scale: {kind: Deployment, name: c0aa1p-frontend, replicas: 0}\n";
    std::fs::write(&play, tasks).unwrap();
    let plan = desk.over("inventories/demo", &format!("plan {play}"));
    let (_, summary) = plan.out.split_once("Plan: ").unwrap();
    insta::assert_snapshot!("plan_of_a_scale", summary);
    let said = desk.over(
        "inventories/demo",
        &format!("apply {play} -y --format json"),
    );
    assert_eq!((said.code, &*said.err), (0, ""), "{}", said.out);
    let lines = said.out.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut told = String::new();
    for mut line in lines.filter(|line| line["check"] == false) {
        let wanted = ["closing", "target_ended", "recap"];
        if !wanted.iter().any(|event| line["event"] == **event) {
            continue;
        }
        for (pointer, word) in [
            ("/time", "TIME"),
            ("/run", "RUN"),
            ("/seconds", "SECONDS"),
            ("/step/since", "TIME"),
        ] {
            if let Some(value) = line.pointer_mut(pointer) {
                *value = word.into();
            }
        }
        told.push_str(&format!("{line:#}\n"));
    }
    insta::assert_snapshot!("lines_of_closing_steps", told);
}
