//! Trees of values with the place of every leaf: values files, the live release, the chart's
//! defaults.

use super::behind::{CHART_DEFAULT, Source};
use crate::files::Files;
use crate::pipeline::render::Loaded;
use crate::pipeline::values;
use crate::release::Record;
use crate::yaml::{self, Data, Key, Node, Pos};
use helm::chart;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// One of `values_files`.
pub fn of_file(path: &str, files: &dyn Files) -> Result<Source, String> {
    let bytes = files.read(Path::new(path)).map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let plain = chart::parse_values(&text, chart::Line::Three)?;
    Ok(Source {
        level: "values_files",
        root: placed(path, &text, &Value::Object(plain)),
        line_only: false,
    })
}

/// The user-supplied values of the live revision, secrets masked.
pub fn of_live(base: &Record) -> Source {
    let config = values::masked_record(base);
    Source {
        level: "live release",
        root: Node::from_json(&config, &nowhere(&format!("revision {}", base.revision))),
        line_only: true,
    }
}

/// The defaults of a chart, then those of its children below their names.
pub fn of_chart(loaded: &Loaded) -> Vec<Source> {
    let title = format!("{} {}", loaded.reference.name, loaded.reference.version);
    let mut sources = Vec::new();
    collect(loaded.chart.source(), &title, "", &[], &mut sources);
    sources
}

fn collect(
    chart: &chart::Source,
    title: &str,
    folder: &str,
    under: &[String],
    sources: &mut Vec<Source>,
) {
    let plain = Value::Object((*chart.values).clone());
    if let Some(file) = &chart.values_text {
        let name = format!("{title} {folder}values.yaml");
        let root = placed(&name, &file.text(), &plain);
        let root = under
            .iter()
            .rev()
            .fold(root, |node, name| wrapped(node, name));
        sources.push(Source {
            level: CHART_DEFAULT,
            root,
            line_only: true,
        });
    }
    for child in &chart.dependencies {
        for name in names(chart, &child.metadata.name) {
            let folder = format!("{folder}charts/{}/", child.metadata.name);
            let under: Vec<String> = under.iter().cloned().chain([name]).collect();
            collect(child, title, &folder, &under, sources);
        }
    }
}

/// The names that a child has among its parent's values: its aliases, else its own.
fn names(parent: &chart::Source, child: &str) -> Vec<String> {
    let listed = parent.metadata.dependencies.iter();
    let listed = listed.filter(|dependency| dependency.name == child);
    let names: Vec<String> = listed
        .map(|dependency| match dependency.alias.as_str() {
            "" => child.to_owned(),
            alias => alias.to_owned(),
        })
        .collect();
    match names.is_empty() {
        true => vec![child.to_owned()],
        false => names,
    }
}

/// The text with the place of every node; what our strict reader refuses and Helm takes, without.
fn placed(name: &str, text: &str, plain: &Value) -> Node {
    let source = yaml::Source::new(name, text);
    match yaml::load(&source) {
        Ok(node) if node.entries().is_some() => node,
        _ => Node::from_json(plain, &nowhere(name)),
    }
}

fn nowhere(name: &str) -> Pos {
    Pos {
        line: 0,
        column: 0,
        ..Pos::start(&yaml::Source::new(name, ""))
    }
}

fn wrapped(node: Node, name: &str) -> Node {
    let pos = node.pos.clone();
    let key = Key {
        name: name.into(),
        pos: pos.clone(),
    };
    Node {
        data: Data::Map(Arc::new(vec![(key, node)])),
        pos,
    }
}
