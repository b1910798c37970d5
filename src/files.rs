//! The files that inventories, playbooks, values and local charts are read from.
//!
//! The main type here is the trait [`Files`]. Model code reads only through it, so that a plan
//! can freeze all that was read and an apply can read it back from the plan. The real
//! implementation is in `state`.

use helm::chart::dir::Directory;
use helm::chart::{File, Rules};
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

    /// Whether the file may be executed.
    fn is_executable(&self, path: &Path) -> bool;

    /// What a chart's directory holds, by the rules of its `.helmignore`. The error is Helm's.
    fn chart(&self, root: &Path) -> Result<Directory, String>;

    /// Runs a program to its end.
    fn run(&self, program: &Path, args: &[&str]) -> io::Result<Ran>;
}

/// What a program said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Its standard output.
    pub stdout: Arc<[u8]>,
    /// Its standard error.
    pub stderr: String,
    /// How it failed: `exit status: 3`.
    pub failed: Option<String>,
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

    /// Adds what a program printed.
    pub fn insert_output(&mut self, program: &Path, args: &[&str], stdout: Arc<[u8]>) {
        self.files.insert(output(program, &args.join(" ")), stdout);
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

    /// What was run when it was frozen is run again, from memory.
    fn is_executable(&self, path: &Path) -> bool {
        let first = output(path, "");
        let first = first.to_string_lossy();
        self.files
            .keys()
            .any(|file| file.to_string_lossy().starts_with(&*first))
    }

    fn chart(&self, root: &Path) -> Result<Directory, String> {
        let below = self.files.iter().filter_map(|(path, data)| {
            let name = path.strip_prefix(root).ok()?.to_str()?;
            Some(File::new(name, data))
        });
        let files: Vec<File> = below.collect();
        Ok(Directory {
            files: Rules::of(&files)?.kept(files),
            ..Directory::default()
        })
    }

    fn run(&self, program: &Path, args: &[&str]) -> io::Result<Ran> {
        let stdout = self.read(&output(program, &args.join(" ")))?;
        Ok(Ran {
            stdout,
            ..Ran::default()
        })
    }
}

/// Where the output of a program is kept: beside it, hidden from whoever lists the directory.
fn output(program: &Path, args: &str) -> PathBuf {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    program.with_file_name(format!(".{name} {args}"))
}
