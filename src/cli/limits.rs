//! How much one run may touch: the inventory's `limits`, raised only by name.

use super::play::Session;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::plan::{Action, Plan, TargetPlan};
use crate::release::{TargetSpec, resolve_all};
use std::sync::Arc;

/// What of the plan goes over a limit; the smallest limit of all its targets counts.
pub fn exceeded(plan: &Plan, session: &Session) -> Result<Option<Diagnostic>, Diagnostics> {
    let changing: Vec<&TargetPlan> = plan
        .targets
        .iter()
        .filter(|target| target.changes())
        .collect();
    let names: Vec<Arc<str>> = changing
        .iter()
        .map(|target| target.target.clone())
        .collect();
    let specs = resolve_all(&session.fleet, &names, &None)?;
    let limit = |of: fn(&TargetSpec) -> Option<u64>| specs.iter().filter_map(of).min();
    let targets = session
        .args
        .allow_targets
        .or_else(|| limit(|spec| spec.guard.limits.max_targets));
    let deletes = session
        .args
        .allow_deletes
        .or_else(|| limit(|spec| spec.guard.limits.max_deletes));
    let over = over(
        "targets would change",
        changing.len(),
        targets,
        "--allow-targets",
    );
    Ok(over.or_else(|| {
        self::over(
            "objects would be deleted",
            deleted(&changing),
            deletes,
            "--allow-deletes",
        )
    }))
}

fn deleted(changing: &[&TargetPlan]) -> usize {
    let releases = changing.iter().filter_map(|target| target.release.as_ref());
    releases
        .flat_map(|release| &release.changes)
        .filter(|change| change.action == Action::Delete)
        .count()
}

fn over(what: &str, count: usize, limit: Option<u64>, flag: &str) -> Option<Diagnostic> {
    let limit = limit.filter(|limit| count as u64 > *limit)?;
    let fault = Diagnostic::new(
        Kind::Refused,
        format!("{count} {what}, and the inventory's limits allow {limit}"),
    );
    Some(fault.hint(format!("a smaller -l PATTERN, or {flag} {count}")))
}
