//! The saved state: written before anything else is.

use super::fault::fault;
use super::session::Session;
use crate::cluster::{ClusterError, Write};
use crate::diag::Diagnostic;
use crate::journal::Step;
use crate::manifest::{Gvk, Object, ObjectId};
use crate::ownership::OURS;
use crate::plan::Action;
use crate::release::{ClosingStep, SAVED_SELECTOR, SavedObject, SavedState};
use serde_json::{Value, json};
use std::sync::Arc;

/// How many saved states a namespace keeps.
const KEPT: usize = 10;

impl Session<'_> {
    /// Makes the namespace where the plan says so.
    pub(super) async fn make_namespace(&self) -> Result<(), Diagnostic> {
        if !self.release.creates_namespace {
            return Ok(());
        }
        let name = &self.target.namespace;
        self.step(Step::Namespace);
        self.tell(format!("namespace {name} is created"));
        match self.write(&Write::Create(namespace(name))).await {
            Ok(_) | Err(ClusterError::AlreadyExists(_)) => Ok(()),
            Err(error) => Err(fault(format!("namespace {name}"), error)),
        }
    }

    /// Keeps what a backout goes back to. Where this run has saved it before, the first state is
    /// the true one.
    pub(super) async fn save_state(&self) -> Result<(), Diagnostic> {
        self.step(Step::Save);
        let secret = Arc::new(self.state().stored(&self.target.namespace)?);
        let saved = match self.write(&Write::Create(secret.clone())).await {
            Err(ClusterError::AlreadyExists(_)) => self.save_beside(&secret).await,
            other => other.map(drop),
        };
        saved.map_err(|e| fault("the saved state", e))
    }

    /// Saves it where closing steps made the Secret.
    async fn save_beside(&self, secret: &Object) -> Result<(), ClusterError> {
        if self.saved().await? {
            return Ok(());
        }
        let write = Write::Patch {
            gvk: secret.gvk.clone(),
            id: secret.id.clone(),
            subresource: None,
            patch: SavedState::beside(secret),
            manager: OURS.to_owned(),
        };
        self.write(&write).await.map(drop)
    }

    /// Whether this run has saved this target's state before.
    pub(super) async fn was_here(&self) -> Result<bool, Diagnostic> {
        let saved = self.saved().await;
        saved.map_err(|e| fault("the saved state", e))
    }

    async fn saved(&self) -> Result<bool, ClusterError> {
        let id = self.secret(SavedState::key(&self.options.run));
        let live = self
            .ways
            .cluster
            .get(&Gvk::new("v1", "Secret"), &id)
            .await?;
        let body = live.and_then(|live| serde_json::from_str::<Value>(live.raw.get()).ok());
        Ok(body.is_some_and(|body| SavedState::read(&body).is_some()))
    }

    fn secret(&self, name: String) -> ObjectId {
        ObjectId {
            group: "".into(),
            kind: "Secret".into(),
            namespace: Some(self.target.namespace.clone()),
            name: name.into(),
        }
    }

    fn state(&self) -> SavedState {
        let touched = self.release.changes.iter();
        let touched = touched.filter(|c| !matches!(c.action, Action::Unchanged | Action::Keep));
        let objects = touched
            .filter_map(|c| c.live.as_deref())
            .map(SavedObject::of);
        SavedState {
            run: self.options.run.clone(),
            at: self.now().to_string(),
            target: self.target.target.clone(),
            release: self.release.name.clone(),
            revision: self.release.revision,
            status: self.release.status.clone(),
            back_to: self.release.back_to,
            reason: self.options.reason.clone(),
            by: self.options.lock.operator.by.clone(),
            title: self.options.title.clone(),
            objects: objects.collect(),
        }
    }

    /// Forgets saved states beyond the newest ten, but none that says what is open. Each belongs to a revision, so there are no
    /// more of them while the release is young, and nothing is asked.
    pub(super) async fn forget_states(&self, revision: u32) -> Result<(), ClusterError> {
        if (revision as usize) <= KEPT {
            return Ok(());
        }
        let secrets = Gvk::new("v1", "Secret");
        let namespace = Some(&*self.target.namespace);
        let selector = format!("{SAVED_SELECTOR},name={}", self.release.name);
        let list = self.ways.cluster.list(&secrets, namespace, Some(&selector));
        let mut states = list.await?;
        states.retain(|state| ClosingStep::read(state).is_empty());
        states.sort_by_key(|s| std::cmp::Reverse(text(&s["metadata"]["creationTimestamp"])));
        for old in states.iter().skip(KEPT) {
            let id = self.secret(text(&old["metadata"]["name"]));
            self.delete(&secrets, &id, None).await?;
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// As `helm --create-namespace` makes it.
fn namespace(name: &Arc<str>) -> Arc<Object> {
    let body = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": &**name, "labels": {"name": &**name}},
    });
    let id = ObjectId {
        group: "".into(),
        kind: "Namespace".into(),
        namespace: None,
        name: name.clone(),
    };
    Arc::new(Object::new(id, Gvk::new("v1", "Namespace"), body))
}
