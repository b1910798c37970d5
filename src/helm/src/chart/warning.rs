//! What Helm tells on stderr while it loads and renders. The main type here is [`Warning`].

use super::Line;
use crate::value::quote;

/// Something that Helm tells and goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A text that is the same in every Helm.
    Text(String),
    /// The path of a condition leads to something that is no boolean.
    Condition {
        /// The path.
        path: String,
        /// The requirement whose condition it is.
        chart: String,
    },
    /// A tag is set to something that is no boolean.
    Tag {
        /// The tag.
        tag: String,
        /// The requirement that has it.
        chart: String,
    },
    /// `import-values` names a table that the child does not have.
    Import {
        /// The child; `None` where the import is a name of its `exports`.
        chart: Option<String>,
        /// The table's path.
        table: String,
    },
    /// A hook of an event that Helm does not know: its document is dropped.
    UnknownHook(String),
    /// A schema refers to a URN, which nobody can look up.
    Urn(String),
    /// A symbolic link was followed.
    Link {
        /// The link.
        path: String,
        /// Where it leads in the end.
        target: String,
    },
    /// The chart asks not to be used any more.
    Deprecated,
}

const OPEN: &str = "unresolved URN reference ignored; using permissive schema";
const FOLLOWED: &str = "Contents of linked file included and used";

impl Warning {
    /// The text, without the time and place that Helm's log puts around it.
    pub fn text(&self, line: Line) -> String {
        match line {
            Line::Three => self.three(),
            Line::Four => self.four(),
        }
    }

    fn three(&self) -> String {
        match self {
            Warning::Text(text) => text.clone(),
            Warning::Condition { path, chart } => {
                format!(
                    "Warning: Condition path '{path}' for chart {chart} returned non-bool value"
                )
            }
            Warning::Tag { tag, chart } => {
                format!("Warning: Tag '{tag}' for chart {chart} returned non-bool value")
            }
            Warning::Import { chart, table } => {
                let from = chart.as_ref().map(|chart| format!(" from chart {chart}"));
                let (from, table) = (from.unwrap_or_default(), quote(table));
                format!("Warning: ImportValues missing table{from}: {table} is not a table")
            }
            Warning::UnknownHook(events) => {
                format!("info: skipping unknown hook: {}", quote(events))
            }
            Warning::Urn(urn) => format!("WARNING: {OPEN}: {urn}"),
            Warning::Link { path, target } => {
                format!("found symbolic link in path: {path} resolves to {target}. {FOLLOWED}")
            }
            Warning::Deprecated => "WARNING: This chart is deprecated".to_owned(),
        }
    }

    /// As Helm 4's structured log shows it: message, then attributes.
    fn four(&self) -> String {
        match self {
            Warning::Text(text) => text.clone(),
            Warning::Condition { path, chart } => {
                format!(
                    "returned non-bool value path={} chart={}",
                    attribute(path),
                    attribute(chart)
                )
            }
            Warning::Tag { tag, chart } => {
                format!(
                    "returned non-bool value tag={} chart={}",
                    attribute(tag),
                    attribute(chart)
                )
            }
            Warning::Import { chart, table } => {
                let error = attribute(&format!("{} is not a table", quote(table)));
                match chart {
                    Some(chart) => {
                        let chart = attribute(chart);
                        format!("ImportValues missing table from chart chart={chart} error={error}")
                    }
                    None => format!("ImportValues missing table error={error}"),
                }
            }
            Warning::UnknownHook(events) => {
                format!("skipping unknown hooks hookTypes={}", attribute(events))
            }
            Warning::Urn(urn) => format!("{OPEN} urn={}", attribute(urn)),
            Warning::Link { path, target } => {
                let (path, target) = (attribute(path), attribute(target));
                format!("found symbolic link in path. {FOLLOWED} path={path} resolved={target}")
            }
            Warning::Deprecated => "this chart is deprecated".to_owned(),
        }
    }
}

/// A value of a log line: quoted where it would not stay one word.
fn attribute(value: &str) -> String {
    let plain = |c: char| c > ' ' && c != '"' && c != '=' && c != '\u{7f}';
    match !value.is_empty() && value.chars().all(plain) {
        true => value.to_owned(),
        false => quote(value),
    }
}
