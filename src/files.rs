//! The files that inventories, playbooks, values and local charts are read from.
//!
//! The main type here is the trait [`Files`]. Model code reads only through it, so that a plan
//! can freeze all that was read and an apply can read it back from the plan. The real
//! implementation is in `state`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file name.
    pub name: String,
    /// Whether it is a directory.
    pub dir: bool,
    /// Whether it may be executed (dynamic inventories, password scripts).
    pub executable: bool,
}

/// What can be read.
pub trait Files: Send + Sync {
    /// The content of a file.
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>>;

    /// The entries of a directory, sorted by name.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// Whether `path` is a directory, a file, or nothing (`None`).
    fn is_dir(&self, path: &Path) -> Option<bool>;
}

/// Files in memory: tests, and the frozen files of a plan.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<PathBuf, Arc<[u8]>>,
}

impl MemoryFiles {
    /// Adds a file.
    pub fn insert(&mut self, path: impl Into<PathBuf>, content: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), content.into());
    }

    /// All files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Arc<[u8]>)> {
        self.files.iter()
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "no such file");
        self.files.get(path).cloned().ok_or_else(missing)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries: BTreeMap<String, bool> = BTreeMap::new();
        for file in self.files.keys() {
            let Ok(rest) = file.strip_prefix(path) else {
                continue;
            };
            let mut parts = rest.components();
            if let Some(first) = parts.next() {
                let name = first.as_os_str().to_string_lossy().into_owned();
                *entries.entry(name).or_default() |= parts.next().is_some();
            }
        }
        let entry = |(name, dir)| Entry {
            name,
            dir,
            executable: false,
        };
        Ok(entries.into_iter().map(entry).collect())
    }

    fn is_dir(&self, path: &Path) -> Option<bool> {
        if self.files.contains_key(path) {
            return Some(false);
        }
        let below = |file: &PathBuf| file.starts_with(path);
        self.files.keys().any(below).then_some(true)
    }
}
