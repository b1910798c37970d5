//! How a fleet stands, for the start of a shift. The main types here are [`Status`] (by the
//! inventory) and [`Row`] (one release).

use super::columns::Columns;
use super::recap::short;
use super::words;
use crate::plan::Identity;
use indexmap::IndexMap;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Serialize, Serializer};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// One line per target, for a spreadsheet.
    Csv,
    /// A handover note.
    Markdown,
}

/// How one release stands beside what the inventory says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// At the inventory's version, or rightly absent.
    AtDesired,
    /// At another version.
    Behind,
    /// The last change failed.
    Failed,
    /// A change is under way, or its program died.
    Pending,
    /// Wanted, but not there.
    Absent,
    /// Its cluster could not be read.
    Unknown,
}

/// One release.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The inventory name; the release's without an inventory.
    pub target: Arc<str>,
    /// The group that it is counted in.
    pub group: Arc<str>,
    /// The cluster.
    pub cluster: Arc<str>,
    /// The namespace.
    pub namespace: Arc<str>,
    /// The release.
    pub release: Arc<str>,
    /// The newest revision; 0 where there is none.
    pub revision: u32,
    /// Its status; empty where there is none.
    pub status: Arc<str>,
    /// The chart that is live.
    pub chart: String,
    /// Its version; empty where nothing is.
    pub version: String,
    /// The version that the inventory wants; empty for the newest.
    pub desired: String,
    /// When it was last written, unix seconds; for machines RFC 3339.
    #[serde(serialize_with = "rfc3339")]
    pub updated: Option<i64>,
    /// All of it in one word.
    pub standing: Standing,
    /// In how far what is live is not what the inventory says; `None` where nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// What an update would change, were it made now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Objects that differ.
    pub objects: usize,
    /// Why that is not known.
    pub unknown: Option<String>,
}

/// A run that holds targets now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Running {
    /// Its id; empty where the holder is no run.
    pub run: Arc<str>,
    /// Who runs it.
    pub by: Arc<str>,
    /// `--reason`.
    pub reason: Option<String>,
    /// The cluster.
    pub cluster: Arc<str>,
    /// The targets that it holds.
    pub targets: Vec<Arc<str>>,
    /// When it took the first of them.
    pub since: Timestamp,
    /// Its leases are not renewed any more: its program has died.
    pub gone: bool,
}

/// A fleet, by its inventory.
pub struct Status<'a> {
    /// The inventory as typed.
    pub inventory: &'a str,
    /// All targets.
    pub rows: &'a [Row],
    /// The runs that are at work, on every machine.
    pub running: &'a [Running],
    /// The clusters that could not be read: name, why, and how many targets.
    pub silent: &'a [(Arc<str>, String, usize)],
    /// The time of the screen.
    pub now: Zoned,
}

const TITLES: [&str; 9] = [
    "GROUP",
    "CLUSTER",
    "TARGETS",
    "AT DESIRED",
    "BEHIND",
    "FAILED",
    "PENDING",
    "ABSENT",
    "VERSIONS",
];

impl Status<'_> {
    /// The screen; `each` shows one line per target.
    pub fn print(&self, format: Format, each: bool, width: usize) -> String {
        match format {
            Format::Text => self.text(each, width),
            Format::Json => self.json(),
            Format::Csv => csv(self.rows),
            Format::Markdown => format!(
                "### {}\n\n{}{}",
                self.header(),
                self.table(each).markdown(),
                fenced(&self.notes())
            ),
        }
    }

    fn text(&self, each: bool, width: usize) -> String {
        let table = self
            .table(each)
            .print(width, if each { &[5, 3] } else { &[8, 1] });
        let notes = self.notes();
        let gap = if notes.is_empty() { "" } else { "\n" };
        format!("{}\n\n{table}{gap}{notes}", self.header())
    }

    fn json(&self) -> String {
        let silent = self.silent.iter();
        let silent = silent.map(|(cluster, why, targets)| {
            json!({"cluster": &**cluster, "why": why, "targets": targets})
        });
        let all = json!({
            "time": self.now.timestamp().to_string(),
            "inventory": self.inventory,
            "targets": self.rows,
            "running": self.running,
            "unreachable": silent.collect::<Vec<_>>(),
        });
        format!("{all:#}\n")
    }

    fn header(&self) -> String {
        let clusters: BTreeSet<&Arc<str>> = self.rows.iter().map(|row| &row.cluster).collect();
        format!(
            "STATUS {}   {} on {}   {}",
            self.inventory,
            words::targets(self.rows.len()),
            words::plural(clusters.len(), "cluster"),
            self.now.strftime("%Y-%m-%d %H:%M %:::z"),
        )
    }

    fn table(&self, each: bool) -> Columns {
        if each {
            return targets(self.rows, self.now.time_zone());
        }
        let mut groups: IndexMap<(&Arc<str>, &Arc<str>), Vec<&Row>> = IndexMap::new();
        for row in self.rows {
            groups
                .entry((&row.group, &row.cluster))
                .or_default()
                .push(row);
        }
        let mut titles = TITLES.to_vec();
        titles.extend(asked(self.rows).then_some("DRIFT"));
        let mut table = Columns::new(&titles, 2..8);
        groups
            .into_values()
            .for_each(|rows| table.push(group(&rows)));
        table
    }

    /// What wants a hand, and what cannot be seen.
    fn notes(&self) -> String {
        let mut text: String = self
            .running
            .iter()
            .map(|run| self.running_line(run))
            .collect();
        for row in self
            .rows
            .iter()
            .filter(|row| row.standing == Standing::Pending)
        {
            // Writing to a String can't fail.
            let _ = writeln!(
                text,
                "STUCK    {}  {}, revision {}{}\n           rollbook recover -i {} -l {}",
                row.target,
                row.status,
                row.revision,
                self.age(row),
                self.inventory,
                row.target,
            );
        }
        for row in self.rows {
            let unknown = row.drift.as_ref().and_then(|drift| drift.unknown.as_ref());
            if let Some(why) = unknown {
                let _ = writeln!(text, "DRIFT    {}  {why}", row.target);
            }
        }
        for (cluster, why, count) in self.silent {
            let _ = writeln!(
                text,
                "{cluster}: {why}. {} unknown.",
                words::targets(*count)
            );
        }
        text
    }

    /// `RUNNING  7k2f  20 targets for 12m   maria@bastion-2   CHG0041234`
    fn running_line(&self, run: &Running) -> String {
        let word = if run.gone { "STUCK  " } else { "RUNNING" };
        let names = words::names(run.targets.iter().map(|name| &**name), false);
        let age = self.since(Some(run.since.as_second()));
        let reason = run.reason.as_ref().map(|reason| format!("   {reason}"));
        let reason = reason.unwrap_or_default();
        let what = match run.gone {
            true => "held by a run whose program has died: ",
            false => "",
        };
        let (id, by) = (short(&run.run), &run.by);
        let count = words::targets(run.targets.len());
        format!("{word}  {id}  {what}{count}{age} ({names})   {by}{reason}\n")
    }

    fn age(&self, row: &Row) -> String {
        self.since(row.updated)
    }

    /// `, for 12m`, of unix seconds.
    fn since(&self, then: Option<i64>) -> String {
        let since = then.map(|then| self.now.timestamp().as_second() - then);
        match since.and_then(|seconds| u64::try_from(seconds).ok()) {
            Some(seconds) if seconds >= 86_400 => format!(", for {}d", seconds / 86_400),
            Some(seconds) => format!(", for {}", words::duration(Duration::from_secs(seconds))),
            None => String::new(),
        }
    }
}

/// The counts of a group on one cluster; what is unknown is not 0.
fn group(rows: &[&Row]) -> Vec<String> {
    let Some(first) = rows.first() else {
        return Vec::new();
    };
    let count = |standing| rows.iter().filter(|row| row.standing == standing).count();
    let unknown = count(Standing::Unknown) > 0;
    let cell = |standing| match count(standing) {
        _ if unknown => "?".to_owned(),
        0 => "-".to_owned(),
        some => words::number(some),
    };
    let versions: BTreeSet<&str> = rows.iter().map(|row| row.version.as_str()).collect();
    let versions = versions.into_iter().filter(|version| !version.is_empty());
    let drifted = |row: &&&Row| row.drift.as_ref().is_some_and(|drift| drift.objects > 0);
    let drift = rows.iter().filter(drifted).count();
    let drift = first.drift.as_ref().map(|_| match (unknown, drift) {
        (true, _) => "?".to_owned(),
        (false, 0) => "-".to_owned(),
        (false, some) => words::targets(some),
    });
    let mut cells = vec![
        first.group.to_string(),
        first.cluster.to_string(),
        words::number(rows.len()),
        cell(Standing::AtDesired),
        cell(Standing::Behind),
        cell(Standing::Failed),
        cell(Standing::Pending),
        cell(Standing::Absent),
        match unknown {
            true => "not reachable".to_owned(),
            false => words::names(versions, false),
        },
    ];
    cells.extend(drift);
    cells
}

/// Whether somebody asked for drift.
fn asked(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.drift.is_some())
}

/// One line per target.
fn targets(rows: &[Row], zone: &TimeZone) -> Columns {
    let mut titles = vec![
        "TARGET", "VERSION", "DESIRED", "REVISION", "STATUS", "UPDATED",
    ];
    titles.extend(asked(rows).then_some("DRIFT"));
    let mut table = Columns::new(&titles, 3..4);
    for row in rows {
        let known = |text: &str| match (row.standing, text) {
            (Standing::Unknown, _) => "?".to_owned(),
            (_, "") => "-".to_owned(),
            (_, text) => text.to_owned(),
        };
        let drift = row
            .drift
            .as_ref()
            .map(|drift| match (&drift.unknown, drift.objects) {
                (Some(_), _) => "?".to_owned(),
                (None, 0) => "-".to_owned(),
                (None, objects) => words::plural(objects, "object"),
            });
        let mut cells = vec![
            row.target.to_string(),
            known(&row.version),
            if row.desired.is_empty() {
                "newest"
            } else {
                &row.desired
            }
            .to_owned(),
            known(&revision(row)),
            known(&row.status),
            known(&time(row, zone)),
        ];
        cells.extend(drift);
        table.push(cells);
    }
    table
}

/// All releases of one cluster, without an inventory.
pub fn cluster(cluster: &Identity, rows: &[Row], format: Format, width: usize) -> String {
    let titles = [
        "NAMESPACE",
        "RELEASE",
        "REVISION",
        "STATUS",
        "CHART",
        "UPDATED",
    ];
    let mut table = Columns::new(&titles, 2..3);
    for row in rows {
        table.push(vec![
            row.namespace.to_string(),
            row.release.to_string(),
            revision(row),
            row.status.to_string(),
            format!("{}-{}", row.chart, row.version),
            time(row, &TimeZone::system()),
        ]);
    }
    let id: String = cluster.uid.chars().take(8).collect();
    let head = format!(
        "STATUS {}   {}   id {id}   {}",
        cluster.name,
        cluster.server,
        words::plural(rows.len(), "release")
    );
    match format {
        Format::Text => format!("{head}\n\n{}", table.print(width, &[5])),
        Format::Markdown => format!("### {head}\n\n{}", table.markdown()),
        Format::Json => format!("{:#}\n", json!({"cluster": cluster, "releases": rows})),
        Format::Csv => csv(rows),
    }
}

fn revision(row: &Row) -> String {
    match row.revision {
        0 => String::new(),
        number => number.to_string(),
    }
}

fn time(row: &Row, zone: &TimeZone) -> String {
    let then = row
        .updated
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    then.map_or(String::new(), |then| {
        then.to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    })
}

fn rfc3339<S: Serializer>(updated: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    let at = updated.and_then(|at| Timestamp::from_second(at).ok());
    at.map(|at| at.to_string()).serialize(serializer)
}

fn csv(rows: &[Row]) -> String {
    let mut text = "target,group,cluster,namespace,release,revision,status,chart,version,desired,standing,updated\n".to_owned();
    for row in rows {
        let standing = serde_json::to_value(row.standing).unwrap_or_default();
        let updated = row.updated.and_then(|at| Timestamp::from_second(at).ok());
        let cells = [
            row.target.to_string(),
            row.group.to_string(),
            row.cluster.to_string(),
            row.namespace.to_string(),
            row.release.to_string(),
            revision(row),
            row.status.to_string(),
            row.chart.clone(),
            row.version.clone(),
            row.desired.clone(),
            standing.as_str().unwrap_or_default().to_owned(),
            updated.map_or(String::new(), |at| at.to_string()),
        ];
        text += &super::csv::line(cells.iter().map(String::as_str));
    }
    text
}

fn fenced(notes: &str) -> String {
    match notes.is_empty() {
        true => String::new(),
        false => format!("\n```\n{notes}```\n"),
    }
}

#[cfg(test)]
mod tests;
