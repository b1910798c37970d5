//! The bytes of a snapshot file.

use super::{Content, Snapshot};
use crate::diag::{Diagnostic, Location};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const HEAD: &str = "# Written by `rollbook preview --accept`: what these targets would be.\n";

/// The file of a snapshot.
pub fn print(snapshot: &Snapshot) -> String {
    let map = |entries: &BTreeMap<String, Value>| -> Map<String, Value> {
        entries
            .iter()
            .map(|(id, body)| (id.clone(), body.clone()))
            .collect()
    };
    let content = &snapshot.content;
    let body = json!({
        "chart": content.chart,
        "targets": snapshot.targets.iter().map(|t| json!(**t)).collect::<Vec<_>>(),
        "values": content.values,
        "objects": map(&content.objects),
        "hooks": map(&content.hooks),
    });
    format!("{HEAD}{}", helm::yaml::write(&body))
}

/// Reads a snapshot file back.
pub fn parse(name: &str, file: &str, text: &str) -> Result<Snapshot, Diagnostic> {
    let unreadable = |why: String| {
        Diagnostic::error(format!("not a preview snapshot: {why}"))
            .at(Location::file(file))
            .hint("rollbook preview … --accept writes it anew")
    };
    let body: Value = serde_yaml::from_str(text).map_err(|e| unreadable(e.to_string()))?;
    let map = |field: &str| -> BTreeMap<String, Value> {
        let entries = body[field].as_object().into_iter().flatten();
        entries
            .map(|(id, body)| (id.clone(), body.clone()))
            .collect()
    };
    let targets = body["targets"]
        .as_array()
        .ok_or_else(|| unreadable("no targets".into()))?;
    let chart = body["chart"]
        .as_str()
        .ok_or_else(|| unreadable("no chart".into()))?;
    Ok(Snapshot {
        name: name.to_owned(),
        targets: targets
            .iter()
            .filter_map(|t| t.as_str().map(Into::into))
            .collect(),
        content: Content {
            chart: chart.to_owned(),
            values: body["values"].clone(),
            objects: map("objects"),
            hooks: map("hooks"),
        },
    })
}
