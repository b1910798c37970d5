//! Install, upgrade and rollback: the steps in order.

use super::fault::fault;
use super::record::{Kept, Opened};
use super::{Done, Session};
use crate::diag::Diagnostic;
use crate::release::Record;

/// Makes the release what `planned` says.
pub(super) async fn run(session: &Session<'_>, planned: &Record) -> Result<Done, Diagnostic> {
    let base = match unmoved(session).await {
        Ok(base) => base,
        Err(cause) => return done_before(session, planned).await?.ok_or(cause),
    };
    session.make_namespace().await?;
    session.save_state().await?;
    let mut opened = session.open(planned, base).await?;
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

/// The live revision, when neither it nor an object has moved.
async fn unmoved(session: &Session<'_>) -> Result<Option<Kept>, Diagnostic> {
    let base = session.base().await?;
    session.check().await?;
    Ok(base)
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

/// Where this very run has done this plan before, that is what makes it look moved.
async fn done_before(session: &Session<'_>, planned: &Record) -> Result<Option<Done>, Diagnostic> {
    if !session.was_here().await? {
        return Ok(None);
    }
    let history = session.history().await;
    let history = history.map_err(|e| fault("the release's history", e))?;
    let last = history.last();
    let done = last.filter(|l| l.number == planned.revision && &*l.status == "deployed");
    Ok(done.map(|last| Done {
        revision: last.number,
        ..Done::default()
    }))
}
