//! Everything that can be told about a run. The main type here is [`Event`].
//!
//! The executor only emits events, reporters only consume them; the recap is folded from the very
//! events that the log showed, so it can't disagree with it.

use crate::diag::Diagnostic;
use crate::plan::{GateResult, Plan};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A run begins.
    RunStarted {
        /// The id: `20260312-2204-7k2f`.
        run: Arc<str>,
        /// Check mode: nothing is written.
        check: bool,
    },
    /// The check pass is over and this is its plan.
    Planned(Arc<Plan>),
    /// A play begins on a wave of targets.
    PlayStarted {
        /// The play's name.
        play: Arc<str>,
        /// The wave, from 1.
        wave: usize,
        /// How many waves.
        waves: usize,
        /// The targets of the wave.
        targets: Vec<Arc<str>>,
    },
    /// A task begins.
    TaskStarted {
        /// The task's name, or its module's.
        task: Arc<str>,
        /// It is a handler.
        handler: bool,
    },
    /// A task ended on a target.
    TaskEnded {
        /// The target.
        target: Arc<str>,
        /// The task's name.
        task: Arc<str>,
        /// How.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
    },
    /// A gate was evaluated on a target.
    Gate {
        /// The target.
        target: Arc<str>,
        /// The result.
        result: GateResult,
    },
    /// Something moves inside a task: a hook runs, an object is waited for.
    Progress {
        /// The target.
        target: Arc<str>,
        /// What, in one line.
        text: String,
    },
    /// A warning that belongs to no task.
    Warning(Diagnostic),
    /// The run stops early, with the reason (`2 of 6 failed = 33 % > 20 %`).
    Stopping {
        /// Why.
        why: String,
    },
    /// The run is over.
    RunEnded {
        /// How long it took.
        took: Duration,
        /// Requests that were sent, where counted.
        requests: Option<u64>,
    },
}

/// How a task ended on a target.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The status.
    pub status: Status,
    /// The result that `register` keeps, masked.
    pub result: Value,
    /// The item of a loop.
    pub item: Option<String>,
    /// A diff to show (`--diff`), masked.
    pub diff: Option<String>,
    /// What went wrong.
    pub error: Option<Diagnostic>,
}

/// The status words of Ansible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing to do.
    Ok,
    /// Done, something changed (or would, in check mode).
    Changed,
    /// Left out.
    Skipped,
    /// Failed.
    Failed,
    /// Failed, and `ignore_errors` says go on.
    Ignored,
    /// The cluster did not answer.
    Unreachable,
}

/// Where events go.
pub trait Sink: Send + Sync {
    /// Takes one event. Must not block on a terminal for long.
    fn emit(&self, event: Event);
}
