//! Writing a journal. The main type here is [`Journal`].

use super::RunId;
use super::entry::{Entry, Opened, Stamped};
use crate::diag::{Diagnostic, Kind};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The journal of a run that is under way.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<File>,
    path: PathBuf,
}

impl Journal {
    /// Begins the journal of `run` in the state directory.
    pub fn create(state: &Path, run: &RunId, opened: Opened) -> Result<Journal, Diagnostic> {
        let path = path(state, run);
        let file = open(&path).map_err(|error| fault(&path, &error))?;
        let file = Mutex::new(file);
        let journal = Journal { file, path };
        journal.append(Entry::Started(opened))?;
        Ok(journal)
    }

    /// Writes one line and waits until it is on the disk.
    pub fn append(&self, entry: Entry) -> Result<(), Diagnostic> {
        let at = jiff::Timestamp::now().to_string();
        let mut line = serde_json::to_vec(&Stamped { at, entry })
            .map_err(|error| fault(&self.path, &error.into()))?;
        line.push(b'\n');
        self.write(&line).map_err(|error| fault(&self.path, &error))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, line: &[u8]) -> io::Result<()> {
        // A writer that panicked left whole lines: each is one call.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line)?;
        file.sync_data()
    }
}

/// The journal file of `run`.
pub(super) fn path(state: &Path, run: &RunId) -> PathBuf {
    state.join("runs").join(run.as_str()).join("journal.jsonl")
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)?;
    }
    OpenOptions::new()
        .create_new(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

fn fault(path: &Path, error: &io::Error) -> Diagnostic {
    let message = format!("the journal {} can't be written: {error}", path.display());
    let fault = Diagnostic::new(Kind::Failed, message);
    fault.hint("--state-dir DIR, a directory that can be written to")
}
