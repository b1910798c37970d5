//! A dynamic inventory: a program that prints groups as JSON (`--list`), and the variables of one
//! host (`--host NAME`) where `_meta.hostvars` does not say them. Read as strictly as a file.

use super::build::Builder;
use super::entity::shown;
use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::files::Files;
use crate::yaml::{self, Data, Key, Node, Source};
use indexmap::IndexSet;
use std::path::Path;
use std::sync::Arc;

/// Runs the program and adds what it prints.
pub(super) fn add(
    builder: &mut Builder,
    files: &dyn Files,
    path: &Path,
) -> Result<(), Diagnostics> {
    let script = Script { files, path };
    let listed = script.json(&["--list"])?.ok_or_else(|| {
        let at = Location::file(shown(path));
        Diagnostic::error("the inventory program prints nothing").at(at)
    })?;
    let Some(groups) = listed.entries() else {
        let kind = listed.kind();
        return Err(listed
            .error(format!("an inventory is a mapping of groups, not {kind}"))
            .into());
    };
    let mut hosts = IndexSet::new();
    for (key, node) in groups.iter().filter(|(key, _)| &*key.name != "_meta") {
        let group = builder.group(&key.name);
        add_group(builder, group, (key, node), &mut hosts);
    }
    let meta = listed.get("_meta").and_then(|meta| meta.get("hostvars"));
    for (name, host) in hosts {
        let vars = match meta {
            Some(meta) => meta.get(&name).cloned(),
            None => script.json(&["--host", &name])?,
        };
        if let Some(vars) = vars {
            add_vars(builder, &vars, |builder, vars| {
                builder.host_vars(host, vars)
            });
        }
    }
    Ok(())
}

/// A name and the host it stands for.
type Hosts = IndexSet<(Arc<str>, usize)>;

fn add_group(builder: &mut Builder, group: usize, (key, node): (&Key, &Node), hosts: &mut Hosts) {
    if node.items().is_some() {
        return add_hosts(builder, group, node, hosts);
    }
    let Some(entries) = node.entries() else {
        let kind = node.kind();
        let fault = node.error(format!(
            "group \"{}\" must be a mapping, not {kind}",
            key.name
        ));
        return builder.faults.push(fault);
    };
    for (part, value) in entries {
        match &*part.name {
            "hosts" => add_hosts(builder, group, value, hosts),
            "children" => each(builder, value, "children", |builder, name| {
                let child = builder.group(name);
                builder.child(group, child);
            }),
            "vars" => add_vars(builder, value, |builder, vars| {
                builder.group_vars(group, vars);
            }),
            other => {
                let fault =
                    part.error(format!("unknown key \"{other}\" in group \"{}\"", key.name));
                builder.faults.push(fault.hint("hosts, children or vars"));
            }
        }
    }
}

fn add_hosts(builder: &mut Builder, group: usize, node: &Node, hosts: &mut Hosts) {
    each(builder, node, "hosts", |builder, name| {
        let host = builder.host(name.to_string(), group);
        hosts.insert((name.clone(), host));
    });
}

/// Every text of a list.
fn each(
    builder: &mut Builder,
    node: &Node,
    what: &str,
    mut add: impl FnMut(&mut Builder, &Arc<str>),
) {
    let Some(items) = node.items() else {
        let kind = node.kind();
        let fault = node.error(format!("\"{what}\" must be a list of names, not {kind}"));
        return builder.faults.push(fault);
    };
    for item in items {
        match item.text() {
            Some(name) => add(builder, name),
            None => {
                let fault = item.error(format!("\"{what}\" holds {}, not a name", item.kind()));
                builder.faults.push(fault);
            }
        }
    }
}

fn add_vars(builder: &mut Builder, node: &Node, add: impl FnOnce(&mut Builder, super::Vars)) {
    match &node.data {
        Data::Map(entries) => add(builder, entries.clone()),
        _ => {
            let fault = node.error(format!("variables are a mapping, not {}", node.kind()));
            builder.faults.push(fault);
        }
    }
}

/// The program.
struct Script<'a> {
    files: &'a dyn Files,
    path: &'a Path,
}

impl Script<'_> {
    /// What it prints with these arguments; `None` where that is nothing.
    fn json(&self, args: &[&str]) -> Result<Option<Node>, Diagnostics> {
        let name = format!("{} {}", shown(self.path), args.join(" "));
        let fault = |why: String| Diagnostic::error(why).at(Location::file(name.as_str()));
        let ran = self.files.run(self.path, args);
        let ran = ran.map_err(|e| fault(format!("the inventory program can't be run: {e}")))?;
        if let Some(why) = ran.failed {
            let fault = fault(format!("the inventory program failed: {why}"));
            let told = ran.stderr.lines().rev().take(3).collect::<Vec<_>>();
            let fault = told.into_iter().rev().fold(fault, Diagnostic::note);
            return Err(fault.hint(name).into());
        }
        let text = std::str::from_utf8(&ran.stdout)
            .map_err(|_| fault("the inventory program prints no UTF-8 text".to_owned()))?;
        match text.trim().is_empty() {
            true => Ok(None),
            false => parsed(&name, text).map(Some),
        }
    }
}

/// JSON is YAML but for its escapes; such a text is read in other words.
fn parsed(name: &str, text: &str) -> Result<Node, Diagnostics> {
    let plain = serde_json::from_str::<serde_json::Value>(text);
    let loaded = yaml::load(&Source::new(name, text));
    match (loaded, plain) {
        (Ok(node), Ok(_)) => Ok(node),
        (Err(_), Ok(plain)) => yaml::load(&Source::new(name, format!("{plain:#}"))),
        (_, Err(error)) => {
            let at = Location {
                file: name.into(),
                line: u32::try_from(error.line()).unwrap_or(0),
                column: u32::try_from(error.column()).unwrap_or(0),
            };
            let fault = Diagnostic::error(format!("the inventory program prints no JSON: {error}"));
            Err(fault.at(at).into())
        }
    }
}
