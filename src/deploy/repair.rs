//! What `rollbook recover` does: a revision that a dead writer left pending is marked failed, and
//! its lease is freed. No object of the release is touched.

use super::session::Session;
use crate::diag::Diagnostic;

/// Takes the lease, marks the revision failed where the plan says so; the caller gives the lease
/// back, which frees it.
pub(super) async fn run(session: &Session<'_>) -> Result<(), Diagnostic> {
    session.lock().await?;
    session.may_go_on()?;
    if session.release.recover.is_some() {
        let mut base = session.base().await?;
        session.recover(&mut base).await?;
    }
    Ok(())
}
