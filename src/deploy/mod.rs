//! One release plan against one cluster: what the plan holds is done, and nothing else.
//!
//! The main entry point is [`run`]; [`Session`] is what its steps share. An upgrade reads: check
//! that nothing moved → make the namespace → save the state → open the record (the lock against Helm) → hooks → move
//! ownership → apply → delete → wait → hooks → close the record. Whatever fails after the record
//! was opened closes it as `failed`: nothing is left `pending-…` while the API answers.

mod change;
mod check;
mod fault;
mod hooks;
mod record;
mod save;
mod uninstall;
mod upgrade;
mod wait;

pub use check::reads;

use crate::cluster::{Cluster, View};
use crate::diag::Diagnostic;
use crate::plan::{ReleasePlan, TargetPlan};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How a plan is applied; the same for all targets of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The run's id.
    pub run: Arc<str>,
    /// Wait until what was changed is ready.
    pub wait: bool,
    /// How long one target's waits and hooks may take in all.
    pub timeout: Duration,
    /// `--reason`, kept in the release's description.
    pub reason: Option<String>,
    /// Revisions that are kept; 0 keeps all.
    pub history_max: usize,
    /// The release's description instead of Helm's words.
    pub description: Option<String>,
    /// What is live, where it was read for the whole wave just now; else each target reads its own.
    pub view: Option<Arc<View>>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

impl Options {
    /// Helm's defaults: wait, five minutes, ten revisions.
    pub fn new(run: impl Into<Arc<str>>) -> Options {
        Options {
            run: run.into(),
            wait: true,
            timeout: Duration::from_secs(300),
            reason: None,
            history_max: 10,
            description: None,
            view: None,
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
}

/// Where progress is told, one line at a time.
pub type Progress<'a> = dyn Fn(String) + Send + Sync + 'a;

/// Does what the plan of a target says about its release.
pub async fn run(
    cluster: &dyn Cluster,
    target: &TargetPlan,
    options: &Options,
    progress: &Progress<'_>,
) -> Result<Done, Diagnostic> {
    let Some(release) = &target.release else {
        return Ok(Done::default());
    };
    let session = Session {
        cluster,
        target,
        release,
        options,
        progress,
        deadline: tokio::time::Instant::now() + options.timeout,
    };
    let done = match (&release.to, &release.record) {
        (Some(_), Some(record)) => upgrade::run(&session, record).await,
        (Some(_), None) => Ok(session.unchanged()),
        (None, _) if release.revision == 0 => Ok(session.unchanged()),
        (None, _) => uninstall::run(&session).await,
    };
    done.map_err(|fault| fault.target(target.target.clone()))
}

/// One target while its plan is done.
struct Session<'a> {
    cluster: &'a dyn Cluster,
    target: &'a TargetPlan,
    release: &'a ReleasePlan,
    options: &'a Options,
    progress: &'a Progress<'a>,
    deadline: tokio::time::Instant,
}

impl Session<'_> {
    fn tell(&self, line: impl Into<String>) {
        (self.progress)(line.into());
    }

    fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    fn unchanged(&self) -> Done {
        Done {
            revision: self.release.revision,
            ..Done::default()
        }
    }
}
