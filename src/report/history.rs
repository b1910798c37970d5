//! `rollbook history`: the revisions of a release, in the columns of `helm history`. The main
//! type here is [`Row`].

use super::{paint, style};
use crate::release::Record;
use anstyle::Style;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::fmt::Write;

const COLUMNS: [&str; 6] = [
    "REVISION",
    "UPDATED",
    "STATUS",
    "CHART",
    "APP VERSION",
    "DESCRIPTION",
];

/// One revision. Serialised, it has the keys of `helm history -o json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The number.
    pub revision: u32,
    /// When it was deployed, RFC 3339.
    pub updated: String,
    /// `deployed`, `superseded`, `failed`, `pending-…`.
    pub status: String,
    /// Chart and version.
    pub chart: String,
    /// The version of the application.
    pub app_version: String,
    /// What was said when it was made.
    pub description: String,
}

impl Row {
    /// Of a decoded record.
    pub fn of(record: &Record) -> Row {
        let (name, version) = (record.chart_field("name"), record.chart_field("version"));
        Row {
            revision: record.revision,
            updated: record.info.last_deployed.clone(),
            status: record.info.status.to_string(),
            chart: format!("{name}-{version}"),
            app_version: record.chart_field("appVersion").to_owned(),
            description: record.info.description.clone(),
        }
    }

    fn cells(&self, zone: &TimeZone) -> [String; 6] {
        [
            self.revision.to_string(),
            local(&self.updated, zone),
            self.status.clone(),
            self.chart.clone(),
            self.app_version.clone(),
            self.description.clone(),
        ]
    }
}

/// For people: times in `zone`. Too wide, the application's version goes, then the description.
pub fn table(rows: &[Row], zone: &TimeZone, room: usize) -> String {
    let cells: Vec<[String; 6]> = rows.iter().map(|row| row.cells(zone)).collect();
    let width = |at: usize| {
        let all = cells.iter().map(|row| row[at].chars().count());
        all.chain([COLUMNS[at].len()]).max().unwrap_or(0)
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut shown: Vec<usize> = (0..6).collect();
    for going in [4, 5] {
        let wide: usize = shown.iter().map(|&at| widths[at] + 2).sum();
        shown.retain(|&at| at != going || wide <= room.saturating_add(2));
    }
    let mut text = line(&COLUMNS.map(str::to_owned), &widths, &shown, Style::new());
    for row in &cells {
        text += &line(row, &widths, &shown, colour(&row[2]));
    }
    text
}

/// For machines: what `helm history -o json` prints.
pub fn json(rows: &[Row]) -> String {
    let text = serde_json::to_string(rows).expect("rows of strings always serialise");
    format!("{text}\n")
}

fn line(cells: &[String; 6], widths: &[usize; 6], shown: &[usize], status: Style) -> String {
    let mut text = String::new();
    for &at in shown {
        let pad = widths[at] - cells[at].chars().count();
        let cell = if at == 2 {
            paint(status, &cells[at])
        } else {
            cells[at].clone()
        };
        // Writing into a string cannot fail.
        let _ = write!(text, "{cell}{:pad$}  ", "");
    }
    format!("{}\n", text.trim_end())
}

fn colour(status: &str) -> Style {
    match status {
        "deployed" => style::OK,
        "superseded" => style::DIM,
        "failed" => style::FAILED,
        _ => style::CHANGED,
    }
}

fn local(time: &str, zone: &TimeZone) -> String {
    let Ok(time) = time.parse::<Timestamp>() else {
        return time.to_owned();
    };
    let zoned = time.to_zoned(zone.clone());
    zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |revision, status: &str, description: &str| Row {
            revision,
            updated: format!("2026-03-12T22:0{revision}:00.123456789Z"),
            status: status.to_owned(),
            chart: "shop-1.4.2".to_owned(),
            app_version: "7.1".to_owned(),
            description: description.to_owned(),
        };
        vec![
            row(8, "superseded", "Install complete"),
            row(9, "deployed", "Upgrade complete (CHG0041234)"),
        ]
    }

    #[test]
    fn for_people() {
        let text =
            anstream::adapter::strip_str(&table(&rows(), &TimeZone::UTC, usize::MAX)).to_string();
        insta::assert_snapshot!(text, @r"
        REVISION  UPDATED              STATUS      CHART       APP VERSION  DESCRIPTION
        8         2026-03-12 22:08:00  superseded  shop-1.4.2  7.1          Install complete
        9         2026-03-12 22:09:00  deployed    shop-1.4.2  7.1          Upgrade complete (CHG0041234)
        ");
    }

    #[test]
    fn narrow() {
        let text = |room| {
            let text = table(&rows(), &TimeZone::UTC, room);
            anstream::adapter::strip_str(&text).to_string()
        };
        assert!(text(85).lines().all(|line| line.chars().count() <= 85));
        insta::assert_snapshot!(text(60), @r"
        REVISION  UPDATED              STATUS      CHART
        8         2026-03-12 22:08:00  superseded  shop-1.4.2
        9         2026-03-12 22:09:00  deployed    shop-1.4.2
        ");
    }

    #[test]
    fn for_machines() {
        insta::assert_snapshot!(json(&rows()), @r#"[{"revision":8,"updated":"2026-03-12T22:08:00.123456789Z","status":"superseded","chart":"shop-1.4.2","app_version":"7.1","description":"Install complete"},{"revision":9,"updated":"2026-03-12T22:09:00.123456789Z","status":"deployed","chart":"shop-1.4.2","app_version":"7.1","description":"Upgrade complete (CHG0041234)"}]"#);
    }
}
