//! One release plan against one cluster: what the plan holds is done, and nothing else.
//!
//! The main entry point is [`run`]; [`Session`] is what its steps share. An upgrade reads: check
//! that nothing moved → take the lease → make the namespace → save the state → open the record
//! (the lock against Helm) → hooks → move ownership → apply → delete → wait → hooks → close the
//! record → give the lease back. Whatever fails after the record was opened, a signal too, closes
//! it as `failed`: nothing is left `pending-…` while the API answers.

mod change;
mod check;
mod cleanup;
mod closing;
mod define;
mod fault;
mod hooks;
mod lease;
mod logs;
mod record;
mod repair;
mod save;
mod scale;
mod session;
mod trial;
mod uninstall;
mod upgrade;
mod veil;
mod wait;

pub use check::{needs, reads};
pub use closing::{Closings, close};
pub use scale::{Order, Place, Workload, labelled, named, scale};

pub use trial::{Tested, test};

use crate::cluster::{Cluster, View};
use crate::diag::Diagnostic;
use crate::health::Patience;
use crate::journal::Journal;
use crate::plan::TargetPlan;
use crate::release::{Driver, Rollout};
use crate::state::Operator;
use crate::terminal::Halt;
use jiff::Timestamp;
use session::Session;
use std::sync::Arc;
use std::time::Duration;

/// How a plan is applied; the same for all targets of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The run's id.
    pub run: Arc<str>,
    /// Waits, limits, and what is done on failure.
    pub rollout: Rollout,
    /// When something that goes wrong counts.
    pub patience: Patience,
    /// The play's name.
    pub title: Arc<str>,
    /// `--reason`, kept in the release's description.
    pub reason: Option<String>,
    /// What hooks say is kept for [`Tested::logs`].
    pub logs: bool,
    /// What is live, where it was read for the whole wave just now; else each target reads its own.
    pub view: Option<Arc<View>>,
    /// Who works on the target, and for how long one waits for others.
    pub lock: Lock,
    /// Where the record of a release that is new is kept.
    pub driver: Driver,
    /// How far the run is, for those who see the lease.
    pub progress: Option<String>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// One writer per target: who we are, and what is done about somebody else.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// Who runs this.
    pub operator: Operator,
    /// How long one waits for another holder.
    pub timeout: Duration,
    /// Take over from a holder that may be alive (`--break-lock`).
    pub break_it: bool,
}

impl Options {
    /// Helm's defaults: wait, five minutes, ten revisions.
    pub fn new(run: impl Into<Arc<str>>) -> Options {
        Options {
            run: run.into(),
            rollout: Rollout {
                timeout: Duration::from_secs(300),
                ..Rollout::default()
            },
            patience: Patience::default(),
            title: "".into(),
            reason: None,
            logs: false,
            view: None,
            lock: Lock::default(),
            driver: Driver::default(),
            progress: None,
            clock: Timestamp::now,
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// The revision that is deployed now; 0 where there is no release.
    pub revision: u32,
    /// Something was written. False where this run had done the plan before.
    pub changed: bool,
    /// What went wrong beside the point: the release is as planned all the same.
    pub warnings: Vec<Diagnostic>,
    /// Objects that did not become what was predicted, and in what.
    pub strays: Vec<String>,
}

/// Where progress is told, one line at a time.
pub type Progress<'a> = dyn Fn(String) + Send + Sync + 'a;

/// The ways to the outside.
#[derive(Clone, Copy)]
pub struct Ways<'a> {
    /// The cluster.
    pub cluster: &'a dyn Cluster,
    /// Where steps are kept.
    pub journal: Option<&'a Journal>,
    /// Whether the run is to end.
    pub halt: &'a Halt,
    /// Where progress is told.
    pub progress: &'a Progress<'a>,
}

/// Does what the plan of a target says about its release.
pub async fn run(
    ways: Ways<'_>,
    target: &TargetPlan,
    options: &Options,
) -> Result<Done, Diagnostic> {
    let Some(release) = &target.release else {
        return Ok(Done::default());
    };
    let session = Session::new(ways, target, release, options);
    let done = match (&release.to, &release.record) {
        (Some(_), Some(record)) => upgrade::run(&session, record).await,
        (Some(_), None) => Ok(session.unchanged()),
        (None, _) if release.revision == 0 => Ok(session.unchanged()),
        (None, _) => uninstall::run(&session).await,
    };
    let done = session.unlock(done).await;
    done.map(|done| Done {
        strays: session.strays(),
        ..done
    })
    .map_err(|fault| session.fault(fault))
}

/// Marks failed what a dead writer left pending, as the plan of a target says, and frees its lease.
pub async fn repair(
    ways: Ways<'_>,
    target: &TargetPlan,
    options: &Options,
) -> Result<(), Diagnostic> {
    let Some(release) = &target.release else {
        return Ok(());
    };
    let session = Session::new(ways, target, release, options);
    let repaired = repair::run(&session).await;
    let done = session.unlock(repaired.map(|()| Done::default())).await;
    done.map(drop).map_err(|fault| session.fault(fault))
}
