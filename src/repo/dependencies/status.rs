//! How the dependencies of a chart stand: what `helm dependency list` tells.

use crate::files::Files;
use crate::repo::{Download, local};
use helm::chart::{Chart, Dependency};
use helm::semver::{Constraint, Version};
use std::path::Path;

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The chart's name.
    pub name: String,
    /// The version or range that is wanted.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// `ok`, `unpacked`, `missing`, `wrong version`, …
    pub status: &'static str,
}

/// Something in `charts/` that no requirement asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stray {
    /// A file or directory that is no chart.
    NoChart(String),
    /// A chart that `Chart.yaml` does not name.
    Unnamed(String),
}

/// The requirements of the chart at `path`, in order.
pub fn rows(files: &dyn Files, path: &Path, chart: &Chart) -> Vec<Row> {
    let row = |dependency: &Dependency| Row {
        name: dependency.name.clone(),
        version: dependency.version.clone(),
        repository: dependency.repository.clone(),
        status: status(files, path, chart, dependency),
    };
    chart.metadata.dependencies.iter().map(row).collect()
}

/// What lies in `charts/` of the chart at `path` without being asked for.
pub fn strays(files: &dyn Files, path: &Path, chart: &Chart) -> Vec<Stray> {
    let below = path.join("charts");
    let entries = files.list(&below).unwrap_or_default();
    let candidates = entries
        .into_iter()
        .filter(|e| e.dir || e.name.ends_with(".tgz"));
    let stray = |entry: crate::files::Entry| {
        let at = below.join(&entry.name);
        let shown = at.display().to_string();
        let wanted = &chart.metadata.dependencies;
        match local::at(files, &at).and_then(Download::chart) {
            Err(_) => Some(Stray::NoChart(shown)),
            Ok(found) if wanted.iter().any(|d| d.name == found.metadata.name) => None,
            Ok(_) => Some(Stray::Unnamed(shown)),
        }
    };
    candidates.filter_map(stray).collect()
}

/// An archive in `charts/` counts before what is unpacked there, as in Helm.
fn status(files: &dyn Files, path: &Path, chart: &Chart, wanted: &Dependency) -> &'static str {
    let archives = archives(files, path, &wanted.name);
    let strict = |name: &&String| {
        let version = name[wanted.name.len() + 1..].trim_end_matches(".tgz");
        Version::parse_strict(version).is_ok()
    };
    let found: Vec<&String> = match archives.len() {
        0 | 1 => archives.iter().collect(),
        _ => archives.iter().filter(strict).collect(),
    };
    match found[..] {
        [name] => of_archive(files, &path.join("charts").join(name), wanted),
        [] => unpacked(chart, wanted),
        _ => "too many matches",
    }
}

/// `charts/NAME-*.tgz`.
fn archives(files: &dyn Files, path: &Path, name: &str) -> Vec<String> {
    let entries = files.list(&path.join("charts")).unwrap_or_default();
    let names = entries.into_iter().map(|entry| entry.name);
    let begins = format!("{name}-");
    names
        .filter(|n| n.starts_with(&begins) && n.ends_with(".tgz"))
        .collect()
}

fn of_archive(files: &dyn Files, path: &Path, wanted: &Dependency) -> &'static str {
    match local::at(files, path).and_then(Download::chart) {
        Err(_) => "corrupt",
        Ok(found) if found.metadata.name != wanted.name => "misnamed",
        Ok(found) => serves(&found.metadata.version, wanted).unwrap_or("ok"),
    }
}

fn unpacked(chart: &Chart, wanted: &Dependency) -> &'static str {
    let mut named = chart.dependencies.iter().rev();
    match named.find(|d| d.metadata.name == wanted.name) {
        None => "missing",
        Some(found) => serves(&found.metadata.version, wanted).unwrap_or("unpacked"),
    }
}

/// What is wrong with a version.
fn serves(version: &str, wanted: &Dependency) -> Option<&'static str> {
    if version == wanted.version {
        return None;
    }
    match (Constraint::parse(&wanted.version), Version::parse(version)) {
        (Ok(range), Ok(version)) if range.check(&version) => None,
        (Ok(_), Ok(_)) => Some("wrong version"),
        _ => Some("invalid version"),
    }
}
