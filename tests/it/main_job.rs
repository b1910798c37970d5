//! The main job as its users do it: plan, apply, plan, back out, plan, with the built binary.
//! The main type here is [`Desk`]: where somebody works, with a state directory of its own.

mod live;
mod recorded;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const UPDATE: &str = "playbooks/update.yml";

/// A place to work at: a directory for plans, and below it the state directory.
pub(crate) struct Desk {
    directory: tempfile::TempDir,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new() -> Desk {
        let directory = tempfile::tempdir().unwrap();
        Desk { directory }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A path on the desk, as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Runs the program from the project's root, without a terminal.
    pub fn rollbook<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_rollbook"));
        Said::of(command.args(args).output().unwrap())
    }

    /// The program, or one that starts it, at this desk.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("ROLLBOOK_STATE", self.path("state"))
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("HOME", self.path("home"))
            .env_remove("COLUMNS")
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A verb over an inventory, its other arguments separated by spaces.
    pub fn over(&self, inventory: &str, call: &str) -> Said {
        let (verb, rest) = call.split_once(' ').unwrap_or((call, ""));
        let rest = rest.split_whitespace();
        self.rollbook([verb, "-i", inventory].into_iter().chain(rest))
    }

    /// The runs that were journalled, oldest first.
    pub fn runs(&self) -> Vec<String> {
        rollbook::journal::list(&self.path("state"))
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}

impl Said {
    pub fn of(output: Output) -> Said {
        let [out, err] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
        let code = output.status.code().unwrap_or(-1);
        Said { code, out, err }
    }

    /// What it printed; the test fails where it failed. Progress goes to stderr, errors too.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        assert!(!self.err.contains("error: "), "{}", self.err);
        self.out
    }

    /// What a run told of a target that failed: from its name to the recap.
    #[track_caller]
    pub fn of_target(&self) -> &str {
        let ends = self.out.find("=> ").zip(self.out.find("\nPLAY RECAP"));
        let Some((from, to)) = ends else {
            panic!("{}{}", self.out, self.err);
        };
        &self.out[from + 3..to]
    }

    /// Its error, where it ended with this code and without a word on stdout.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!((self.code, &*self.out), (code, ""), "{}", self.err);
        self.err
    }
}

#[track_caller]
fn assert_no_changes(plan: &str) {
    assert!(plan.contains("\nPlan: no changes. "), "{plan}");
}

/// Compares with `fixtures/golden/<name>`; `INSTA_UPDATE=always` writes it.
#[track_caller]
fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/golden")
        .join(name);
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_same(
        &format!("{} (INSTA_UPDATE=always writes it)", path.display()),
        &golden,
        text,
    );
}

/// Two screens are equal; else the first line that differs is told.
#[track_caller]
fn assert_same(what: &str, wanted: &str, text: &str) {
    let both = wanted.lines().zip(text.lines());
    let at = both.take_while(|(wanted, line)| wanted == line).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_owned();
    let number = at + 1;
    assert!(
        wanted == text,
        "{what}:{number}\n  wanted: {}\n  now:    {}\n{text}",
        line(wanted),
        line(text)
    );
}
