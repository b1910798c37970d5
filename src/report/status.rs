//! How a fleet stands, for the start of a shift. The main types here are [`Status`] (by the
//! inventory) and [`Row`] (one release).

mod notes;
mod table;
#[cfg(test)]
mod tests;

pub use table::cluster;

use super::columns::Columns;
use super::words;
use indexmap::IndexMap;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Serialize, Serializer};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

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
    /// How far it is, as it said last.
    pub progress: Option<String>,
    /// The cluster.
    pub cluster: Arc<str>,
    /// The targets that it holds.
    pub targets: Vec<Arc<str>>,
    /// When it took the first of them.
    pub since: Timestamp,
    /// Its leases are not renewed any more: its program has died.
    pub gone: bool,
}

/// A pending revision whose writer is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The inventory name.
    pub target: Arc<str>,
    /// `pending-upgrade`, `uninstalling`, …
    pub status: Arc<str>,
    /// The revision.
    pub revision: u32,
    /// When it was written, unix seconds; for machines RFC 3339.
    #[serde(serialize_with = "rfc3339")]
    pub since: Option<i64>,
    /// The run that wrote it; `None` where Helm did.
    pub run: Option<Arc<str>>,
}

/// Somebody else who has to do with a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Other {
    /// The inventory name.
    pub target: Arc<str>,
    /// What they do.
    #[serde(flatten)]
    pub doing: Doing,
}

/// What somebody else does in a target's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "doing", rename_all = "kebab-case")]
pub enum Doing {
    /// A tool would put back what is changed here.
    Manages {
        /// `Argo CD`.
        tool: Arc<str>,
        /// The name that it knows the objects by.
        name: String,
        /// How many objects it marked.
        objects: usize,
        /// The release says `take_ownership`: the next change takes them over.
        taken: bool,
    },
    /// A lease on a release that is none of these targets.
    Holds {
        /// The release.
        release: Arc<str>,
        /// Whose it is.
        by: Arc<str>,
        /// The run's id; empty where the holder is no run.
        run: Arc<str>,
        /// When it was taken.
        since: Timestamp,
        /// Its program has died.
        gone: bool,
    },
    /// A revision that no run of rollbook wrote, too young to count as left behind.
    Pending {
        /// `pending-upgrade`, `uninstalling`, …
        status: Arc<str>,
        /// The revision.
        revision: u32,
        /// When it was written, unix seconds; for machines RFC 3339.
        #[serde(serialize_with = "rfc3339")]
        since: Option<i64>,
    },
}

/// A fleet, by its inventory.
pub struct Status<'a> {
    /// The inventory as typed.
    pub inventory: &'a str,
    /// All targets.
    pub rows: &'a [Row],
    /// The runs that are at work, on every machine.
    pub running: &'a [Running],
    /// Revisions whose writer is gone.
    pub left: &'a [Left],
    /// Everybody else in the targets' namespaces.
    pub others: &'a [Other],
    /// The clusters that could not be read: name, why, and how many targets.
    pub silent: &'a [(Arc<str>, String, usize)],
    /// The time of the screen.
    pub now: Zoned,
}

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
            "stuck": self.left,
            "others": self.others,
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
            return table::targets(self.rows, self.now.time_zone());
        }
        let mut groups: IndexMap<(&Arc<str>, &Arc<str>), Vec<&Row>> = IndexMap::new();
        for row in self.rows {
            groups
                .entry((&row.group, &row.cluster))
                .or_default()
                .push(row);
        }
        table::groups(groups.into_values(), table::asked(self.rows))
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
