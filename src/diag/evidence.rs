//! What is known about why something failed. The main type here is [`Evidence`].
//!
//! Texts that a container or the cluster wrote (log, events, messages) are masked before they come
//! here: see [`crate::sensitive::Veil`].

use super::Location;
use serde::{Deserialize, Serialize};

/// One cause, with its proof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// What was waited for: `Deployment web`.
    pub object: String,
    /// One sentence on which a person can act: `container rest was OOMKilled 3 times (exit 137)`.
    pub why: String,
    /// The reason in Kubernetes' words: `OOMKilled`, `ImagePullBackOff`, `FailedCreate`.
    pub reason: String,
    /// By what failures of a fleet are told together: `OOMKilled`, `quota`.
    pub cause: String,
    /// The container, where it is about one.
    pub container: Option<String>,
    /// How the container ended last.
    pub exit_code: Option<i64>,
    /// How often the container was restarted.
    pub restarts: i64,
    /// From the object that was waited for down to the one at fault, each as `Pod web-x2k4p`.
    pub path: Vec<String>,
    /// The node of the pod.
    pub node: Option<String>,
    /// The image of the container.
    pub image: Option<String>,
    /// The memory that the container may use (`512Mi`), where that is what went wrong.
    pub limit: Option<String>,
    /// The memory that the container asks for.
    pub request: Option<String>,
    /// The value behind it, where it is known.
    pub set_by: Option<SetBy>,
    /// The last events about any of these objects, oldest first.
    pub events: Vec<Happening>,
    /// The last lines of the container's log.
    pub log: Option<LogTail>,
}

/// The value that a field at fault comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetBy {
    /// Its path: `rest.resources.limits.memory`.
    pub path: String,
    /// Where it is written.
    pub at: Location,
}

/// An event of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When it was seen last, RFC 3339.
    pub time: String,
    /// `BackOff`, `FailedScheduling`.
    pub reason: String,
    /// What it says.
    pub message: String,
    /// How often it was seen.
    pub count: i64,
}

/// The end of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTail {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// It was written before the last restart.
    pub previous: bool,
    /// The last lines, oldest first.
    pub lines: Vec<String>,
}
