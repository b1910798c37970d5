//! The ways to the outside that modules use. The main types here are [`Doors`], [`Releases`] and
//! [`Workloads`].
//!
//! The real ones are put together by `cli`; tests put doubles in their place, so the executor is
//! tested without a cluster, a terminal or a clock.

use super::Scope;
use crate::cluster::View;
use crate::deploy::{Place, Workload};
use crate::diag::Diagnostic;
use crate::event::{Closing, Event, Sink};
use crate::journal::{Journal, OpenSteps};
use crate::manifest::{Gvk, ObjectId};
use crate::pipeline::Desired;
use crate::plan::{Identity, ReleasePlan, TargetPlan};
use crate::release::{ClosingStep, ClusterRef, Rollout, TargetSpec};
use crate::terminal::{Halt, Prompter, Reply};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What modules may use.
#[derive(Clone, Copy)]
pub struct Doors<'a> {
    /// Releases on clusters.
    pub releases: &'a dyn Releases,
    /// Workloads on clusters.
    pub workloads: &'a dyn Workloads,
    /// What the run has set and must put back.
    pub open: &'a OpenSteps,
    /// What a check has foreseen of workloads.
    pub foreseen: &'a Foreseen,
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

/// Workloads on clusters, whose replicas tasks set.
#[async_trait]
pub trait Workloads: Send + Sync {
    /// Reads those that are meant; one that is named and not there is a fault.
    async fn find(&self, cluster: &ClusterRef, which: &Which) -> Result<Vec<Workload>, Diagnostic>;

    /// Sets the replicas of one.
    async fn scale(
        &self,
        place: &Place,
        wish: Wish<'_>,
        doors: &Doors<'_>,
        progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic>;

    /// Puts back what is open of a target.
    async fn close(&self, target: &Arc<str>, doors: &Doors<'_>);
}

/// The workloads that a task means.
#[derive(Clone, Debug)]
pub struct Which {
    /// The version to read them at.
    pub gvk: Gvk,
    /// Their namespace.
    pub namespace: Arc<str>,
    /// The one of this name, or those with these labels.
    pub by: By,
}

/// By name or by labels.
#[derive(Clone, Debug)]
pub enum By {
    /// The one of this name.
    Name(Arc<str>),
    /// All that this label selector takes.
    Labels(String),
}

/// What becomes of a workload.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The workload, as it was found.
    pub workload: &'a Workload,
    /// How many replicas it is to have.
    pub replicas: i64,
    /// What was found is put back at the target's end.
    pub opens: bool,
    /// How long to wait until it has them; `None` does not wait.
    pub wait: Option<Duration>,
}

impl Doors<'_> {
    /// Tells what became of a closing step.
    pub fn closing(&self, step: ClosingStep, stands: Closing) {
        self.sink.emit(Event::Closing {
            target: step.target.clone(),
            step: Arc::new(step),
            stands,
        });
    }
}

/// The replicas that a check would have set by now: the tasks that follow see them.
#[derive(Debug, Default)]
pub struct Foreseen {
    namespaces: Mutex<HashMap<Namespace, BTreeMap<ObjectId, Seen>>>,
}

/// A namespace of a cluster.
type Namespace = (ClusterRef, Option<Arc<str>>);

/// What a check would have done to the replicas of a workload.
#[derive(Clone, Copy, Debug)]
struct Seen {
    now: i64,
    /// A closing step would be due.
    due: bool,
}

impl Foreseen {
    /// The number by now, and whether it would be put back; `None` where nobody set it.
    pub fn of(&self, cluster: &ClusterRef, object: &ObjectId) -> Option<(i64, bool)> {
        let seen = self.seen();
        let seen = seen.get(&(cluster.clone(), object.namespace.clone()))?;
        let seen = seen.get(object)?;
        Some((seen.now, seen.due))
    }

    /// A task would set it.
    pub fn set(&self, cluster: &ClusterRef, object: &ObjectId, now: i64, due: bool) {
        let namespace = (cluster.clone(), object.namespace.clone());
        let mut seen = self.seen();
        let seen = seen.entry(namespace).or_default();
        seen.insert(object.clone(), Seen { now, due });
    }

    /// All of a namespace.
    pub fn within(&self, cluster: &ClusterRef, namespace: &Arc<str>) -> Vec<(ObjectId, i64)> {
        let seen = self.seen();
        let seen = seen.get(&(cluster.clone(), Some(namespace.clone())));
        let now = |(object, seen): (&ObjectId, &Seen)| (object.clone(), seen.now);
        seen.into_iter().flatten().map(now).collect()
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Namespace, BTreeMap<ObjectId, Seen>>> {
        self.namespaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
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
