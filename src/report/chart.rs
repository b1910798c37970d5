//! What the verbs of `chart` say, in Helm's words.

use super::words;
use crate::diff::Hunk;
use crate::repo::dependencies::{Row, Stray};
use crate::repo::{Download, Signed};
use helm::chart::{Chart, File, Source};
use helm::value::quote;
use helm::yaml;
use std::path::Path;

/// A part of a chart that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything.
    All,
    /// `Chart.yaml`.
    Chart,
    /// `values.yaml`.
    Values,
    /// The README.
    Readme,
    /// `crds/`, of subcharts too.
    Crds,
}

/// Warnings of the render, one per line.
pub fn warnings(warnings: &[String]) -> String {
    warnings
        .iter()
        .map(|warning| format!("{warning}\n"))
        .collect()
}

/// A render beside Helm's. `steady`: Helm says the same twice.
pub fn compared(helm: &str, lines: usize, hunks: &[Hunk], steady: bool) -> String {
    if hunks.is_empty() {
        return format!("The same as {helm}: {}.\n", words::plural(lines, "line"));
    }
    let random = match steady {
        true => "",
        false => "  Helm's own output changes from run to run: some of it is random.\n",
    };
    let mut text = format!("Not the same as {helm} (-), rollbook (+).\n{random}");
    for hunk in hunks {
        for line in hunk.lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

/// Both refuse the chart.
pub fn both_refuse(helm: &str, ours: &str, theirs: &str) -> String {
    format!("Both refuse it.\n  {helm}: {theirs}\n  rollbook: {ours}\n")
}

/// One of them refuses the chart.
pub fn one_refuses(who: &str, why: &str) -> String {
    format!("Only {who} refuses it: {why}\n")
}

/// One file was written.
pub fn wrote(path: &Path) -> String {
    format!("wrote {}\n", path.display())
}

/// What came from a registry.
pub fn pulled(download: &Download) -> String {
    let Some(digest) = &download.manifest else {
        return String::new();
    };
    let reference = download.origin.trim_start_matches("oci://");
    format!("Pulled: {reference}\nDigest: {digest}\n")
}

/// Who signed a chart.
pub fn signed(signed: &Signed) -> String {
    let by = signed.identities.iter();
    let by: String = by.map(|name| format!("Signed by: {name}\n")).collect();
    let (fingerprint, hash) = (&signed.fingerprint, &signed.hash);
    format!("{by}Using Key With Fingerprint: {fingerprint}\nChart Hash Verified: {hash}\n")
}

/// A part of a chart; `values` is the text of its `values.yaml`.
pub fn show(part: Part, chart: &Chart, values: Option<&str>) -> String {
    let wants = |one: Part| part == one || part == Part::All;
    let rule = |text: String| match part {
        Part::All => format!("---\n{text}"),
        _ => text,
    };
    let mut out = String::new();
    if wants(Part::Chart) {
        let metadata = serde_json::to_value(&*chart.metadata).unwrap_or_default();
        out += &format!("{}\n", yaml::write(&metadata));
    }
    if let Some(values) = values.filter(|_| wants(Part::Values)) {
        out += &rule(format!("{values}\n"));
    }
    if let Some(readme) = readme(chart).filter(|_| wants(Part::Readme)) {
        out += &rule(format!("{}\n", readme.text()));
    }
    if wants(Part::Crds) {
        let crds: String = crds(chart.source())
            .map(|file| format!("{}\n", file.text()))
            .collect();
        let ruled = crds.is_empty() || crds.starts_with("---");
        out += &if ruled { crds } else { rule(crds) };
    }
    out
}

fn readme(chart: &Chart) -> Option<&File> {
    let names = ["readme.md", "readme.txt", "readme"];
    let is = |file: &&File| {
        names
            .iter()
            .any(|name| file.name.eq_ignore_ascii_case(name))
    };
    chart.files.iter().find(is)
}

fn crds(source: &Source) -> Box<dyn Iterator<Item = &File> + '_> {
    let below = source.dependencies.iter().flat_map(|chart| crds(chart));
    Box::new(source.crds().chain(below))
}

/// A chart that depends on nothing.
pub fn no_dependencies(charts: &Path) -> String {
    format!("WARNING: no dependencies at {}\n", charts.display())
}

/// The table of `helm dependency list`: columns padded and parted by tabs, cells cut at `widest`.
pub fn dependencies(rows: &[Row], widest: usize) -> String {
    let titles = ["NAME", "VERSION", "REPOSITORY", "STATUS"].map(str::to_owned);
    let cells = |row: &Row| {
        let status = row.status.to_owned();
        [
            row.name.clone(),
            row.version.clone(),
            row.repository.clone(),
            status,
        ]
    };
    let lines: Vec<[String; 4]> = std::iter::once(titles)
        .chain(rows.iter().map(cells))
        .collect();
    let width = |at: usize| {
        let longest = lines.iter().map(|line| line[at].chars().count()).max();
        longest.unwrap_or(0).min(widest)
    };
    let widths = [0, 1, 2, 3].map(width);
    let line = |line: &[String; 4]| {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| padded(cell, width));
        format!("{}\n", cells.collect::<Vec<_>>().join("\t"))
    };
    let table: String = lines.iter().map(line).collect();
    format!("{table}\n")
}

fn padded(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return format!("{cell:<width$}");
    }
    let kept: String = cell.chars().take(width.saturating_sub(3)).collect();
    format!("{kept}...")
}

/// What lies in `charts/` without being asked for.
pub fn strays(strays: &[Stray]) -> String {
    let line = |stray: &Stray| match stray {
        Stray::NoChart(path) => format!("WARNING: {} is not a chart.\n", quote(path)),
        Stray::Unnamed(path) => format!("WARNING: {} is not in Chart.yaml.\n", quote(path)),
    };
    strays.iter().map(line).collect()
}
