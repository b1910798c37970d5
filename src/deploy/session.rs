//! What the steps of one target share. The main type here is [`Session`].
//!
//! All writes go through [`Session::write`]: never without the lease. All that takes long goes
//! through [`Session::unless_leaving`]: a second signal ends it, and what was opened is closed.

use super::cleanup::Created;
use super::lease::Lease;
use super::{Done, Options, Ways};
use crate::cluster::{ClusterError, Live, Write, Written};
use crate::diag::{Diagnostic, Kind};
use crate::health::{self, Readiness};
use crate::journal::{Entry, Step};
use crate::manifest::ObjectId;
use crate::plan::{ReleasePlan, TargetPlan};
use crate::release::Holder;
use crate::sensitive::{Mask, Veil};
use crate::terminal::Pace;
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How long the truth may take to be written when the run is left.
const LAST_WORDS: Duration = Duration::from_millis(900);

/// One target while its plan is done.
pub(super) struct Session<'a> {
    pub(super) ways: Ways<'a>,
    pub(super) target: &'a TargetPlan,
    pub(super) release: &'a ReleasePlan,
    pub(super) options: &'a Options,
    pub(super) deadline: tokio::time::Instant,
    /// What this run created of the release.
    pub(super) created: Mutex<Vec<Created>>,
    /// What hooks said, where that is kept.
    pub(super) logs: Mutex<Vec<String>>,
    /// What did not become as it was predicted.
    strays: Mutex<Vec<String>>,
    lease: OnceLock<Lease>,
    /// What was ready by the very answer to the write.
    ready: Mutex<HashSet<ObjectId>>,
    /// What no line of progress may hold.
    veil: OnceLock<Veil>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        ways: Ways<'a>,
        target: &'a TargetPlan,
        release: &'a ReleasePlan,
        options: &'a Options,
    ) -> Session<'a> {
        Session {
            ways,
            target,
            release,
            options,
            deadline: tokio::time::Instant::now() + options.rollout.timeout,
            created: Mutex::default(),
            logs: Mutex::default(),
            strays: Mutex::default(),
            lease: OnceLock::new(),
            ready: Mutex::default(),
            veil: OnceLock::new(),
        }
    }

    pub(super) fn tell(&self, line: impl Into<String>) {
        let line = line.into();
        let hide = || self.release.hidden.veil(&Mask::Plain);
        let line = self.veil.get_or_init(hide).hide(&line).into_owned();
        (self.ways.progress)(line);
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    /// Says in the journal what comes next.
    pub(super) fn step(&self, step: Step) {
        if let Some(journal) = self.ways.journal {
            let target = self.target.target.to_string();
            journal.note(Entry::Step { target, step });
        }
    }

    pub(super) fn unchanged(&self) -> Done {
        Done {
            revision: self.release.revision,
            ..Done::default()
        }
    }

    /// Takes the lease. True where somebody else had it first, so that what was read is old.
    pub(super) async fn lock(&self) -> Result<bool, Diagnostic> {
        self.step(Step::Lock);
        let ours = Holder {
            release: self.release.name.clone(),
            run: self.options.run.clone(),
            by: self.options.lock.operator.by.clone(),
            process: self.options.lock.operator.process.clone(),
            reason: self.options.reason.clone(),
            progress: self.options.progress.clone(),
            ..Holder::default()
        };
        let lease = Lease::take(&self.ways, self.target, &self.options.lock, ours).await?;
        let waited = lease.waited;
        // A session locks once; a second lease would be the same one.
        let _ = self.lease.set(lease);
        Ok(waited)
    }

    /// Gives the lease back, whatever came of the work.
    pub(super) async fn unlock(&self, done: Result<Done, Diagnostic>) -> Result<Done, Diagnostic> {
        let given = self.last_words(self.give_back(), late).await;
        let Err(error) = given else {
            return done;
        };
        let what = format!("the lease could not be given back: {error}");
        done.map(|mut done| {
            done.warnings.push(Diagnostic::warning(what.clone()));
            done
        })
        .map_err(|fault| fault.note(what))
    }

    /// Gives back the lease that was taken.
    pub(super) async fn give_back(&self) -> Result<(), ClusterError> {
        let Some(lease) = self.lease.get() else {
            return Ok(());
        };
        self.step(Step::Unlock);
        lease.give_back(&self.ways).await
    }

    /// The one way in which a target is written to.
    pub(super) async fn write(&self, write: &Write) -> Result<Written, ClusterError> {
        if let Some(lease) = self.lease.get() {
            lease.ensure(&self.ways).await?;
        }
        let written = self.ways.cluster.write(write).await?;
        if let Some(live) = &written.live {
            let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            match is_ready(live) {
                true => ready.insert(live.id.clone()),
                false => ready.remove(&live.id),
            };
        }
        Ok(written)
    }

    /// Keeps what was not as predicted, to be told at the end.
    pub(super) fn stray(&self, what: String) {
        let mut strays = self.strays.lock().unwrap_or_else(PoisonError::into_inner);
        strays.push(what);
    }

    /// What was not as predicted so far; writes of one kind end in any order.
    pub(super) fn strays(&self) -> Vec<String> {
        let strays = self.strays.lock().unwrap_or_else(PoisonError::into_inner);
        let mut strays = strays.clone();
        strays.sort();
        strays
    }

    /// Whether the answer to its write said that it is ready, so that nobody need wait for it.
    pub(super) fn was_ready(&self, id: &ObjectId) -> bool {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.contains(id)
    }

    /// Whether the target is somebody else's by now.
    pub(super) async fn is_lost(&self) -> bool {
        match self.lease.get() {
            Some(lease) => lease.is_lost().await,
            None => false,
        }
    }

    /// Does `work`, with the lease kept, until it is done, the lease is lost, or the run is left.
    pub(super) async fn unless_leaving<T>(
        &self,
        work: impl Future<Output = Result<T, Diagnostic>>,
    ) -> Result<T, Diagnostic> {
        let kept = async {
            match self.lease.get() {
                Some(lease) => lease.keep(&self.ways).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = work => done,
            lost = kept => Err(lost),
            () = self.ways.halt.leaving() => Err(self.interrupted()),
        }
    }

    /// What must come to its end even when the run is left: a request whose answer must be known,
    /// the truth. It has the better part of a second for that, all of it together.
    pub(super) async fn last_words<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>>,
        late: fn() -> E,
    ) -> Result<T, E> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.ways.halt.left_for(LAST_WORDS) => Err(late()),
        }
    }

    /// Ends the work between two steps where the run is being left.
    pub(super) fn may_go_on(&self) -> Result<(), Diagnostic> {
        match self.ways.halt.pace() {
            Pace::Leaving => Err(self.interrupted()),
            Pace::Running | Pace::Stopping => Ok(()),
        }
    }

    fn interrupted(&self) -> Diagnostic {
        let cause = self.ways.halt.cause();
        let why = cause.map_or_else(|| "interrupted".to_owned(), |cause| cause.to_string());
        let way_out = format!("rollbook resume {}", self.options.run);
        Diagnostic::new(Kind::Failed, format!("{why} in the middle of the work")).hint(way_out)
    }
}

fn is_ready(live: &Live) -> bool {
    let body = || serde_json::from_str(live.raw.get()).ok();
    health::is_waited_for(&live.gvk)
        && body().is_some_and(|body| health::readiness(&body) == Readiness::Ready)
}

/// There was no answer before the run had to be left.
pub(super) fn late() -> ClusterError {
    ClusterError::Unreachable("no answer before the run was left".to_owned())
}
