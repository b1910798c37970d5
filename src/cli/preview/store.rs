//! The snapshot files beside an inventory. The main type here is [`Store`].

use crate::diag::{Diagnostic, Diagnostics};
use crate::files::Files;
use crate::preview::{Snapshot, parse, print};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The directory `previews/`.
pub struct Store {
    directory: PathBuf,
}

impl Store {
    /// Beside the first `-i`: in it, where it is a directory.
    pub fn beside(inventory: &str, files: &dyn Files) -> Store {
        let path = Path::new(inventory);
        let beside = match files.is_dir(path) {
            Some(true) => path,
            _ => path.parent().unwrap_or(Path::new("")),
        };
        Store {
            directory: beside.join("previews"),
        }
    }

    /// What was accepted last, by name.
    pub fn read(&self, files: &dyn Files) -> Result<Vec<Snapshot>, Diagnostics> {
        let (mut snapshots, mut faults) = (Vec::new(), Diagnostics::default());
        for name in self.names(files) {
            let file = self.path(&name);
            let read = files.read(&file).map_err(|e| unreadable(&file, &e));
            let text = read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            match text.and_then(|text| parse(&name, &file.display().to_string(), &text)) {
                Ok(snapshot) => snapshots.push(snapshot),
                Err(fault) => faults.push(fault),
            }
        }
        match faults.has_errors() {
            true => Err(faults),
            false => Ok(snapshots),
        }
    }

    /// Writes these, each whole or not at all, and removes the files of groups that are gone.
    pub fn write(&self, snapshots: &[Snapshot], files: &dyn Files) -> Result<(), Diagnostic> {
        std::fs::create_dir_all(&self.directory).map_err(|e| unwritten(&self.directory, &e))?;
        for snapshot in snapshots {
            let path = self.path(&snapshot.name);
            self.replace(&path, &print(snapshot))
                .map_err(|e| unwritten(&path, &e))?;
        }
        let kept: BTreeSet<&str> = snapshots.iter().map(|s| s.name.as_str()).collect();
        let gone = self.names(files).into_iter();
        for name in gone.filter(|name| !kept.contains(name.as_str())) {
            let path = self.path(&name);
            std::fs::remove_file(&path).map_err(|e| unwritten(&path, &e))?;
        }
        Ok(())
    }

    fn replace(&self, path: &Path, text: &str) -> io::Result<()> {
        if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        let mut file = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(&self.directory)?;
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    }

    fn names(&self, files: &dyn Files) -> Vec<String> {
        let entries = files.list(&self.directory).unwrap_or_default();
        let entries = entries.into_iter().filter(|entry| !entry.dir);
        entries
            .filter_map(|entry| Some(entry.name.strip_suffix(".yaml")?.to_owned()))
            .collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.yaml"))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("{} can't be read: {error}", path.display()))
}

fn unwritten(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("{} can't be written: {error}", path.display()))
}
