//! What a release runs with now, and since when. The main type here is [`Live`].

use super::behind::Behind;
use super::ladder::in_values;
use crate::pipeline::values;
use crate::release::Record;
use serde_json::{Number, Value};

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
        let Some(now) = value(base, path) else {
            let why = "the release's record does not keep the chart's defaults";
            return Some(Live::Unknown(why.to_owned()));
        };
        let settled = |record: &&Record| {
            record.revision <= base.revision
                && matches!(&*record.info.status, "deployed" | "superseded")
        };
        let older: Vec<&Record> = records.iter().filter(settled).collect();
        let same = older
            .iter()
            .take_while(|record| value(record, path).as_ref() == Some(&now))
            .count();
        let since = same.checked_sub(1).and_then(|at| older.get(at).copied());
        let since = since.unwrap_or(base);
        // What came before is gone, or does not say.
        let before = older.get(same).map(|record| value(record, path));
        let unknown = before.map_or(since.revision > 1, |value| value.is_none());
        Some(Live::Value {
            secret,
            since: since.revision,
            deployed: since.info.last_deployed.clone(),
            at_least: unknown,
            value: now,
        })
    }
}

fn kept(path: &str) -> Option<()> {
    let kept = in_values(path).is_some() || matches!(path, "release.version" | "release.chart");
    kept.then_some(())
}

/// What a revision says at a path: the user's value, else the chart's default; secrets masked.
/// `None` where the record was cut short (recordings leave charts out).
fn value(record: &Record, path: &str) -> Option<Option<Value>> {
    let Some(path) = in_values(path) else {
        let field = path.rsplit('.').next().unwrap_or_default();
        let field = if field == "chart" { "name" } else { field };
        return Some(Some(record.chart_field(field).into()));
    };
    let config = values::masked_record(record);
    if let Some(own) = at(&config, &path) {
        return Some(plain(own));
    }
    let defaults = record.chart.get("values")?;
    Some(at(defaults, &path).and_then(plain))
}

/// Null is as good as unset; records keep all numbers as floats.
fn plain(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Number(number) => Some(whole(&number).map_or(Value::Number(number), Value::from)),
        Value::Array(items) => Some(
            items
                .into_iter()
                .map(|item| plain(item).unwrap_or_default())
                .collect(),
        ),
        Value::Object(map) => {
            let entry = |(key, value): (String, Value)| (key, plain(value).unwrap_or_default());
            Some(Value::Object(map.into_iter().map(entry).collect()))
        }
        other => Some(other),
    }
}

/// A float without a fraction, as the integer that was written.
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    let text = format!("{float:.0}");
    (float.fract() == 0.0).then(|| text.parse().ok()).flatten()
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
