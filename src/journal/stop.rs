//! How another process on this machine asks a run to stop: a file beside its journal, for a signal
//! would need its PID, and may come from somebody who may not send one.

use super::{RunId, directory};
use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

fn file(state: &Path, run: &RunId) -> PathBuf {
    directory(state, run).join("stop")
}

/// Asks a run to stop, in the name of `by`.
pub fn ask_to_stop(state: &Path, run: &RunId, by: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let options = options.create(true).truncate(true).write(true).mode(0o600);
    io::Write::write_all(&mut options.open(file(state, run))?, by.as_bytes())
}

/// Who asked it to; nobody while the file is still being written.
pub fn asked_to_stop(state: &Path, run: &RunId) -> Option<String> {
    let by = fs::read_to_string(file(state, run)).ok()?;
    (!by.is_empty()).then_some(by)
}

/// What was asked before it went on counts no more.
pub fn forget_stop(state: &Path, run: &RunId) {
    // Where there is none, all is well.
    let _ = fs::remove_file(file(state, run));
}
