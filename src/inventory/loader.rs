//! From `-i` arguments to an [`Inventory`]. The main type here is [`Sources`].
//!
//! A source is a file, a program, a directory of sources, or a list of names with a comma. Sources are
//! read in order into one inventory; then the variables beside them.

use super::build::Builder;
use super::entity::{self, Unseal, list, read_place, read_text, shown};
use super::model::{Beside, Inventory};
use super::{group, ini, script};
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::{Entry, Files};
use crate::yaml;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to read.
pub struct Sources<'a> {
    /// The `-i` arguments, in order.
    pub sources: &'a [String],
    /// The playbook's directory, whose `group_vars/` and `host_vars/` count too.
    pub playbook_dir: Option<&'a Path>,
    /// Opens vaulted files.
    pub unseal: &'a dyn Unseal,
}

/// Endings of names that a directory's reader passes over, Ansible's list.
const SKIPPED: [&str; 12] = [
    ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry",
];

/// Reads all sources and the variables beside them.
pub fn load(files: &dyn Files, request: &Sources<'_>) -> Result<Inventory, Diagnostics> {
    let mut reader = Reader {
        files,
        unseal: request.unseal,
        builder: Builder::new(),
        dirs: Vec::new(),
    };
    for source in request.sources {
        reader.source(source);
    }
    let dirs = reader.dirs;
    let mut inventory = reader.builder.finish()?;
    inventory.sources = request
        .sources
        .iter()
        .map(|s| Arc::from(s.as_str()))
        .collect();
    let beside = dirs.into_iter().map(|dir| (Beside::Inventory, dir));
    let playbook = request
        .playbook_dir
        .map(|dir| (Beside::Playbook, dir.to_path_buf()));
    for (beside, dir) in beside.chain(playbook) {
        let place = read_place((files, request.unseal), (beside, &dir), &inventory)?;
        inventory.places.push(place);
    }
    Ok(inventory)
}

struct Reader<'a> {
    files: &'a dyn Files,
    unseal: &'a dyn Unseal,
    builder: Builder,
    /// Directories of sources, each once.
    dirs: Vec<PathBuf>,
}

impl Reader<'_> {
    fn source(&mut self, source: &str) {
        let path = Path::new(source);
        match self.files.is_dir(path) {
            _ if source.contains(',') => self.names(source),
            Some(true) => {
                self.beside(path);
                self.directory(path);
            }
            Some(false) => {
                self.beside(path.parent().unwrap_or(Path::new("")));
                self.file(path, self.files.is_executable(path));
            }
            None => self.missing(source),
        }
    }

    fn missing(&mut self, source: &str) {
        let fault = Diagnostic::error(format!(
            "inventory \"{source}\" is neither a file nor a directory"
        ));
        let hint = format!("-i '{source},' for a list of names");
        self.builder.faults.push(fault.hint(hint));
    }

    fn beside(&mut self, dir: &Path) {
        if !self.dirs.iter().any(|known| known == dir) {
            self.dirs.push(dir.to_path_buf());
        }
    }

    fn names(&mut self, source: &str) {
        let ungrouped = self.builder.group("ungrouped");
        for name in source
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            self.builder.host(name.to_owned(), ungrouped);
        }
    }

    fn directory(&mut self, dir: &Path) {
        let entries = match list(self.files, dir) {
            Ok(entries) => entries,
            Err(fault) => return self.builder.faults.push(fault),
        };
        for entry in entries.iter().filter(|entry| !skipped(entry)) {
            let path = dir.join(&entry.name);
            match entry.dir {
                true => self.directory(&path),
                false => self.file(&path, entry.executable),
            }
        }
    }

    fn file(&mut self, path: &Path, executable: bool) {
        let extension = path.extension().and_then(|e| e.to_str());
        let result = match extension {
            _ if executable && self.is_program(path, extension) => {
                script::add(&mut self.builder, self.files, path)
            }
            Some("yml" | "yaml" | "json") => self.yaml(path),
            Some("ini") => self.ini(path),
            _ => self.either(path),
        };
        if let Err(faults) = result {
            self.builder.faults.0.extend(faults.0);
        }
    }

    /// Data files may carry the bit by accident; a program with such an ending says what runs it.
    fn is_program(&self, path: &Path, extension: Option<&str>) -> bool {
        let data = extension.is_some_and(|e| matches!(e, "yml" | "yaml" | "json" | "ini"));
        !data
            || self
                .files
                .read(path)
                .is_ok_and(|text| text.starts_with(b"#!"))
    }

    fn yaml(&mut self, path: &Path) -> Result<(), Diagnostics> {
        let root = entity::read_yaml(self.files, self.unseal, path)?;
        group::add(&mut self.builder, &root);
        Ok(())
    }

    fn ini(&mut self, path: &Path) -> Result<(), Diagnostics> {
        let text = read_text(self.files, path)?;
        ini::add(&mut self.builder, &yaml::Source::new(shown(path), text));
        Ok(())
    }

    /// A name without a known ending: INI unless its first line looks like a YAML mapping.
    fn either(&mut self, path: &Path) -> Result<(), Diagnostics> {
        let text = read_text(self.files, path)?;
        let told =
            |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with(['#', ';']);
        let first = text.lines().find(told).unwrap_or("---").trim_end();
        // A YAML key reaches to the first blank; INI has `name key=value` there.
        let key = first.split(char::is_whitespace).next().unwrap_or(first);
        let is_yaml = first == "---"
            || first.starts_with(['{', '$'])
            || (!first.starts_with('[') && key.ends_with(':'));
        if is_yaml {
            self.yaml(path)
        } else {
            self.ini(path)
        }
    }
}

fn skipped(entry: &Entry) -> bool {
    let name = entry.name.as_str();
    name.starts_with('.')
        || matches!(
            name,
            "host_vars" | "group_vars" | "previews" | "vars_plugins"
        )
        || SKIPPED.iter().any(|ending| name.ends_with(ending))
}
