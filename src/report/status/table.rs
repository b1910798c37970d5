//! The tables: one line per group, per target, or per release of a cluster.

use super::{Format, Row, Standing, csv, revision, time};
use crate::plan::Identity;
use crate::report::columns::Columns;
use crate::report::words;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeSet;

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

/// One line per group and cluster.
pub(super) fn groups<'r>(groups: impl Iterator<Item = Vec<&'r Row>>, drift: bool) -> Columns {
    let mut titles = TITLES.to_vec();
    titles.extend(drift.then_some("DRIFT"));
    let mut table = Columns::new(&titles, 2..8);
    groups.for_each(|rows| table.push(group(&rows)));
    table
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
pub(super) fn asked(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.drift.is_some())
}

/// One line per target.
pub(super) fn targets(rows: &[Row], zone: &TimeZone) -> Columns {
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
