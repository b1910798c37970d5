//! The files of a chart directory, in the order and under the rules of Helm.

use super::archive::MAX_FILE;
use super::{File, Rules};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Symbolic links to directories may nest this deep; more is a loop.
const MAX_LINKS: usize = 40;

/// Reads a chart directory, without what its `.helmignore` leaves out.
pub fn read(root: &Path) -> Result<Vec<File>, String> {
    let rules = match fs::read(root.join(".helmignore")) {
        Ok(bytes) => Rules::parse(&String::from_utf8_lossy(&bytes))?,
        Err(_) => Rules::parse("")?,
    };
    let mut walk = Walk {
        rules,
        files: Vec::new(),
        links: 0,
    };
    walk.directory(root, "")?;
    Ok(walk.files)
}

struct Walk {
    rules: Rules,
    files: Vec<File>,
    links: usize,
}

impl Walk {
    fn directory(&mut self, path: &Path, name: &str) -> Result<(), String> {
        for child in sorted(path)? {
            let name = if name.is_empty() {
                child.clone()
            } else {
                format!("{name}/{child}")
            };
            self.entry(&path.join(&child), &name)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: &str) -> Result<(), String> {
        let kind = fs::metadata(path).map_err(|error| match missing_behind(path) {
            Some(missing) => format!(
                "error evaluating symlink {}: lstat {}: no such file or directory",
                path.display(),
                missing.display()
            ),
            None => format!("error evaluating {name}: {error}"),
        })?;
        if self.rules.ignore(name, kind.is_dir()) {
            return Ok(());
        }
        if kind.is_dir() {
            return self.subdirectory(path, name);
        }
        if !kind.is_file() {
            return Err(format!(
                "cannot load irregular file {name} as it has file mode type bits set"
            ));
        }
        if kind.len() > MAX_FILE {
            return Err(format!(
                "chart file {name:?} is larger than the maximum file size {MAX_FILE}"
            ));
        }
        let data = fs::read(path).map_err(|error| format!("error reading {name}: {error}"))?;
        self.files.push(File::new(name, &data));
        Ok(())
    }

    fn subdirectory(&mut self, path: &Path, name: &str) -> Result<(), String> {
        let link = usize::from(path.is_symlink());
        self.links += link;
        if self.links > MAX_LINKS {
            return Err(format!(
                "too many symbolic links below each other at {name}"
            ));
        }
        self.directory(path, name)?;
        self.links -= link;
        Ok(())
    }
}

/// The first thing on the way of a symbolic link that is not there.
fn missing_behind(link: &Path) -> Option<PathBuf> {
    let mut link = std::path::absolute(link).ok()?;
    for _ in 0..MAX_LINKS {
        let target = clean(&link.parent()?.join(fs::read_link(&link).ok()?));
        let mut steps: Vec<&Path> = target.ancestors().collect();
        steps.reverse();
        let missing = steps.iter().find(|step| step.symlink_metadata().is_err());
        if let Some(missing) = missing {
            return Some(missing.to_path_buf());
        }
        link = target;
    }
    None
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

fn sorted(path: &Path) -> Result<Vec<String>, String> {
    let fault = |error: std::io::Error| format!("error reading {}: {error}", path.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(fault)? {
        names.push(
            entry
                .map_err(fault)?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// As Helm 3.21.4 says it: the link, and the first thing behind it that is not there.
    #[test]
    fn a_link_to_nowhere_is_told() {
        let name = format!("rollbook-links-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(root.join("crds")).unwrap();
        symlink("../crds/b", root.join("crds/a")).unwrap();
        symlink("../../none/of/it", root.join("crds/b")).unwrap();
        let told = read(&root).unwrap_err();
        fs::remove_dir_all(&root).unwrap();
        let (link, missing) = (root.join("crds/a"), root.with_file_name("none"));
        let (link, missing) = (link.display(), missing.display());
        assert_eq!(
            told,
            format!("error evaluating symlink {link}: lstat {missing}: no such file or directory")
        );
    }
}
