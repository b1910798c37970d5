//! A real control plane for tests. The main type here is [`ControlPlane`].
//!
//! One is started per test run, on free loopback ports, and shared by all tests; each test takes
//! a fresh namespace. It ends with this process, however that ends: `hold.sh` waits for the
//! other end of a pipe. Where Go or the binaries are missing, tests are skipped by name; with
//! `CI=true` that is a failure.

mod access;
mod audit;

pub use audit::Request;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running control plane.
pub struct ControlPlane {
    bin: PathBuf,
    run: PathBuf,
    /// Holds the pipe that keeps the control plane alive.
    _holder: Child,
    namespaces: AtomicU32,
}

/// The control plane of this test run, or `None` (and a line that names the test) without one.
pub fn require() -> Option<&'static ControlPlane> {
    static SHARED: OnceLock<Result<ControlPlane, String>> = OnceLock::new();
    match SHARED.get_or_init(ControlPlane::start) {
        Ok(plane) => Some(plane),
        Err(why) => {
            skip(why);
            None
        }
    }
}

/// Names the running test as skipped; fails it where `CI=true` says that nothing may be missing.
fn skip(why: &str) {
    let thread = std::thread::current();
    let line = format!("skipped: {}: {why}\n", thread.name().unwrap_or("a test"));
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{line}");
    // Not `eprintln!`: libtest would hide it, and a skipped test must be seen.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

fn recipe(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/controlplane")
        .join(script)
}

impl ControlPlane {
    fn start() -> Result<ControlPlane, String> {
        let bin = binaries()?;
        let run = tempfile::Builder::new().prefix("rollbook-plane-").tempdir();
        let run = run.map_err(|e| e.to_string())?.keep();
        let mut holder = Command::new("setsid")
            .arg(recipe("hold.sh"))
            .env("BIN", &bin)
            .env("RUN", &run)
            .env("AUDIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("hold.sh: {e}"))?;
        let mut line = String::new();
        if let Some(out) = holder.stdout.take() {
            let _ = BufReader::new(out).read_line(&mut line);
        }
        if line.trim().is_empty() {
            return Err("the control plane did not start".to_owned());
        }
        Ok(ControlPlane {
            bin,
            run,
            _holder: holder,
            namespaces: AtomicU32::new(0),
        })
    }

    /// The administrator's kubeconfig; its one context is `test`.
    pub fn kubeconfig(&self) -> PathBuf {
        self.run.join("kubeconfig")
    }

    /// A fresh namespace, made now.
    pub fn namespace(&self, stem: &str) -> String {
        let name = self.name(stem);
        self.kubectl(&["create", "namespace", &name]);
        name
    }

    /// A name for a namespace that does not exist yet.
    pub fn name(&self, stem: &str) -> String {
        format!("{stem}-{}", self.namespaces.fetch_add(1, Ordering::Relaxed))
    }

    /// `kubectl` as the administrator; the test fails where it fails.
    pub fn kubectl(&self, args: &[&str]) -> String {
        succeed(self.command("kubectl").args(args), "")
    }

    /// As [`ControlPlane::kubectl`], with `input` on stdin.
    pub fn kubectl_with(&self, args: &[&str], input: &str) -> String {
        succeed(self.command("kubectl").args(args), input)
    }

    /// Real Helm 3; the test fails where it fails.
    pub fn helm3(&self, args: &[&str]) -> String {
        succeed(self.command("helm3").args(args), "")
    }

    /// Real Helm 4; the test fails where it fails.
    pub fn helm4(&self, args: &[&str]) -> String {
        succeed(self.command("helm4").args(args), "")
    }

    /// One of the binaries with the administrator's kubeconfig and nothing of this machine's.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command
            .env("KUBECONFIG", self.kubeconfig())
            .env("HOME", &self.run)
            .env_remove("HELM_DRIVER")
            .env_remove("HELM_NAMESPACE");
        command
    }
}

/// The directory of the binaries; builds what is missing where Go is present.
fn binaries() -> Result<PathBuf, String> {
    let built = Command::new(recipe("ensure.sh"))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("ensure.sh: {e}"))?;
    if !built.status.success() {
        return Err("no control plane: install Go, or set KUBEBUILDER_ASSETS".to_owned());
    }
    Ok(String::from_utf8_lossy(&built.stdout).trim().into())
}

fn succeed(command: &mut Command, input: &str) -> String {
    let output = feed(command, input);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn feed(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a built binary starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    stdin.write_all(input.as_bytes()).expect("it reads stdin");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[test]
fn starts_and_runs_both_helms() {
    let Some(plane) = require() else { return };
    assert!(plane.helm3(&["version", "--short"]).starts_with("v3.21.4"));
    assert!(plane.helm4(&["version", "--short"]).starts_with("v4.3.1"));
    let namespace = plane.namespace("plane");
    let made = plane.kubectl(&["get", "namespace", &namespace, "-o", "name"]);
    assert_eq!(made.trim(), format!("namespace/{namespace}"));
}
