//! `group_vars/` and `host_vars/`. The main type here is [`Place`].
//!
//! For an entity `N` Ansible takes the first of `N`, `N.yml`, `N.yaml`, `N.json` and passes over
//! the others; here two candidates are an error. A directory's files are merged in name order.

use super::Inventory;
use super::model::{Beside, Vars};
use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::files::{Entry, Files};
use crate::sensitive::Sensitive;
use crate::yaml::{self, Data, Node, Source};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens vaulted files and texts.
pub trait Unseal: Send + Sync {
    /// The plaintext of `$ANSIBLE_VAULT;…`, or why it can't be had.
    fn open(&self, text: &str) -> Result<Sensitive<String>, String>;

    /// Learns a single value that stood in something it opened, so that it can be hidden.
    fn note(&self, _value: &Sensitive<String>) {}
}

/// What a pair of `group_vars/` and `host_vars/` directories says.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where it stands.
    pub beside: Beside,
    /// The directory that holds the pair.
    pub dir: PathBuf,
    /// The variables of groups, one mapping per file.
    pub groups: FxHashMap<Arc<str>, Vec<Vars>>,
    /// The variables of hosts, one mapping per file.
    pub hosts: FxHashMap<Arc<str>, Vec<Vars>>,
}

/// Reads the variables of every group and host of `inventory` that has some beside `dir`.
pub(super) fn read_place(
    (files, unseal): (&dyn Files, &dyn Unseal),
    (beside, dir): (Beside, &Path),
    inventory: &Inventory,
) -> Result<Place, Diagnostics> {
    let read =
        |kind: &str, names: Vec<Arc<str>>| read_entities(files, unseal, &dir.join(kind), names);
    let groups = read(
        "group_vars",
        inventory.groups().map(|g| g.name.clone()).collect(),
    );
    let hosts = read(
        "host_vars",
        inventory.hosts().map(|h| h.name.clone()).collect(),
    );
    let dir = dir.to_path_buf();
    match (groups, hosts) {
        (Ok(groups), Ok(hosts)) => Ok(Place {
            beside,
            dir,
            groups,
            hosts,
        }),
        (groups, hosts) => {
            let mut faults = groups.err().unwrap_or_default();
            faults.0.extend(hosts.err().unwrap_or_default().0);
            Err(faults)
        }
    }
}

/// One entity with its variables, one mapping per file.
type Read = Result<(Arc<str>, Vec<Vars>), Diagnostics>;
type Entities = FxHashMap<Arc<str>, Vec<Vars>>;

fn read_entities(
    files: &dyn Files,
    unseal: &dyn Unseal,
    dir: &Path,
    names: Vec<Arc<str>>,
) -> Result<Entities, Diagnostics> {
    if files.is_dir(dir) != Some(true) {
        return Ok(Entities::default());
    }
    let entries = list(files, dir)?;
    let mut candidates: FxHashMap<&str, Vec<&Entry>> = FxHashMap::default();
    for entry in &entries {
        candidates.entry(stem(entry)).or_default().push(entry);
    }
    let read = |name: Arc<str>| -> Option<Read> {
        let found = candidates.get(&*name)?;
        Some(read_entity((files, unseal), dir, found).map(|vars| (name, vars)))
    };
    let results: Vec<_> = names.into_par_iter().filter_map(read).collect();
    gather(results)
}

/// All that was read, or all that was wrong.
fn gather(results: Vec<Read>) -> Result<Entities, Diagnostics> {
    let mut faults = Diagnostics::default();
    let mut entities = Entities::default();
    for result in results {
        match result {
            Ok((name, vars)) => drop(entities.insert(name, vars)),
            Err(more) => faults.0.extend(more.0),
        }
    }
    if faults.0.is_empty() {
        Ok(entities)
    } else {
        Err(faults)
    }
}

fn read_entity(
    door: (&dyn Files, &dyn Unseal),
    dir: &Path,
    found: &[&Entry],
) -> Result<Vec<Vars>, Diagnostics> {
    if let [first, second, ..] = found {
        let at = Location::file(shown(&dir.join(&second.name)));
        let message = format!("\"{}\" and \"{}\" are both here", first.name, second.name);
        let fault = Diagnostic::error(message).at(at);
        let note = "Ansible would read the first and pass over the second";
        return Err(fault.note(note).hint("keep one of them").into());
    }
    let mut vars = Vec::new();
    for entry in found {
        read_entry(door, &dir.join(&entry.name), entry.dir, &mut vars)?;
    }
    Ok(vars)
}

fn read_entry(
    door: (&dyn Files, &dyn Unseal),
    path: &Path,
    is_dir: bool,
    vars: &mut Vec<Vars>,
) -> Result<(), Diagnostics> {
    if !is_dir {
        vars.push(read_vars(door.0, door.1, path)?);
        return Ok(());
    }
    for entry in list(door.0, path)? {
        let extension = Path::new(&entry.name).extension().and_then(|e| e.to_str());
        let known = match extension {
            None => true,
            Some(extension) => !entry.dir && matches!(extension, "yml" | "yaml" | "json"),
        };
        if known && !hidden(&entry) {
            read_entry(door, &path.join(&entry.name), entry.dir, vars)?;
        }
    }
    Ok(())
}

/// Reads one file of variables, vaulted or not: a mapping, or nothing.
pub fn read_vars(files: &dyn Files, unseal: &dyn Unseal, path: &Path) -> Result<Vars, Diagnostics> {
    let node = read_yaml(files, unseal, path)?;
    match node.data {
        Data::Null => Ok(Vars::default()),
        Data::Map(entries) => Ok(entries),
        _ => {
            let message = format!("a file of variables is a mapping, not {}", node.kind());
            Err(node.error(message).into())
        }
    }
}

/// Reads one YAML document, vaulted or not.
pub fn read_yaml(files: &dyn Files, unseal: &dyn Unseal, path: &Path) -> Result<Node, Diagnostics> {
    let name = shown(path);
    let at = || Location::file(name.as_str());
    let text = read_text(files, path)?;
    if !text.starts_with("$ANSIBLE_VAULT") {
        return yaml::load(&Source::new(name, text));
    }
    match unseal.open(&text) {
        Ok(plain) => {
            let node = yaml::load(&Source::secret(name, plain.reveal().as_str()))?;
            note_values(&node, unseal);
            Ok(node)
        }
        Err(why) => Err(Diagnostic::error(why).at(at()).into()),
    }
}

fn note_values(node: &Node, unseal: &dyn Unseal) {
    let note = |text: String| unseal.note(&Sensitive::new(text));
    match &node.data {
        Data::Str(text) | Data::Unsafe(text) => note(text.to_string()),
        Data::Int(number) => note(number.to_string()),
        Data::Float(number) => note(number.to_string()),
        Data::Seq(items) => items.iter().for_each(|item| note_values(item, unseal)),
        Data::Map(entries) => {
            let values = entries.iter().map(|(_, value)| value);
            values.for_each(|value| note_values(value, unseal));
        }
        Data::Null | Data::Bool(_) | Data::Vault(_) => {}
    }
}

/// Reads a text file.
pub(super) fn read_text(files: &dyn Files, path: &Path) -> Result<String, Diagnostic> {
    let at = || Location::file(shown(path));
    let bytes = files
        .read(path)
        .map_err(|error| Diagnostic::error(format!("can't be read: {error}")).at(at()))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Diagnostic::error("not UTF-8 text").at(at())),
    }
}

/// The visible entries of a directory, sorted by name.
pub(super) fn list(files: &dyn Files, dir: &Path) -> Result<Vec<Entry>, Diagnostic> {
    let mut entries = files.list(dir).map_err(|error| {
        Diagnostic::error(format!("can't be listed: {error}")).at(Location::file(shown(dir)))
    })?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// A path as the user would type it.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn hidden(entry: &Entry) -> bool {
    entry.name.starts_with('.') || entry.name.ends_with('~')
}

/// The entity that a file or directory is for.
fn stem(entry: &Entry) -> &str {
    let name = entry.name.as_str();
    let cut = |ending| name.strip_suffix(ending).filter(|_| !entry.dir);
    cut(".yml")
        .or_else(|| cut(".yaml"))
        .or_else(|| cut(".json"))
        .unwrap_or(name)
}
