//! What runs did, kept for ever. The main types here are [`Journal`] and [`Run`].
//!
//! One file of JSON lines per run, `runs/<id>/journal.jsonl` in the state directory: appended and
//! fsynced before a target is written to and after, so what is in it is what can have happened.
//! Between the two stand the steps that the target took. What must be put back ([`OpenSteps`]) is
//! in it before the write that makes it due. A last line that was torn by a crash is
//! left out when reading.

mod closing;
mod entry;
mod id;
mod read;
mod stop;
#[cfg(test)]
mod tests;
mod write;

pub use closing::OpenSteps;
pub use entry::{Entry, Left, Opened, Reached, Step};
pub use id::RunId;
pub use read::{Resumed, Run, Timed, Touched, find, last_change, list, names_a_run};
pub use stop::{ask_to_stop, asked_to_stop, forget_stop};
pub use write::Journal;

use std::path::{Path, PathBuf};

/// Where everything of a run is kept.
pub fn directory(state: &Path, run: &RunId) -> PathBuf {
    state.join("runs").join(run.as_str())
}
