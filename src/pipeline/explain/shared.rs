//! Who else has a value. The main type here is [`Shared`].

use super::Leaf;
use super::behind::Behind;
use super::defaults;
use super::ladder::{Ladders, in_values};
use crate::release::{ReleaseSpec, TargetSpec, resolve};
use crate::vars::{Scope, Templar};
use crate::yaml::Node;
use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// How many targets of the nearest group have the same value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The group.
    pub group: Arc<str>,
    /// How many targets it has.
    pub targets: usize,
    /// How many have this value.
    pub same: usize,
    /// The others' values as JSON, with the number of targets that have each, most first.
    pub others: Vec<(String, usize)>,
}

/// Compares with the nearest group.
pub(super) fn shared(ladders: &Ladders<'_>, leaf: &Leaf) -> Option<Shared> {
    let scope = ladders.templar.scope();
    let fleet = scope.fleet();
    let inventory = fleet.inventory();
    let group = inventory.groups_of(inventory.host(scope.host())?).pop()?;
    let hosts = inventory.hosts_of(group);
    let lookup = Lookup {
        ladders,
        path: &leaf.path,
        files: Mutex::default(),
    };
    let values: Vec<String> = hosts.par_iter().map(|host| lookup.of(host)).collect();
    let own = shown(leaf.value.as_ref());
    let mut others: IndexMap<String, usize> = IndexMap::new();
    for value in values.iter().filter(|value| **value != own) {
        *others.entry(value.clone()).or_default() += 1;
    }
    let mut others: Vec<(String, usize)> = others.into_iter().collect();
    others.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Some(Shared {
        group: group.name.clone(),
        targets: hosts.len(),
        same: values.iter().filter(|value| **value == own).count(),
        others,
    })
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), Value::to_string)
}

/// The value of one path for many targets.
struct Lookup<'a> {
    ladders: &'a Ladders<'a>,
    path: &'a str,
    /// Values files that were read, by name.
    files: Mutex<IndexMap<Arc<str>, Option<Arc<Node>>>>,
}

impl Lookup<'_> {
    fn of(&self, host: &Arc<str>) -> String {
        let scope = self.ladders.templar.scope().fleet().scope(host);
        let ladder = scope.explain(self.path).rungs;
        let rung = ladder.into_iter().next().filter(|_| self.counts(&scope));
        let templar = Templar::new(scope);
        match rung {
            Some(rung) if rung.cut.is_some() || rung.value.is_null() => shown(None),
            Some(rung) => match templar.render_tracked(&rung.value) {
                Ok(rendered) if rendered.secret => "(secret)".to_owned(),
                Ok(rendered) => shown(Some(&rendered.value)),
                Err(_) => "a template that can't be rendered".to_owned(),
            },
            None => self.below(&templar),
        }
    }

    /// With `values_from: release` the inventory's values take no part.
    fn counts(&self, scope: &Scope) -> bool {
        let from = scope
            .explain("release.values_from")
            .rungs
            .into_iter()
            .next();
        let from = from.and_then(|rung| rung.value.text().cloned());
        in_values(self.path).is_none() || from.as_deref() != Some("release")
    }

    /// What the target's values files say, else its chart.
    fn below(&self, templar: &Templar) -> String {
        let Some((behind, path)) = self.ladders.behind.zip(in_values(self.path)) else {
            return shown(None);
        };
        let Ok(spec) = resolve(templar, &None) else {
            return shown(None);
        };
        let files = spec.release.values_files.iter().rev();
        let in_file = files.filter_map(|file| self.file(file, behind));
        let in_file = in_file.filter_map(|root| root.reach(&path).ok().map(Node::to_json));
        match in_file.into_iter().next() {
            Some(value) => shown(Some(&value)),
            None => self.default(behind, &spec, &path),
        }
    }

    fn file(&self, path: &Arc<str>, behind: &Behind<'_>) -> Option<Arc<Node>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let source = defaults::of_file(path, &*behind.planner.files).ok()?;
            Some(Arc::new(source.root))
        };
        files.entry(path.clone()).or_insert_with(read).clone()
    }

    fn default(&self, behind: &Behind<'_>, spec: &TargetSpec, path: &[&str]) -> String {
        let release = &spec.release;
        if !same_chart(release, &behind.desired.spec.release) {
            let version = release.version.as_deref().unwrap_or_default();
            return format!("the default of {} {version}", release.chart);
        }
        let default = behind.default(path);
        shown(default.map(Node::to_json).as_ref())
    }
}

fn same_chart(one: &ReleaseSpec, other: &ReleaseSpec) -> bool {
    (&one.chart, &one.repo, &one.version) == (&other.chart, &other.repo, &other.version)
}
