//! Waiting: until what was changed is ready, a hook has finished, or an object has gone.
//!
//! Nothing is polled: look, and if it is not yet so, sleep until the cluster says that something
//! of these kinds changed. A wait ends early on what cannot heal.

use super::fault::fault;
use super::session::Session;
use crate::cluster::ClusterError;
use crate::diag::{Diagnostic, Kind};
use crate::health::{self, Family, Finding, Patience, Readiness};
use crate::journal::Step;
use crate::manifest::{Gvk, ObjectId};
use crate::plan::{Action, ObjectChange};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// The longest sleep without a look: some verdicts come with time alone.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// Controllers write in bursts; one look serves for all of it.
const BURST: Duration = Duration::from_millis(150);

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
    failed: "cannot become ready",
};

const FINISHED: Goal = Goal {
    reached: finished,
    late: "has not finished",
    failed: "failed",
};

/// One that is not there yet, and why.
struct Pending {
    id: ObjectId,
    why: String,
    findings: Vec<Finding>,
}

impl Session<'_> {
    /// Waits until everything that was created or changed is ready.
    pub(super) async fn wait_ready(&self) -> Result<(), Diagnostic> {
        let touched = |c: &&ObjectChange| {
            !c.definition && matches!(c.action, Action::Create | Action::Update | Action::Replace)
        };
        let changes = self.release.changes.iter().filter(touched);
        let rollout = &self.options.rollout;
        let jobs = |gvk: &Gvk| rollout.wait_for_jobs || &*gvk.kind != "Job";
        let awaited = changes.filter(|c| health::is_waited_for(&c.gvk) && jobs(&c.gvk));
        let awaited: Vec<Awaited> = awaited.map(|c| (c.gvk.clone(), c.id.clone())).collect();
        if awaited.is_empty() || !rollout.waits() {
            return Ok(());
        }
        self.step(Step::Wait);
        self.wait_for(&awaited, READY).await
    }

    /// Waits until these definitions are established.
    pub(super) async fn wait_established(&self, defined: &[Awaited]) -> Result<(), Diagnostic> {
        self.wait_for(defined, READY).await
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
                return Err(limit.missed(format!("{why}: it is not served")));
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
        let limit = self.limit();
        while self.look(gvk, id).await?.is_some() {
            if limit.is_over() {
                return Err(limit.missed(format!("{id} is still being deleted")));
            }
            self.sleep(std::slice::from_ref(gvk), limit).await?;
        }
        Ok(())
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

    async fn wait_for(&self, awaited: &[Awaited], goal: Goal) -> Result<(), Diagnostic> {
        let limit = self.limit();
        let mut told = String::new();
        loop {
            let pending = self.pending(awaited, goal.reached).await?;
            let Some(first) = pending.first() else {
                return Ok(());
            };
            if let Some(stuck) = pending.iter().find(|p| !p.findings.is_empty()) {
                return Err(doomed(stuck, goal));
            }
            if limit.is_over() {
                return Err(not_reached(&pending, goal, limit));
            }
            let line = format!("{}: {}", first.id, first.why);
            if line != told {
                self.tell(line.clone());
                told = line;
            }
            self.sleep(&watched(awaited), limit).await?;
        }
    }

    /// What is not ready yet, with what is known to be wrong.
    async fn pending(
        &self,
        awaited: &[Awaited],
        ready: fn(&Value) -> Readiness,
    ) -> Result<Vec<Pending>, Diagnostic> {
        let mut waiting = Vec::new();
        for (id, object) in self.look_all(awaited).await? {
            match ready(&object) {
                Readiness::Ready => {}
                Readiness::Waiting(why) | Readiness::Failed(why) => waiting.push((id, object, why)),
            }
        }
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let sets = self.all(&Gvk::new("apps/v1", "ReplicaSet")).await?;
        let pods = self.all(&Gvk::new("v1", "Pod")).await?;
        let now = self.now();
        let with_findings = waiting.into_iter().map(|(id, object, why)| Pending {
            id,
            why,
            findings: health::doomed(
                &Family::of(&object, &sets, &pods),
                &Patience::default(),
                now,
            ),
        });
        Ok(with_findings.collect())
    }

    /// The objects as they are: one list per kind, where they are several.
    async fn look_all(&self, awaited: &[Awaited]) -> Result<Vec<(ObjectId, Value)>, Diagnostic> {
        let mut found = Vec::new();
        for kind in awaited.chunk_by(|a, b| a.0 == b.0) {
            let in_namespace =
                |(_, id): &Awaited| id.namespace.as_ref() == Some(&self.target.namespace);
            let mut listed = match kind {
                [(gvk, _), _, ..] if kind.iter().all(in_namespace) => self.all(gvk).await?,
                _ => Vec::new(),
            };
            for (gvk, id) in kind {
                let at = listed
                    .iter()
                    .position(|o| o["metadata"]["name"] == *id.name);
                let object = match at {
                    Some(at) => Some(listed.swap_remove(at)),
                    None => self.look(gvk, id).await?,
                };
                found.push((id.clone(), object.ok_or_else(|| gone(id))?));
            }
        }
        Ok(found)
    }

    async fn look(&self, gvk: &Gvk, id: &ObjectId) -> Result<Option<Value>, Diagnostic> {
        let live = self
            .ways
            .cluster
            .get(gvk, id)
            .await
            .map_err(|e| fault(id, e))?;
        let unread = |e| fault(id, ClusterError::Other(format!("unreadable: {e}")));
        live.map(|live| serde_json::from_str(live.raw.get()).map_err(unread))
            .transpose()
    }

    async fn all(&self, gvk: &Gvk) -> Result<Vec<Value>, Diagnostic> {
        let list = self
            .ways
            .cluster
            .list(gvk, Some(&self.target.namespace), None);
        let what = || format!("the list of {}s", gvk.kind);
        list.await.map_err(|e| fault(what(), e))
    }

    async fn sleep(&self, gvks: &[Gvk], limit: Limit) -> Result<(), Diagnostic> {
        let left = limit.at.saturating_duration_since(Instant::now());
        let changed = self
            .ways
            .cluster
            .changed(&self.target.namespace, gvks, left.min(LOOK_AGAIN));
        changed.await.map_err(|e| fault("waiting", e))?;
        tokio::time::sleep(BURST).await;
        Ok(())
    }
}

impl Limit {
    fn is_over(self) -> bool {
        Instant::now() >= self.at
    }

    fn missed(self, what: String) -> Diagnostic {
        let after = jiff::SignedDuration::try_from(self.after);
        let after = after.map_or_else(|_| "its time".to_owned(), |d| format!("{d:#}"));
        Diagnostic::new(Kind::Failed, format!("{what} after {after}"))
    }
}

fn doomed(stuck: &Pending, goal: Goal) -> Diagnostic {
    let what = format!("{} {}: {}", stuck.id, goal.failed, stuck.findings[0]);
    let rest = stuck.findings.iter().skip(1);
    let told = Diagnostic::new(Kind::Failed, what).note(stuck.why.clone());
    rest.fold(told, |told, finding| told.note(finding.to_string()))
}

fn not_reached(pending: &[Pending], goal: Goal, limit: Limit) -> Diagnostic {
    let told = limit.missed(format!("{} {}", pending[0].id, goal.late));
    pending
        .iter()
        .fold(told, |told, p| told.note(format!("{}: {}", p.id, p.why)))
}

fn gone(id: &ObjectId) -> Diagnostic {
    Diagnostic::new(Kind::Failed, format!("{id} was deleted by somebody else"))
}

/// The kinds whose changes wake a wait: those awaited, and the pods below them.
fn watched(awaited: &[Awaited]) -> Vec<Gvk> {
    let mut gvks: Vec<Gvk> = awaited.iter().map(|(gvk, _)| gvk.clone()).collect();
    gvks.push(Gvk::new("v1", "Pod"));
    gvks.sort();
    gvks.dedup();
    gvks
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
