//! A play made ready: its templates rendered, its targets selected. The main type here is
//! [`Resolved`].
//!
//! All plays are made ready before the first task runs, so that a wrong pattern or percentage in
//! the last one is not found after the first one changed something.

use super::Setup;
use super::wave::BoundPlay;
use crate::diag::{Diagnostic, Diagnostics};
use crate::inventory::{Pattern, Vars, read_vars};
use crate::modules::{Scope, entry};
use crate::playbook::{Order, waves::Size};
use crate::vars::{self, Level};
use crate::yaml::Node;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// A play with its targets.
pub(super) struct Resolved<'a> {
    pub play: &'a BoundPlay,
    pub name: Arc<str>,
    pub pattern: Vec<String>,
    /// In the order in which waves are cut.
    pub targets: Vec<Arc<str>>,
    pub serial: Vec<Size>,
    pub max_fail_percentage: Option<f64>,
    /// `vars` and `vars_files`, lowest first.
    layers: Vec<(Level, Vars)>,
}

/// Makes all plays ready; the faults of all of them are gathered.
pub(super) fn resolve<'a>(setup: Setup<'a>) -> Result<Vec<Resolved<'a>>, Diagnostics> {
    let mut plays = Vec::new();
    let mut faults = Diagnostics::default();
    for play in &setup.playbook.plays {
        match one(setup, play) {
            Ok(play) => plays.push(play),
            Err(more) => faults.0.extend(more.0),
        }
    }
    match faults.has_errors() {
        true => Err(faults),
        false => Ok(plays),
    }
}

fn one<'a>(setup: Setup<'a>, play: &'a BoundPlay) -> Result<Resolved<'a>, Diagnostics> {
    let layers = layers(setup, play)?;
    let scope = Scope::new(overlay(setup.fleet.scope("localhost"), &layers));
    let pattern = patterns(play, &scope)?;
    let targets = targets(setup, play, &pattern)?;
    Ok(Resolved {
        name: scope.text(&play.name, &play.pos)?.into(),
        serial: serial(play, &scope)?,
        max_fail_percentage: percentage(play, &scope)?,
        play,
        pattern,
        targets,
        layers,
    })
}

impl Resolved<'_> {
    /// What a target sees in this play.
    pub(super) fn scope(&self, setup: Setup<'_>, target: &str) -> vars::Scope {
        overlay(setup.fleet.scope(target), &self.layers)
    }

    /// The variables that rollbook sets for a wave; shared by its targets.
    pub(super) fn magic(&self, setup: Setup<'_>, batch: &[Arc<str>], alive: &[Arc<str>]) -> Vars {
        let options = setup.options;
        let beside = Path::new(&*setup.playbook.file).parent();
        let set = |name: &str, value: Value| entry(name, &value, false);
        Arc::new(vec![
            set("ansible_check_mode", options.start.check.into()),
            set("ansible_diff_mode", options.diff.into()),
            set("ansible_verbosity", options.verbosity.into()),
            set("ansible_forks", options.forks.into()),
            set("ansible_run_tags", json!(options.tags.run)),
            set("ansible_skip_tags", json!(options.tags.skip)),
            set("ansible_play_name", json!(self.name)),
            set("ansible_play_hosts_all", json!(self.targets)),
            set("ansible_play_hosts", json!(alive)),
            set("ansible_play_batch", json!(batch)),
            set(
                "playbook_dir",
                json!(beside.map(Path::display).map(|d| d.to_string())),
            ),
        ])
    }

    /// Whether one of the selected tasks may write to a cluster.
    pub(super) fn writes(&self, setup: Setup<'_>) -> bool {
        let tasks = self.play.all_tasks().into_iter().chain(&self.play.handlers);
        let mut selected = tasks.filter(|t| setup.options.tags.select(&t.keywords.tags));
        selected.any(|task| task.action.writes())
    }
}

fn overlay(scope: vars::Scope, layers: &[(Level, Vars)]) -> vars::Scope {
    let with = |scope: vars::Scope, (level, vars): &(Level, Vars)| scope.with(*level, vars.clone());
    layers.iter().fold(scope, with)
}

fn layers(setup: Setup<'_>, play: &BoundPlay) -> Result<Vec<(Level, Vars)>, Diagnostics> {
    let mut layers = Vec::new();
    if let Some(vars) = &play.vars {
        let entries = vars.entries().unwrap_or_default().to_vec();
        layers.push((Level::Play, Arc::new(entries)));
    }
    for file in &play.vars_files {
        let scope = Scope::new(overlay(setup.fleet.scope("localhost"), &layers));
        layers.push((Level::VarsFiles, vars_file(setup, file, &scope)?));
    }
    Ok(layers)
}

/// A file of variables; of a list the first that exists.
fn vars_file(setup: Setup<'_>, file: &Node, scope: &Scope) -> Result<Vars, Diagnostics> {
    let beside = Path::new(&*setup.playbook.file)
        .parent()
        .unwrap_or(Path::new(""));
    let candidates = file.items().unwrap_or(std::slice::from_ref(file));
    for candidate in candidates {
        let text = candidate.text().cloned().unwrap_or_default();
        let path = beside.join(scope.text(&text, &candidate.pos)?);
        if setup.files.is_dir(&path) == Some(false) {
            return read_vars(setup.files, setup.fleet.vault(), &path);
        }
    }
    Err(file.error("no such file of variables").into())
}

fn patterns(play: &BoundPlay, scope: &Scope) -> Result<Vec<String>, Diagnostic> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        other => Err(play
            .hosts
            .error(format!("\"hosts\" wants patterns, not {other}"))),
    };
    match scope.value(&play.hosts)? {
        Value::Array(items) => items.into_iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

fn targets(
    setup: Setup<'_>,
    play: &BoundPlay,
    pattern: &[String],
) -> Result<Vec<Arc<str>>, Diagnostic> {
    let inventory = setup.fleet.inventory();
    let pattern = Pattern::list(pattern.iter().map(String::as_str));
    let here = |error: Diagnostic| match error.at {
        Some(_) => error,
        None => error.at(play.hosts.pos.location()),
    };
    let mut hosts = pattern.select(inventory).map_err(here)?;
    if let Some(limit) = &setup.options.limit {
        let limit = limit.select(inventory)?;
        hosts.retain(|host| limit.contains(host));
    }
    if hosts.is_empty() && !play.allow_empty {
        let error = play.hosts.error("no target is selected for this play");
        return Err(error.hint("another --limit, or \"allow_empty: true\" in the play"));
    }
    Ok(ordered(hosts.into_iter().collect(), play.order))
}

fn ordered(mut targets: Vec<Arc<str>>, order: Order) -> Vec<Arc<str>> {
    match order {
        Order::Inventory => {}
        Order::ReverseInventory => targets.reverse(),
        Order::Sorted => targets.sort(),
        Order::ReverseSorted => targets.sort_by(|a, b| b.cmp(a)),
        Order::Shuffle => shuffle(&mut targets),
    }
    targets
}

/// Sorts by a hash with a random key: every order is as likely.
fn shuffle(targets: &mut [Arc<str>]) {
    use std::hash::{BuildHasher, RandomState};
    let chance = RandomState::new();
    targets.sort_by_key(|target| chance.hash_one(target));
}

fn serial(play: &BoundPlay, scope: &Scope) -> Result<Vec<Size>, Diagnostic> {
    let Some(node) = &play.serial else {
        return Ok(Vec::new());
    };
    let size = |value: &Value| {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let wanted = "\"serial\" must be a number of targets or a percentage";
        Size::parse(&text).ok_or_else(|| node.error(format!("{wanted}, not {value}")))
    };
    match scope.value(node)? {
        Value::Array(entries) => entries.iter().map(size).collect(),
        one => Ok(vec![size(&one)?]),
    }
}

fn percentage(play: &BoundPlay, scope: &Scope) -> Result<Option<f64>, Diagnostic> {
    let Some(node) = &play.max_fail_percentage else {
        return Ok(None);
    };
    let value = scope.value(node)?;
    let number = match &value {
        Value::String(text) => text.trim_end_matches('%').trim().parse().ok(),
        other => other.as_f64(),
    };
    match number.filter(|number| (0.0..=100.0).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(node.error(format!("a percentage is wanted here, not {value}"))),
    }
}
