//! Install, upgrade and rollback: the steps in order.

use super::fault::{fault, moved};
use super::record::Opened;
use super::{Done, Session};
use crate::diag::Diagnostic;
use crate::release::Record;

/// Makes the release what `planned` says.
pub(super) async fn run(session: &Session<'_>, planned: &Record) -> Result<Done, Diagnostic> {
    session.make_namespace().await?;
    let first_try = session.save_state().await?;
    if !first_try && let Some(done) = done_before(session, planned).await? {
        return Ok(done);
    }
    let mut opened = session.open(planned).await?;
    if let Err(cause) = change(session, &mut opened).await {
        return Err(session.fail(opened.new, opened.operation, cause).await);
    }
    let revision = opened.new.record.revision;
    match session.close(&mut opened).await {
        Ok(warnings) => Ok(Done {
            revision,
            changed: true,
            warnings,
        }),
        Err(cause) => Err(session.fail(opened.new, opened.operation, cause).await),
    }
}

async fn change(session: &Session<'_>, opened: &mut Opened) -> Result<(), Diagnostic> {
    let event = opened.operation.event();
    let record = &mut opened.new.record;
    session.hooks(&format!("pre-{event}"), record).await?;
    session.migrate().await?;
    session.apply().await?;
    session.remove().await?;
    session.wait_ready().await?;
    session.hooks(&format!("post-{event}"), record).await
}

/// Whether this run has done this plan already; a failed try is told as what it is.
async fn done_before(session: &Session<'_>, planned: &Record) -> Result<Option<Done>, Diagnostic> {
    let history = session.history().await;
    let history = history.map_err(|e| fault("the release's history", e))?;
    let Some(last) = history.last().filter(|l| l.number >= planned.revision) else {
        return Ok(None);
    };
    if last.number == planned.revision && &*last.status == "deployed" {
        return Ok(Some(Done {
            revision: last.number,
            ..Done::default()
        }));
    }
    let (run, number) = (&session.options.run, last.number);
    let what = format!(
        "run {run} was here before: revision {number} is {}",
        last.status
    );
    Err(moved(what))
}
