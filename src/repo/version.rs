//! Which of several versions is meant, by Helm's rule.

use crate::diag::Diagnostic;
use helm::semver::{Constraint, Version};

/// How many versions a fault names.
const NAMED: usize = 5;

/// The place in `versions` of the one that `wanted` asks for: that very version, else the newest
/// in the range, else (nothing wanted) the newest stable one.
pub fn choose(versions: &[&str], wanted: Option<&str>) -> Result<Option<usize>, Diagnostic> {
    let wanted = wanted.unwrap_or("*");
    if let Some(exact) = versions.iter().position(|v| *v == wanted) {
        return Ok(Some(exact));
    }
    let range = Constraint::parse(wanted).map_err(|why| {
        let what = format!("{wanted:?} is neither a version nor a range of versions");
        Diagnostic::error(what).note(why)
    })?;
    Ok(ordered(versions)
        .into_iter()
        .find(|(version, _)| range.check(version))
        .map(|(_, at)| at))
}

/// The versions around the one that nobody has: `2.4.0, 2.4.1 … 2.5.0`.
pub fn nearest(versions: &[&str], wanted: Option<&str>) -> String {
    let ordered = ordered(versions);
    let newer = wanted
        .and_then(|w| Version::parse(w).ok())
        .map_or(0, |w| ordered.iter().filter(|(v, _)| *v > w).count());
    let start = newer.saturating_sub(NAMED / 2);
    let start = start.min(ordered.len().saturating_sub(NAMED));
    let near = ordered[start..].iter().take(NAMED);
    let near: Vec<&str> = near.map(|(_, at)| versions[*at]).collect();
    near.join(", ")
}

/// The places of the versions, newest first; what is no version is left out.
pub fn newest_first(versions: &[&str]) -> Vec<usize> {
    ordered(versions).into_iter().map(|(_, at)| at).collect()
}

/// Newest first; what is no version is left out, as Helm does.
fn ordered(versions: &[&str]) -> Vec<(Version, usize)> {
    let parsed = versions.iter().enumerate();
    let parsed = parsed.filter_map(|(at, text)| Some((Version::parse(text).ok()?, at)));
    let mut parsed: Vec<_> = parsed.collect();
    parsed.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    parsed
}
