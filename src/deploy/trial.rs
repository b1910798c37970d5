//! The tests of a release: its `test` hooks, run as `helm test` does.

use super::fault::fault;
use super::record::Kept;
use super::session::Session;
use super::{Done, Options, Ways};
use crate::diag::{Diagnostic, Kind};
use crate::plan::TargetPlan;
use crate::release::Record;
use std::sync::PoisonError;

/// What the tests came to.
#[derive(Debug)]
pub struct Tested {
    /// The record, with when each test ran and how it ended.
    pub record: Record,
    /// Why a test failed.
    pub fault: Option<Diagnostic>,
    /// What the tests said, where [`Options::logs`] asks for it.
    pub logs: Vec<String>,
}

/// Runs the tests that the plan holds, and keeps in the record how they ended, which changes
/// nothing else of it.
pub async fn test(
    ways: Ways<'_>,
    target: &TargetPlan,
    options: &Options,
) -> Result<Tested, Diagnostic> {
    let Some(release) = &target.release else {
        return Err(Diagnostic::new(Kind::Internal, "the plan has no release"));
    };
    let session = Session::new(ways, target, release, options);
    let mut kept = None;
    let done = run(&session, &mut kept).await;
    let done = session.unlock(done).await;
    let fault = done.err().map(|fault| session.fault(fault));
    let mut logs = session.logs.lock().unwrap_or_else(PoisonError::into_inner);
    match (kept, fault) {
        (Some(kept), fault) => Ok(Tested {
            record: kept.record,
            fault,
            logs: std::mem::take(&mut *logs),
        }),
        (None, Some(fault)) => Err(fault),
        (None, None) => Err(Diagnostic::new(Kind::Internal, "no release was read")),
    }
}

async fn run(session: &Session<'_>, read: &mut Option<Kept>) -> Result<Done, Diagnostic> {
    session.base().await?;
    session.lock().await?;
    let kept = read.insert(current(session).await?);
    let ended = session
        .unless_leaving(session.hooks("test", &mut kept.record))
        .await;
    let what = format!("release record {}", kept.record.key());
    let put = session.last_words(session.put(kept), super::session::late);
    match (ended, put.await) {
        (Err(cause), Err(error)) => Err(cause.note(format!("{what}: {error}"))),
        (Err(cause), Ok(())) => Err(cause),
        (Ok(()), put) => put.map(|()| Done::default()).map_err(|e| fault(what, e)),
    }
}

/// The record, now that nobody else of ours writes it.
async fn current(session: &Session<'_>) -> Result<Kept, Diagnostic> {
    let missing = || Diagnostic::new(Kind::Internal, "the plan has no revision");
    session.base().await?.ok_or_else(missing)
}
