//! Is it ready, and if not: can it still become so? Objects in, findings out; no I/O.
//!
//! The main entry points are [`readiness`] (one object, by its own status) and [`doomed`] (a
//! workload with its pods: what cannot heal by waiting). Waits, gates and diagnosis share them.

mod container;
mod doomed;
mod family;
mod ready;

#[cfg(test)]
mod tests;

pub use doomed::{Patience, doomed};
pub use family::Family;
pub use ready::{Readiness, is_waited_for, readiness};

use crate::manifest::ObjectId;
use std::fmt;

/// Something that keeps a workload from becoming ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object at fault: a pod, a replica set, a job.
    pub object: ObjectId,
    /// Its container, where it is about one.
    pub container: Option<String>,
    /// The reason in Kubernetes' words: `OOMKilled`, `ImagePullBackOff`, `Unschedulable`, …
    pub reason: String,
    /// How the container ended last.
    pub exit_code: Option<i64>,
    /// How often the container was restarted.
    pub restarts: i64,
    /// What the cluster says about it.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.container {
            Some(container) => write!(f, "container {container}: {}", self.reason)?,
            None => write!(f, "{}: {}", self.object, self.reason)?,
        }
        if let Some(code) = self.exit_code {
            write!(f, ", exit {code}")?;
        }
        if self.restarts > 0 {
            write!(f, ", restarted {} times", self.restarts)?;
        }
        match self.message.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.message),
        }
    }
}
