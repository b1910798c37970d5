//! Which subcharts take part: aliases, conditions, tags.

use super::coalesce::coalesce;
use super::{Chart, Dependency, Line, Node, Profile, Source, Warning};
use crate::semver::{Constraint, Version};
use crate::value::{Map, Value};
use std::sync::Arc;

/// The chart with the children that the user's values leave switched on, under
/// their aliases.
pub fn switch(
    chart: &Chart,
    user: &Map,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) -> Result<Node, String> {
    let mut root = Node::new(chart.source(), profile.line)?;
    let switching = &mut Switching {
        profile,
        warnings,
        arranged: Vec::new(),
    };
    switching.node(&mut root, user, "")?;
    Ok(root)
}

struct Switching<'a> {
    profile: &'a Profile,
    warnings: &'a mut Vec<Warning>,
    /// The charts whose requirements have their aliases as names: a chart that takes part twice
    /// has one list of requirements in Helm 3, so the second time finds them renamed.
    arranged: Vec<Arc<Source>>,
}

impl Switching<'_> {
    fn node(&mut self, node: &mut Node, values: &Map, path: &str) -> Result<(), String> {
        if node.metadata.dependencies.is_empty() {
            return Ok(());
        }
        if seen(&mut self.arranged, node, self.profile.line) {
            name_by_alias(node);
        }
        arrange(node);
        let values = copy(values);
        coalesce(node, &values, self.profile, &mut Vec::new())?;
        let requirements = &mut Arc::make_mut(&mut node.metadata).dependencies;
        self.tags(requirements, &values);
        self.conditions(requirements, &values, path);
        remove_disabled(node);
        for child in &mut node.children {
            let path = format!("{path}{}.", child.metadata.name);
            self.node(child, &values, &path)?;
        }
        Ok(())
    }

    fn tags(&mut self, dependencies: &mut [Dependency], values: &Map) {
        let Some(Value::Map(table)) = values.get("tags") else {
            return;
        };
        for dependency in dependencies {
            let (mut any_true, mut any_false) = (false, false);
            for tag in &dependency.tags {
                match table.get(tag) {
                    Some(Value::Bool(flag)) => {
                        any_true |= flag;
                        any_false |= !flag;
                    }
                    Some(_) => self.warnings.push(Warning::Tag {
                        tag: tag.clone(),
                        chart: dependency.name.clone(),
                    }),
                    None => {}
                }
            }
            dependency.enabled = any_true || !any_false;
        }
    }

    fn conditions(&mut self, dependencies: &mut [Dependency], values: &Map, path: &str) {
        for dependency in dependencies {
            let conditions = dependency
                .condition
                .trim()
                .split(',')
                .filter(|c| !c.is_empty());
            for condition in conditions {
                match path_value(values, &format!("{path}{condition}")) {
                    Some(Value::Bool(flag)) => {
                        dependency.enabled = flag;
                        break;
                    }
                    Some(_) => self.warnings.push(Warning::Condition {
                        path: condition.to_owned(),
                        chart: dependency.name.clone(),
                    }),
                    None => {}
                }
            }
        }
    }
}

/// Whether a chart takes part once more, for a Helm that then finds what it left of it.
pub(super) fn seen(charts: &mut Vec<Arc<Source>>, node: &Node, line: Line) -> bool {
    let again = charts.iter().any(|chart| Arc::ptr_eq(chart, &node.source));
    if !again {
        charts.push(node.source.clone());
    }
    again && line == Line::Three
}

fn name_by_alias(node: &mut Node) {
    for requirement in &mut Arc::make_mut(&mut node.metadata).dependencies {
        requirement.name = requirement.key().to_owned();
    }
}

/// Charts that no requirement names come first, then one per requirement.
fn arrange(node: &mut Node) {
    let loaded = std::mem::take(&mut node.children);
    let requirements = &mut Arc::make_mut(&mut node.metadata).dependencies;
    let unnamed = loaded
        .iter()
        .filter(|chart| !requirements.iter().any(|r| fulfils(chart, r)));
    let mut children: Vec<Node> = unnamed.cloned().collect();
    for requirement in requirements.iter_mut() {
        if let Some(chart) = loaded.iter().find(|chart| fulfils(chart, requirement)) {
            let mut chart = chart.clone();
            if chart.metadata.name != requirement.key() {
                Arc::make_mut(&mut chart.metadata).name = requirement.key().to_owned();
            }
            children.push(chart);
        }
        requirement.enabled = true;
    }
    node.children = children;
    name_by_alias(node);
}

fn fulfils(chart: &Node, requirement: &Dependency) -> bool {
    chart.metadata.name == requirement.name
        && in_range(&requirement.version, &chart.metadata.version)
}

/// Whether `version` satisfies `range`; a faulty range or version never does.
pub(super) fn in_range(range: &str, version: &str) -> bool {
    match (Constraint::parse(range), Version::parse(version)) {
        (Ok(range), Ok(version)) => range.check(&version),
        _ => false,
    }
}

fn remove_disabled(node: &mut Node) {
    let off: Vec<String> = {
        let requirements = node.metadata.dependencies.iter();
        requirements
            .filter(|r| !r.enabled)
            .map(|r| r.name.clone())
            .collect()
    };
    node.children
        .retain(|child| !off.contains(&child.metadata.name));
    Arc::make_mut(&mut node.metadata)
        .dependencies
        .retain(|requirement| !off.contains(&requirement.name));
}

/// Values of one's own, so that trying them out changes nothing.
pub(crate) fn copy(values: &Map) -> Map {
    match Value::Map(values.clone()).deep_copy() {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

/// The value at a dotted path; a table there counts as nothing.
pub fn path_value(values: &Map, path: &str) -> Option<Value> {
    let (tables, key) = match path.rsplit_once('.') {
        Some((tables, key)) => (table(values, tables).ok()?, key),
        None => (values.clone(), path),
    };
    tables
        .get(key)
        .filter(|value| !matches!(value, Value::Map(_)))
}

/// The table at a dotted path; where there is none, the first name that leads to no table.
pub fn table<'p>(values: &Map, path: &'p str) -> Result<Map, &'p str> {
    path.split('.')
        .try_fold(values.clone(), |table, key| match table.get(key) {
            Some(Value::Map(inner)) => Ok(inner),
            _ => Err(key),
        })
}
