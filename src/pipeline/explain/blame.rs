//! The value behind a field of a rendered object, and where somebody wrote it.
//!
//! The other way round than [`super::Use`]: candidates are the values that read as the field
//! does; the one that changes the field when it is changed is behind it.

use super::behind::Behind;
use super::ladder::{Ladders, in_values};
use super::{Leaf, leaves};
use crate::diag::SetBy;
use crate::vars::Templar;
use indexmap::IndexSet;
use serde_json::Value;

/// The most values that are tried; each costs two renders.
const TRIED: usize = 12;

/// A field of a container.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// `Deployment web`.
    pub object: &'a str,
    /// The container.
    pub container: &'a str,
    /// How it ends: `resources.limits.memory`.
    pub ends: &'a str,
    /// What it reads; the value may be a part of it.
    pub reads: &'a str,
}

/// The value behind `field`, where one is found.
pub fn set_by(templar: &Templar, behind: &Behind<'_>, field: Field<'_>) -> Option<SetBy> {
    let ladders = Ladders {
        templar,
        behind: Some(behind),
    };
    let mut candidates: Vec<Leaf> = paths(&ladders)
        .iter()
        .filter_map(|path| ladders.leaf(path).ok())
        .filter(|leaf| !leaf.secret && rank(leaf, field.reads).is_some())
        .collect();
    candidates.sort_by_key(|leaf| std::cmp::Reverse(rank(leaf, field.reads)));
    let found = candidates.into_iter().take(TRIED);
    found
        .into_iter()
        .find(|leaf| is_behind(behind, leaf, field))
        .and_then(|leaf| {
            let path = leaf.path.strip_prefix("release.values.")?.to_owned();
            let at = leaf.winner()?.at.clone();
            Some(SetBy { path, at })
        })
}

/// Every value of the release, the chart's own defaults too.
fn paths(ladders: &Ladders<'_>) -> IndexSet<String> {
    let mut paths = IndexSet::new();
    let found = ladders.templar.scope().explain("release.values");
    for rung in found.rungs.iter().filter(|rung| rung.cut.is_none()) {
        leaves(&rung.value, "release.values", &mut paths);
    }
    for source in ladders.behind.iter().flat_map(|behind| behind.sources()) {
        leaves(&source.root, "release.values", &mut paths);
    }
    paths
}

/// How well a value fits what the field reads: all of it, else the more of it the better.
fn rank(leaf: &Leaf, reads: &str) -> Option<usize> {
    let text = match leaf.value.as_ref()? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let part = text.len() > 1 && reads.contains(&text);
    part.then_some(text.len())
}

fn is_behind(behind: &Behind<'_>, leaf: &Leaf, field: Field<'_>) -> bool {
    let Some(path) = in_values(&leaf.path) else {
        return false;
    };
    let uses = behind.used(&path, leaf.value.as_ref()).unwrap_or_default();
    let container = format!("ontainers[name={}]", field.container);
    let is = |name: &String| name.contains(&container) && name.ends_with(field.ends);
    let of = |object: &str| object.strip_prefix("hook ").unwrap_or(object) == field.object;
    uses.iter()
        .any(|used| of(&used.object) && used.fields.iter().any(is))
}
