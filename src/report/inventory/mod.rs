//! The inventory as people and machines read it.

pub mod explain;

use crate::inventory::{Group, Inventory, Selection};
use crate::sensitive::Mask;
use crate::vars::{Fleet, Scope};
use crate::yaml::{Data, Node};
use serde::{Serialize, Serializer};
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What `ansible-inventory --list` prints: groups, and the variables of every host.
pub fn list(fleet: &Arc<Fleet>, limit: &Selection) -> String {
    let inventory = fleet.inventory();
    let mut hosts: Vec<&Arc<str>> = limit.iter().collect();
    hosts.sort();
    let mut groups: Vec<&Group> = inventory.groups().collect();
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    let groups = groups.into_iter().filter_map(|group| {
        let entry = members(inventory, group, limit);
        (!entry.is_empty()).then(|| (&*group.name, Section::Group(entry)))
    });
    let meta = HostVars { fleet, hosts };
    pretty(&Sections(
        std::iter::once(("_meta", Section::Meta(meta)))
            .chain(groups)
            .collect(),
    ))
}

/// The parts of the listing, in order.
struct Sections<'a>(Vec<(&'a str, Section<'a>)>);

impl Serialize for Sections<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, section)| (name, section)))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Section<'a> {
    Meta(HostVars<'a>),
    Group(Map<String, Value>),
}

/// The variables of all hosts, made while they are written: thousands never stand side by side.
struct HostVars<'a> {
    fleet: &'a Arc<Fleet>,
    hosts: Vec<&'a Arc<str>>,
}

impl Serialize for HostVars<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("hostvars", ByHost(self))])
    }
}

struct ByHost<'a>(&'a HostVars<'a>);

impl Serialize for ByHost<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let vars =
            |host: &&Arc<str>| Some((host.to_string(), variables(&self.0.fleet.scope(host))?));
        serializer.collect_map(self.0.hosts.iter().filter_map(vars))
    }
}

fn members(inventory: &Inventory, group: &Group, limit: &Selection) -> Map<String, Value> {
    let own = inventory.own_hosts(group).map(|host| &host.name);
    let hosts: Vec<&Arc<str>> = own.filter(|name| limit.contains(*name)).collect();
    let children: Vec<&Arc<str>> = inventory.children(group).map(|child| &child.name).collect();
    let mut entry = Map::new();
    if !children.is_empty() {
        entry.insert("children".to_owned(), json!(children));
    }
    if !hosts.is_empty() && &*group.name != "all" {
        entry.insert("hosts".to_owned(), json!(hosts));
    }
    entry
}

/// The variables of one target, templates as written.
pub fn host(scope: &Scope) -> String {
    pretty(&variables(scope).unwrap_or_else(|| json!({})))
}

/// All variables of a scope, sorted by name; `None` where there are none.
fn variables(scope: &Scope) -> Option<Value> {
    let mut names: Vec<Arc<str>> = scope.names().into_iter().collect();
    names.sort();
    let entry = |name: Arc<str>| Some((name.to_string(), shown(&scope.get(&name)?)));
    let vars: Map<String, Value> = names.into_iter().filter_map(entry).collect();
    (!vars.is_empty()).then_some(vars.into())
}

/// A value as written. What was decrypted with its file is masked, where Ansible prints it.
fn shown(node: &Node) -> Value {
    match &node.data {
        Data::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.name.to_string(), shown(value)))
            .collect::<Map<_, _>>()
            .into(),
        Data::Seq(items) => items.iter().map(shown).collect(),
        _ if node.pos.is_secret() => Mask::Plain.of(b"").into(),
        _ => node.to_json(),
    }
}

/// The tree of groups and hosts, as `ansible-inventory --graph` prints it.
pub fn graph(inventory: &Inventory, group: &Group) -> String {
    let mut text = String::new();
    branch(inventory, group, 0, &mut text);
    text
}

fn branch(inventory: &Inventory, group: &Group, depth: usize, text: &mut String) {
    let line = |depth: usize, name: &str| match depth {
        0 => format!("{name}\n"),
        depth => format!("{}--{name}\n", "  |".repeat(depth)),
    };
    text.push_str(&line(depth, &format!("@{}:", group.name)));
    for child in inventory.children(group) {
        branch(inventory, child, depth + 1, text);
    }
    if &*group.name != "all" {
        let hosts = inventory.own_hosts(group);
        hosts.for_each(|host| text.push_str(&line(depth + 1, &host.name)));
    }
}

/// JSON with four spaces, as Ansible prints it.
fn pretty(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    // A value of JSON always has a text, and writing to memory does not fail.
    let _ = value.serialize(&mut serializer);
    out.push(b'\n');
    String::from_utf8_lossy(&out).into_owned()
}
