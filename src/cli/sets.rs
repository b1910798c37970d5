//! Targets that are named by what became of them: `@failed:RUN`, `@skipped:RUN` and `@version:V`
//! in `-l`. Each becomes one part of the pattern, so that `canary:&@failed:7k2f` works as it reads.

use super::Global;
use super::fleet::{FleetArgs, by_cluster};
use super::status::{self, is_version};
use crate::diag::{Diagnostic, Diagnostics};
use crate::journal::{self, Run, Touched};
use crate::pipeline::known::place;
use crate::release::TargetSpec;
use std::collections::BTreeSet;

/// The sets, with what stands between `@` and the argument.
const SETS: [&str; 3] = ["failed:", "skipped:", "version:"];

/// Puts the targets of each set in its place.
pub async fn expand(
    fleet: &mut FleetArgs,
    context: Option<&str>,
    global: &Global,
) -> Result<(), Diagnostics> {
    while let Some((before, set, argument, after)) = fleet.limit.as_deref().and_then(first) {
        let targets = match set {
            "failed:" => failed(&journal::find(global.state_path(), argument)?),
            "skipped:" => skipped(&journal::find(global.state_path(), argument)?),
            _ => at_version(fleet, context, argument, global).await?,
        };
        if targets.is_empty() {
            let what = format!("@{set}{argument} is no target");
            return Err(Diagnostic::error(what).into());
        }
        let limit = format!("{before}{}{after}", part(&targets));
        fleet.limit = Some(limit);
    }
    Ok(())
}

/// The first set of a pattern: what is before it, its name, its argument, and what follows.
fn first(limit: &str) -> Option<(&str, &'static str, &str, &str)> {
    let found = SETS.iter().filter_map(|set| {
        let at = limit.find(&format!("@{set}"))?;
        Some((at, *set))
    });
    let (at, set) = found.min()?;
    let (before, rest) = limit.split_at(at);
    let rest = rest.strip_prefix('@')?.strip_prefix(set)?;
    let end = rest.find([',', ':']).unwrap_or(rest.len());
    let (argument, after) = rest.split_at(end);
    Some((before, set, argument, after))
}

/// One part that fits these targets alone.
pub fn part(targets: &BTreeSet<String>) -> String {
    let names: Vec<String> = targets
        .iter()
        .map(|name| name.replace('.', "[.]"))
        .collect();
    format!("~^({})$", names.join("|"))
}

fn failed(run: &Run) -> BTreeSet<String> {
    let failed = run.touched.iter().filter(|touched| !touched.is_done());
    failed
        .map(|one: &Touched| one.before.target.clone())
        .collect()
}

/// Passed over, or never reached because the run stopped.
fn skipped(run: &Run) -> BTreeSet<String> {
    let touched = |target: &&String| run.touched.iter().any(|t| t.before.target == **target);
    run.passed
        .keys()
        .filter(|target| !touched(target))
        .cloned()
        .collect()
}

async fn at_version(
    fleet: &FleetArgs,
    context: Option<&str>,
    wanted: &str,
    global: &Global,
) -> Result<BTreeSet<String>, Diagnostics> {
    let all = FleetArgs {
        limit: None,
        ..fleet.clone()
    };
    let (_, specs) = all.specs(context)?;
    let opening = global.opening("sets");
    let mut found = BTreeSet::new();
    for (cluster, specs) in by_cluster(&specs) {
        let known = status::read(&cluster, &specs, &opening).await;
        let known = known.map_err(|e| e.diagnostic())?;
        let runs = |spec: &&&TargetSpec| {
            let base = known
                .get(&place(spec))
                .and_then(|known| known.base.as_ref());
            base.is_some_and(|base| is_version(base.chart_field("version"), wanted))
        };
        found.extend(specs.iter().filter(runs).map(|spec| spec.name.to_string()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_found_wherever_it_stands() {
        let cases = [
            ("@failed:7k2f", Some(("", "failed:", "7k2f", ""))),
            (
                "a:&@version:2.4.1:!b",
                Some(("a:&", "version:", "2.4.1", ":!b")),
            ),
            ("!@skipped:x,b", Some(("!", "skipped:", "x", ",b"))),
            ("@targets.txt", None),
            ("failed:x", None),
        ];
        for (limit, wanted) in cases {
            assert_eq!(first(limit), wanted, "{limit}");
        }
    }

    #[test]
    fn names_are_taken_as_they_are() {
        let targets = ["a.b".to_owned(), "c".to_owned()].into();
        assert_eq!(part(&targets), "~^(a[.]b|c)$");
    }

    #[test]
    fn a_version_is_exact_or_a_range() {
        let cases = [
            ("2.4.1", "2.4.1"),
            ("2.4.1", "2.4.x"),
            ("2.4.1", "~2.4"),
            ("2.4.1", "<2.5"),
        ];
        assert!(
            cases
                .iter()
                .all(|(version, wanted)| is_version(version, wanted))
        );
        assert!(!is_version("2.4.1", "2.4.2") && !is_version("", "2.4.2"));
    }
}
