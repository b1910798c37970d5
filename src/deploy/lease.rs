//! One writer per target. The main type here is [`Lease`].
//!
//! Taken just before the first write, renewed while the work goes on, given back at its end. It
//! does not stop Helm (creating the release record does that); it tells other operators who is at
//! work, and whether they are still alive. Before each write the holder looks at its own clock: a
//! laptop that slept has lost the lease without knowing.

use super::fault::fault;
use super::{Lock, Ways};
use crate::cluster::{ClusterError, Live, Write};
use crate::diag::{Diagnostic, Kind};
use crate::plan::TargetPlan;
use crate::release::{Holder, LEASE_SECONDS};
use crate::state::is_free;
use crate::terminal::Cause;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(LEASE_SECONDS.unsigned_abs() / 4);

/// A write begins only while the lease counts so much longer: as long as a request takes.
const MARGIN: SignedDuration = SignedDuration::from_secs(LEASE_SECONDS / 4);

/// How often somebody who waits looks whether it is free.
const LOOK: Duration = Duration::from_secs(1);

/// How often it may come and go while it is looked at.
const TRIES: usize = 8;

/// The lease of one target.
pub(super) struct Lease {
    namespace: Arc<str>,
    held: Mutex<Held>,
    /// Somebody else had it first: what was read before may no longer be true.
    pub(super) waited: bool,
}

struct Held {
    holder: Holder,
    version: Arc<str>,
    uid: Arc<str>,
    /// Somebody else has it now.
    lost: Option<String>,
}

/// What became of an attempt.
enum Attempt {
    Taken(Live, Holder),
    Busy(Holder),
    Again,
}

impl Lease {
    /// Takes the lease of a target, or says who has it.
    pub(super) async fn take(
        ways: &Ways<'_>,
        target: &TargetPlan,
        lock: &Lock,
        ours: Holder,
    ) -> Result<Lease, Diagnostic> {
        let patience = tokio::time::Instant::now() + lock.timeout;
        let mut waited = false;
        let mut again = 0;
        loop {
            let ours = Holder {
                taken: Timestamp::now(),
                renewed: Timestamp::now(),
                ..ours.clone()
            };
            let attempt = attempt(ways, target, lock, ours).await;
            match attempt.map_err(|e| fault("the lease of the target", e))? {
                Attempt::Taken(live, holder) => return Ok(Lease::of(target, live, holder, waited)),
                Attempt::Again if again < TRIES => again += 1,
                Attempt::Again => return Err(unsteady()),
                Attempt::Busy(holder) => {
                    if tokio::time::Instant::now() >= patience || ways.halt.is_stopping() {
                        return Err(busy(&holder));
                    }
                    if !waited {
                        (ways.progress)(format!("waits for {}", holder.named()));
                    }
                    tokio::time::sleep(LOOK).await;
                }
            }
            waited = true;
        }
    }

    fn of(target: &TargetPlan, live: Live, holder: Holder, waited: bool) -> Lease {
        Lease {
            namespace: target.namespace.clone(),
            held: Mutex::new(Held {
                holder,
                version: live.resource_version,
                uid: live.uid,
                lost: None,
            }),
            waited,
        }
    }

    /// Makes sure that it still counts for as long as a request may take.
    pub(super) async fn ensure(&self, ways: &Ways<'_>) -> Result<(), ClusterError> {
        let mut held = self.held.lock().await;
        let left = held.holder.until().duration_since(Timestamp::now());
        match &held.lost {
            Some(by) => Err(lost(by)),
            None if left > MARGIN => Ok(()),
            None => self.renew(ways, &mut held).await,
        }
    }

    /// Renews it again and again. Returns when it is lost.
    pub(super) async fn keep(&self, ways: &Ways<'_>) -> Diagnostic {
        loop {
            tokio::time::sleep(RENEW).await;
            let mut held = self.held.lock().await;
            // After another error: whether it still counts is asked before the next write.
            if let Err(ClusterError::Moved(by)) = self.renew(ways, &mut held).await {
                return taken_over(&by);
            }
        }
    }

    async fn renew(&self, ways: &Ways<'_>, held: &mut Held) -> Result<(), ClusterError> {
        loop {
            held.holder.renewed = Timestamp::now();
            let object = held.holder.stored(&self.namespace, Some(&held.version));
            match ways.cluster.write(&Write::Replace(Arc::new(object))).await {
                Ok(written) => {
                    if let Some(live) = written.live {
                        held.version = live.resource_version;
                    }
                    return Ok(());
                }
                Err(ClusterError::Moved(_) | ClusterError::NotFound(_)) => {
                    self.reread(ways, held).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Somebody wrote to it: to ask us to stop, or to have it.
    async fn reread(&self, ways: &Ways<'_>, held: &mut Held) -> Result<(), ClusterError> {
        let id = Holder::place(&self.namespace, &held.holder.release);
        let live = ways.cluster.get(&Holder::gvk(), &id).await?;
        let Some(live) = live else {
            return Err(held.give_up("nobody: it was deleted"));
        };
        let there = Holder::read(&read(&live)?);
        if (&there.run, &there.process) != (&held.holder.run, &held.holder.process) {
            return Err(held.give_up(&there.named()));
        }
        if let Some(by) = &there.stop {
            ways.halt.stop(Cause::Asked(by.as_str().into()));
        }
        held.holder.stop = there.stop;
        held.version = live.resource_version;
        Ok(())
    }

    /// Whether somebody else has it: then nothing more may be written.
    pub(super) async fn is_lost(&self) -> bool {
        self.held.lock().await.lost.is_some()
    }

    /// Gives it back. One that somebody else has by now stays theirs; a word that was left on it
    /// is heard.
    pub(super) async fn give_back(&self, ways: &Ways<'_>) -> Result<(), ClusterError> {
        let mut held = self.held.lock().await;
        while held.lost.is_none() {
            let delete = Write::Delete {
                gvk: Holder::gvk(),
                id: Holder::place(&self.namespace, &held.holder.release),
                uid: Some(held.uid.clone()),
                version: Some(held.version.clone()),
            };
            match ways.cluster.write(&delete).await {
                Ok(_) | Err(ClusterError::NotFound(_)) => return Ok(()),
                // Whether it is still ours shows in `lost`.
                Err(ClusterError::Moved(_)) => drop(self.reread(ways, &mut held).await),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Held {
    fn give_up(&mut self, by: &str) -> ClusterError {
        self.lost = Some(by.to_owned());
        lost(by)
    }
}

fn lost(by: &str) -> ClusterError {
    ClusterError::Moved(by.to_owned())
}

async fn attempt(
    ways: &Ways<'_>,
    target: &TargetPlan,
    lock: &Lock,
    ours: Holder,
) -> Result<Attempt, ClusterError> {
    let object = Arc::new(ours.stored(&target.namespace, None));
    match ways.cluster.write(&Write::Create(object)).await {
        Ok(written) => return Ok(taken(written.live, ours)),
        Err(ClusterError::AlreadyExists(_)) => {}
        Err(error) => return Err(error),
    }
    let id = Holder::place(&target.namespace, &ours.release);
    let Some(live) = ways.cluster.get(&Holder::gvk(), &id).await? else {
        return Ok(Attempt::Again);
    };
    let there = Holder::read(&read(&live)?);
    if (&there.run, &there.process) == (&ours.run, &ours.process) && !ours.process.is_empty() {
        // Ours after all: the answer to its creation was lost.
        return Ok(taken(Some(live), there));
    }
    if !(lock.break_it || is_free(&there)) {
        return Ok(Attempt::Busy(there));
    }
    let object = Arc::new(ours.stored(&target.namespace, Some(&live.resource_version)));
    match ways.cluster.write(&Write::Replace(object)).await {
        Ok(written) => Ok(taken(written.live, ours)),
        Err(ClusterError::Moved(_) | ClusterError::NotFound(_)) => Ok(Attempt::Again),
        Err(error) => Err(error),
    }
}

fn taken(live: Option<Live>, ours: Holder) -> Attempt {
    live.map_or(Attempt::Again, |live| Attempt::Taken(live, ours))
}

fn read(live: &Live) -> Result<Value, ClusterError> {
    serde_json::from_str(live.raw.get())
        .map_err(|e| ClusterError::Other(format!("{} can't be read: {e}", live.id)))
}

fn busy(holder: &Holder) -> Diagnostic {
    let what = format!("{} is at work on it", holder.named());
    let fault = Diagnostic::new(Kind::Refused, what).note(format!("since {}", holder.taken));
    let fault = match &holder.reason {
        Some(reason) => fault.note(format!("reason {reason}")),
        None => fault,
    };
    fault
        .hint("--lock-timeout 10m waits; --break-lock takes over from a run that is certainly dead")
}

fn unsteady() -> Diagnostic {
    let what = "the lease of the target is there and is not, again and again";
    Diagnostic::new(Kind::Failed, what).note("nothing of the release was changed")
}

fn taken_over(by: &str) -> Diagnostic {
    Diagnostic::new(Kind::Refused, format!("its lease was taken over by {by}"))
        .note("nothing more was written by this run")
}
