//! Install, upgrade and rollback: the steps in order.

use super::Done;
use super::fault::fault;
use super::record::{Kept, Opened};
use super::session::Session;
use crate::diag::{Diagnostic, Kind};
use crate::release::Record;

/// Makes the release what `planned` says.
pub(super) async fn run(session: &Session<'_>, planned: &Record) -> Result<Done, Diagnostic> {
    let begun = session.last_words(begin(session, planned), late).await?;
    let mut opened = match begun {
        Begun::Opened(opened) => opened,
        Begun::Before(done) => return Ok(done),
    };
    let changed = session.unless_leaving(change(session, &mut opened)).await;
    if let Err(cause) = changed {
        let operation = opened.operation;
        let cause = session.fail(opened.new, operation, cause).await;
        return Err(session.clean_up(operation, cause).await);
    }
    let revision = opened.new.record.revision;
    match session.close(&mut opened).await {
        Ok(warnings) => Ok(Done {
            revision,
            changed: true,
            warnings,
            ..Done::default()
        }),
        Err(cause) => Err(session.fail(opened.new, opened.operation, cause).await),
    }
}

/// How far the beginning got.
enum Begun {
    /// The record is open.
    Opened(Box<Opened>),
    /// This run has done it before.
    Before(Done),
}

/// Everything up to the open record. None of it touches an object of the release.
async fn begin(session: &Session<'_>, planned: &Record) -> Result<Begun, Diagnostic> {
    let base = match unmoved(session).await {
        Ok(base) => base,
        Err(cause) => {
            let before = done_before(session, planned).await?;
            return before.map(Begun::Before).ok_or(cause);
        }
    };
    session.make_namespace().await?;
    session.may_go_on()?;
    let mut base = match session.lock().await? {
        true => unmoved(session).await?,
        false => base,
    };
    session.may_go_on()?;
    session.recover(&mut base).await?;
    session.may_go_on()?;
    session.save_state().await?;
    session.may_go_on()?;
    session.define().await?;
    session.may_go_on()?;
    let opened = session.open(planned, base).await?;
    Ok(Begun::Opened(Box::new(opened)))
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

fn late() -> Diagnostic {
    Diagnostic::new(
        Kind::Unreachable,
        "the cluster did not answer before the run was left; nothing of the release was changed",
    )
}
