//! Why a value of one target is what it is: where it was written, what that hides, what is live,
//! which objects change with it, and who else has it. The main type here is [`Explained`].
//!
//! The inventory's own part is `vars::Scope::explain`. Of a release's values the ladder goes on
//! below it: values files, the live release where `values_from` says so, the chart's defaults.

mod behind;
mod blame;
mod defaults;
mod ladder;
mod live;
mod shared;
mod used;

pub use behind::{Behind, Sources};
pub use blame::{Field, set_by};
pub use ladder::{Said, Step};
pub use live::Live;
pub use shared::Shared;
pub use used::Use;

use crate::diag::{Diagnostic, Diagnostics};
use crate::vars::{Level, Templar};
use crate::yaml::{Node, nearest};
use indexmap::IndexSet;
use ladder::Ladders;
use serde_json::Value;
use std::sync::Arc;

/// One variable of one target, or what the target sets differently from its groups.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The target.
    pub host: Arc<str>,
    /// The variable or a part of one; `None` for what the target itself sets.
    pub key: Option<String>,
    /// The variable is merged along the precedence order, not replaced.
    pub merged: bool,
    /// The values: one, or those of a mapping.
    pub leaves: Vec<Leaf>,
    /// What is known beside, where one value is explained.
    pub beside: Option<Beside>,
    /// What could not be looked at, and why.
    pub unread: Vec<(String, String)>,
}

/// One value and its ladder.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The dotted path.
    pub path: String,
    /// The value, templates rendered; `None` where it is unset, or deleted.
    pub value: Option<Value>,
    /// It must not be shown.
    pub secret: bool,
    /// Every place that sets it, the strongest first.
    pub steps: Vec<Step>,
}

/// What is known of one value beside where it was written.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The groups and levels that could set it and do not, the strongest first.
    pub silent: Vec<String>,
    /// What the release runs with now; `None` for what is no part of a release.
    pub live: Option<Live>,
    /// What is rendered from it, or why that is not known; `None` for what is not rendered.
    pub used: Option<Result<Vec<Use>, String>>,
    /// Who else has it.
    pub shared: Option<Shared>,
}

/// Explains `key`; without a key, what the target sets itself.
pub fn explain(
    templar: &Templar,
    key: Option<&str>,
    behind: Option<&Behind<'_>>,
) -> Result<Explained, Diagnostics> {
    let ladders = Ladders { templar, behind };
    let paths = match key {
        Some(key) => below(&ladders, key)?,
        None => own(templar),
    };
    let leaves = paths.iter().map(|path| ladders.leaf(path));
    let leaves: Vec<Leaf> = leaves.collect::<Result<_, Diagnostic>>()?;
    let beside = match (key, leaves.as_slice()) {
        (Some(key), [only]) if only.path == key => Some(beside(&ladders, only)),
        _ => None,
    };
    Ok(Explained {
        host: templar.scope().host().clone(),
        key: key.map(str::to_owned),
        merged: key.is_some_and(|key| templar.scope().explain(key).merged),
        leaves: match beside {
            Some(_) => leaves,
            None => leaves.into_iter().filter(Leaf::is_set).collect(),
        },
        beside,
        unread: behind.map(Behind::unread).unwrap_or_default(),
    })
}

impl Leaf {
    /// A part of what something above it replaced is no value.
    fn is_set(&self) -> bool {
        !matches!(self.winner().map(|step| &step.said), Some(Said::Cut { .. }))
    }

    /// The step that wins.
    pub fn winner(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.counts)
    }
}

/// The paths of all values at and below a key.
fn below(ladders: &Ladders<'_>, key: &str) -> Result<IndexSet<String>, Diagnostic> {
    let mut paths = IndexSet::new();
    let found = ladders.templar.scope().explain(key);
    let mut rungs = found.rungs.iter().filter(|rung| rung.cut.is_none());
    match found.merged {
        true => rungs.for_each(|rung| leaves(&rung.value, key, &mut paths)),
        false => rungs
            .next()
            .into_iter()
            .for_each(|rung| leaves(&rung.value, key, &mut paths)),
    }
    match (ladders.behind, ladder::in_values(key)) {
        (Some(behind), Some(path)) => {
            for node in behind.at(&path) {
                leaves(node, key, &mut paths);
            }
        }
        // Of all values at once those that somebody set, not every default of the chart.
        (Some(behind), None) if matches!(key, "release" | "release.values") => {
            for node in behind.set() {
                leaves(node, "release.values", &mut paths);
            }
        }
        _ => {}
    }
    // A mapping here and a value there: the mapping's leaves tell all.
    let branches: IndexSet<String> = paths.iter().flat_map(|path| parents(path)).collect();
    paths.retain(|path| !branches.contains(path));
    match paths.is_empty() {
        true => Err(nothing(ladders, key)),
        false => Ok(paths),
    }
}

fn parents(path: &str) -> impl Iterator<Item = String> {
    let dots = path.match_indices('.');
    dots.map(|(at, _)| path[..at].to_owned())
}

/// The dotted paths of all values in a node.
fn leaves(node: &Node, path: &str, paths: &mut IndexSet<String>) {
    match node.entries() {
        Some(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                leaves(value, &format!("{path}.{}", key.name), paths);
            }
        }
        _ => {
            paths.insert(path.to_owned());
        }
    }
}

/// What the target's own layers set.
fn own(templar: &Templar) -> IndexSet<String> {
    let mut paths = IndexSet::new();
    let own = |level| (Level::HostInline..=Level::PlaybookHosts).contains(&level);
    let layers = templar.scope().layers().iter().rev();
    for layer in layers.filter(|layer| own(layer.level)) {
        for (key, node) in layer.vars.iter() {
            leaves(node, &key.name, &mut paths);
        }
    }
    paths
}

fn nothing(ladders: &Ladders<'_>, key: &str) -> Diagnostic {
    let host = ladders.templar.scope().host();
    let fault = Diagnostic::error(format!("nothing sets \"{key}\" for {host}"));
    let (above, last) = key.rsplit_once('.').unwrap_or(("", key));
    let names = match above {
        "" => ladders.templar.scope().names(),
        above => siblings(ladders, above),
    };
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    let fault = match (above, names.is_empty()) {
        ("", _) | (_, true) => fault,
        (above, false) => fault.note(format!("{above} has {}", names.join(", "))),
    };
    match nearest(last, names) {
        Some(near) if above.is_empty() => fault.hint(near),
        Some(near) => fault.hint(format!("{above}.{near}")),
        None => fault.hint(format!("rollbook inventory host {host}")),
    }
}

/// The keys that are written beside the one that is not there.
fn siblings(ladders: &Ladders<'_>, above: &str) -> IndexSet<Arc<str>> {
    let rungs = ladders.templar.scope().explain(above).rungs;
    let written = rungs.iter().map(|rung| &rung.value);
    let path = ladder::in_values(above);
    let behind = ladders.behind.zip(path.as_ref());
    let behind = behind.map(|(behind, path)| behind.at(path));
    let nodes = written.chain(behind.into_iter().flatten());
    let keys = nodes.filter_map(Node::entries).flatten();
    keys.map(|(key, _)| key.name.clone()).collect()
}

fn beside(ladders: &Ladders<'_>, leaf: &Leaf) -> Beside {
    let behind = ladders.behind.filter(|_| is_release(&leaf.path));
    let values = ladder::in_values(&leaf.path);
    Beside {
        silent: ladders.silent(leaf),
        live: behind.and_then(|behind| behind.live(&leaf.path, leaf.secret)),
        used: behind
            .zip(values)
            .map(|(behind, path)| behind.used(&path, leaf.value.as_ref())),
        shared: (!leaf.secret)
            .then(|| shared::shared(ladders, leaf))
            .flatten(),
    }
}

fn is_release(path: &str) -> bool {
    path == "release" || path.starts_with("release.")
}
