//! One upgrade of one release by the built binary, through a proxy that holds a request. The main
//! type here is [`Case`].

use super::Shot;
use crate::controlplane::ControlPlane;
use crate::deploy::site::{Site, chart};
use crate::main_job::Desk;
use crate::proxy::{Act, Proxy, Seen};
use rollbook::cluster::Policy;
use rollbook::journal;
use rollbook::manifest::Gvk;
use rustix::process::{Pid, Signal, kill_process};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::sync::watch;
// Whoever waits in place keeps the proxy of another case waiting too.
use tokio::task::block_in_place;

/// Between two signals, and from the last one until the request is let go.
const PAUSE: Duration = Duration::from_millis(150);

/// Whoever has not ended by then hangs.
const PATIENCE: Duration = Duration::from_secs(180);

/// A release that Helm installed, and a place to work at.
pub struct Case<'p> {
    plane: &'p ControlPlane,
    proxy: Proxy,
    desk: Desk,
    site: Site,
}

/// How the process ended.
pub struct Ended {
    /// `None` where the signal itself ended it.
    pub code: Option<i32>,
    /// Everything it printed.
    pub said: String,
}

fn is_step(seen: &Seen) -> bool {
    seen.writes() || seen.watches()
}

impl<'p> Case<'p> {
    pub async fn new(plane: &'p ControlPlane) -> Case<'p> {
        let namespace = plane.name("signal");
        let chart = chart().display().to_string();
        let install = [
            "install",
            "shop",
            &chart,
            "-n",
            &namespace,
            "--create-namespace",
        ];
        block_in_place(|| plane.helm4(&install));
        let proxy = Proxy::start(plane).await;
        let site = Site::through(&plane.kubeconfig(), &namespace, Policy::default()).await;
        let desk = Desk::new();
        let text = format!(
            "all:\n  vars:\n    cluster: {{context: test, kubeconfig: {}}}\n    release: {{name: shop, chart: {chart}, \
             values: {{message: b}}}}\n  children:\n    clients:\n      hosts: {{{namespace}: }}\n",
            proxy.kubeconfig().display()
        );
        std::fs::write(desk.path("hosts.yml"), text).unwrap();
        Case {
            plane,
            proxy,
            desk,
            site,
        }
    }

    /// Runs it undisturbed; what each step was.
    pub async fn steps(&self) -> Vec<String> {
        let ended = end(self.start(&[])).await;
        assert_eq!(ended.code, Some(0), "{}", ended.said);
        let steps = self.proxy.seen();
        let steps = steps.iter().filter(|seen| is_step(seen));
        steps.map(|seen| self.named(seen)).collect()
    }

    fn named(&self, seen: &Seen) -> String {
        let path = seen.path.split('?').next().unwrap_or_default();
        let path = path.replace(&self.site.namespace, "NS");
        let short = path.rsplit("/NS/").next().unwrap_or(&path);
        match seen.watches() {
            true => format!("WATCH {short}"),
            false => format!("{} {short}", seen.method),
        }
    }

    /// Runs it, and sends the signals while step `at` is held.
    pub async fn shoot(&self, at: usize, shot: Shot) -> Ended {
        let (reached, go) = self.hold(at);
        let child = self.start(&[]);
        let pid = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
        let ended = tokio::spawn(end(child));
        wait(reached).await;
        let (first, second) = match shot {
            Shot::Term => (Signal::TERM, None),
            Shot::TwoTerms => (Signal::TERM, Some(Signal::TERM)),
            Shot::Interrupt => (Signal::INT, None),
            Shot::HangUp => (Signal::HUP, None),
            Shot::Kill => (Signal::KILL, None),
        };
        if kill_process(pid, first).is_err() {
            let ended = ended.await.unwrap();
            panic!("step {at}, {shot:?}: it ended by itself: {}", ended.said);
        }
        tokio::time::sleep(PAUSE).await;
        if let Some(second) = second {
            // The first one may have been enough.
            let _ = kill_process(pid, second);
            tokio::time::sleep(PAUSE).await;
        }
        go.send_replace(true);
        ended.await.unwrap()
    }

    /// Runs it as the child of a shell, and kills the shell while step `at` is held.
    pub async fn orphan(&self, at: usize) -> String {
        let (reached, go) = self.hold(at);
        let mut shell = self.start(&["sh", "-c", "\"$@\"; :", "sh"]);
        wait(reached).await;
        shell.kill().await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        go.send_replace(true);
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let run = self.run();
            if let Some(ended) = run.ended {
                return format!("{ended} {:?}", run.stopped);
            }
            assert!(tokio::time::Instant::now() < deadline, "it hangs");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Runs it as PID 1 of a namespace, and stops it while step `at` is held.
    pub async fn contained(&self, at: usize) -> Option<Ended> {
        let unshare = [
            "unshare",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child=TERM",
        ];
        let tried = Command::new(unshare[0])
            .args(&unshare[1..])
            .arg("true")
            .status();
        if !tried.await.is_ok_and(|status| status.success()) {
            return None;
        }
        let (reached, go) = self.hold(at);
        let child = self.start(&unshare);
        let children = format!("/proc/{0}/task/{0}/children", child.id().unwrap());
        let ended = tokio::spawn(end(child));
        wait(reached).await;
        let first = std::fs::read_to_string(children).unwrap();
        let first: i32 = first.trim().parse().unwrap();
        kill_process(Pid::from_raw(first).unwrap(), Signal::TERM).unwrap();
        tokio::time::sleep(PAUSE).await;
        go.send_replace(true);
        Some(ended.await.unwrap())
    }

    /// The proxy will hold step `at` and whatever comes after it, so that nothing ends meanwhile:
    /// first it says that the step came, then all wait for a word.
    fn hold(&self, at: usize) -> (watch::Receiver<bool>, watch::Sender<bool>) {
        let (came, reached) = watch::channel(false);
        let (go, waits) = watch::channel(false);
        let count = AtomicUsize::new(0);
        self.proxy.script(move |seen| {
            if !is_step(seen) || count.fetch_add(1, Ordering::Relaxed) < at {
                return Act::Pass;
            }
            came.send_replace(true);
            Act::Hold(waits.clone())
        });
        (reached, go)
    }

    fn start(&self, wrapper: &[&str]) -> Child {
        let program = env!("CARGO_BIN_EXE_rollbook");
        let hosts = self.desk.arg("hosts.yml");
        let words = [
            wrapper,
            &[program, "apply", "-i", &hosts, "-y", "--grace", "30s"],
        ]
        .concat();
        let mut command = self.desk.command(words[0]);
        command.args(&words[1..]);
        Command::from(command).spawn().unwrap()
    }

    /// `1 superseded, 2 deployed`.
    pub async fn history(&self) -> String {
        self.site.history().await
    }

    pub async fn message(&self) -> String {
        self.site.message().await
    }

    /// Who holds the target.
    pub async fn leases(&self) -> Vec<String> {
        let gvk = Gvk::new("coordination.k8s.io/v1", "Lease");
        let leases = self
            .site
            .cluster
            .list(&gvk, Some(&self.site.namespace), None);
        let leases = leases.await.unwrap().into_iter();
        leases
            .map(|lease| lease["spec"]["holderIdentity"].to_string())
            .collect()
    }

    /// How often the hook's Job was created.
    pub fn hooks_created(&self) -> usize {
        let seen = self.proxy.seen();
        seen.iter()
            .filter(|seen| seen.method == "POST" && seen.path.contains("/jobs"))
            .count()
    }

    /// The one run that there is.
    fn run(&self) -> journal::Run {
        let state = self.desk.path("state");
        let runs = journal::list(&state);
        let [run] = runs.as_slice() else {
            panic!("{} runs", runs.len());
        };
        journal::Run::read(&state, run).unwrap()
    }

    /// Whatever was begun was ended.
    pub fn check_journal(&self, what: &str) {
        let run = self.run();
        assert!(run.ended.is_some(), "{what}: the journal does not end");
        let open = run.touched.iter().filter(|touched| touched.after.is_none());
        assert_eq!(open.count(), 0, "{what}: a target was begun and not ended");
    }

    /// Goes on with the run.
    pub fn resume(&self) -> String {
        self.proxy.script(|_| Act::Pass);
        let run = self.run();
        let said = block_in_place(|| self.desk.rollbook(["resume", run.id.as_str()]));
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        said.out + &said.err
    }

    /// Real Helm needs no help.
    pub fn helm_upgrade(&self, what: &str) {
        let chart = chart().display().to_string();
        let namespace = &self.site.namespace;
        let set = "message=helm";
        let upgrade = ["upgrade", "shop", &chart, "-n", namespace, "--set", set];
        let said = block_in_place(|| match what.len() % 2 {
            0 => self.plane.helm3(&upgrade),
            _ => self.plane.helm4(&upgrade),
        });
        assert!(said.contains("STATUS: deployed"), "{what}: {said}");
    }
}

async fn wait(mut reached: watch::Receiver<bool>) {
    let came = tokio::time::timeout(PATIENCE, reached.wait_for(|came| *came)).await;
    came.expect("the run comes to the step").unwrap();
}

async fn end(child: Child) -> Ended {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.expect("it ends").unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
    Ended {
        code: output.status.code(),
        said: format!("{out}{err}"),
    }
}
