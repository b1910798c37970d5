//! Which subcharts take part: aliases, conditions, tags.

use super::coalesce::coalesce;
use super::graph::Graph;
use super::{Chart, Dependency, Node, Profile, Warning};
use crate::semver::{Constraint, Version};
use crate::value::{Map, Value};

/// The chart with the children that the user's values leave switched on, under
/// their aliases.
pub fn switch(
    chart: &Chart,
    user: &Map,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) -> Result<Node, String> {
    let mut switching = Switching {
        graph: Graph::load(chart.source(), profile.line)?,
        profile,
        warnings,
    };
    switching.chart(Graph::ROOT, user, "")?;
    Ok(switching.graph.node(Graph::ROOT))
}

struct Switching<'a> {
    graph: Graph,
    profile: &'a Profile,
    warnings: &'a mut Vec<Warning>,
}

impl Switching<'_> {
    fn chart(&mut self, chart: usize, values: &Map, path: &str) -> Result<(), String> {
        let requirements = self.graph.requirements_of(chart).to_vec();
        if requirements.is_empty() {
            return Ok(());
        }
        self.arrange(chart, &requirements);
        let values = copy(values);
        let node = self.graph.node(chart);
        coalesce(&node, &values, self.profile, &mut Vec::new())?;
        for &at in &requirements {
            tags(&mut self.graph.requirements[at], &values, self.warnings);
        }
        for &at in &requirements {
            let requirement = &mut self.graph.requirements[at];
            conditions(requirement, &values, path, self.warnings);
        }
        let (children, requirements) = self.enabled(chart, &requirements);
        for &child in &children {
            let path = format!("{path}{}.", self.graph.metadata(child).name);
            self.chart(child, &values, &path)?;
        }
        self.graph.set_requirements(chart, requirements);
        self.graph.adopt(chart, children);
        Ok(())
    }

    /// Charts that no requirement names come first, then one per requirement.
    fn arrange(&mut self, chart: usize, requirements: &[usize]) {
        let loaded = self.graph.children(chart).to_vec();
        let unnamed = loaded.iter().copied().filter(|&child| {
            let mut all = requirements.iter();
            !all.any(|&requirement| self.fulfils(child, requirement))
        });
        let mut children: Vec<usize> = unnamed.collect();
        for &requirement in requirements {
            let mut all = loaded.iter();
            let found = all.find(|&&child| self.fulfils(child, requirement));
            let key = self.graph.requirements[requirement].key().to_owned();
            children.extend(found.map(|&child| self.graph.copy(child, &key)));
            self.graph.requirements[requirement].name = key;
        }
        self.graph.adopt(chart, children);
    }

    fn fulfils(&self, chart: usize, requirement: usize) -> bool {
        let metadata = self.graph.metadata(chart);
        let requirement = &self.graph.requirements[requirement];
        metadata.name == requirement.name && in_range(&requirement.version, &metadata.version)
    }

    /// The children and the requirements without those that are switched off.
    fn enabled(&self, chart: usize, requirements: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let named = |requirement: &usize| &self.graph.requirements[*requirement];
        let off = |name: &str| {
            let mut all = requirements.iter().map(named);
            all.any(|requirement| !requirement.enabled && requirement.name == name)
        };
        let children = self.graph.children(chart).iter().copied();
        let requirements = requirements.iter().copied();
        (
            children
                .filter(|&child| !off(&self.graph.metadata(child).name))
                .collect(),
            requirements.filter(|at| !off(&named(at).name)).collect(),
        )
    }
}

fn tags(requirement: &mut Dependency, values: &Map, warnings: &mut Vec<Warning>) {
    requirement.enabled = true;
    let Some(Value::Map(table)) = values.get("tags") else {
        return;
    };
    let (mut any_true, mut any_false) = (false, false);
    for tag in &requirement.tags {
        match table.get(tag) {
            Some(Value::Bool(flag)) => {
                any_true |= flag;
                any_false |= !flag;
            }
            Some(_) => warnings.push(Warning::Tag {
                tag: tag.clone(),
                chart: requirement.name.clone(),
            }),
            None => {}
        }
    }
    requirement.enabled = any_true || !any_false;
}

fn conditions(requirement: &mut Dependency, values: &Map, path: &str, warnings: &mut Vec<Warning>) {
    let conditions = requirement.condition.trim().split(',');
    for condition in conditions.filter(|condition| !condition.is_empty()) {
        match path_value(values, &format!("{path}{condition}")) {
            Some(Value::Bool(flag)) => {
                requirement.enabled = flag;
                break;
            }
            Some(_) => warnings.push(Warning::Condition {
                path: condition.to_owned(),
                chart: requirement.name.clone(),
            }),
            None => {}
        }
    }
}

/// Whether `version` satisfies `range`; a faulty range or version never does.
fn in_range(range: &str, version: &str) -> bool {
    match (Constraint::parse(range), Version::parse(version)) {
        (Ok(range), Ok(version)) => range.check(&version),
        _ => false,
    }
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
