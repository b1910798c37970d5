//! What an inventory is, once all sources are read. The main type here is [`Inventory`].

use super::entity::Place;
use crate::yaml::{Key, Node};
use indexmap::IndexMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// One mapping of variables as written; shared by all hosts of a range.
pub type Vars = Arc<Vec<(Key, Node)>>;

/// A group of hosts.
#[derive(Clone, Debug)]
pub struct Group {
    /// The name.
    pub name: Arc<str>,
    /// Its own hosts, in written order.
    pub hosts: Vec<usize>,
    /// Its child groups, in written order.
    pub children: Vec<usize>,
    /// The groups it is a child of.
    pub parents: Vec<usize>,
    /// Inline variables, one mapping per place that wrote some, later wins.
    pub vars: Vec<Vars>,
    /// Levels below `all`; a deeper group wins over a shallower one.
    pub depth: usize,
    /// `ansible_group_priority`: breaks ties within one depth.
    pub priority: i64,
}

/// A target.
#[derive(Clone, Debug)]
pub struct Host {
    /// The name.
    pub name: Arc<str>,
    /// The groups that list it.
    pub groups: Vec<usize>,
    /// Inline variables, one mapping per place that wrote some, later wins.
    pub vars: Vec<Vars>,
}

/// Where a `group_vars/` or `host_vars/` directory stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Beside an inventory source.
    Inventory,
    /// Beside the playbook.
    Playbook,
}

/// All sources as one.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub(super) groups: IndexMap<Arc<str>, Group>,
    pub(super) hosts: IndexMap<Arc<str>, Host>,
    pub(super) places: Vec<Place>,
    pub(super) sources: Vec<Arc<str>>,
}

impl Inventory {
    /// The group of this name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// The host of this name.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.get(name)
    }

    /// All groups, in the order they were first written.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Group> {
        self.groups.values()
    }

    /// All hosts, in the order they were first written.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = &Host> {
        self.hosts.values()
    }

    /// The `-i` arguments that it was read from.
    pub fn sources(&self) -> &[Arc<str>] {
        &self.sources
    }

    /// The `group_vars/` and `host_vars/` that were read, in the order of precedence.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The child groups of a group.
    pub fn children(&self, group: &Group) -> impl Iterator<Item = &Group> {
        group.children.iter().filter_map(|child| self.at(*child))
    }

    /// The hosts that a group itself lists.
    pub fn own_hosts(&self, group: &Group) -> impl Iterator<Item = &Host> {
        let host = |index: &usize| self.hosts.get_index(*index);
        group.hosts.iter().filter_map(host).map(|(_, host)| host)
    }

    /// The hosts of a group and its descendants, breadth first, each once.
    pub fn hosts_of(&self, group: &Group) -> Vec<Arc<str>> {
        let mut hosts = indexmap::IndexSet::new();
        let mut seen = rustc_hash::FxHashSet::default();
        let mut queue = VecDeque::from([group]);
        while let Some(group) = queue.pop_front() {
            if !seen.insert(&group.name) {
                continue;
            }
            hosts.extend(self.own_hosts(group).map(|host| host.name.clone()));
            queue.extend(self.children(group));
        }
        hosts.into_iter().collect()
    }

    /// All groups of a host, `all` included, sorted by (depth, priority, name): later wins.
    pub fn groups_of(&self, host: &Host) -> Vec<&Group> {
        let mut found: Vec<&Group> = Vec::new();
        let mut queue: Vec<&Group> = host.groups.iter().filter_map(|g| self.at(*g)).collect();
        queue.extend(self.group("all"));
        while let Some(group) = queue.pop() {
            if !found.iter().any(|known| known.name == group.name) {
                queue.extend(group.parents.iter().filter_map(|parent| self.at(*parent)));
                found.push(group);
            }
        }
        found.sort_by(|a, b| order(a).cmp(&order(b)));
        found
    }

    /// The names of a host's groups as `group_names` has them: sorted, without `all`.
    pub fn group_names(&self, host: &Host) -> Vec<Arc<str>> {
        let groups = self.groups_of(host).into_iter();
        let mut names: Vec<_> = groups
            .map(|g| g.name.clone())
            .filter(|n| &**n != "all")
            .collect();
        names.sort();
        names
    }

    fn at(&self, group: usize) -> Option<&Group> {
        self.groups.get_index(group).map(|(_, group)| group)
    }
}

fn order(group: &Group) -> (usize, i64, &str) {
    (group.depth, group.priority, &group.name)
}
