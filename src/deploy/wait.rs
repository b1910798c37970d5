//! Waiting: until what was changed is ready, a hook has finished, or an object has gone.
//!
//! Nothing is polled: watches keep the objects of the target up to date, and a wait looks at them
//! when they changed. It ends early on what cannot heal, and where nothing changes for too long.

mod evidence;
mod look;

use self::look::{Looked, kinds_of};
use super::fault::fault;
use super::session::Session;
use crate::cluster::{ClusterError, Follow, KindIn};
use crate::diag::{Diagnostic, Kind};
use crate::health::{self, Family, Finding, Observed, Readiness};
use crate::journal::Step;
use crate::manifest::{Gvk, ObjectId};
use crate::plan::{Action, ObjectChange};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// The longest sleep without a look: some verdicts come with time alone.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Events are read again after so long, where only they can tell what is wrong.
const EVENTS_AGAIN: Duration = Duration::from_secs(10);

/// Controllers write in bursts; one look serves for all of it.
const BURST: Duration = Duration::from_millis(20);

/// An object that is waited for.
type Awaited = (Gvk, ObjectId);

/// Until when something may take.
#[derive(Clone, Copy)]
struct Limit {
    at: Instant,
    after: Duration,
}

/// What is waited for, and in which words it did not come.
#[derive(Clone, Copy)]
struct Goal {
    reached: fn(&Value) -> Readiness,
    late: &'static str,
    failed: &'static str,
}

const READY: Goal = Goal {
    reached: health::readiness,
    late: "is not ready",
    failed: "is not ready",
};

const FINISHED: Goal = Goal {
    reached: finished,
    late: "has not finished",
    failed: "failed",
};

/// One that is not as it should be yet.
struct Pending<'l> {
    id: ObjectId,
    /// What is missing.
    why: String,
    family: Family<'l>,
    /// Why it never will be.
    findings: Vec<Finding>,
}

/// What one wait remembers.
struct Memory {
    observed: Observed,
    /// What was told last.
    told: String,
    /// The versions of all that is waited for, and since when they are the same.
    still: (Vec<String>, Instant),
    /// When the events were read last.
    events: Option<Instant>,
}

impl Session<'_> {
    /// Waits until everything that was created or changed is ready.
    pub(super) async fn wait_ready(&self) -> Result<(), Diagnostic> {
        let rollout = &self.options.rollout;
        if !rollout.waits() {
            return Ok(());
        }
        let touched = |c: &&ObjectChange| {
            !c.definition && matches!(c.action, Action::Create | Action::Update | Action::Replace)
        };
        let changes = self.release.changes.iter().filter(touched);
        let waits = |gvk: &Gvk| {
            health::is_waited_for(gvk) && (rollout.wait_for_jobs || &*gvk.kind != "Job")
        };
        let awaited = changes.filter(|c| waits(&c.gvk) && !self.was_ready(&c.id));
        let awaited: Vec<Awaited> = awaited.map(|c| (c.gvk.clone(), c.id.clone())).collect();
        if awaited.is_empty() {
            return Ok(());
        }
        self.step(Step::Wait);
        self.wait_for(&awaited, READY).await
    }

    /// Waits until these definitions are established.
    pub(super) async fn wait_established(&self, defined: &[Awaited]) -> Result<(), Diagnostic> {
        self.wait_for(defined, READY).await
    }

    /// Waits until a workload has the replicas that it should have.
    pub(super) async fn wait_scaled(&self, gvk: &Gvk, id: &ObjectId) -> Result<(), Diagnostic> {
        self.wait_for(&[(gvk.clone(), id.clone())], READY).await
    }

    /// Waits until the API server serves a kind: a moment after its definition is established.
    pub(super) async fn wait_served(&self, gvk: &Gvk) -> Result<(), Diagnostic> {
        let limit = self.limit();
        let nobody = ObjectId {
            group: gvk.group.clone(),
            kind: gvk.kind.clone(),
            namespace: Some(self.target.namespace.clone()),
            name: "nobody".into(),
        };
        while let Err(ClusterError::NotFound(why)) = self.ways.cluster.get(gvk, &nobody).await {
            if limit.is_over() {
                return Err(limit.missed(&format!("{why}: it is not served")));
            }
            tokio::time::sleep(BURST).await;
        }
        Ok(())
    }

    /// Waits until a hook has run: Jobs and Pods to their end, other kinds not at all.
    pub(super) async fn wait_finished(&self, gvk: &Gvk, id: &ObjectId) -> Result<(), Diagnostic> {
        match &*gvk.kind {
            "Job" | "Pod" => self.wait_for(&[(gvk.clone(), id.clone())], FINISHED).await,
            _ => Ok(()),
        }
    }

    /// Waits until an object has gone.
    pub(super) async fn wait_gone(&self, gvk: &Gvk, id: &ObjectId) -> Result<(), Diagnostic> {
        let live = self.ways.cluster.get(gvk, id).await;
        if live.map_err(|e| fault(id, e))?.is_none() {
            return Ok(());
        }
        let kind = KindIn {
            gvk: gvk.clone(),
            namespace: id.namespace.clone(),
        };
        let (mut follow, limit) = (
            self.follow(std::slice::from_ref(&kind)).await?,
            self.limit(),
        );
        loop {
            let objects = follow.objects().await.map_err(|e| fault(id, e))?;
            let named = |object: &Value| object["metadata"]["name"] == *id.name;
            if !objects.iter().flatten().any(|object| named(object)) {
                return Ok(());
            }
            if limit.is_over() {
                return Err(limit.missed(&format!("{id} is still being deleted")));
            }
            limit.sleep(&mut *follow).await;
        }
    }

    async fn wait_for(&self, awaited: &[Awaited], goal: Goal) -> Result<(), Diagnostic> {
        let kinds = kinds_of(awaited);
        let mut follow = self.follow(&kinds).await?;
        let mut looked = Looked::new(kinds);
        let (mut memory, limit) = (Memory::new(self.now()), self.limit());
        loop {
            let objects = follow.objects().await.map_err(|e| fault("waiting", e))?;
            looked.take(objects);
            memory.observed.see(looked.pods(), self.now());
            let needs_events = {
                let pending = self.pending(awaited, &looked, goal, &memory.observed)?;
                if pending.is_empty() {
                    return Ok(());
                }
                if let Some(end) = self.end(&pending, goal, limit, &mut memory) {
                    return Err(self.prove(end, &pending).await);
                }
                self.tell_once(&pending, &mut memory);
                pending.iter().any(|p| health::needs_events(&p.family))
            };
            limit.sleep(&mut *follow).await;
            if needs_events && memory.events_are_old() {
                looked.events = self.events().await.unwrap_or_default();
            }
        }
    }

    /// What is not ready yet, with what is known to be wrong.
    fn pending<'l>(
        &self,
        awaited: &[Awaited],
        looked: &'l Looked,
        goal: Goal,
        observed: &Observed,
    ) -> Result<Vec<Pending<'l>>, Diagnostic> {
        let mut pending = Vec::new();
        for (gvk, id) in awaited {
            let object = looked.find(gvk, id).ok_or_else(|| gone(id))?;
            let (why, failed) = match (goal.reached)(object) {
                Readiness::Ready => continue,
                Readiness::Waiting(why) => (why, false),
                Readiness::Failed(why) => (why, true),
            };
            let family = looked.family(object);
            let patience = &self.options.patience;
            let mut findings = health::doomed(&family, patience, observed, self.now());
            if failed && findings.is_empty() {
                findings = vec![health::finding(object, "Failed", &why)];
            }
            let id = id.clone();
            pending.push(Pending {
                id,
                why,
                family,
                findings,
            });
        }
        Ok(pending)
    }

    /// Why the wait is over before everything is ready.
    fn end(
        &self,
        pending: &[Pending<'_>],
        goal: Goal,
        limit: Limit,
        memory: &mut Memory,
    ) -> Option<Diagnostic> {
        let first = pending.first()?;
        if let Some(doomed) = pending.iter().find(|p| !p.findings.is_empty()) {
            let what = format!("{} {}", doomed.id, goal.failed);
            return Some(Diagnostic::new(Kind::Failed, what));
        }
        if limit.is_over() {
            return Some(limit.missed(&format!("{} {}", first.id, goal.late)));
        }
        let still = memory.still_for(pending);
        let most = self.options.rollout.no_activity_timeout?;
        (still >= most).then(|| {
            let (id, late) = (&first.id, goal.late);
            let what = format!("{id} {late}, and nothing has changed for {}", words(most));
            Diagnostic::new(Kind::Failed, what)
        })
    }

    fn tell_once(&self, pending: &[Pending<'_>], memory: &mut Memory) {
        let Some(first) = pending.first() else { return };
        let line = match pending.len() - 1 {
            0 => format!("{}: {}", first.id, first.why),
            more => format!("{}: {}, and {more} more", first.id, first.why),
        };
        if line != memory.told {
            self.tell(line.clone());
            memory.told = line;
        }
    }

    async fn follow(&self, kinds: &[KindIn]) -> Result<Box<dyn Follow + '_>, Diagnostic> {
        let follow = self.ways.cluster.follow(kinds).await;
        follow.map_err(|e| fault("waiting", e))
    }

    async fn events(&self) -> Result<Vec<Value>, ClusterError> {
        let gvk = Gvk::new("v1", "Event");
        let namespace = Some(&*self.target.namespace);
        self.ways.cluster.list(&gvk, namespace, None).await
    }

    /// From now on: what a step may take, and never longer than all of them.
    fn limit(&self) -> Limit {
        let rollout = &self.options.rollout;
        let all = Limit {
            at: self.deadline,
            after: rollout.timeout,
        };
        let step = rollout.step_timeout.map(|step| Limit {
            at: Instant::now() + step,
            after: step,
        });
        step.filter(|step| step.at < all.at).unwrap_or(all)
    }
}

impl Limit {
    fn is_over(self) -> bool {
        Instant::now() >= self.at
    }

    fn missed(self, what: &str) -> Diagnostic {
        Diagnostic::new(Kind::Failed, format!("{what} after {}", words(self.after)))
    }

    /// Until something changes, or it is time for another look.
    async fn sleep(self, follow: &mut dyn Follow) {
        let left = self.at.saturating_duration_since(Instant::now());
        let changed = tokio::time::timeout(left.min(LOOK_AGAIN), follow.changed());
        if changed.await.is_ok() {
            tokio::time::sleep(BURST).await;
        }
    }
}

impl Memory {
    fn new(now: Timestamp) -> Memory {
        Memory {
            observed: Observed::new(now),
            told: String::new(),
            still: (Vec::new(), Instant::now()),
            events: None,
        }
    }

    /// For how long nothing has changed. A job with a running pod is at work.
    fn still_for(&mut self, pending: &[Pending<'_>]) -> Duration {
        let members = pending.iter().flat_map(|p| p.family.members());
        let version = |object: &Value| {
            let meta = &object["metadata"];
            format!("{} {}", meta["uid"], meta["resourceVersion"])
        };
        let versions: Vec<String> = members.map(version).collect();
        let runs = |pod: &&Value| pod["status"]["phase"] == "Running";
        let works = |p: &Pending<'_>| p.family.is_job() && p.family.pods.iter().any(runs);
        if versions != self.still.0 || pending.iter().any(works) {
            self.still = (versions, Instant::now());
        }
        self.still.1.elapsed()
    }

    /// Whether it is time to read the events; they are taken for read then.
    fn events_are_old(&mut self) -> bool {
        let old = self
            .events
            .is_none_or(|read| read.elapsed() >= EVENTS_AGAIN);
        if old {
            self.events = Some(Instant::now());
        }
        old
    }
}

fn gone(id: &ObjectId) -> Diagnostic {
    Diagnostic::new(Kind::Failed, format!("{id} was deleted by somebody else"))
}

fn words(time: Duration) -> String {
    let time = jiff::SignedDuration::try_from(time);
    time.map_or_else(|_| "its time".to_owned(), |time| format!("{time:#}"))
}

/// A hook's Job or Pod at its end; a Pod that is merely ready still runs.
fn finished(object: &Value) -> Readiness {
    match (health::readiness(object), object["kind"].as_str()) {
        (Readiness::Ready, Some("Pod")) if object["status"]["phase"] != "Succeeded" => {
            Readiness::Waiting("it is running".to_owned())
        }
        (other, _) => other,
    }
}
