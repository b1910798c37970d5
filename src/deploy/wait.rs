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

/// The longest sleep without a look: some verdicts come with time alone.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// Controllers write in bursts; one look serves for all of it.
const BURST: Duration = Duration::from_millis(150);

/// An object that is waited for.
type Awaited = (Gvk, ObjectId);

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
            matches!(c.action, Action::Create | Action::Update | Action::Replace)
        };
        let changes = self.release.changes.iter().filter(touched);
        let awaited = changes.filter(|c| health::is_waited_for(&c.gvk));
        let awaited: Vec<Awaited> = awaited.map(|c| (c.gvk.clone(), c.id.clone())).collect();
        if !awaited.is_empty() && self.options.wait {
            self.step(Step::Wait);
        }
        match self.options.wait {
            true => self.wait_for(&awaited, health::readiness).await,
            false => Ok(()),
        }
    }

    /// Waits until a hook has run: Jobs and Pods to their end, other kinds not at all.
    pub(super) async fn wait_finished(&self, gvk: &Gvk, id: &ObjectId) -> Result<(), Diagnostic> {
        match &*gvk.kind {
            "Job" | "Pod" => self.wait_for(&[(gvk.clone(), id.clone())], finished).await,
            _ => Ok(()),
        }
    }

    /// Waits until an object has gone.
    pub(super) async fn wait_gone(&self, gvk: &Gvk, id: &ObjectId) -> Result<(), Diagnostic> {
        while self.look(gvk, id).await?.is_some() {
            if self.is_over() {
                return Err(self.too_late(format!("{id} is still being deleted")));
            }
            self.sleep(std::slice::from_ref(gvk)).await?;
        }
        Ok(())
    }

    async fn wait_for(
        &self,
        awaited: &[Awaited],
        ready: fn(&Value) -> Readiness,
    ) -> Result<(), Diagnostic> {
        let mut told = String::new();
        loop {
            let pending = self.pending(awaited, ready).await?;
            let Some(first) = pending.first() else {
                return Ok(());
            };
            if let Some(stuck) = pending.iter().find(|p| !p.findings.is_empty()) {
                return Err(self.doomed(stuck));
            }
            if self.is_over() {
                return Err(self.not_ready(&pending));
            }
            let line = format!("{}: {}", first.id, first.why);
            if line != told {
                self.tell(line.clone());
                told = line;
            }
            self.sleep(&watched(awaited)).await?;
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

    async fn sleep(&self, gvks: &[Gvk]) -> Result<(), Diagnostic> {
        let left = self
            .deadline
            .saturating_duration_since(tokio::time::Instant::now());
        let changed = self
            .ways
            .cluster
            .changed(&self.target.namespace, gvks, left.min(LOOK_AGAIN));
        changed.await.map_err(|e| fault("waiting", e))?;
        tokio::time::sleep(BURST).await;
        Ok(())
    }

    fn is_over(&self) -> bool {
        tokio::time::Instant::now() >= self.deadline
    }

    fn doomed(&self, stuck: &Pending) -> Diagnostic {
        let what = format!("{} cannot become ready: {}", stuck.id, stuck.findings[0]);
        let rest = stuck.findings.iter().skip(1);
        let told = Diagnostic::new(Kind::Failed, what).note(stuck.why.clone());
        rest.fold(told, |told, finding| told.note(finding.to_string()))
    }

    fn not_ready(&self, pending: &[Pending]) -> Diagnostic {
        let told = self.too_late(format!("{} is not ready", pending[0].id));
        pending
            .iter()
            .fold(told, |told, p| told.note(format!("{}: {}", p.id, p.why)))
    }

    fn too_late(&self, what: String) -> Diagnostic {
        let after = jiff::SignedDuration::try_from(self.options.timeout);
        let after = after.map_or_else(|_| "its time".to_owned(), |d| format!("{d:#}"));
        Diagnostic::new(Kind::Failed, format!("{what} after {after}"))
    }
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
