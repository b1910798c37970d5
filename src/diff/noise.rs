//! Changes that mean nothing.

use super::changes::{Change, changes};
use crate::manifest::Step;
use crate::manifest::schema::Place;
use crate::ownership::equal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes that mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Noise {
    /// `helm.sh/chart` and version labels only.
    ChartLabel,
    /// Checksum annotations only.
    Checksum,
    /// The order of a list only.
    Order,
    /// Equal quantities written differently.
    Quantity,
    /// Fields that another owns.
    NotOurs,
}

/// The noise that all changes between two bodies are; `None` where one of them means something,
/// or nothing changes. Of several kinds the last in order is told.
pub fn noise(old: &Value, new: &Value, at: Place) -> Option<Noise> {
    let kinds = changes(old, new, at)
        .into_iter()
        .map(|change| noise_of(&change, at));
    kinds.collect::<Option<Vec<Noise>>>()?.into_iter().max()
}

/// The noise that one change is.
pub fn noise_of(change: &Change, root: Place) -> Option<Noise> {
    let mut at = root;
    for step in &change.path.0 {
        at = match step {
            Step::Field(name) => at.field(name),
            _ => at.item(),
        };
    }
    if let Some(noise) = mark(change) {
        return Some(noise);
    }
    match (&change.old, &change.new) {
        (Some(old), Some(new)) if equal(old, new, at) => Some(Noise::Quantity),
        (Some(Value::Array(old)), Some(Value::Array(new))) if permuted(old, new) => {
            Some(Noise::Order)
        }
        _ => None,
    }
}

/// Labels and annotations that only repeat the chart's version or the hash of a configuration.
fn mark(change: &Change) -> Option<Noise> {
    let [.., Step::Field(parent), Step::Field(name)] = change.path.0.as_slice() else {
        return None;
    };
    match &**parent {
        "labels" | "annotations" if VERSION_MARKS.contains(&&**name) => Some(Noise::ChartLabel),
        "annotations" if name.starts_with("checksum/") || name.starts_with("checksum.") => {
            Some(Noise::Checksum)
        }
        _ => None,
    }
}

const VERSION_MARKS: [&str; 3] = ["helm.sh/chart", "chart", "app.kubernetes.io/version"];

fn permuted(old: &[Value], new: &[Value]) -> bool {
    let sorted = |items: &[Value]| {
        let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    sorted(old) == sorted(new)
}
