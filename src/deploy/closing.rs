//! Closing steps: kept in the cluster and the journal before the write that makes them due, and
//! done when their target ends. The main entry point is [`close`].

use super::fault::fault;
use super::scale::{Place, read};
use super::session::Session;
use super::{Options, Ways};
use crate::cluster::{ClusterError, Write};
use crate::diag::{Diagnostic, Kind};
use crate::event::Closing;
use crate::journal::{Entry, OpenSteps};
use crate::manifest::{Gvk, ObjectId};
use crate::ownership::{self, OURS};
use crate::release::{ClosingStep, SavedState};
use crate::terminal::Halt;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long one may take when the run is left.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// The closing steps of a run, and who is told of them.
#[derive(Clone, Copy)]
pub struct Closings<'a> {
    /// Those that are due.
    pub open: &'a OpenSteps,
    /// Is told what becomes of them.
    pub tell: &'a (dyn Fn(ClosingStep, Closing) + Send + Sync),
}

impl Closings<'_> {
    pub(super) fn tell(&self, step: ClosingStep, stands: Closing) {
        (self.tell)(step, stands);
    }
}

/// Puts back what is open of a target, newest first. What can't be is told, and stays open.
pub async fn close(ways: Ways<'_>, place: &Place, options: &Options, closings: Closings<'_>) {
    let (plan, release) = place.plan();
    let session = Session::new(ways, &plan, &release, options);
    let locked = in_time(ways.halt, session.lock()).await;
    for step in closings.open.on(&place.target).into_iter().rev() {
        let closed = match &locked {
            Ok(_) => in_time(ways.halt, session.put_back(&step, closings)).await,
            Err(busy) => Err(busy.clone()),
        };
        let stands = match closed {
            Ok(how) => Closing::Closed(how),
            Err(why) => {
                session.left_open(&step, &why);
                Closing::Open(why)
            }
        };
        closings.tell(step, stands);
    }
    let given = async { session.give_back().await.map_err(|e| fault("the lease", e)) };
    if let Err(why) = in_time(ways.halt, given).await {
        session.tell(format!(
            "the lease could not be given back: {}",
            why.message
        ));
    }
}

/// A deadline for each, a short one once the run is left.
async fn in_time<T>(
    halt: &Halt,
    work: impl Future<Output = Result<T, Diagnostic>>,
) -> Result<T, Diagnostic> {
    let left = async {
        halt.leaving().await;
        tokio::time::sleep(LAST_MOMENT).await;
    };
    let late = |time: Duration| {
        let what = format!("the cluster did not answer within {} s", time.as_secs());
        Err(Diagnostic::new(Kind::Unreachable, what))
    };
    tokio::select! {
        biased;
        done = work => done,
        () = left => late(LAST_MOMENT),
        () = tokio::time::sleep(PATIENCE) => late(PATIENCE),
    }
}

impl Session<'_> {
    /// Keeps a step before what makes it due is written. Where the same field is due already, what
    /// was found first is the truth.
    pub(super) async fn open_step(
        &self,
        step: ClosingStep,
        closings: Closings<'_>,
    ) -> Result<(), Diagnostic> {
        if closings.open.find(&step.cluster, &step.object).is_some() {
            return Ok(());
        }
        closings.open.open(step.clone());
        closings.tell(step.clone(), Closing::Opened);
        self.keep(&step, &closings.open.on(&step.target)).await?;
        self.record(Entry::Opening(step)).await
    }

    /// Puts the number back that was found, unless somebody has set another one since.
    async fn put_back(
        &self,
        step: &ClosingStep,
        closings: Closings<'_>,
    ) -> Result<String, Diagnostic> {
        let ClosingStep {
            gvk,
            object,
            uid,
            found,
            set,
            ..
        } = step;
        let live = self.ways.cluster.get(gvk, object).await;
        let live = live.map_err(|e| fault(object, e))?;
        let how = match live.filter(|live| live.uid == *uid) {
            None => "gone, or made anew".to_owned(),
            Some(live) => match ownership::replicas(&read(&live)?) {
                Some(now) if now == *found => format!("is at {found} again"),
                Some(now) if now != *set => format!("was set to {now} since, which stays"),
                _ => {
                    self.set_replicas(gvk, object, uid, *found).await?;
                    format!("scaled back {set} → {found}")
                }
            },
        };
        self.close_step(step, &how, closings).await?;
        Ok(how)
    }

    /// Nothing is due any more.
    pub(super) async fn close_step(
        &self,
        step: &ClosingStep,
        how: &str,
        closings: Closings<'_>,
    ) -> Result<(), Diagnostic> {
        let mut rest = closings.open.on(&step.target);
        rest.retain(|one| !one.is_of(&step.cluster, &step.object));
        let closed = Entry::Closed {
            target: step.target.to_string(),
            cluster: step.cluster.to_string(),
            object: step.object.clone(),
            how: how.to_owned(),
        };
        self.record(closed).await?;
        self.keep(step, &rest).await?;
        closings.open.close(step);
        Ok(())
    }

    fn left_open(&self, step: &ClosingStep, why: &Diagnostic) {
        if let Some(journal) = self.ways.journal {
            journal.note(Entry::LeftOpen {
                target: step.target.to_string(),
                object: step.object.clone(),
                why: why.message.clone(),
            });
        }
    }

    async fn record(&self, entry: Entry) -> Result<(), Diagnostic> {
        match self.ways.journal {
            Some(journal) => journal.append(entry).await,
            None => Ok(()),
        }
    }

    /// Keeps in the run's Secret what is due of a release now.
    async fn keep(&self, step: &ClosingStep, due: &[ClosingStep]) -> Result<(), Diagnostic> {
        let same = |one: &&ClosingStep| {
            (&one.run, &one.release, &one.namespace) == (&step.run, &step.release, &step.namespace)
        };
        let kept = match due.iter().filter(same).count() {
            0 => self.forget_steps(step).await,
            _ => {
                let stored = ClosingStep::stored(due.iter().filter(same));
                self.store(step, &stored).await
            }
        };
        kept.map_err(|e| fault("the run's Secret", e))
    }

    async fn store(&self, step: &ClosingStep, stored: &str) -> Result<(), ClusterError> {
        let secret = Arc::new(step.secret(stored));
        match self.write(&Write::Create(secret)).await {
            Err(ClusterError::AlreadyExists(_)) => {}
            other => return other.map(drop),
        }
        let data = json!({"data": {ClosingStep::key(&step.release): stored}});
        self.write(&patch(step, data)).await.map(drop)
    }

    /// Nothing is due: where the Secret held nothing else, it goes too.
    async fn forget_steps(&self, step: &ClosingStep) -> Result<(), ClusterError> {
        let id = secret(step);
        let Some(live) = self.ways.cluster.get(&secrets(), &id).await? else {
            return Ok(());
        };
        let body: Value = serde_json::from_str(live.raw.get()).unwrap_or_default();
        let others = ClosingStep::read(&body)
            .iter()
            .any(|one| one.release != step.release);
        if ClosingStep::alone(&body) && !others {
            let delete = Write::Delete {
                gvk: secrets(),
                id,
                uid: Some(live.uid),
                version: Some(live.resource_version),
            };
            match self.write(&delete).await {
                Err(ClusterError::Moved(_)) => {}
                Ok(_) | Err(ClusterError::NotFound(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        let data = json!({"data": {ClosingStep::key(&step.release): null}});
        self.write(&patch(step, data)).await.map(drop)
    }
}

fn secrets() -> Gvk {
    Gvk::new("v1", "Secret")
}

fn secret(step: &ClosingStep) -> ObjectId {
    ObjectId {
        group: "".into(),
        kind: "Secret".into(),
        namespace: Some(step.namespace.clone()),
        name: SavedState::key(&step.run).into(),
    }
}

fn patch(step: &ClosingStep, patch: Value) -> Write {
    Write::Patch {
        gvk: secrets(),
        id: secret(step),
        subresource: None,
        patch,
        manager: OURS.to_owned(),
    }
}
