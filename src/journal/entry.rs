//! The lines of a journal. The main type here is [`Entry`].

use crate::manifest::ObjectId;
use crate::release::ClosingStep;
use crate::sensitive::Veil;
use serde::{Deserialize, Serialize};

/// One line, with the time it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    /// RFC 3339, UTC.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Entry {
    /// The run begins.
    Started(Opened),
    /// The run goes on after it was stopped or killed.
    Resumed {
        /// Who goes on: `maria@bastion-2`.
        by: String,
        /// Their process.
        #[serde(default)]
        process: String,
    },
    /// A target is about to be written to.
    Touching(Reached),
    /// A target is about to take a step.
    Step {
        /// The inventory name.
        target: String,
        /// The step.
        #[serde(flatten)]
        step: Step,
    },
    /// A target is done with.
    Touched(Left),
    /// A task is about to set what must be put back.
    Opening(ClosingStep),
    /// It was put back, or need not be any more.
    Closed {
        /// The inventory name.
        target: String,
        /// The UID of the cluster's namespace `kube-system`.
        cluster: String,
        /// The object.
        object: ObjectId,
        /// How.
        how: String,
    },
    /// It could not be put back.
    LeftOpen {
        /// The inventory name.
        target: String,
        /// The object.
        object: ObjectId,
        /// Why.
        why: String,
    },
    /// A target is through with the playbook, and no task was about its release.
    Through {
        /// The inventory name.
        target: String,
    },
    /// A target was not written to, or not to its end.
    Passed {
        /// The inventory name.
        target: String,
        /// Why.
        why: String,
    },
    /// Somebody asked the run to end.
    Stopping {
        /// Who or what.
        why: String,
    },
    /// The run is over; the texts say why it stopped early, if it did.
    Ended {
        /// Why it stopped before its end.
        stopped: Option<String>,
    },
}

impl Entry {
    /// Takes secrets out of what others said. Names are kept: by them a run is gone on with.
    pub(super) fn veil(&mut self, veil: &Veil) {
        let said = match self {
            Entry::Touched(left) => left.error.as_mut(),
            Entry::Passed { why, .. } | Entry::Stopping { why } => Some(why),
            Entry::LeftOpen { why, .. } => Some(why),
            Entry::Ended { stopped } => stopped.as_mut(),
            Entry::Started(_)
            | Entry::Resumed { .. }
            | Entry::Touching(_)
            | Entry::Step { .. }
            | Entry::Opening(_)
            | Entry::Closed { .. }
            | Entry::Through { .. } => None,
        };
        if let Some(said) = said {
            *said = veil.hide(said).into_owned();
        }
    }
}

/// What a target is about to do. A journal that ends with one says where the run was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Takes the lease.
    Lock,
    /// Makes the namespace.
    Namespace,
    /// Marks a revision failed whose writer is gone.
    Recover {
        /// That revision.
        revision: u32,
    },
    /// Keeps the saved state.
    Save,
    /// Opens a release record as `pending-…`.
    Open {
        /// The new revision.
        revision: u32,
    },
    /// Creates a definition of custom resources.
    Define {
        /// The definition.
        object: String,
    },
    /// Creates a hook and waits for its end.
    Hook {
        /// The event: `pre-upgrade`, …
        on: String,
        /// The hook.
        object: String,
    },
    /// Deletes hooks by their policy.
    Discard {
        /// The event they ran for.
        on: String,
    },
    /// Moves ownership to server-side apply.
    Migrate {
        /// How many objects.
        objects: usize,
    },
    /// Writes one object of the release.
    Write {
        /// The object.
        object: String,
        /// `create`, `update`, `replace` or `delete`.
        action: String,
    },
    /// Waits until all is ready.
    Wait,
    /// Goes back to the revision before, because the new one failed.
    RollBack,
    /// Closes the release record.
    Close {
        /// The revision.
        revision: u32,
        /// Its status from now on.
        status: String,
    },
    /// Gives the lease back.
    Unlock,
}

/// What a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The whole id.
    pub run: String,
    /// `update` or `backout`.
    pub operation: String,
    /// The play's name.
    pub title: String,
    /// Who runs it: `maria@bastion-2`.
    pub by: String,
    /// `--reason`.
    pub reason: Option<String>,
    /// The inventory sources as typed.
    pub inventory: Vec<String>,
    /// The playbook as typed.
    pub playbook: String,
    /// The limit as typed.
    pub limit: Option<String>,
    /// The plan that is applied, by its digest.
    pub plan: Option<String>,
    /// The version of rollbook.
    pub version: String,
    /// The process, by which another one on that machine can tell whether it lives.
    #[serde(default)]
    pub process: String,
    /// The targets that change, in the order of the plan.
    #[serde(default)]
    pub targets: Vec<String>,
}

/// A target before the first write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The inventory name.
    pub target: String,
    /// The namespace.
    pub namespace: String,
    /// The UID of the cluster's namespace `kube-system`.
    pub cluster: String,
    /// The release.
    pub release: String,
    /// The revision that was live; 0 where there was none.
    pub revision: u32,
    /// The chart that was live, `web-2.4.1`.
    pub chart: Option<String>,
}

/// A target after the last write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The inventory name.
    pub target: String,
    /// The release, as in [`Reached`].
    pub release: String,
    /// The revision that is live now; `None` where that is not known.
    pub revision: Option<u32>,
    /// The chart that is live now.
    pub chart: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Lock => f.write_str("take the lease"),
            Step::Namespace => f.write_str("create the namespace"),
            Step::Recover { revision } => {
                write!(f, "mark revision {revision} failed: its writer is gone")
            }
            Step::Save => f.write_str("save the state"),
            Step::Open { revision } => write!(f, "open revision {revision}"),
            Step::Define { object } => write!(f, "define {object}"),
            Step::Hook { on, object } => write!(f, "hook {on} {object}"),
            Step::Discard { on } => write!(f, "delete hooks of {on}"),
            Step::Migrate { objects } => write!(f, "move ownership of {objects} objects"),
            Step::Write { object, action } => write!(f, "{action} {object}"),
            Step::Wait => f.write_str("wait until all is ready"),
            Step::RollBack => f.write_str("roll back"),
            Step::Close { revision, status } => write!(f, "close revision {revision} as {status}"),
            Step::Unlock => f.write_str("give the lease back"),
        }
    }
}
