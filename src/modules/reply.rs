//! What a module says of one target. The main type here is [`Reply`].

use crate::diag::Diagnostic;
use crate::plan::{GateResult, Step, TargetPlan};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The result of a task on a target.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Something was changed, or would be in check mode.
    pub changed: bool,
    /// It was left out, with the reason.
    pub skipped: Option<String>,
    /// It failed, could not be reached or was refused: the kind says which.
    pub error: Option<Diagnostic>,
    /// What `register` keeps beside the usual keys, masked.
    pub result: Map<String, Value>,
    /// Variables for the tasks that follow.
    pub facts: Map<String, Value>,
    /// A diff to show, masked.
    pub diff: Option<String>,
    /// What a plan should list of it.
    pub steps: Vec<Step>,
    /// The gate that was evaluated.
    pub gate: Option<GateResult>,
    /// What was planned of the target's release, and for which cluster.
    pub planned: Option<Arc<TargetPlan>>,
    /// How the target goes on.
    pub then: Then,
}

/// How the play goes on after a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Then {
    /// With the next task.
    #[default]
    GoOn,
    /// The target takes no further part in the run.
    Leave {
        /// The gate that says so.
        gate: Arc<str>,
        /// Why.
        why: String,
        /// It belongs into the list of errors.
        refused: bool,
    },
    /// The target takes no further part in this play.
    EndHost,
    /// The wave ends, without its handlers.
    EndBatch,
    /// The play ends, without its handlers.
    EndPlay,
    /// The handlers that were notified run now.
    FlushHandlers,
    /// The run ends because somebody said so.
    Decline {
        /// What was answered to which question.
        why: String,
    },
}

impl Reply {
    /// It went well and nothing changed.
    pub fn ok() -> Reply {
        Reply::default()
    }

    /// It went wrong.
    pub fn failed(error: Diagnostic) -> Reply {
        Reply {
            error: Some(error),
            ..Reply::default()
        }
    }

    /// It was left out.
    pub fn skipped(why: impl Into<String>) -> Reply {
        Reply {
            skipped: Some(why.into()),
            ..Reply::default()
        }
    }

    /// Adds a key of the result.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Reply {
        self.result.insert(key.to_owned(), value.into());
        self
    }

    /// Says how the play goes on.
    #[must_use]
    pub fn then(mut self, then: Then) -> Reply {
        self.then = then;
        self
    }
}

impl From<Result<Reply, Diagnostic>> for Reply {
    fn from(result: Result<Reply, Diagnostic>) -> Reply {
        result.unwrap_or_else(Reply::failed)
    }
}
