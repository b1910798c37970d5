//! How a run ends: kinds of faults, exit codes, and where they are printed.
//!
//! Whose fault it is decides. What all targets share (flags, inventory, playbook, patterns, vault)
//! is read before the first task: its faults are told together and end the program, 1. What is
//! said of single targets (their variables, chart, values, namespace) is a fault of these targets:
//! it is told once, the others go on. While nothing was written (`plan`, `preview`, the plan that
//! `apply` shows) that is 1 too, for 1 promises that nothing was changed; a run leaves such a
//! target out (refused, 5), and one whose fault shows only then has failed (2). Of several the
//! gravest counts: what is open (5), 4, 2, 1, what was refused (5). Where no target could be
//! planned, the faults are all that is printed.

use crate::diag::{Diagnostics, Kind, Severity};
use crate::executor::Ended;
use crate::report::{self, Look};
use crate::sensitive::Known;
use crate::terminal::Cause;
use std::io::Write;
use std::process::ExitCode;

/// The exit codes, documented once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: an input error, or a "no" at the question; nothing was changed. Usage errors too.
    Input,
    /// 2: targets failed.
    Failed,
    /// 3: changes are pending (`plan --detailed-exitcode`, `preview`).
    Changes,
    /// 4: a cluster did not answer.
    Unreachable,
    /// 5: ended in order, but something was refused or is still open.
    Open,
    /// 128 and the number of the signal that ended the run in order: 130 for Ctrl-C, 143 for SIGTERM.
    Signal(u8),
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Input => 1,
            Exit::Failed => 2,
            Exit::Changes => 3,
            Exit::Unreachable => 4,
            Exit::Open => 5,
            Exit::Signal(number) => 128 + number,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Exit {
        match kind {
            Kind::Input | Kind::Internal => Exit::Input,
            Kind::Failed => Exit::Failed,
            Kind::Unreachable => Exit::Unreachable,
            Kind::Refused | Kind::Open => Exit::Open,
        }
    }
}

impl Exit {
    /// How the program ends after a check or (`wrote`) a run. What is still open counts more than
    /// the signal that ended it, for somebody has to look.
    pub fn of_run(ended: &Ended, wrote: bool) -> Exit {
        let signal = ended.asked.as_ref().and_then(Cause::signal);
        match (ended.worst(), signal) {
            (Some(Kind::Open), _) => Exit::Open,
            (_, Some(signal)) => Exit::Signal(signal),
            (None, None) if ended.asked.is_some() => Exit::Open,
            (Some(Kind::Input), None) if wrote => Exit::Failed,
            (worst, None) => worst.map_or(Exit::Done, Exit::from),
        }
    }
}

/// Prints the faults on stderr, last of all, and says how the program ends.
pub fn report(faults: &Diagnostics, look: &Look) -> Exit {
    look.err(&report::faults(faults));
    exit_of(faults)
}

/// The gravest of the faults counts.
pub fn exit_of(faults: &Diagnostics) -> Exit {
    let errors = faults.0.iter().filter(|d| d.severity == Severity::Error);
    let gravity = |kind: &Kind| match kind {
        Kind::Open => 4,
        Kind::Unreachable => 3,
        Kind::Failed => 2,
        Kind::Input | Kind::Internal => 1,
        Kind::Refused => 0,
    };
    let gravest = errors.map(|fault| fault.kind).max_by_key(gravity);
    gravest.map_or(Exit::Done, Exit::from)
}

/// clap's own answer: help and version are no errors.
pub fn usage(error: &clap::Error) -> ExitCode {
    // The terminal may be gone; there is nobody left to tell.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Input
    } else {
        Exit::Done
    }
    .into()
}

/// Logs go to stderr: `-vvv` shows each API request, `RUST_LOG` overrides. What is `known` to be
/// secret is taken out.
pub fn start_tracing(verbose: u8, known: Known) {
    let asked = tracing_subscriber::EnvFilter::try_from_default_env();
    if asked.is_err() && verbose < 3 {
        return;
    }
    let filter = asked.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("rollbook=debug"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Log(known.clone()))
        .with_target(false)
        .init();
}

/// stderr, for whole lines of a log.
struct Log(Known);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        std::io::stderr().write_all(self.0.veil().hide(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
