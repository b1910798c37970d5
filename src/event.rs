//! Everything that can be told about a run. The main type here is [`Event`].
//!
//! The executor only emits events, reporters only consume them; the recap is folded from the very
//! events that the log showed ([`Recap`]), so it can't disagree with it. The events of one target
//! come in the order of its tasks; those of different targets come as they happen.

mod recap;

pub use recap::{Counts, Predicted, Recap, Totals};

use crate::diag::{Diagnostic, Location};
use crate::plan::{GateResult, Identity, Plan};
use crate::release::ClosingStep;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A run begins.
    RunStarted(Arc<Start>),
    /// The check pass is over and this is its plan.
    Planned(Arc<Plan>),
    /// A play begins on a wave of targets.
    PlayStarted(Arc<Wave>),
    /// A task begins.
    TaskStarted(Arc<TaskHead>),
    /// A task begins on a target, which may have waited for its turn.
    TargetBegan {
        /// The target.
        target: Arc<str>,
        /// The task.
        task: Arc<TaskHead>,
    },
    /// A task, or one item of its loop, ended on a target.
    TaskEnded {
        /// The target.
        target: Arc<str>,
        /// The task.
        task: Arc<TaskHead>,
        /// How.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
    },
    /// `until` is not met yet: the task is tried again.
    Retrying {
        /// The target.
        target: Arc<str>,
        /// The task.
        task: Arc<TaskHead>,
        /// How many retries are left, this one included.
        left: u32,
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
    /// What a task set must be put back, was, or can't be.
    Closing {
        /// The target.
        target: Arc<str>,
        /// What.
        step: Arc<ClosingStep>,
        /// Where it stands.
        stands: Closing,
    },
    /// A target is through with its wave, or takes no part at all.
    TargetEnded {
        /// The target.
        target: Arc<str>,
        /// How it ended.
        end: End,
        /// How long it took part.
        took: Duration,
    },
    /// A wave is over.
    WaveEnded {
        /// The wave that [`Event::PlayStarted`] told of.
        wave: Arc<Wave>,
        /// How long it took.
        took: Duration,
    },
    /// Something did not become what the plan had predicted.
    Strayed {
        /// The target.
        target: Arc<str>,
        /// What, and in what.
        what: String,
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

/// How a run begins: what the header of every screen shows.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The id: `20260312-2204-7k2f`.
    pub run: Arc<str>,
    /// Check mode: nothing is written.
    pub check: bool,
    /// The clusters that the targets live on.
    pub clusters: Vec<Arc<Identity>>,
    /// The selected targets, in the order of the inventory.
    pub targets: Vec<Arc<str>>,
    /// How many targets the inventory has.
    pub inventory_targets: usize,
    /// Who runs it: `maria@bastion-2`.
    pub by: String,
    /// `--reason`.
    pub reason: Option<String>,
    /// The file and digest of the plan that is applied.
    pub plan: Option<String>,
    /// The inventory, as it was typed: `-i` of a command to paste.
    pub inventory: Vec<String>,
    /// The sizes of the waves, as far as the plan knows them.
    pub waves: Vec<usize>,
    /// It does what a plan says.
    pub planned: bool,
}

/// A play on a wave of targets.
#[derive(Clone, Debug, Default)]
pub struct Wave {
    /// The play's name.
    pub play: Arc<str>,
    /// The wave, from 1.
    pub number: usize,
    /// How many waves the play has.
    pub of: usize,
    /// The targets of the wave.
    pub targets: Vec<Arc<str>>,
    /// How many of them may fail before the run stops; `None` where any number may.
    pub allowed: Option<usize>,
}

/// What is known of a task before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskHead {
    /// Its name, or its module's.
    pub name: Arc<str>,
    /// Its module.
    pub module: Arc<str>,
    /// It is a handler.
    pub handler: bool,
    /// Where it is written.
    pub at: Location,
}

/// How a task ended on a target.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The status.
    pub status: Status,
    /// The result that `register` keeps, masked; a censored one under `no_log`.
    pub result: Value,
    /// The item of a loop; such an outcome is told, but only the whole task's is counted.
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
    /// Failed, and a `rescue` takes over.
    Rescued,
    /// Failed, and `ignore_errors` says go on.
    Ignored,
    /// The cluster did not answer.
    Unreachable,
    /// Not done for safety: the target is not as the plan saw it, or somebody else is at work.
    Refused,
}

/// Where a closing step stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Closing {
    /// It came to be due.
    Opened,
    /// It is done, or needs no doing any more: how.
    Closed(String),
    /// It can't be done: why.
    Open(Diagnostic),
}

/// How a target ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Something was changed (or would be, in check mode).
    Changed {
        /// Objects of the release that changed.
        objects: usize,
        /// Tasks that changed something.
        tasks: usize,
    },
    /// Nothing had to be changed.
    Unchanged,
    /// Left out by a gate or by `meta: end_host`.
    Skipped {
        /// The gate's name.
        gate: Option<Arc<str>>,
        /// The reason.
        why: String,
    },
    /// Not touched, because it is not what the plan saw, or somebody else is at work.
    Refused(Diagnostic),
    /// A task failed.
    Failed(Diagnostic),
    /// Its cluster did not answer.
    Unreachable(Diagnostic),
    /// Not finished, because the run stopped; it did not fail itself.
    Stopped,
}

/// Where events go.
pub trait Sink: Send + Sync {
    /// Takes one event. Must not block on a terminal for long.
    fn emit(&self, event: Event);
}
