//! The release record while a plan is applied: opened as `pending-…`, closed as `deployed` or
//! `failed`. The main type here is [`Opened`].
//!
//! Creating it is the lock against Helm: a 409 says that somebody was faster.

use super::fault::{fault, moved};
use super::session::{Session, late};
use crate::cluster::{ClusterError, Live, RecordMeta, Write};
use crate::diag::{Diagnostic, Kind};
use crate::journal::Step;
use crate::manifest::{Gvk, Object, ObjectId};
use crate::release::{self, Driver, History, Operation, Record, Revision, SYSTEM_LABELS, Stamp};
use serde_json::Value;
use std::sync::Arc;

/// A record and how it is kept.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) record: Record,
    stamp: Stamp,
}

/// The new record, and what it replaces.
pub(super) struct Opened {
    pub(super) new: Kept,
    pub(super) operation: Operation,
    base: Option<Kept>,
}

impl Session<'_> {
    /// Reads the live revision and refuses where it is not the one that was planned on.
    pub(super) async fn base(&self) -> Result<Option<Kept>, Diagnostic> {
        let planned = self.release;
        if planned.revision == 0 {
            return Ok(None);
        }
        let what = format!("revision {} of release {}", planned.revision, planned.name);
        let kept = self.read(planned.revision).await?;
        let kept = kept.ok_or_else(|| moved(format!("{what} has gone since the plan was made")))?;
        let (is, was) = (&kept.record.info.status, &planned.status);
        match is == was {
            true => Ok(Some(kept)),
            false => Err(moved(format!(
                "{what} is {is}, but was {was} when the plan was made"
            ))),
        }
    }

    /// Marks a revision failed whose writer is gone, where the plan says so.
    pub(super) async fn recover(&self, base: &mut Option<Kept>) -> Result<(), Diagnostic> {
        let (Some(recover), Some(stuck)) = (&self.release.recover, base.as_mut()) else {
            return Ok(());
        };
        let revision = recover.revision;
        self.step(Step::Recover { revision });
        self.tell(format!(
            "revision {revision} is marked failed: {}",
            recover.why
        ));
        let info = &mut stuck.record.info;
        info.description = format!("{} was interrupted: {}", info.status, recover.why);
        info.status = "failed".into();
        let put = self.put(stuck).await;
        put.map_err(|e| fault(format!("release record {}", stuck.record.key()), e))
    }

    /// Opens the next revision, on top of the live one.
    pub(super) async fn open(
        &self,
        planned: &Record,
        base: Option<Kept>,
    ) -> Result<Opened, Diagnostic> {
        let operation = self.operation(planned);
        let mut record = planned.clone();
        let now = self.now().to_string();
        record.info.status = operation.pending().into();
        record.info.description = underway(operation).to_owned();
        record.info.first_deployed = match &base {
            Some(base) if operation != Operation::Install => {
                base.record.info.first_deployed.clone()
            }
            _ => now.clone(),
        };
        record.info.last_deployed = now;
        let first = || Stamp {
            config_map: self.options.driver == Driver::ConfigMap,
            ..Stamp::default()
        };
        let stamp = base.as_ref().map_or_else(first, |base| base.stamp.clone());
        let new = Kept { record, stamp };
        self.step(Step::Open {
            revision: new.record.revision,
        });
        self.create(&new).await?;
        Ok(Opened {
            new,
            operation,
            base,
        })
    }

    fn operation(&self, planned: &Record) -> Operation {
        let told = Operation::of_pending(&planned.info.status);
        let absent = self.release.revision == 0 || &*self.release.status == "uninstalled";
        told.unwrap_or(match (absent, self.release.back_to) {
            (true, _) => Operation::Install,
            (false, Some(_)) => Operation::Rollback,
            (false, None) => Operation::Upgrade,
        })
    }

    /// Creates the record. Where no answer came it is looked at, for it may have been created.
    async fn create(&self, kept: &Kept) -> Result<(), Diagnostic> {
        let object = Arc::new(self.stored(kept, true));
        let created = match self.write(&Write::Create(object.clone())).await {
            Err(ClusterError::Unreachable(why)) => match self.is_ours(kept.record.revision).await {
                Ok(Some(true)) => return Ok(()),
                Ok(None) => self.write(&Write::Create(object)).await,
                Ok(Some(false)) => Err(ClusterError::AlreadyExists(kept.record.key())),
                Err(_) => Err(ClusterError::Unreachable(why)),
            },
            created => created,
        };
        match created {
            Ok(_) => Ok(()),
            Err(ClusterError::AlreadyExists(_)) => Err(self.somebody_was_faster(&kept.record)),
            Err(error) => Err(fault(
                format!("release record {}", kept.record.key()),
                error,
            )),
        }
    }

    /// Whether this run wrote a revision last; `None` where there is none.
    async fn is_ours(&self, revision: u32) -> Result<Option<bool>, ClusterError> {
        let metas = self.cluster_records().await?;
        let meta = metas.into_iter().find(|m| m.key.revision == revision);
        Ok(meta.map(|meta| meta.run.as_ref() == Some(&self.options.run)))
    }

    fn stored(&self, kept: &Kept, creates: bool) -> Object {
        kept.record.stored(&Stamp {
            at: self.now().as_second(),
            run: Some(self.options.run.clone()),
            creates,
            ..kept.stamp.clone()
        })
    }

    fn somebody_was_faster(&self, record: &Record) -> Diagnostic {
        moved(format!(
            "release {} has a revision {} by now",
            record.name, record.revision
        ))
        .note(format!(
            "the plan was made at revision {}",
            self.release.revision
        ))
    }

    /// Writes a record that exists.
    pub(super) async fn put(&self, kept: &Kept) -> Result<(), ClusterError> {
        let object = Arc::new(self.stored(kept, false));
        self.write(&Write::Replace(object)).await.map(drop)
    }

    /// The new revision is deployed; what was before is superseded. The new one is told first:
    /// two deployed revisions are read right by everybody, none is not.
    pub(super) async fn close(&self, opened: &mut Opened) -> Result<Vec<Diagnostic>, Diagnostic> {
        let info = &mut opened.new.record.info;
        info.status = "deployed".into();
        info.description = self.description(opened.operation);
        self.step(Step::Close {
            revision: opened.new.record.revision,
            status: "deployed".to_owned(),
        });
        self.last_words(self.put(&opened.new), late)
            .await
            .map_err(|e| fault(format!("release record {}", opened.new.record.key()), e))?;
        let mut warnings = Vec::new();
        let cleared = [
            ("older revisions", self.supersede(opened).await),
            (
                "old saved states",
                self.forget_states(opened.new.record.revision).await,
            ),
        ];
        for (what, cleared) in cleared {
            warnings.extend(cleared.err().map(|e| as_warning(fault(what, e))));
        }
        Ok(warnings)
    }

    /// Helm's words (or the user's), and the reason with the run where one is given.
    fn description(&self, operation: Operation) -> String {
        let own = &self.options.rollout.description;
        let words = match (own, operation, self.release.back_to) {
            (Some(words), _, _) => words.to_string(),
            (None, Operation::Rollback, Some(revision)) => format!("Rollback to {revision}"),
            (None, operation, _) => operation.completed().to_owned(),
        };
        match &self.options.reason {
            Some(reason) => format!("{words} ({reason}, run {})", self.options.run),
            None => words,
        }
    }

    /// Marks the deployed revisions before this one and forgets those beyond the limit. A list is
    /// asked for only where the plan alone can't know them.
    async fn supersede(&self, opened: &Opened) -> Result<(), ClusterError> {
        let number = opened.new.record.revision;
        let base = opened.base.as_ref();
        let base = base.filter(|b| &*b.record.info.status == "deployed");
        let within = self.options.rollout.history_max == 0
            || number as usize <= self.options.rollout.history_max;
        if let (Some(base), true) = (base, within) {
            return self.mark_superseded(base.clone()).await;
        }
        if opened.base.is_none() && number == 1 {
            return Ok(());
        }
        let history = self.history().await?;
        for old in history.deployed_before(number) {
            let kept = match base.filter(|b| b.record.revision == old) {
                Some(base) => Some(base.clone()),
                None => self.read_kept(old).await?,
            };
            if let Some(kept) = kept {
                self.mark_superseded(kept).await?;
            }
        }
        let forgotten = history.beyond(self.options.rollout.history_max);
        self.forget(&forgotten).await
    }

    async fn mark_superseded(&self, mut kept: Kept) -> Result<(), ClusterError> {
        kept.record.info.status = "superseded".into();
        self.put(&kept).await
    }

    /// The revisions as they are now.
    pub(super) async fn history(&self) -> Result<History, ClusterError> {
        let revisions = self.cluster_records().await?.into_iter().map(|m| Revision {
            number: m.key.revision,
            status: m.status,
        });
        Ok(History::new(&self.release.name, revisions.collect()))
    }

    async fn cluster_records(&self) -> Result<Vec<RecordMeta>, ClusterError> {
        let metas = self
            .ways
            .cluster
            .records(Some(&self.target.namespace))
            .await?;
        let ours = |meta: &RecordMeta| meta.key.name == self.release.name;
        Ok(metas.into_iter().filter(ours).collect())
    }

    /// Deletes the records of these revisions.
    pub(super) async fn forget(&self, revisions: &[u32]) -> Result<(), ClusterError> {
        for revision in revisions {
            for kind in ["Secret", "ConfigMap"] {
                let (gvk, id) = (Gvk::new("v1", kind), self.place(kind, *revision));
                match self.delete(&gvk, &id, None).await? {
                    true => break,
                    false => continue,
                }
            }
        }
        Ok(())
    }

    /// The record did not arrive. Says in the fault where even that could not be written. Nothing
    /// is written where somebody else has the target by now.
    pub(super) async fn fail(
        &self,
        mut kept: Kept,
        operation: Operation,
        cause: Diagnostic,
    ) -> Diagnostic {
        if self.is_lost().await {
            return cause;
        }
        let revision = kept.record.revision;
        let info = &mut kept.record.info;
        let pending = std::mem::replace(&mut info.status, "failed".into());
        info.description = operation.failed(&kept.record.name, &cause.message);
        self.step(Step::Close {
            revision,
            status: "failed".to_owned(),
        });
        match self.last_words(self.put(&kept), late).await {
            Ok(()) => cause,
            Err(error) => Diagnostic {
                kind: Kind::Open,
                ..cause
            }
            .note(match pending.starts_with("pending") {
                true => format!("revision {revision} is still {pending}: {error}"),
                // Nobody knows whether the word that it arrived was heard.
                false => format!("revision {revision} may still be pending: {error}"),
            })
            .hint(format!("rollbook recover -l {}", self.target.target)),
        }
    }

    async fn read(&self, revision: u32) -> Result<Option<Kept>, Diagnostic> {
        let what = format!(
            "release record {}",
            release::key(&self.release.name, revision)
        );
        self.read_kept(revision).await.map_err(|e| fault(what, e))
    }

    /// One revision with the labels of its Secret or ConfigMap.
    async fn read_kept(&self, revision: u32) -> Result<Option<Kept>, ClusterError> {
        for kind in ["Secret", "ConfigMap"] {
            let (gvk, id) = (Gvk::new("v1", kind), self.place(kind, revision));
            if let Some(live) = self.ways.cluster.get(&gvk, &id).await? {
                return kept(&live, kind == "ConfigMap").map(Some);
            }
        }
        Ok(None)
    }

    fn place(&self, kind: &str, revision: u32) -> ObjectId {
        ObjectId {
            group: "".into(),
            kind: kind.into(),
            namespace: Some(self.target.namespace.clone()),
            name: release::key(&self.release.name, revision).into(),
        }
    }
}

fn kept(live: &Live, config_map: bool) -> Result<Kept, ClusterError> {
    let unread = |why: String| ClusterError::Other(format!("it can't be read: {why}"));
    // The parser's words quote no content: every string is accepted where one is expected.
    let object: Value = serde_json::from_str(live.raw.get())
        .map_err(|e| unread(format!("line {}, column {}", e.line(), e.column())))?;
    let stored = object["data"]["release"].as_str().unwrap_or_default();
    let record = Record::decode(stored).map_err(|e| unread(e.to_string()))?;
    let labels = object["metadata"]["labels"]
        .as_object()
        .into_iter()
        .flatten();
    let own = labels.filter(|(name, _)| !SYSTEM_LABELS.contains(&name.as_str()));
    let own = own.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let stamp = Stamp {
        config_map,
        labels: own.collect(),
        ..Stamp::default()
    };
    Ok(Kept { record, stamp })
}

/// Helm's words while an operation runs.
fn underway(operation: Operation) -> &'static str {
    match operation {
        Operation::Install => "Initial install underway",
        Operation::Upgrade => "Preparing upgrade",
        Operation::Rollback => "Rollback underway",
        Operation::Uninstall => "Deletion in progress (or silently failed)",
    }
}

fn as_warning(fault: Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: crate::diag::Severity::Warning,
        ..fault
    }
}
