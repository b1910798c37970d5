//! The real files. The main type here is [`DiskFiles`]; [`Recorder`] keeps what was read, so
//! that a plan can freeze it.

use crate::files::{Entry, Files, MemoryFiles, Ran};
use helm::chart::dir::{self, Directory};
use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        std::fs::read(path).map(Arc::from)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = std::fs::read_dir(if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        })?
        .map(|entry| entry.and_then(|entry| listed(&entry)))
        .collect::<io::Result<Vec<Entry>>>()?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn is_dir(&self, path: &Path) -> Option<bool> {
        // The empty path is what `Path::parent` gives for a bare name.
        if path.as_os_str().is_empty() {
            return Some(true);
        }
        std::fs::metadata(path).ok().map(|data| data.is_dir())
    }

    fn is_executable(&self, path: &Path) -> bool {
        is_executable(path)
    }

    fn chart(&self, root: &Path) -> Result<Directory, String> {
        dir::read(root)
    }

    fn run(&self, program: &Path, args: &[&str]) -> io::Result<Ran> {
        // A bare name is a file here, not a command of PATH.
        let output = Command::new(std::path::absolute(program)?)
            .args(args)
            .stdin(Stdio::null())
            .output()?;
        let success = output.status.success();
        Ok(Ran {
            stdout: output.stdout.into(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            failed: (!success).then(|| output.status.to_string()),
        })
    }
}

fn listed(entry: &std::fs::DirEntry) -> io::Result<Entry> {
    // A plain file needs no second look but for its mode; a link counts as what it points to.
    let kind = entry.file_type()?;
    let data = if kind.is_symlink() {
        std::fs::metadata(entry.path()).ok()
    } else {
        None
    };
    let name = entry.file_name().to_string_lossy().into_owned();
    let dir = data.as_ref().map_or(kind.is_dir(), Metadata::is_dir);
    let executable = !dir && has_no_data_ending(&name) && is_executable(&entry.path());
    Ok(Entry {
        name,
        dir,
        executable,
    })
}

/// Thousands of `host_vars/*.yml` are not asked for their mode.
fn has_no_data_ending(name: &str) -> bool {
    !matches!(
        Path::new(name).extension().and_then(|e| e.to_str()),
        Some("yml" | "yaml" | "json")
    )
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}

/// Other files, and a copy of every one that was read.
pub struct Recorder {
    inner: Arc<dyn Files>,
    read: Mutex<MemoryFiles>,
}

impl Recorder {
    /// Records what is read from `inner`.
    pub fn new(inner: Arc<dyn Files>) -> Recorder {
        let read = Mutex::default();
        Recorder { inner, read }
    }

    /// Every file that was read so far.
    pub fn recorded(&self) -> MemoryFiles {
        self.read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Files for Recorder {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let content = self.inner.read(path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(path, content.clone());
        Ok(content)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.inner.list(path)
    }

    fn is_dir(&self, path: &Path) -> Option<bool> {
        self.inner.is_dir(path)
    }

    fn is_executable(&self, path: &Path) -> bool {
        self.inner.is_executable(path)
    }

    fn chart(&self, root: &Path) -> Result<Directory, String> {
        let directory = self.inner.chart(root)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        for file in &directory.files {
            read.insert(root.join(&file.name), Arc::<[u8]>::from(&*file.data));
        }
        Ok(directory)
    }

    fn run(&self, program: &Path, args: &[&str]) -> io::Result<Ran> {
        let ran = self.inner.run(program, args)?;
        // The program itself too, so that it is there when the plan is read back.
        let text = self.inner.read(program)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(program, text);
        read.insert_output(program, args, ran.stdout.clone());
        Ok(ran)
    }
}
