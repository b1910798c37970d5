//! Putting sources together. The main type here is [`Builder`].
//!
//! Sources add groups, hosts and variables in the order of `-i`; [`Builder::finish`] ties what
//! is left to `all` and `ungrouped`, refuses loops and computes depths.

use super::model::{Group, Host, Inventory, Vars};
use crate::diag::{Diagnostic, Diagnostics};
use crate::yaml::{Data, Key, Node};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// An inventory in the making.
pub(super) struct Builder {
    inventory: Inventory,
    /// Membership pairs that are known, so that adding one is cheap in a group of thousands.
    members: FxHashSet<(usize, usize)>,
    /// Faults of all sources.
    pub(super) faults: Diagnostics,
}

impl Builder {
    pub(super) fn new() -> Builder {
        let mut builder = Builder {
            inventory: Inventory::default(),
            members: FxHashSet::default(),
            faults: Diagnostics::default(),
        };
        let all = builder.group("all");
        let ungrouped = builder.group("ungrouped");
        builder.child(all, ungrouped);
        builder
    }

    /// The group of this name, made where it is new.
    pub(super) fn group(&mut self, name: &str) -> usize {
        if let Some(index) = self.inventory.groups.get_index_of(name) {
            return index;
        }
        let name: Arc<str> = name.into();
        let group = Group {
            name: name.clone(),
            hosts: Vec::new(),
            children: Vec::new(),
            parents: Vec::new(),
            vars: Vec::new(),
            depth: 0,
            priority: 1,
        };
        self.inventory.groups.insert_full(name, group).0
    }

    /// Whether a source has declared this group.
    pub(super) fn knows(&self, group: &str) -> bool {
        self.inventory.groups.contains_key(group)
    }

    /// The host of this name, made where it is new, as a member of `group`.
    pub(super) fn host(&mut self, name: String, group: usize) -> usize {
        let index = match self.inventory.hosts.get_index_of(name.as_str()) {
            Some(index) => index,
            None => self.new_host(name.into()),
        };
        if self.members.insert((group, index)) {
            self.inventory.groups[group].hosts.push(index);
            self.inventory.hosts[index].groups.push(group);
        }
        index
    }

    fn new_host(&mut self, name: Arc<str>) -> usize {
        let (groups, vars) = (Vec::new(), Vec::new());
        let host = Host {
            name: name.clone(),
            groups,
            vars,
        };
        self.inventory.hosts.insert_full(name, host).0
    }

    /// Makes one group the child of another.
    pub(super) fn child(&mut self, parent: usize, child: usize) {
        let groups = &mut self.inventory.groups;
        if !groups[parent].children.contains(&child) {
            groups[parent].children.push(child);
            groups[child].parents.push(parent);
        }
    }

    /// Adds inline variables of a group. Its priority is no variable of its hosts.
    pub(super) fn group_vars(&mut self, group: usize, vars: Vars) {
        let group = &mut self.inventory.groups[group];
        let (own, rest): (Vec<_>, Vec<_>) = vars.iter().cloned().partition(is_priority);
        for (_, value) in &own {
            match priority(value) {
                Ok(priority) => group.priority = priority,
                Err(fault) => self.faults.push(fault),
            }
        }
        let vars = if own.is_empty() {
            vars
        } else {
            Vars::new(rest)
        };
        group.vars.push(vars);
    }

    /// Adds inline variables of a host.
    pub(super) fn host_vars(&mut self, host: usize, vars: Vars) {
        self.inventory.hosts[host].vars.push(vars);
    }

    /// The inventory, or everything that was wrong with its sources.
    pub(super) fn finish(mut self) -> Result<Inventory, Diagnostics> {
        if self.faults.has_errors() {
            return Err(self.faults);
        }
        let all = self.group("all");
        let ungrouped = self.group("ungrouped");
        for group in 0..self.inventory.groups.len() {
            if group != all && self.inventory.groups[group].parents.is_empty() {
                self.child(all, group);
            }
        }
        for host in 0..self.inventory.hosts.len() {
            if self.inventory.hosts[host]
                .groups
                .iter()
                .all(|group| *group == all)
            {
                self.inventory.groups[ungrouped].hosts.push(host);
                self.inventory.hosts[host].groups.push(ungrouped);
            }
        }
        self.depths(all)?;
        Ok(self.inventory)
    }

    /// The longest way from `all` to each group; a loop of groups has none.
    fn depths(&mut self, all: usize) -> Result<(), Diagnostic> {
        let groups = &mut self.inventory.groups;
        let mut waiting: Vec<usize> = groups.values().map(|group| group.parents.len()).collect();
        let mut ready = if waiting[all] == 0 {
            vec![all]
        } else {
            Vec::new()
        };
        while let Some(group) = ready.pop() {
            let depth = groups[group].depth + 1;
            for child in groups[group].children.clone() {
                groups[child].depth = groups[child].depth.max(depth);
                waiting[child] -= 1;
                if waiting[child] == 0 {
                    ready.push(child);
                }
            }
        }
        let looped = groups
            .values()
            .zip(&waiting)
            .filter(|(_, waiting)| **waiting > 0);
        let names: Vec<&str> = looped.map(|(group, _)| &*group.name).collect();
        match names.is_empty() {
            true => Ok(()),
            false => Err(Diagnostic::error("groups that are children of each other")
                .note(format!("in the loop or below it: {}", names.join(", ")))),
        }
    }
}

fn is_priority((key, _): &(Key, Node)) -> bool {
    &*key.name == "ansible_group_priority"
}

fn priority(value: &Node) -> Result<i64, Diagnostic> {
    match &value.data {
        Data::Int(priority) => Ok(*priority),
        Data::Str(text) => text.parse().map_err(|_| wrong_priority(value)),
        _ => Err(wrong_priority(value)),
    }
}

fn wrong_priority(value: &Node) -> Diagnostic {
    value.error("ansible_group_priority must be an integer")
}
