//! The object changes of a plan, kind by kind.

use super::fault::{fault, moved};
use super::session::Session;
use crate::cluster::{ClusterError, Live, Write};
use crate::diag::Diagnostic;
use crate::journal::Step;
use crate::manifest::{Gvk, ObjectId, decode_live};
use crate::ownership;
use crate::plan::{Action, ObjectChange, strayed};
use futures_util::{StreamExt, stream};
use serde_json::Value;

/// Writes in flight for one target; the cluster's own limit counts over all of them.
const PARALLEL: usize = 16;

/// How often a guarded patch is tried: status updates come in between (fact 18).
const TRIES: usize = 8;

impl Session<'_> {
    /// Moves what Helm applied client-side to server-side apply; no spec changes.
    pub(super) async fn migrate(&self) -> Result<(), Diagnostic> {
        let due = self.release.changes.iter();
        let due = due.filter(|c| c.migrate && !c.definition);
        let due: Vec<&ObjectChange> = due.collect();
        if !due.is_empty() {
            self.step(Step::Migrate { objects: due.len() });
            self.tell(format!(
                "ownership of {} objects moves to server-side apply",
                due.len()
            ));
        }
        all(due.into_iter().map(|change| self.migrate_one(change))).await
    }

    pub(super) async fn migrate_one(&self, change: &ObjectChange) -> Result<(), Diagnostic> {
        for _ in 0..TRIES {
            let live = self.ways.cluster.get(&change.gvk, &change.id).await;
            let live = live.map_err(|e| fault(&change.id, e))?;
            let Some(patch) = migration(change, live)? else {
                return Ok(());
            };
            let write = Write::Patch {
                gvk: change.gvk.clone(),
                id: change.id.clone(),
                subresource: None,
                patch,
                manager: "helm".to_owned(),
            };
            match self.write(&write).await {
                Ok(_) => return Ok(()),
                Err(ClusterError::Moved(_) | ClusterError::Conflict(_)) => {}
                Err(error) => return Err(fault(&change.id, error)),
            }
        }
        let what = format!("{} changes too often to move its ownership", change.id);
        Err(Diagnostic::new(crate::diag::Kind::Failed, what))
    }

    /// Creates, updates and replaces in the plan's order: one kind after the other.
    pub(super) async fn apply(&self) -> Result<(), Diagnostic> {
        let writes = |c: &&ObjectChange| {
            !c.definition && matches!(c.action, Action::Create | Action::Update | Action::Replace)
        };
        for kind in by_kind(self.release.changes.iter().filter(writes).collect()) {
            all(kind.into_iter().map(|change| self.apply_one(change))).await?;
        }
        Ok(())
    }

    async fn apply_one(&self, change: &ObjectChange) -> Result<(), Diagnostic> {
        let Some(object) = change.send.clone() else {
            let what = format!("the plan has no body for {}", change.id);
            return Err(Diagnostic::new(crate::diag::Kind::Internal, what));
        };
        self.writes(change);
        let mut uid = change.uid.clone();
        if change.action == Action::Replace {
            self.delete(&change.gvk, &change.id, uid.take().as_deref())
                .await
                .map_err(|e| fault(&change.id, e))?;
            self.wait_gone(&change.gvk, &change.id).await?;
        }
        let write = Write::Apply {
            object,
            force: change.force,
            uid,
        };
        let written = self.write(&write).await.map_err(|e| fault(&change.id, e))?;
        if let Some(live) = written.live {
            self.compare(change, &live);
            if change.action == Action::Create {
                self.made(live);
            }
        }
        Ok(())
    }

    /// Deletes in the plan's order: one kind after the other.
    pub(super) async fn remove(&self) -> Result<(), Diagnostic> {
        let deletes = |c: &&ObjectChange| c.action == Action::Delete;
        for kind in by_kind(self.release.changes.iter().filter(deletes).collect()) {
            all(kind.into_iter().map(|change| self.remove_one(change))).await?;
        }
        Ok(())
    }

    async fn remove_one(&self, change: &ObjectChange) -> Result<(), Diagnostic> {
        self.writes(change);
        let deleted = self.delete(&change.gvk, &change.id, change.uid.as_deref());
        if !deleted.await.map_err(|e| fault(&change.id, e))? {
            self.stray(format!("{} was gone before it was deleted", change.id));
        }
        Ok(())
    }

    /// Beside what was predicted; an answer that can't be read tells nothing.
    fn compare(&self, change: &ObjectChange, live: &Live) {
        let after = decode_live(live.id.clone(), live.gvk.clone(), live.raw.get());
        let strayed = after.ok().and_then(|after| strayed(change, &after));
        strayed.into_iter().for_each(|what| self.stray(what));
    }

    /// Says what is about to be written.
    fn writes(&self, change: &ObjectChange) {
        let (action, participle) = words(change.action);
        self.step(Step::Write {
            object: change.id.to_string(),
            action: action.to_owned(),
        });
        self.tell(format!("{} is {participle}", change.id));
    }

    /// Deletes an object; false where it was gone already.
    pub(super) async fn delete(
        &self,
        gvk: &Gvk,
        id: &ObjectId,
        uid: Option<&str>,
    ) -> Result<bool, ClusterError> {
        let write = Write::Delete {
            gvk: gvk.clone(),
            id: id.clone(),
            uid: uid.map(Into::into),
            version: None,
        };
        match self.write(&write).await {
            Ok(_) => Ok(true),
            Err(ClusterError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The patch that is due now; `None` where somebody has done it.
fn migration(change: &ObjectChange, live: Option<Live>) -> Result<Option<Value>, Diagnostic> {
    let same = |live: &Live| change.uid.as_ref().is_none_or(|uid| *uid == live.uid);
    let Some(live) = live.filter(same) else {
        let what = format!("{} is not the object that was planned on", change.id);
        return Err(moved(what));
    };
    let body: Value = serde_json::from_str(live.raw.get())
        .map_err(|e| fault(&change.id, ClusterError::Other(format!("unreadable: {e}"))))?;
    Ok(ownership::migration(&body))
}

/// Runs of the same kind, in order.
fn by_kind(changes: Vec<&ObjectChange>) -> Vec<Vec<&ObjectChange>> {
    let runs = changes.chunk_by(|a, b| a.gvk.kind == b.gvk.kind);
    runs.map(<[_]>::to_vec).collect()
}

/// All of them, some at a time; the first fault after the others have ended.
async fn all<F: Future<Output = Result<(), Diagnostic>>>(
    writes: impl Iterator<Item = F>,
) -> Result<(), Diagnostic> {
    // Collected first: a closure in the stream would not be Send for every lifetime.
    let writes: Vec<F> = writes.collect();
    let ended: Vec<_> = stream::iter(writes)
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    ended.into_iter().collect()
}

fn words(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("create", "created"),
        Action::Replace => ("replace", "replaced"),
        Action::Delete => ("delete", "deleted"),
        _ => ("update", "updated"),
    }
}
