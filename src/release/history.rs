//! What the revisions of a release allow next. The main type here is [`History`].
//!
//! Decisions as data: which revision comes next, which one it is built on, which are superseded
//! by it and which are forgotten. The rules are those of `helm upgrade --install`.

use crate::diag::{Diagnostic, Kind};
use std::sync::Arc;

/// One revision, as its labels tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The number.
    pub number: u32,
    /// The status label.
    pub status: Arc<str>,
}

/// The revisions of one release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The release.
    pub release: Arc<str>,
    /// Oldest first.
    revisions: Vec<Revision>,
}

/// What is done to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Revision 1, or the first one after an uninstall that kept its history.
    Install,
    /// From one revision to the next.
    Upgrade,
    /// To what an earlier revision says.
    Rollback,
    /// Away.
    Uninstall,
}

/// The next revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Its number.
    pub number: u32,
    /// What it is.
    pub operation: Operation,
    /// The revision whose objects are live, where there is one.
    pub base: Option<u32>,
    /// Revisions that become `superseded` when it is deployed.
    pub supersedes: Vec<u32>,
    /// Revisions to forget, oldest first.
    pub forgets: Vec<u32>,
}

impl Operation {
    /// The status of the record while it runs.
    pub fn pending(self) -> &'static str {
        match self {
            Operation::Install => "pending-install",
            Operation::Upgrade => "pending-upgrade",
            Operation::Rollback => "pending-rollback",
            Operation::Uninstall => "uninstalling",
        }
    }

    /// The operation that a pending status tells of.
    pub fn of_pending(status: &str) -> Option<Operation> {
        let all = [
            Operation::Install,
            Operation::Upgrade,
            Operation::Rollback,
            Operation::Uninstall,
        ];
        all.into_iter().find(|o| o.pending() == status)
    }

    /// The word in hook events: `pre-install`, `post-upgrade`, …
    pub fn event(self) -> &'static str {
        match self {
            Operation::Install => "install",
            Operation::Upgrade => "upgrade",
            Operation::Rollback => "rollback",
            Operation::Uninstall => "delete",
        }
    }

    /// The description of a record that arrived, in Helm's words.
    pub fn completed(self) -> &'static str {
        match self {
            Operation::Install => "Install complete",
            Operation::Upgrade => "Upgrade complete",
            Operation::Rollback => "Rollback complete",
            Operation::Uninstall => "Uninstallation complete",
        }
    }

    /// The description of a record that did not arrive, in Helm's words.
    pub fn failed(self, release: &str, why: &str) -> String {
        match self {
            Operation::Install => format!("Release {release:?} failed: {why}"),
            Operation::Upgrade => format!("Upgrade {release:?} failed: {why}"),
            Operation::Rollback => format!("Rollback {release:?} failed: {why}"),
            Operation::Uninstall => format!("Uninstall {release:?} failed: {why}"),
        }
    }
}

/// Whether an operation is (or was, when its program died) under way.
pub fn is_pending(status: &str) -> bool {
    status.starts_with("pending-") || status == "uninstalling"
}

impl History {
    /// From revisions in any order.
    pub fn new(release: &str, mut revisions: Vec<Revision>) -> History {
        revisions.sort_by_key(|r| r.number);
        History {
            release: release.into(),
            revisions,
        }
    }

    /// The same where what is pending was marked failed, because its writer is gone.
    #[must_use]
    pub fn recovered(&self) -> History {
        let mut recovered = self.clone();
        for revision in &mut recovered.revisions {
            if is_pending(&revision.status) {
                revision.status = "failed".into();
            }
        }
        recovered
    }

    /// The newest revision, where an operation is (or was) under way on it.
    pub fn pending(&self) -> Option<&Revision> {
        self.last().filter(|revision| is_pending(&revision.status))
    }

    /// The newest revision.
    pub fn last(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// The newest revision that is `deployed`.
    pub fn deployed(&self) -> Option<&Revision> {
        let mut newest_first = self.revisions.iter().rev();
        newest_first.find(|r| &*r.status == "deployed")
    }

    /// The revision whose objects are live, by the rule of `helm upgrade`.
    pub fn base(&self) -> Option<&Revision> {
        let settled = |r: &&Revision| matches!(&*r.status, "failed" | "superseded");
        self.deployed().or_else(|| self.last().filter(settled))
    }

    /// The newest revision that arrived: deployed, or superseded by one that was.
    pub fn arrived(&self) -> Option<&Revision> {
        let arrived = |r: &&Revision| matches!(&*r.status, "deployed" | "superseded");
        self.revisions.iter().rev().find(arrived)
    }

    /// Whether the release is not there: never installed, or uninstalled with its history kept.
    pub fn is_absent(&self) -> bool {
        self.last().is_none_or(|r| &*r.status == "uninstalled")
    }

    /// What comes next, with at most `max` revisions kept (0 keeps all).
    pub fn next(&self, max: usize, rollback: bool) -> Result<Next, Diagnostic> {
        self.refuse_pending()?;
        let operation = match (self.is_absent(), rollback) {
            (true, _) => Operation::Install,
            (false, true) => Operation::Rollback,
            (false, false) => Operation::Upgrade,
        };
        Ok(Next {
            number: self.last().map_or(1, |r| r.number + 1),
            operation,
            base: self.base().map(|r| r.number),
            supersedes: self.all("deployed"),
            forgets: self.forgets(max),
        })
    }

    /// The revisions to forget so that, with one more, at most `max` are left. The newest
    /// deployed one always stays.
    pub fn forgets(&self, max: usize) -> Vec<u32> {
        if max == 0 {
            return Vec::new();
        }
        let surplus = (self.revisions.len() + 1).saturating_sub(max);
        let deployed = self.deployed().map(|r| r.number);
        let numbers = self.revisions.iter().map(|r| r.number);
        let old = numbers.filter(|n| Some(*n) != deployed);
        old.take(surplus).collect()
    }

    /// The revisions that are beyond a limit of `max`, oldest first, as [`History::forgets`] but
    /// with nothing to come.
    pub fn beyond(&self, max: usize) -> Vec<u32> {
        match max {
            0 => Vec::new(),
            max => self.forgets(max + 1),
        }
    }

    /// The deployed revisions before this one.
    pub fn deployed_before(&self, number: u32) -> Vec<u32> {
        let mut deployed = self.all("deployed");
        deployed.retain(|n| *n < number);
        deployed
    }

    /// All revisions, oldest first.
    pub fn numbers(&self) -> Vec<u32> {
        self.revisions.iter().map(|r| r.number).collect()
    }

    fn all(&self, status: &str) -> Vec<u32> {
        let with = self.revisions.iter().filter(|r| &*r.status == status);
        with.map(|r| r.number).collect()
    }

    fn refuse_pending(&self) -> Result<(), Diagnostic> {
        let Some(last) = self.pending() else {
            return Ok(());
        };
        let what = format!(
            "release {} is {} at revision {}",
            self.release, last.status, last.number
        );
        Err(Diagnostic::new(Kind::Refused, what)
            .note("another operation is in progress, or its program was killed")
            .hint("if nobody is at work any more, rollbook recover ends it"))
    }
}
