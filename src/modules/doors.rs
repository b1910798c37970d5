//! The ways to the outside that modules use. The main types here are [`Doors`] and [`Releases`].
//!
//! The real ones are put together by `cli`; tests put doubles in their place, so the executor is
//! tested without a cluster, a terminal or a clock.

use super::Scope;
use crate::cluster::View;
use crate::diag::Diagnostic;
use crate::event::Sink;
use crate::journal::Journal;
use crate::pipeline::Desired;
use crate::plan::{Identity, ReleasePlan, TargetPlan};
use crate::release::{ClusterRef, Rollout, TargetSpec};
use crate::terminal::{Halt, Prompter, Reply};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What modules may use.
#[derive(Clone, Copy)]
pub struct Doors<'a> {
    /// Releases on clusters.
    pub releases: &'a dyn Releases,
    /// The terminal.
    pub prompter: &'a dyn Prompter,
    /// Time that passes.
    pub clock: &'a dyn Clock,
    /// Where events go.
    pub sink: &'a dyn Sink,
    /// The journal of the run; a check has none.
    pub journal: Option<&'a Journal>,
    /// Whether the run is to end.
    pub halt: &'a Halt,
    /// Answers that are known.
    pub answers: &'a Answers,
}

/// Releases on clusters: `pipeline` and `deploy`, as the modules see them.
#[async_trait]
pub trait Releases: Send + Sync {
    /// What the inventory says of a target.
    fn spec(&self, target: &Arc<str>, scope: &Scope) -> Result<TargetSpec, Diagnostic>;

    /// Which cluster this is.
    async fn identity(&self, cluster: &ClusterRef) -> Result<Arc<Identity>, Diagnostic>;

    /// Plans a set of targets at once: one result per desired, in order. The plan of a `check` is
    /// made on what its gates read.
    async fn plan_all(
        &self,
        desired: &[Desired],
        check: bool,
    ) -> Vec<Result<ReleasePlan, Diagnostic>>;

    /// Reads what is live of the targets of a wave before the first of them is written to: one
    /// list for all of them. `None` where it could not be read: the target then reads for itself.
    async fn see(&self, plans: &[&TargetPlan]) -> Vec<Option<Arc<View>>> {
        plans.iter().map(|_| None).collect()
    }

    /// Does what the plan says of one target.
    async fn deploy(
        &self,
        target: &TargetPlan,
        terms: &Terms,
        doors: &Doors<'_>,
        progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic>;

    /// Reads what is live, of a set of targets at once: one result per wanted, in order.
    async fn look(&self, wanted: &[Wanted], check: bool) -> Vec<Result<Look, Diagnostic>>;
}

/// How a plan is applied.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Waits, limits, and what is done on failure.
    pub rollout: Rollout,
    /// What is live, read for the whole wave.
    pub view: Option<Arc<View>>,
}

/// A release that was rolled out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// The revision that is live now; 0 after an uninstall.
    pub revision: u32,
    /// Something was written; false where this run had done it before.
    pub changed: bool,
    /// What went wrong beside the point.
    pub warnings: Vec<Diagnostic>,
    /// Objects that did not become what was predicted, and in what.
    pub strays: Vec<String>,
}

/// A target to look at.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What the inventory says of it.
    pub spec: TargetSpec,
    /// Objects to read besides: `{kind, api_version, name, label_selector}`.
    pub resources: Vec<Value>,
}

/// What is live: the variable `live`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Look {
    /// Whether the namespace exists.
    pub exists: bool,
    /// The release's chart version; empty where there is no release.
    pub version: String,
    /// The release's chart.
    pub chart: String,
    /// The release's status; empty where there is none.
    pub status: String,
    /// The revision; 0 where there is none.
    pub revision: u32,
    /// What is known of the writer of a revision that is pending; empty where none is.
    pub pending: String,
    /// The namespace's labels.
    pub labels: BTreeMap<String, String>,
    /// The namespace's annotations.
    pub annotations: BTreeMap<String, String>,
    /// The objects that were asked for.
    pub objects: Vec<Value>,
}

/// Time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Waits.
    async fn sleep(&self, time: Duration);
}

/// The time that really passes.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealClock;

#[async_trait]
impl Clock for RealClock {
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Answers that were given with the command line, or earlier in the run.
#[derive(Debug, Default)]
pub struct Answers {
    /// `-e no_interactive=True`, `-y`: yes to the question of the run.
    pub no_interactive: bool,
    /// `-e interactive_<id>=False`: these prompts take their default.
    pub silenced: BTreeSet<String>,
    /// `--answers FILE`: id → answer.
    pub file: BTreeMap<String, String>,
    given: Mutex<BTreeMap<String, Reply>>,
}

impl Answers {
    /// What was answered to this prompt earlier in the run.
    pub fn given(&self, id: &str) -> Option<Reply> {
        self.given
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .copied()
    }

    /// Keeps an answer for the rest of the run.
    pub fn keep(&self, id: &str, reply: Reply) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.insert(id.to_owned(), reply);
    }
}
