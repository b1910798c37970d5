//! From text to [`Playbook`]: the plays. Tasks are read in `task`.

use super::keywords::{is_template, misfit, number, scalar, tags};
use super::waves::Size;
use super::{Catalog, Item, Keywords, Order, Play, Playbook, Strategy, Task};
use crate::diag::{Diagnostic, Diagnostics};
use crate::yaml::{self, Data, Fields, Node, Source};
use std::cell::RefCell;
use std::sync::Arc;

/// Reads a playbook and binds its tasks to the modules of `catalog`.
pub fn load<C: Catalog>(
    source: &Arc<Source>,
    catalog: &C,
) -> Result<Playbook<C::Module>, Diagnostics> {
    let document = yaml::load(source)?;
    let reader = Reader {
        catalog,
        faults: RefCell::default(),
        warnings: RefCell::default(),
    };
    let plays = reader.plays(&document);
    let mut faults = reader.faults.into_inner();
    faults.0.sort_by(|a, b| a.at.cmp(&b.at));
    if faults.has_errors() {
        return Err(faults);
    }
    Ok(Playbook {
        file: source.file.clone(),
        plays,
        warnings: reader.warnings.into_inner(),
    })
}

/// Reads one file; faults and warnings are gathered.
pub(super) struct Reader<'c, C> {
    pub(super) catalog: &'c C,
    pub(super) faults: RefCell<Diagnostics>,
    pub(super) warnings: RefCell<Vec<Diagnostic>>,
}

/// Keys of Ansible's plays that mean nothing for namespaces.
const MEANINGLESS: &[&str] = &[
    "become",
    "become_method",
    "become_user",
    "collections",
    "connection",
    "remote_user",
];

/// Keys of Ansible's plays that are still to come.
const UNSUPPORTED: &[&str] = &[
    "environment",
    "force_handlers",
    "import_playbook",
    "module_defaults",
    "roles",
    "throttle",
    "vars_prompt",
];

impl<C: Catalog> Reader<'_, C> {
    fn plays(&self, document: &Node) -> Vec<Play<C::Module>> {
        match document.items() {
            Some(plays) if !plays.is_empty() => {
                plays.iter().filter_map(|play| self.play(play)).collect()
            }
            _ => {
                let found = document.kind();
                let message = format!("a playbook is a list of plays, not {found}");
                let hint = "- hosts: all\n  tasks: [...]";
                self.fault(document.error(message).hint(hint));
                Vec::new()
            }
        }
    }

    fn play(&self, node: &Node) -> Option<Play<C::Module>> {
        let fields = Fields::open("play", node, &self.faults)?;
        self.refuse(&fields, UNSUPPORTED);
        self.ignore(&fields, MEANINGLESS);
        self.facts(&fields);
        let hosts = self.hosts(&fields);
        let outer = Keywords::of_play(&fields);
        let play = Play {
            name: name(&fields, hosts.as_ref()),
            hosts: hosts.unwrap_or_else(|| node.clone()),
            serial: self.serial(&fields),
            max_fail_percentage: percentage(&fields),
            order: fields.choice("order", ORDERS).unwrap_or_default(),
            strategy: fields.choice("strategy", STRATEGIES).unwrap_or_default(),
            max_in_flight: in_flight(&fields),
            allow_empty: fields.flag("allow_empty").unwrap_or(false),
            vars: fields.map("vars").cloned(),
            vars_files: self.vars_files(&fields),
            pre_tasks: self.section(&fields, "pre_tasks", &outer),
            tasks: self.section(&fields, "tasks", &outer),
            post_tasks: self.section(&fields, "post_tasks", &outer),
            handlers: self.handlers(&fields, &outer),
            tags: tags(&fields),
            pos: node.pos.clone(),
        };
        fields.finish();
        self.check_notified(&play);
        Some(play)
    }

    /// Adds a fault to those of the file.
    pub(super) fn fault(&self, fault: Diagnostic) {
        self.faults.borrow_mut().push(fault);
    }

    /// Keys that Ansible has and we do not have yet.
    pub(super) fn refuse(&self, fields: &Fields<'_>, keys: &[&'static str]) {
        for (key, _) in keys.iter().filter_map(|key| fields.entry(key)) {
            self.fault(key.error(format!("\"{}\" is not supported yet", key.name)));
        }
    }

    /// Keys that Ansible has and that mean nothing here.
    pub(super) fn ignore(&self, fields: &Fields<'_>, keys: &[&'static str]) {
        for (key, _) in keys.iter().filter_map(|key| fields.entry(key)) {
            let message = format!("\"{}\" means nothing for a namespace", key.name);
            self.warn(key.error(message));
        }
    }

    fn warn(&self, mut warning: Diagnostic) {
        warning.severity = crate::diag::Severity::Warning;
        self.warnings.borrow_mut().push(warning);
    }

    fn facts(&self, fields: &Fields<'_>) {
        if fields.flag("gather_facts") == Some(true)
            && let Some((key, _)) = fields.entry("gather_facts")
        {
            self.warn(key.error("a namespace has no facts to gather"));
        }
    }

    fn hosts(&self, fields: &Fields<'_>) -> Option<Node> {
        fields.require("hosts");
        fields.texts("hosts")?;
        fields.any("hosts").cloned()
    }

    fn serial(&self, fields: &Fields<'_>) -> Option<Node> {
        let node = fields.any("serial")?;
        let entries = node.items().unwrap_or(std::slice::from_ref(node));
        for entry in entries.iter().filter(|entry| !is_size(entry)) {
            let wanted = "a number of targets, a percentage, or a list of them";
            self.fault(misfit(entry, "serial", wanted));
        }
        Some(node.clone())
    }

    fn vars_files(&self, fields: &Fields<'_>) -> Vec<Node> {
        let Some(files) = fields.list("vars_files") else {
            return Vec::new();
        };
        let is_path = |node: &Node| node.text().is_some();
        for file in files {
            let paths = file.items().unwrap_or(std::slice::from_ref(file));
            for path in paths.iter().filter(|path| !is_path(path)) {
                self.fault(misfit(path, "vars_files", "a list of paths"));
            }
        }
        files.to_vec()
    }

    fn section(
        &self,
        fields: &Fields<'_>,
        key: &'static str,
        outer: &Keywords,
    ) -> Vec<Item<C::Module>> {
        let nodes = fields.list(key).unwrap_or_default();
        self.items(nodes, outer)
    }

    /// Every handler that a task names must exist: Ansible finds out when it is notified.
    fn check_notified(&self, play: &Play<C::Module>) {
        let known = || play.handlers.iter().flat_map(topics);
        let tasks = play.all_tasks().into_iter().chain(&play.handlers);
        for notify in tasks.flat_map(|task| &task.notify) {
            let Some(name) = notify.text().filter(|_| !is_template(notify)) else {
                continue;
            };
            if known().any(|topic| topic == name) {
                continue;
            }
            let fault = notify.error(format!("no handler is called \"{name}\" in this play"));
            let near = yaml::nearest(name, known().map(|topic| &**topic));
            self.fault(match near {
                Some(near) => fault.hint(near),
                None => fault,
            });
        }
    }
}

const ORDERS: &[(&str, Order)] = &[
    ("inventory", Order::Inventory),
    ("reverse_inventory", Order::ReverseInventory),
    ("sorted", Order::Sorted),
    ("reverse_sorted", Order::ReverseSorted),
    ("shuffle", Order::Shuffle),
];

const STRATEGIES: &[(&str, Strategy)] = &[("linear", Strategy::Linear), ("free", Strategy::Free)];

fn topics<M>(handler: &Task<M>) -> impl Iterator<Item = &Arc<str>> {
    handler.name.iter().chain(&handler.listen)
}

fn name(fields: &Fields<'_>, hosts: Option<&Node>) -> Arc<str> {
    let pattern = |node: &Node| match node.items() {
        Some(items) => items.iter().filter_map(Node::text).cloned().collect(),
        None => node.text().cloned().into_iter().collect::<Vec<_>>(),
    };
    let from_hosts = || {
        hosts
            .map(|node| pattern(node).join(","))
            .unwrap_or_default()
    };
    fields.text("name").unwrap_or_else(|| from_hosts().into())
}

fn is_size(node: &Node) -> bool {
    match &node.data {
        Data::Int(count) => *count >= 0,
        Data::Str(text) => is_template(node) || Size::parse(text).is_some(),
        _ => false,
    }
}

/// A number, with or without a percent sign.
fn percentage(fields: &Fields<'_>) -> Option<Node> {
    scalar(fields, "max_fail_percentage", "a percentage", |node| {
        let value = match &node.data {
            Data::Int(value) => u8::try_from(*value).ok().map(f64::from),
            Data::Float(value) => Some(*value),
            Data::Str(text) => text.trim_end_matches('%').trim().parse().ok(),
            _ => None,
        };
        is_template(node) || value.is_some_and(|value| (0.0..=100.0).contains(&value))
    })
}

fn in_flight(fields: &Fields<'_>) -> Option<usize> {
    let node = number(fields, "max_in_flight")?;
    match node.data {
        Data::Int(value) if value > 0 => usize::try_from(value).ok(),
        _ => {
            fields.fault(misfit(&node, "max_in_flight", "a number of targets from 1"));
            None
        }
    }
}
