//! Is it ready, and if not: can it still become so? Objects in, findings out; no I/O.
//!
//! The main entry points are [`readiness`] (one object, by its own status) and [`doomed`] (a
//! workload with its pods: what cannot heal by waiting). Waits, gates and diagnosis share them.

mod container;
mod doomed;
mod evidence;
mod family;
mod observed;
mod ready;

#[cfg(test)]
mod tests;

pub use container::suspects;
pub use doomed::{Patience, doomed, finding, needs_events};
pub use evidence::evidence;
pub use family::Family;
pub use observed::Observed;
pub use ready::{Readiness, is_waited_for, readiness};

use crate::manifest::ObjectId;
use jiff::SignedDuration;
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
    /// How often the container was restarted, as far as it counts.
    pub restarts: i64,
    /// The time in which the container ended so often.
    pub within: Option<SignedDuration>,
    /// What the cluster says about it.
    pub message: String,
}

/// The reason of a container that runs and does not answer its probe.
const NOT_READY: &str = "NotReady";

impl fmt::Display for Finding {
    /// One sentence on which a person can act.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.container {
            Some(container) => write!(f, "container {container} ")?,
            None => write!(f, "{}: {}", self.object, self.reason)?,
        }
        if self.container.is_some() {
            self.fate(f)?;
        }
        match self.message.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.message),
        }
    }
}

impl Finding {
    /// What became of the container: `was OOMKilled 3 times in 2m (exit 137)`.
    fn fate(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(code) = self.exit_code else {
            return match self.reason.as_str() {
                NOT_READY => f.write_str("runs, but is not ready"),
                reason => write!(f, "can't start: {reason}"),
            };
        };
        match self.reason.as_str() {
            "OOMKilled" => f.write_str("was OOMKilled")?,
            "CrashLoopBackOff" => f.write_str("crashed")?,
            "Error" => f.write_str("failed")?,
            other => write!(f, "ended with {other}")?,
        }
        match self.restarts {
            0 => {}
            1 => f.write_str(" once")?,
            times => write!(f, " {times} times")?,
        }
        let within = self.within.filter(|_| self.restarts > 0);
        if let Some(within) = within {
            let whole = SignedDuration::from_secs(within.as_secs().max(1));
            write!(f, " in {whole:#}")?;
        }
        write!(f, " (exit {code})")
    }

    /// The cause by which failures of a fleet are told together: `OOMKilled`, `quota`.
    pub fn cause(&self) -> String {
        let says = |word: &str| self.message.contains(word);
        match self.reason.as_str() {
            "FailedCreate" if says("exceeded quota") => "quota".to_owned(),
            "FailedCreate" if says("admission webhook") => "webhook".to_owned(),
            reason if self.container.is_some() => reason.to_owned(),
            reason => format!("{} {reason}", self.object),
        }
    }
}
