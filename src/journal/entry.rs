//! The lines of a journal. The main type here is [`Entry`].

use serde::{Deserialize, Serialize};

/// One line, with the time it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    /// RFC 3339, UTC.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Entry {
    /// The run begins.
    Started(Opened),
    /// A target is about to be written to.
    Touching(Reached),
    /// A target is done with.
    Touched(Left),
    /// The run is over; the texts say why it stopped early, if it did.
    Ended {
        /// Why it stopped before its end.
        stopped: Option<String>,
    },
}

/// What a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The whole id.
    pub run: String,
    /// `update` or `backout`.
    pub operation: String,
    /// The play's name.
    pub title: String,
    /// Who runs it: `maria@bastion-2`.
    pub by: String,
    /// `--reason`.
    pub reason: Option<String>,
    /// The inventory sources as typed.
    pub inventory: Vec<String>,
    /// The playbook as typed.
    pub playbook: String,
    /// The limit as typed.
    pub limit: Option<String>,
    /// The plan that is applied, by its digest.
    pub plan: Option<String>,
    /// The version of rollbook.
    pub version: String,
}

/// A target before the first write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The inventory name.
    pub target: String,
    /// The namespace.
    pub namespace: String,
    /// The UID of the cluster's namespace `kube-system`.
    pub cluster: String,
    /// The release.
    pub release: String,
    /// The revision that was live; 0 where there was none.
    pub revision: u32,
    /// The chart that was live, `web-2.4.1`.
    pub chart: Option<String>,
}

/// A target after the last write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The inventory name.
    pub target: String,
    /// The release, as in [`Reached`].
    pub release: String,
    /// The revision that is live now; `None` where that is not known.
    pub revision: Option<u32>,
    /// The chart that is live now.
    pub chart: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}
