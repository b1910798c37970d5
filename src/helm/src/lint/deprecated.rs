//! Kinds that Kubernetes gives up.
//!
//! `deprecated.txt` has one kind a line, as the API types of Kubernetes 1.36 tell it: version,
//! kind, since when it is deprecated, when it is gone (`-`: not said), and what comes in its place.

/// What is known, sorted.
const KINDS: &str = include_str!("deprecated.txt");

/// What a cluster of version `(major, minor)` warns of when it is sent this kind.
pub(super) fn warning(api_version: &str, kind: &str, cluster: (u64, u64)) -> Option<String> {
    let mut lines = KINDS.lines().map(|line| line.split(' '));
    let mut facts = lines.find_map(|mut words| {
        let found = words.next() == Some(api_version) && words.next() == Some(kind);
        found.then_some(words)
    })?;
    let (since, gone) = (facts.next()?, facts.next()?);
    if numbers(since)? > cluster {
        return None;
    }
    let mut text = format!("{api_version} {kind} is deprecated in v{since}+");
    if gone != "-" {
        text += &format!(", unavailable in v{gone}+");
    }
    if let (Some(version), Some(kind)) = (facts.next(), facts.next()) {
        text += &format!("; use {version} {kind}");
    }
    Some(text)
}

/// `1.25` as numbers.
fn numbers(version: &str) -> Option<(u64, u64)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
