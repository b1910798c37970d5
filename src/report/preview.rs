//! Change previews as people, pull requests and machines read them. The main type here is
//! [`Preview`].

use super::look::{paint, style};
use super::words;
use crate::diag::Location;
use crate::diff::{self, Hunk, Tag};
use crate::manifest::Gvk;
use crate::manifest::schema::Schema;
use crate::preview::{Change, Finding, Snapshot};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// The comment for a pull request.
    Markdown,
    /// For machines; never folded.
    Json,
}

/// The line that made targets change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Where it was written; a line that is gone has no place.
    pub place: Option<Location>,
    /// `frontend.replicas 2 → 3`.
    pub what: String,
}

/// What an edit changes, and for whom.
#[derive(Debug)]
pub struct Preview<'a> {
    /// The command that was typed, without `--accept`.
    pub command: String,
    /// The inventory as typed.
    pub inventory: &'a str,
    /// The recordings that say what is installed.
    pub recordings: BTreeSet<Arc<str>>,
    /// What differs from the kept snapshots.
    pub findings: &'a [Finding],
    /// The causes of each finding.
    pub causes: Vec<Vec<Cause>>,
    /// The snapshots of today.
    pub today: &'a [Snapshot],
}

/// A comment on a pull request may have 65,536 characters.
const COMMENT: usize = 60_000;

impl Preview<'_> {
    /// The whole screen.
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
            Format::Json => format!("{:#}\n", self.json()),
        }
    }

    /// What `--accept` says.
    pub fn accepted(&self) -> String {
        let files = words::plural(self.today.len(), "snapshot");
        match self.findings.is_empty() {
            true => format!(
                "Preview: no changes. {files} of {} are kept.\n",
                self.count()
            ),
            false => format!(
                "Accepted: {} of {} change; {files} are kept in {}/previews.\n",
                self.changed(),
                self.count(),
                self.inventory.trim_end_matches('/'),
            ),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.header());
        for (finding, causes) in self.findings.iter().zip(&self.causes) {
            text.push_str(&headline(finding));
            for line in body(finding).iter().map(Marked::coloured) {
                // Writing to a String can't fail.
                let _ = writeln!(text, "  {line}");
            }
            causes
                .iter()
                .for_each(|cause| text.push_str(&because(cause)));
        }
        text.push_str(&self.equal());
        text + &self.summary()
    }

    fn header(&self) -> String {
        let from = match self.recordings.is_empty() {
            true => "no cluster, as first installs".to_owned(),
            false => {
                let paths = self.recordings.iter().map(|path| &**path);
                format!("recording {}", words::names(paths, false))
            }
        };
        format!(
            "PREVIEW {}   {}, {}, {from}",
            self.inventory,
            self.count(),
            words::plural(self.today.len(), "snapshot"),
        )
    }

    fn summary(&self) -> String {
        match self.findings.is_empty() {
            true => format!("\nPreview: no changes. {} are as accepted.\n", self.count()),
            false => format!(
                "\nPreview: {} of {} change. Accept with:\n  {} --accept\n",
                self.changed(),
                self.count(),
                self.command,
            ),
        }
    }

    /// The snapshots that nobody left, joined or changed.
    fn equal(&self) -> String {
        let touched: BTreeSet<&Arc<str>> = self.findings.iter().flat_map(targets).collect();
        let untouched =
            |snapshot: &&Snapshot| !snapshot.targets.iter().any(|t| touched.contains(t));
        let equal: Vec<&Snapshot> = self.today.iter().filter(untouched).collect();
        if equal.is_empty() {
            return String::new();
        }
        let count = equal.iter().map(|snapshot| snapshot.targets.len()).sum();
        let files: Vec<String> = equal.iter().map(|snapshot| file(&snapshot.name)).collect();
        let files = words::names(files.iter().map(String::as_str), false);
        format!("equal    {files}    {}\n", words::targets(count))
    }

    fn count(&self) -> String {
        words::targets(
            self.today
                .iter()
                .map(|snapshot| snapshot.targets.len())
                .sum(),
        )
    }

    fn changed(&self) -> usize {
        self.findings
            .iter()
            .map(|finding| targets(finding).len())
            .sum()
    }

    fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n", self.header());
        text.push_str("| | targets | because |\n| --- | --- | --- |\n");
        for (finding, causes) in self.findings.iter().zip(&self.causes) {
            let causes: Vec<String> = causes.iter().map(cause_words).collect();
            let names = words::names(targets(finding).iter().map(|t| &***t), false);
            let _ = writeln!(
                text,
                "| {} | {names} | {} |",
                label(finding),
                causes.join("<br>")
            );
        }
        let mut left = 0;
        for finding in self.findings {
            let block = folded(finding);
            match text.len() + block.len() <= COMMENT {
                true => text.push_str(&block),
                false => left += 1,
            }
        }
        if left > 0 {
            let _ = writeln!(
                text,
                "\n… {left} more snapshots change; see `{}`",
                self.command
            );
        }
        text + &self.summary()
    }

    fn json(&self) -> Value {
        let findings = self.findings.iter().zip(&self.causes);
        json!({
            "inventory": self.inventory,
            "recordings": self.recordings.iter().map(|path| &**path).collect::<Vec<_>>(),
            "targets": self.today.iter().map(|s| s.targets.len()).sum::<usize>(),
            "snapshots": self.today.len(),
            "changed": self.changed(),
            "findings": findings.map(finding_json).collect::<Vec<_>>(),
        })
    }
}

fn file(name: &str) -> String {
    format!("previews/{name}.yaml")
}

fn targets(finding: &Finding) -> Vec<&Arc<str>> {
    let (Finding::Changed { targets, .. }
    | Finding::Moved { targets, .. }
    | Finding::Added { targets, .. }
    | Finding::Removed { targets, .. }) = finding;
    targets.iter().collect()
}

/// What happened to which file.
fn label(finding: &Finding) -> String {
    match finding {
        Finding::Changed { from, .. } => format!("changed {}", file(from)),
        Finding::Moved { from, to, .. } => format!("moved {from} → {to}"),
        Finding::Added { to, .. } => format!("added to {to}"),
        Finding::Removed { from, .. } => format!("removed from {from}"),
    }
}

fn headline(finding: &Finding) -> String {
    let targets = targets(finding);
    let names = words::names(targets.iter().map(|target| &***target), false);
    match finding {
        Finding::Changed { from, .. } => {
            let count = words::targets(targets.len());
            format!("changed  {}     {count}: {names}\n", file(from))
        }
        Finding::Moved { from, to, .. } => format!("moved    {names}   {from} → {to}\n"),
        Finding::Added { to, .. } => format!("added    {names}   to {to}\n"),
        Finding::Removed { from, .. } => format!("removed  {names}   from {from}\n"),
    }
}

/// A line of a change, without its colour.
struct Marked(Option<Tag>, String);

impl Marked {
    fn coloured(&self) -> String {
        match self.0 {
            Some(Tag::Plus) => paint(style::OK, &self.1),
            Some(Tag::Minus) => paint(style::FAILED, &self.1),
            _ => self.1.clone(),
        }
    }
}

/// The objects of a finding, by name and hunks.
fn body(finding: &Finding) -> Vec<Marked> {
    match finding {
        Finding::Changed { changes, .. } => objects(changes),
        _ => Vec::new(),
    }
}

/// Objects whose change means nothing are counted.
fn objects(changes: &[Change]) -> Vec<Marked> {
    let (mut shown, mut noise) = (Vec::new(), 0);
    for lines in changes.iter().map(lines) {
        match lines.as_slice() {
            [only] if only.0 == Some(Tag::Same) => noise += 1,
            _ => shown.extend(lines),
        }
    }
    if noise > 0 {
        let objects = words::plural(noise, "more object");
        let line = format!("… {objects}: version label, checksum or order only    --format json");
        shown.push(Marked(Some(Tag::Same), line));
    }
    shown
}

/// An object by its name and hunks; the name alone, marked as the same, where the change means
/// nothing.
fn lines(change: &Change) -> Vec<Marked> {
    let Change::Object { id, before, after } = change else {
        return Vec::new();
    };
    match (before, after) {
        (Some(before), Some(after)) => {
            let schema = Schema::default();
            let text = |field: &str| after[field].as_str().unwrap_or_default();
            let place = schema.place(&Gvk::new(text("apiVersion"), text("kind")));
            let hunks = diff::telling(before, after, place);
            let tag = hunks.is_empty().then_some(Tag::Same);
            let head = Marked(tag, format!("~ {id}"));
            let lines = hunks.iter().flat_map(hunk_lines);
            std::iter::once(head).chain(lines).collect()
        }
        (None, _) => vec![Marked(Some(Tag::Plus), format!("+ {id}"))],
        (_, None) => vec![Marked(Some(Tag::Minus), format!("- {id}"))],
    }
}

fn hunk_lines(hunk: &Hunk) -> Vec<Marked> {
    let head = (!hunk.place.is_empty()).then(|| Marked(None, format!("    @@ {} @@", hunk.place)));
    let line = |line: &diff::Line| {
        let mark = match line.tag {
            Tag::Same => ' ',
            Tag::Minus => '-',
            Tag::Plus => '+',
        };
        Marked(Some(line.tag), format!("    {mark}  {}", line.text))
    };
    head.into_iter()
        .chain(hunk.lines.iter().map(line))
        .collect()
}

fn because(cause: &Cause) -> String {
    format!("     because {}\n", cause_words(cause))
}

fn cause_words(cause: &Cause) -> String {
    match &cause.place {
        Some(place) => format!("{place} {}", cause.what),
        None => cause.what.clone(),
    }
}

/// One folded block of a comment.
fn folded(finding: &Finding) -> String {
    let body = body(finding);
    let lines: String = body
        .iter()
        .map(|line| line.1.strip_prefix("    ").unwrap_or(&line.1))
        .flat_map(|line| [line, "\n"])
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let label = label(finding);
    format!("\n<details><summary>{label}</summary>\n\n```diff\n{lines}```\n\n</details>\n")
}

fn finding_json((finding, causes): (&Finding, &Vec<Cause>)) -> Value {
    let (kind, from, to) = match finding {
        Finding::Changed { from, .. } => ("changed", Some(from), None),
        Finding::Moved { from, to, .. } => ("moved", Some(from), Some(to)),
        Finding::Added { to, .. } => ("added", None, Some(to)),
        Finding::Removed { from, .. } => ("removed", Some(from), None),
    };
    let cause = |cause: &Cause| json!({"at": cause.place.as_ref().map(ToString::to_string), "what": cause.what});
    let objects = match finding {
        Finding::Changed { changes, .. } | Finding::Moved { changes, .. } => changes.as_slice(),
        _ => &[],
    };
    json!({
        "kind": kind,
        "from": from,
        "to": to,
        "targets": targets(finding).iter().map(|target| &***target).collect::<Vec<_>>(),
        "because": causes.iter().map(cause).collect::<Vec<_>>(),
        "objects": objects.iter().filter_map(object_json).collect::<Vec<_>>(),
    })
}

fn object_json(change: &Change) -> Option<Value> {
    match change {
        Change::Object { id, before, after } => {
            Some(json!({"id": id, "before": before, "after": after}))
        }
        Change::Chart(..) | Change::Value { .. } => None,
    }
}
