//! Rules for `values.yaml`.

use super::finding::{Findings, Severity};
use super::folder::{Entry, Folder};
use crate::chart::{Warning, coalesce_tables, unmarshal};
use crate::value::{Map, Value};
use crate::yaml;

const FILE: &str = "values.yaml";

/// `user` is what the user passes. As in Helm, its tables take the chart's defaults here, and later
/// rules and later charts see them.
pub(super) fn check(folder: &Folder, user: &Map, findings: &mut Findings) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let there = match folder.values {
        Entry::Missing => Err("file does not exist".to_owned()),
        _ => Ok(()),
    };
    if findings.rule(Severity::Info, FILE, there) {
        findings.rule(Severity::Error, FILE, fit(folder, user, &mut warnings));
    }
    warnings
}

fn fit(folder: &Folder, user: &Map, warnings: &mut Vec<Warning>) -> Result<(), String> {
    let text = folder.values.text(&folder.path_of(FILE));
    let defaults = text.and_then(|text| read(&text));
    let defaults = defaults.map_err(|why| format!("unable to parse YAML: {why}"))?;
    let values = Map::default();
    coalesce_tables(&values, user, warnings);
    coalesce_tables(&values, &defaults, warnings);
    check_schema(folder, &values)
}

fn read(text: &str) -> Result<Map, String> {
    let found = match yaml::read_value(text).map_err(|error| error.to_string())? {
        Value::Map(map) => return Ok(map),
        Value::Nil => return Ok(Map::default()),
        other => other,
    };
    let why = crate::sprig::mismatch(&found, "chartutil.Values");
    Err(unmarshal(why))
}

/// Subcharts are not looked at here.
#[cfg(feature = "schema")]
fn check_schema(folder: &Folder, values: &Map) -> Result<(), String> {
    match &folder.schema {
        Entry::File(schema) if !schema.is_empty() => {
            let faults = crate::chart::schema_faults(schema, values);
            faults.map_or(Ok(()), |faults| Err(format!("{faults}\n")))
        }
        _ => Ok(()),
    }
}

#[cfg(not(feature = "schema"))]
fn check_schema(_: &Folder, _: &Map) -> Result<(), String> {
    Ok(())
}
