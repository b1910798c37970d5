//! `atomic`: what failed goes back to the revision that was there, or away where there was none.
//!
//! Planned and done as any other way back, hooks and waits included. Nothing is undone after a
//! signal, or where the failed revision is not the newest one: somebody else went on from there.

use super::make;
use crate::diag::{Diagnostic, Kind};
use crate::event::Event;
use crate::journal::{Entry, Step};
use crate::modules::{Call, Deployed, Terms};
use crate::pipeline::{Desired, To};
use crate::plan::{ReleasePlan, TargetPlan};
use crate::release::TargetSpec;
use crate::terminal::Pace;

/// Undoes what `release` began, where that is due. Gives back what is told of the target, and the
/// revision that is live now where it is another than before.
pub(super) async fn undo(
    call: &Call<'_>,
    spec: &TargetSpec,
    release: &ReleasePlan,
    cause: Diagnostic,
) -> (Diagnostic, Option<u32>) {
    let Some(record) = &release.record else {
        return (cause, None);
    };
    if !spec.release.rollout.atomic || call.doors.halt.pace() == Pace::Leaving {
        return (cause, None);
    }
    let (to, done) = match release.arrived {
        Some(revision) => (To::Recorded { revision }, "rolled back"),
        None if release.revision == 0 => (To::Absent, "uninstalled"),
        None => return (nowhere(cause), None),
    };
    match back(call, spec, to, record.revision).await {
        Ok(None) => (cause, None),
        Ok(Some(deployed)) => (undone(spec, done, cause), Some(deployed.revision)),
        Err(other) => (worse(done, cause, other), None),
    }
}

/// `None` where the revision that failed was never opened.
async fn back(
    call: &Call<'_>,
    spec: &TargetSpec,
    to: To,
    failed: u32,
) -> Result<Option<Deployed>, Diagnostic> {
    let desired = Desired::new(spec.clone(), to);
    let planned = make(call.doors.releases, std::slice::from_ref(&desired), false).await;
    let mut planned = planned.into_iter();
    let missing = || {
        Err(Diagnostic::new(
            Kind::Internal,
            "the way back was not planned",
        ))
    };
    let plan: TargetPlan = planned.next().unwrap_or_else(missing)?;
    if plan.release.as_ref().map(|release| release.revision) != Some(failed) {
        return Ok(None);
    }
    if let Some(journal) = call.doors.journal {
        let target = call.target.to_string();
        let step = Step::RollBack;
        journal.append(Entry::Step { target, step }).await?;
    }
    let progress = |text: String| {
        let target = call.target.clone();
        call.doors.sink.emit(Event::Progress { target, text });
    };
    progress(format!("revision {failed} failed and is undone"));
    let releases = call.doors.releases;
    let terms = Terms {
        rollout: spec.release.rollout.clone(),
        view: None,
    };
    let deployed = releases.deploy(&plan, &terms, call.doors, &progress).await;
    deployed.map(Some)
}

/// Helm's words.
fn undone(spec: &TargetSpec, done: &str, cause: Diagnostic) -> Diagnostic {
    let release = &spec.release.name;
    let message = format!(
        "release {release} failed, and has been {done} due to rollback-on-failure being set: {}",
        cause.message
    );
    Diagnostic { message, ..cause }
}

fn worse(done: &str, cause: Diagnostic, other: Diagnostic) -> Diagnostic {
    let told = format!("it could not be {done}: {}", other.message);
    let cause = other
        .notes
        .into_iter()
        .fold(cause.note(told), Diagnostic::note);
    match other.kind {
        Kind::Open => Diagnostic {
            kind: Kind::Open,
            ..cause
        },
        _ => cause,
    }
}

fn nowhere(cause: Diagnostic) -> Diagnostic {
    cause.note("there is no revision that arrived, so nothing was rolled back")
}
