//! Uninstall: the steps in order.

use super::Done;
use super::fault::fault;
use super::record::Kept;
use super::session::Session;
use crate::diag::Diagnostic;
use crate::journal::Step;
use crate::plan::Action;
use crate::release::Operation;

/// Removes the release and its history.
pub(super) async fn run(session: &Session<'_>) -> Result<Done, Diagnostic> {
    let Some(mut base) = session.base().await? else {
        return Ok(Done::default());
    };
    session.check().await?;
    if session.lock().await? {
        let Some(again) = session.base().await? else {
            return Ok(Done::default());
        };
        base = again;
        session.check().await?;
    }
    session.save_state().await?;
    session.may_go_on()?;
    mark(session, &mut base).await?;
    let taken = session.unless_leaving(take_away(session, &mut base)).await;
    match taken {
        Ok(()) => Ok(Done {
            changed: true,
            ..Done::default()
        }),
        Err(cause) => Err(session.fail(base, Operation::Uninstall, cause).await),
    }
}

/// Says in the record that the release is going.
async fn mark(session: &Session<'_>, base: &mut Kept) -> Result<(), Diagnostic> {
    session.step(Step::Open {
        revision: base.record.revision,
    });
    let info = &mut base.record.info;
    info.status = Operation::Uninstall.pending().into();
    info.deleted = session.now().to_string();
    info.description = "Deletion in progress (or silently failed)".to_owned();
    let put = session.put(base).await;
    put.map_err(|e| fault(format!("release record {}", base.record.key()), e))
}

async fn take_away(session: &Session<'_>, base: &mut Kept) -> Result<(), Diagnostic> {
    session.hooks("pre-delete", &mut base.record).await?;
    session.remove().await?;
    wait_gone(session).await?;
    session.hooks("post-delete", &mut base.record).await?;
    forget_all(session).await
}

async fn wait_gone(session: &Session<'_>) -> Result<(), Diagnostic> {
    let deleted = session.release.changes.iter();
    let deleted = deleted.filter(|c| session.options.rollout.waits() && c.action == Action::Delete);
    for change in deleted {
        session.wait_gone(&change.gvk, &change.id).await?;
    }
    Ok(())
}

async fn forget_all(session: &Session<'_>) -> Result<(), Diagnostic> {
    let history = session.history().await;
    let history = history.map_err(|e| fault("the release's history", e))?;
    let forgotten = session.forget(&history.numbers()).await;
    forgotten.map_err(|e| fault("the release's history", e))
}
