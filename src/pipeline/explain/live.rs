//! What a release runs with now, and since when. The main type here is [`Live`].

use super::behind::Behind;
use super::ladder::in_values;
use crate::pipeline::values;
use crate::release::Record;
use crate::sensitive::Mask;
use serde_json::Value;

/// What a release runs with.
#[derive(Clone, Debug, PartialEq)]
pub enum Live {
    /// The cluster could not be read, and why.
    Unknown(String),
    /// No release is installed.
    Absent,
    /// A value.
    Value {
        /// It; `None` where it is unset.
        value: Option<Value>,
        /// It must not be shown.
        secret: bool,
        /// The oldest known revision since which it has not changed.
        since: u32,
        /// When that was deployed, RFC 3339.
        deployed: String,
        /// No older revision is known that had another value.
        at_least: bool,
    },
}

impl Behind<'_> {
    /// What the live revision says; `None` for what no record keeps.
    pub(super) fn live(&self, path: &str, secret: bool) -> Option<Live> {
        // A key that records do not keep is unset in all of them.
        kept(path)?;
        let records = match &self.records {
            Err(fault) => return Some(Live::Unknown(fault.message.clone())),
            Ok(records) => records,
        };
        let Some(base) = self.known.base.as_deref() else {
            return Some(Live::Absent);
        };
        let now = value(base, path);
        let settled = |record: &&Record| {
            record.revision <= base.revision
                && matches!(&*record.info.status, "deployed" | "superseded")
        };
        let older: Vec<&Record> = records.iter().filter(settled).collect();
        let same = older.iter().take_while(|record| value(record, path) == now);
        let since = same.last().copied().unwrap_or(base);
        Some(Live::Value {
            secret,
            since: since.revision,
            deployed: since.info.last_deployed.clone(),
            at_least: older.last().is_some_and(|o| o.revision == since.revision)
                && since.revision > 1,
            value: now,
        })
    }
}

fn kept(path: &str) -> Option<()> {
    let kept = in_values(path).is_some() || matches!(path, "release.version" | "release.chart");
    kept.then_some(())
}

/// What a revision says at a path: the user's value, else the chart's default; secrets masked.
fn value(record: &Record, path: &str) -> Option<Value> {
    let Some(path) = in_values(path) else {
        let field = path.rsplit('.').next().unwrap_or_default();
        let field = if field == "chart" { "name" } else { field };
        return Some(record.chart_field(field).into());
    };
    let config = values::masked_record(record, &Mask::Plain);
    let defaults = &record.chart["values"];
    let found = [&config, defaults]
        .into_iter()
        .find_map(|tree| at(tree, &path));
    found.filter(|value| !value.is_null())
}

/// The value at a path of keys and item numbers.
fn at(tree: &Value, path: &[&str]) -> Option<Value> {
    let step = |value: &'_ Value, step: &str| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?).cloned(),
        other => other.get(step).cloned(),
    };
    path.iter()
        .try_fold(tree.clone(), |value, name| step(&value, name))
}
