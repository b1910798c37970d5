//! `import-values`: tables of children as defaults of their parent.

use super::coalesce::{merge_tables, merge_values};
use super::dependencies::{seen, table};
use super::{Node, Profile, Source, Table, Warning};
use crate::value::{Dict, Map, Value};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Replaces the default values of each chart with dependencies by what they are
/// after its imports, children first.
pub fn import(
    root: &mut Node,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) -> Result<(), String> {
    import_into(root, profile, &mut Vec::new(), warnings)
}

/// `done` are the charts whose imports were taken. A chart that takes part twice has one list of
/// them in Helm 3, in another form after the first time, which the second does not know.
fn import_into(
    node: &mut Node,
    profile: &Profile,
    done: &mut Vec<Arc<Source>>,
    warnings: &mut Vec<Warning>,
) -> Result<(), String> {
    for child in &mut node.children {
        import_into(child, profile, done, warnings)?;
    }
    if node.metadata.dependencies.is_empty() {
        return Ok(());
    }
    if seen(done, node, profile.line) {
        for dependency in &mut Arc::make_mut(&mut node.metadata).dependencies {
            dependency.import_values.clear();
        }
    }
    let values = merge_values(node, profile, &mut Vec::new())?;
    let imported = imports(node, &values, warnings);
    // Imports may share tables with the values: they are merged as copies.
    let merged = separate(&values);
    merge_tables(&merged, &imported, warnings);
    node.values = Arc::new(plain(merged)?);
    Ok(())
}

fn imports(node: &mut Node, values: &Map, warnings: &mut Vec<Warning>) -> Map {
    let imported = Map::default();
    for dependency in &mut Arc::make_mut(&mut node.metadata).dependencies {
        let mut pairs = Vec::new();
        for entry in &dependency.import_values {
            let Some((child, parent)) = pair(entry) else {
                continue;
            };
            pairs.push(json!({"child": child, "parent": parent}));
            match table(values, &format!("{}.{child}", dependency.name)) {
                Ok(found) => {
                    merge_tables(&imported, &at_path(&parent, &separate(&found)), warnings)
                }
                Err(missing) => warnings.push(Warning::Import {
                    chart: entry.is_object().then(|| dependency.name.clone()),
                    table: missing.to_owned(),
                }),
            }
        }
        dependency.import_values = pairs;
    }
    imported
}

/// The child's and the parent's path of one entry.
fn pair(import: &Json) -> Option<(String, String)> {
    match import {
        Json::String(name) => Some((format!("exports.{name}"), ".".to_owned())),
        Json::Object(map) => {
            let path = |key: &str| match map.get(key) {
                Some(Json::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => "<nil>".to_owned(),
            };
            Some((path("child"), path("parent")))
        }
        _ => None,
    }
}

/// The table below a dotted path; `.` is the root.
fn at_path(path: &str, table: &Map) -> Map {
    if path == "." {
        return table.clone();
    }
    path.rsplit('.').fold(table.clone(), |inner, key| {
        let mut outer = Dict::new();
        outer.insert(key, Value::Map(inner));
        Map::new(outer)
    })
}

fn separate(map: &Map) -> Map {
    match Value::Map(map.clone()).deep_copy() {
        Value::Map(copy) => copy,
        _ => Map::default(),
    }
}

fn plain(map: Map) -> Result<Table, String> {
    match Value::Map(map).to_json()? {
        Json::Object(table) => Ok(table),
        _ => Ok(Table::new()),
    }
}
