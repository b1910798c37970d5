//! `import-values`: tables of children as defaults of their parent.

use super::coalesce::{merge_tables, merge_values};
use super::dependencies::table;
use super::{Node, Profile, Table, Warning};
use crate::value::{Dict, Map, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Replaces the default values of each chart with dependencies by what they are
/// after its imports, children first.
pub fn import(
    root: &mut Node,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) -> Result<(), String> {
    let mut taken = Taken::default();
    import_into(root, profile, &mut taken, warnings)
}

/// What was imported so far, for charts that Helm holds once and that stand in several places.
#[derive(Default)]
struct Taken {
    /// The default values that came of it, by chart.
    values: FxHashMap<usize, Arc<Table>>,
    /// The requirements whose imports were taken: Helm leaves them in another form, which it does
    /// not know the second time.
    requirements: FxHashSet<usize>,
}

fn import_into(
    node: &mut Node,
    profile: &Profile,
    taken: &mut Taken,
    warnings: &mut Vec<Warning>,
) -> Result<(), String> {
    for child in &mut node.children {
        import_into(child, profile, taken, warnings)?;
    }
    if node.metadata.dependencies.is_empty() {
        return Ok(());
    }
    if let Some(values) = taken.values.get(&node.held) {
        node.values = values.clone();
    }
    without_taken(node, &mut taken.requirements);
    let values = merge_values(node, profile, &mut Vec::new())?;
    let imported = imports(node, &values, warnings);
    // Imports may share tables with the values: they are merged as copies.
    let merged = separate(&values);
    merge_tables(&merged, &imported, warnings);
    node.values = Arc::new(plain(merged)?);
    taken.values.insert(node.held, node.values.clone());
    Ok(())
}

fn without_taken(node: &mut Node, taken: &mut FxHashSet<usize>) {
    let requirements = &mut Arc::make_mut(&mut node.metadata).dependencies;
    for (requirement, held) in requirements.iter_mut().zip(&node.requirements) {
        if !taken.insert(*held) {
            requirement.import_values.clear();
        }
    }
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
