//! Who works on a target. The main type here is [`Holder`].
//!
//! A Kubernetes `Lease` beside the release: one writer per target, and every operator sees who it
//! is. Times are wall clock, for a laptop that slept must notice that it did.

use crate::manifest::{Gvk, Object, ObjectId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// The label selector of all leases.
pub const LEASE_SELECTOR: &str = "owner=rollbook,kind=lease";

/// How long a lease counts after its last renewal.
pub const LEASE_SECONDS: i64 = 60;

const PROCESS: &str = "rollbook.dev/process";
const REASON: &str = "rollbook.dev/reason";
const PROGRESS: &str = "rollbook.dev/progress";
/// Set by `rollbook stop`: who asks the holder to stop.
pub const STOP: &str = "rollbook.dev/stop";

/// Whoever holds a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The release it is about.
    pub release: Arc<str>,
    /// The run's whole id.
    pub run: Arc<str>,
    /// Who runs it: `maria@bastion-2`.
    pub by: Arc<str>,
    /// The process, as [`crate::files`] of its machine name it; empty where unknown.
    pub process: Arc<str>,
    /// `--reason`.
    pub reason: Option<String>,
    /// How far the run was when it came to this target: `wave 3 of 4, 181/438`.
    pub progress: Option<String>,
    /// When it was taken.
    pub taken: Timestamp,
    /// When it was last renewed.
    pub renewed: Timestamp,
    /// Who asks the holder to stop.
    pub stop: Option<String>,
}

impl Holder {
    /// When the lease stops counting, were it not renewed again.
    pub fn until(&self) -> Timestamp {
        let length = SignedDuration::from_secs(LEASE_SECONDS);
        self.renewed.checked_add(length).unwrap_or(Timestamp::MAX)
    }

    /// Whether it has run out by our clock. Clocks differ: it is given its length once more.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let margin = SignedDuration::from_secs(LEASE_SECONDS);
        self.until().checked_add(margin).is_ok_and(|end| end < now)
    }

    /// `maria@bastion-2, run 7k2f`
    pub fn named(&self) -> String {
        let short = self.run.rsplit('-').next().unwrap_or(&self.run);
        match self.run.is_empty() {
            true => self.by.to_string(),
            false => format!("{}, run {short}", self.by),
        }
    }

    /// The place of the lease of a release.
    pub fn place(namespace: &Arc<str>, release: &str) -> ObjectId {
        ObjectId {
            group: "coordination.k8s.io".into(),
            kind: "Lease".into(),
            namespace: Some(namespace.clone()),
            name: format!("rollbook-{release}").into(),
        }
    }

    /// Its kind.
    pub fn gvk() -> Gvk {
        Gvk::new("coordination.k8s.io/v1", "Lease")
    }

    /// The Lease to write; `version` is the one that it replaces.
    pub fn stored(&self, namespace: &Arc<str>, version: Option<&str>) -> Object {
        let id = Holder::place(namespace, &self.release);
        let mut annotations = json!({PROCESS: &*self.process});
        if let Some(reason) = &self.reason {
            annotations[REASON] = reason.as_str().into();
        }
        if let Some(progress) = &self.progress {
            annotations[PROGRESS] = progress.as_str().into();
        }
        let mut metadata = json!({
            "name": &*id.name,
            "namespace": &**namespace,
            "labels": {"owner": "rollbook", "kind": "lease", "name": &*self.release, "run": &*self.run},
            "annotations": annotations,
        });
        if let Some(version) = version {
            metadata["resourceVersion"] = version.into();
        }
        let body = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": self.named(),
                "leaseDurationSeconds": LEASE_SECONDS,
                "acquireTime": micro(self.taken),
                "renewTime": micro(self.renewed),
            },
        });
        Object::new(id, Holder::gvk(), body)
    }

    /// Reads a Lease; one without our marks has a holder without a run.
    pub fn read(lease: &Value) -> Holder {
        let (metadata, spec) = (&lease["metadata"], &lease["spec"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let time = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let note = |name: &str| metadata["annotations"][name].as_str().map(str::to_owned);
        let identity = text(&spec["holderIdentity"]);
        let by = identity
            .split_once(", run ")
            .map_or(&*identity, |(by, _)| by);
        let taken = time(&spec["acquireTime"]).unwrap_or(Timestamp::UNIX_EPOCH);
        Holder {
            release: text(&metadata["labels"]["name"]).into(),
            run: text(&metadata["labels"]["run"]).into(),
            by: by.into(),
            process: note(PROCESS).unwrap_or_default().into(),
            reason: note(REASON),
            progress: note(PROGRESS),
            taken,
            renewed: time(&spec["renewTime"]).unwrap_or(taken),
            stop: note(STOP),
        }
    }
}

/// Kubernetes wants exactly six digits.
fn micro(time: Timestamp) -> String {
    format!("{time:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        Holder {
            release: "web".into(),
            run: "20260312-2204-7k2f".into(),
            by: "maria@bastion-2".into(),
            process: "boot/4026531836/4711/88123".into(),
            reason: Some("CHG0041234".to_owned()),
            progress: Some("wave 3 of 4, 181/438, 31m00s left".to_owned()),
            taken: "2026-03-12T22:04:11.5Z".parse().unwrap(),
            renewed: "2026-03-12T22:04:31.25Z".parse().unwrap(),
            stop: None,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let stored = holder().stored(&"c1".into(), Some("17"));
        insta::assert_json_snapshot!(stored.clear());
        assert_eq!(Holder::read(stored.clear()), holder());
        assert_eq!(holder().named(), "maria@bastion-2, run 7k2f");
    }

    #[test]
    fn a_lease_of_somebody_else_has_a_holder_without_a_run() {
        let other = json!({"spec": {"holderIdentity": "cert-manager-1"}});
        let read = Holder::read(&other);
        assert_eq!((&*read.by, &*read.run), ("cert-manager-1", ""));
        assert!(read.has_expired(Timestamp::now()));
    }

    #[test]
    fn it_counts_twice_its_length_on_other_clocks() {
        let at = |text: &str| holder().has_expired(text.parse().unwrap());
        assert!(!at("2026-03-12T22:06:31Z"));
        assert!(at("2026-03-12T22:06:32Z"));
    }
}
