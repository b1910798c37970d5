//! All targets and what they share. The main type here is [`Fleet`].

use super::jinja::NoLookups;
use super::level::{Level, Owner};
use super::scope::{Layer, Scope};
use super::{Lookups, Vault, magic};
use crate::diag::Diagnostics;
use crate::inventory::{Beside, Group, Host, Inventory, Vars};
use crate::yaml::{Key, Node, Pos, Source};
use rustc_hash::FxHashMap;
use serde_json::json;
use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// An inventory, `-e`, the vault's passwords, and the facts that tasks set.
#[derive(Debug)]
pub struct Fleet {
    inventory: Inventory,
    extra: Vars,
    vault: Arc<Vault>,
    lookups: Arc<dyn Lookups>,
    facts: RwLock<FxHashMap<Arc<str>, Vars>>,
    groups: OnceLock<Node>,
}

impl Fleet {
    /// Puts a fleet together; variables that only rollbook may set are faults. Lookups that need
    /// files or the environment fail.
    pub fn new(
        inventory: Inventory,
        extra: Vars,
        vault: Arc<Vault>,
    ) -> Result<Arc<Fleet>, Diagnostics> {
        Fleet::with_lookups(inventory, extra, vault, Arc::new(NoLookups))
    }

    /// As [`Fleet::new`], with lookups into the world outside.
    pub fn with_lookups(
        inventory: Inventory,
        extra: Vars,
        vault: Arc<Vault>,
        lookups: Arc<dyn Lookups>,
    ) -> Result<Arc<Fleet>, Diagnostics> {
        let written = inventory
            .groups()
            .flat_map(|group| &group.vars)
            .chain(inventory.hosts().flat_map(|host| &host.vars))
            .chain(
                inventory
                    .places()
                    .iter()
                    .flat_map(|place| place.groups.values().flatten()),
            )
            .chain(
                inventory
                    .places()
                    .iter()
                    .flat_map(|place| place.hosts.values().flatten()),
            );
        let faults: Vec<_> = written.chain([&extra]).flat_map(magic::faults).collect();
        if !faults.is_empty() {
            return Err(Diagnostics(faults));
        }
        // A user name in a vault is often the client's, which stands in every line.
        let hosts = inventory.hosts().map(|host| host.name.to_string());
        let groups = inventory.groups().map(|group| group.name.to_string());
        vault.known().except(hosts.chain(groups));
        let (facts, groups) = (RwLock::default(), OnceLock::new());
        Ok(Arc::new(Fleet {
            inventory,
            extra,
            vault,
            lookups,
            facts,
            groups,
        }))
    }

    /// The inventory.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The passwords of vaulted values.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Lookups into the world outside.
    pub(super) fn lookups(&self) -> &Arc<dyn Lookups> {
        &self.lookups
    }

    /// What a target sees before any play: levels 3 to 10, its facts, and `-e`. A name that is
    /// not in the inventory (`localhost`) sees what belongs to `all`.
    pub fn scope(self: &Arc<Fleet>, host: &str) -> Scope {
        let known = self.inventory.host(host);
        let name = known.map_or_else(|| Arc::from(host), |host| host.name.clone());
        let mut layers = Layers::default();
        let groups = match known {
            Some(host) => self.inventory.groups_of(host),
            None => self.inventory.group("all").into_iter().collect(),
        };
        groups.iter().for_each(|group| layers.group_inline(group));
        self.group_files(&groups, &mut layers);
        if let Some(host) = known {
            self.host_layers(host, &mut layers);
        }
        let facts = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        let facts = facts.get(&name).cloned().unwrap_or_default();
        layers.push(Level::Facts, Owner::Level(Level::Facts), &facts);
        layers.push(Level::Extra, Owner::Level(Level::Extra), &self.extra);
        Scope::new(self.clone(), name, layers.0)
    }

    /// `group_vars/`: `all` before the other groups; among those source first, then depth.
    fn group_files(&self, groups: &[&Group], layers: &mut Layers) {
        let rounds = [
            (Beside::Inventory, true, Level::InventoryAll),
            (Beside::Playbook, true, Level::PlaybookAll),
            (Beside::Inventory, false, Level::InventoryGroups),
            (Beside::Playbook, false, Level::PlaybookGroups),
        ];
        for (beside, all, level) in rounds {
            for place in self
                .inventory
                .places()
                .iter()
                .filter(|place| place.beside == beside)
            {
                for group in groups.iter().filter(|group| (&*group.name == "all") == all) {
                    let owner = Owner::Group(group.name.clone());
                    let vars = place.groups.get(&group.name).into_iter().flatten();
                    vars.for_each(|vars| layers.push(level, owner.clone(), vars));
                }
            }
        }
    }

    fn host_layers(&self, host: &Host, layers: &mut Layers) {
        let owner = Owner::Host(host.name.clone());
        for vars in &host.vars {
            layers.push(Level::HostInline, owner.clone(), vars);
        }
        let rounds = [
            (Beside::Inventory, Level::InventoryHosts),
            (Beside::Playbook, Level::PlaybookHosts),
        ];
        for (beside, level) in rounds {
            for place in self
                .inventory
                .places()
                .iter()
                .filter(|place| place.beside == beside)
            {
                let vars = place.hosts.get(&host.name).into_iter().flatten();
                vars.for_each(|vars| layers.push(level, owner.clone(), vars));
            }
        }
    }

    /// Sets a fact of a target (`set_fact`, `register`); scopes made from now on see it.
    pub fn set_fact(&self, host: &str, key: Key, value: Node) {
        let mut facts = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        let vars = facts.entry(host.into()).or_default();
        let vars = Arc::make_mut(vars);
        vars.retain(|(known, _)| known.name != key.name);
        vars.push((key, value));
    }

    /// The variables that follow from the inventory alone.
    pub(super) fn magic(&self, host: &str, name: &str) -> Option<Node> {
        let node = |value: serde_json::Value| Some(Node::from_json(&value, &nowhere()));
        match name {
            "inventory_hostname" => node(json!(host)),
            "inventory_hostname_short" => node(json!(host.split('.').next())),
            "group_names" => {
                let names = self
                    .inventory
                    .host(host)
                    .map(|host| self.inventory.group_names(host));
                node(json!(names.unwrap_or_default()))
            }
            "groups" => Some(self.groups.get_or_init(|| self.all_groups()).clone()),
            "inventory_file" => node(json!(self.inventory.sources().first()?)),
            "inventory_dir" => {
                let source = self.inventory.sources().first()?;
                let dir = Path::new(&**source).parent()?.display().to_string();
                node(json!(dir))
            }
            _ => None,
        }
    }

    fn all_groups(&self) -> Node {
        let hosts = |group: &Group| {
            (
                group.name.to_string(),
                json!(self.inventory.hosts_of(group)),
            )
        };
        let groups = self.inventory.groups().map(hosts).collect();
        Node::from_json(&serde_json::Value::Object(groups), &nowhere())
    }
}

fn nowhere() -> Pos {
    Pos::start(&Source::new("rollbook", ""))
}

/// Layers being put together, empty ones left out.
#[derive(Default)]
struct Layers(Vec<Layer>);

impl Layers {
    fn push(&mut self, level: Level, owner: Owner, vars: &Vars) {
        if !vars.is_empty() {
            let vars = vars.clone();
            self.0.push(Layer { level, owner, vars });
        }
    }

    fn group_inline(&mut self, group: &Group) {
        for vars in &group.vars {
            self.push(Level::GroupInline, Owner::Group(group.name.clone()), vars);
        }
    }
}
