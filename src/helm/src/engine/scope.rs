//! What templates see as `.`: one scope per chart, parents and children sharing
//! their values by reference.

use super::chart_object::chart_object;
use super::files_object::Files;
use super::program::{Executed, Program};
use super::render::RenderOptions;
use crate::chart::{Line, Node};
use crate::value::{Dict, Map, MapKind, Value};

/// The scopes of all charts of a program.
pub(super) struct Scope {
    line: Line,
    data: Map,
    children: Vec<Scope>,
}

impl Scope {
    /// The scopes for coalesced `values`.
    pub(super) fn new(program: &Program, values: &Map, options: &RenderOptions) -> Scope {
        let shared = Shared {
            program,
            release: release(options),
            capabilities: options.capabilities.value(&options.profile),
            line: options.profile.line,
        };
        shared.scope(&program.root, Some(values.clone()), &mut Vec::new())
    }

    /// The data of a file's chart, with `.Template` set for the file.
    pub(super) fn at(&self, file: &Executed) -> Value {
        let scope = file
            .place
            .iter()
            .try_fold(self, |scope, &at| scope.children.get(at))
            .unwrap_or(self);
        let mut entry = Dict::new();
        entry.insert("Name", file.name.as_str().into());
        entry.insert("BasePath", file.base.as_str().into());
        scope
            .data
            .set("Template", values_map(&Map::new(entry), self.line));
        Value::Map(scope.data.clone())
    }
}

struct Shared<'p> {
    program: &'p Program,
    release: Value,
    capabilities: Value,
    line: Line,
}

impl Shared<'_> {
    fn scope(&self, node: &Node, values: Option<Map>, place: &mut Vec<usize>) -> Scope {
        let values = values.unwrap_or_default();
        let below = |child: &Node| match values.get(child.name()) {
            Some(Value::Map(table)) => Some(table),
            _ => None,
        };
        let mut children = Vec::new();
        for (at, child) in node.children.iter().enumerate() {
            place.push(at);
            children.push(self.scope(child, below(child), place));
            place.pop();
        }
        let subcharts = Map::default();
        for (child, scope) in node.children.iter().zip(&children) {
            subcharts.set(child.name(), Value::Map(scope.data.clone()));
        }
        let mut data = Dict::new();
        data.insert(
            "Chart",
            chart_object(&node.metadata, place.is_empty(), self.line),
        );
        let table = self.program.tables.get(place).cloned().unwrap_or_default();
        data.insert("Files", Files::value(&table));
        data.insert("Release", self.release.clone());
        data.insert("Capabilities", self.capabilities.clone());
        data.insert("Values", values_map(&values, self.line));
        data.insert("Subcharts", Value::Map(subcharts));
        Scope {
            line: self.line,
            data: Map::new(data),
            children,
        }
    }
}

/// The map as Helm's own type of values; it stays shared with its parent.
fn values_map(map: &Map, line: Line) -> Value {
    Value::Map(Map {
        kind: match line {
            Line::Three => MapKind::Values,
            Line::Four => MapKind::Values4,
        },
        entries: map.entries.clone(),
    })
}

fn release(options: &RenderOptions) -> Value {
    let mut release = Dict::new();
    release.insert("Name", options.name.as_str().into());
    release.insert("Namespace", options.namespace.as_str().into());
    release.insert("IsUpgrade", options.is_upgrade.into());
    let is_install = !options.is_upgrade && !options.lint;
    release.insert("IsInstall", is_install.into());
    release.insert("Revision", Value::Int(options.revision));
    release.insert("Service", "Helm".into());
    release.into()
}
