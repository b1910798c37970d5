//! A YAML inventory source: groups by name, each with `hosts`, `children` and `vars`.

use super::build::Builder;
use super::{Vars, range};
use crate::yaml::{Data, Fields, Key, Node};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::Arc;

/// Adds a document to the inventory.
pub(super) fn add(builder: &mut Builder, root: &Node) {
    let Some(groups) = root.entries() else {
        let fault = match root.is_null() {
            true => root.error("an inventory without groups"),
            false => root.error(format!(
                "an inventory is a mapping of groups, not {}",
                root.kind()
            )),
        };
        return builder.faults.push(fault.hint("all: {hosts: {NAME: }}"));
    };
    if let Some((key, _)) = groups.iter().find(|(key, _)| &*key.name == "plugin") {
        return builder
            .faults
            .push(key.error("inventory plugins are not read"));
    }
    for (key, node) in groups {
        let group = builder.group(&key.name);
        add_group(builder, group, key, node);
    }
}

fn add_group(builder: &mut Builder, group: usize, key: &Key, node: &Node) {
    if node.is_null() {
        return;
    }
    let what = format!("group \"{}\"", key.name);
    let faults = RefCell::default();
    if let Some(fields) = Fields::open(&what, node, &faults) {
        let [vars, children, hosts] = ["vars", "children", "hosts"].map(|key| fields.any(key));
        fields.finish();
        builder.faults.0.append(&mut faults.borrow_mut().0);
        vars.into_iter()
            .for_each(|node| add_vars(builder, group, node));
        children
            .into_iter()
            .for_each(|node| add_children(builder, group, node));
        hosts
            .into_iter()
            .for_each(|node| add_hosts(builder, group, node));
    }
    builder.faults.0.append(&mut faults.borrow_mut().0);
}

fn add_vars(builder: &mut Builder, group: usize, node: &Node) {
    if let Some(vars) = mapping(builder, "vars", node) {
        builder.group_vars(group, vars);
    }
}

fn add_children(builder: &mut Builder, group: usize, node: &Node) {
    if let Some(name) = node.text() {
        let child = builder.group(name);
        return builder.child(group, child);
    }
    let Some(children) = mapping(builder, "children", node) else {
        return;
    };
    for (key, node) in children.iter() {
        let child = builder.group(&key.name);
        builder.child(group, child);
        add_group(builder, child, key, node);
    }
}

fn add_hosts(builder: &mut Builder, group: usize, node: &Node) {
    if let Some(name) = node.text() {
        let key = Key {
            name: name.clone(),
            pos: node.pos.clone(),
        };
        return add_host(builder, group, (&key, None), &mut FxHashMap::default());
    }
    let Some(hosts) = mapping(builder, "hosts", node) else {
        return;
    };
    let mut seen = FxHashMap::default();
    for (key, node) in hosts.iter() {
        let vars = match node.is_null() {
            true => None,
            false => mapping(builder, "the variables of a host", node),
        };
        add_host(builder, group, (key, vars), &mut seen);
    }
}

/// Adds all hosts that a key stands for; they share their variables.
fn add_host(
    builder: &mut Builder,
    group: usize,
    (key, vars): (&Key, Option<Vars>),
    seen: &mut FxHashMap<String, u32>,
) {
    let names = match range::expand(&key.name) {
        Ok(names) => names,
        Err(why) => return builder.faults.push(key.error(why)),
    };
    for name in names {
        if let Some(line) = seen.insert(name.clone(), key.pos.line) {
            let fault = key.error(format!("host \"{name}\" is written twice"));
            builder
                .faults
                .push(fault.note(format!("first written in line {line}")));
            continue;
        }
        let host = builder.host(name, group);
        if let Some(vars) = &vars {
            builder.host_vars(host, vars.clone());
        }
    }
}

/// The entries of a mapping; anything else is a fault.
fn mapping(builder: &mut Builder, what: &str, node: &Node) -> Option<Vars> {
    match &node.data {
        Data::Map(entries) => Some(Arc::clone(entries)),
        _ => {
            let message = format!("{what} must be a mapping, not {}", node.kind());
            builder.faults.push(node.error(message));
            None
        }
    }
}
