//! The files of a chart directory, in the order and under the rules of Helm.

use super::archive::{MAX_CHART, MAX_FILE};
use super::links::{go_words, resolve};
use super::{File, Rules, Warning};
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// More symbolic links than this are no chart: each may lead to a directory with as many.
const MAX_LINKS: usize = 10_000;

/// What a chart directory holds.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The files, without what the `.helmignore` leaves out.
    pub files: Vec<File>,
    /// The symbolic links that were followed.
    pub links: Vec<Warning>,
}

/// Reads a chart directory.
pub fn read(root: &Path) -> Result<Directory, String> {
    let rules = match fs::read(root.join(".helmignore")) {
        Ok(bytes) => Rules::parse(&String::from_utf8_lossy(&bytes))?,
        Err(_) => Rules::parse("")?,
    };
    let mut walk = Walk {
        rules,
        found: Directory::default(),
        left: MAX_CHART,
        buffer: Vec::new(),
    };
    let root = std::path::absolute(root).map_err(|error| fault("stat", root, &error))?;
    walk.directory(&clean(&root), "")?;
    Ok(walk.found)
}

struct Walk {
    rules: Rules,
    found: Directory,
    /// How many bytes it may still hold.
    left: u64,
    /// What is being read: memory that was touched once serves for every file.
    buffer: Vec<u8>,
}

/// What lies under a name, links followed.
enum Kind {
    Directory,
    /// A file, by the name that it really has.
    File(String),
    Irregular,
}

impl Walk {
    fn directory(&mut self, path: &Path, name: &str) -> Result<(), String> {
        for (child, kind) in sorted(path)? {
            let name = match name {
                "" => child.clone(),
                name => format!("{name}/{child}"),
            };
            self.entry(&path.join(&child), &name, kind)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: &str, kind: fs::FileType) -> Result<(), String> {
        let kind = match kind.is_symlink() {
            true => self.link(path)?,
            false => Kind::of(kind, path),
        };
        if self.rules.ignore(name, matches!(kind, Kind::Directory)) {
            return Ok(());
        }
        match kind {
            Kind::Directory => self.directory(path, name),
            Kind::File(own) => self.file(path, name, &own),
            Kind::Irregular => Err(format!(
                "cannot load irregular file {} as it has file mode type bits set",
                path.display()
            )),
        }
    }

    fn link(&mut self, path: &Path) -> Result<Kind, String> {
        let shown = path.display();
        let target = resolve(path);
        let target = target.map_err(|why| format!("error evaluating symlink {shown}: {why}"))?;
        if self.found.links.len() == MAX_LINKS {
            return Err(format!("more than {MAX_LINKS} symbolic links, at {shown}"));
        }
        let kind = target.symlink_metadata();
        let kind = kind.map_err(|error| fault("lstat", &target, &error))?;
        self.found.links.push(Warning::Link {
            path: shown.to_string(),
            target: target.display().to_string(),
        });
        Ok(Kind::of(kind.file_type(), &target))
    }

    fn file(&mut self, path: &Path, name: &str, own: &str) -> Result<(), String> {
        self.buffer.clear();
        let file = fs::File::open(path);
        let read = file.and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut self.buffer));
        read.map_err(|error| {
            let fault = fault("open", path, &error);
            format!("error reading {name}: {fault}")
        })?;
        if self.buffer.len() as u64 > MAX_FILE {
            return Err(format!(
                "chart file {own:?} is larger than the maximum file size {MAX_FILE}"
            ));
        }
        let left = self.left.checked_sub(self.buffer.len() as u64);
        self.left = left.ok_or_else(|| {
            format!("chart is larger than the maximum size {MAX_CHART}, at {name}")
        })?;
        self.found.files.push(File::new(name, &self.buffer));
        Ok(())
    }
}

impl Kind {
    fn of(kind: fs::FileType, path: &Path) -> Kind {
        if kind.is_dir() {
            return Kind::Directory;
        }
        match path.file_name() {
            Some(own) if kind.is_file() => Kind::File(own.to_string_lossy().into_owned()),
            _ => Kind::Irregular,
        }
    }
}

/// An absolute path without `..`.
pub(crate) fn clean(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut clean, part| {
        match part {
            Component::ParentDir => _ = clean.pop(),
            part => clean.push(part),
        }
        clean
    })
}

fn sorted(path: &Path) -> Result<Vec<(String, fs::FileType)>, String> {
    let listed = || -> io::Result<Vec<_>> {
        let entries = fs::read_dir(path)?;
        let named = entries.map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, entry.file_type()?))
        });
        named.collect()
    };
    let mut names = listed().map_err(|error| fault("open", path, &error))?;
    names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    Ok(names)
}

fn fault(what: &str, path: &Path, error: &io::Error) -> String {
    format!("{what} {}: {}", path.display(), go_words(error))
}
