//! What a run must put back, whatever happens. The main type here is [`ClosingStep`].
//!
//! It is kept beside the saved state, in the run's Secret, before the write that makes it due: so
//! every operator on every machine sees what is open, and can close it.

use super::saved::{SavedState, run_secret};
use crate::manifest::{Gvk, Object, ObjectId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// Replicas that a task has set and that are to be what they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingStep {
    /// The target's name in the inventory.
    pub target: Arc<str>,
    /// Its namespace, where the run's Secret and lease are.
    pub namespace: Arc<str>,
    /// Its release, by which these are named.
    pub release: Arc<str>,
    /// The UID of the cluster's namespace `kube-system`.
    pub cluster: Arc<str>,
    /// The run that opened it.
    pub run: Arc<str>,
    /// Who ran it: `maria@bastion-2`.
    pub by: Arc<str>,
    /// Their process, by which another one on that machine can tell whether it lives.
    pub process: Arc<str>,
    /// When, RFC 3339.
    pub since: String,
    /// The workload.
    pub object: ObjectId,
    /// The version it is read at.
    pub gvk: Gvk,
    /// Its UID: one that was made anew is nothing of ours.
    pub uid: Arc<str>,
    /// The number that was found, and is to be put back.
    pub found: i64,
    /// The number that the task set.
    pub set: i64,
}

impl ClosingStep {
    /// Whether both put back the same field.
    pub fn is_of(&self, cluster: &str, object: &ObjectId) -> bool {
        &*self.cluster == cluster && self.object == *object
    }

    /// Those of a release, for the run's Secret.
    pub fn stored<'s>(steps: impl Iterator<Item = &'s ClosingStep>) -> String {
        let steps: Vec<&ClosingStep> = steps.collect();
        STANDARD.encode(json!(steps).to_string())
    }

    /// The key of a release's steps in the run's Secret: two releases may share a namespace.
    pub fn key(release: &str) -> String {
        format!("open.{release}")
    }

    /// The run's Secret where nothing else is in it.
    pub fn secret(&self, stored: &str) -> Object {
        let data = json!({ ClosingStep::key(&self.release): stored });
        run_secret(&self.run, &self.release, &self.namespace, data)
    }

    /// All that are in a run's Secret.
    pub fn read(secret: &Value) -> Vec<ClosingStep> {
        let data = secret["data"].as_object().into_iter().flatten();
        let open = data.filter(|(key, _)| key.starts_with("open."));
        let read = |(_, stored): (&String, &Value)| {
            let text = STANDARD.decode(stored.as_str()?).ok()?;
            serde_json::from_slice::<Vec<ClosingStep>>(&text).ok()
        };
        open.filter_map(read).flatten().collect()
    }

    /// Whether nothing but steps is in a run's Secret.
    pub fn alone(secret: &Value) -> bool {
        SavedState::read(secret).is_none()
    }
}

impl fmt::Display for ClosingStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is at {}, was {}", self.object, self.set, self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(release: &str, name: &str) -> ClosingStep {
        let gvk = Gvk::new("apps/v1", "Deployment");
        let object = ObjectId {
            group: gvk.group.clone(),
            kind: gvk.kind.clone(),
            namespace: Some("c1".into()),
            name: name.into(),
        };
        ClosingStep {
            target: "c1".into(),
            namespace: "c1".into(),
            release: release.into(),
            cluster: "5f0c1e9a".into(),
            run: "20260312-2204-7k2f".into(),
            by: "maria@bastion-2".into(),
            process: "".into(),
            since: "2026-03-12T22:04:00Z".to_owned(),
            object,
            gvk,
            uid: "u".into(),
            found: 3,
            set: 0,
        }
    }

    #[test]
    fn steps_of_two_releases_share_a_secret_and_hide_no_saved_state() {
        let (web, db) = (step("web", "front"), step("db", "db"));
        let mut secret = web
            .secret(&ClosingStep::stored([&web].into_iter()))
            .clear()
            .clone();
        assert_eq!(ClosingStep::read(&secret), std::slice::from_ref(&web));
        secret["data"][ClosingStep::key("db")] = ClosingStep::stored([&db].into_iter()).into();
        assert_eq!(ClosingStep::read(&secret), [db, web]);
        assert!(ClosingStep::alone(&secret));
        assert_eq!(SavedState::read(&secret), None);
    }
}
