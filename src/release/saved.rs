//! What a run kept of a target before it changed it. The main type here is [`SavedState`].
//!
//! It lives beside the release, in Secret `sh.rollbook.run.v1.RUN`, so that every operator on
//! every machine can go back to it.

use super::encode::{SIZE_LIMIT, pack};
use super::{DecodeError, unpack};
use crate::diag::Diagnostic;
use crate::manifest::{Gvk, Object, ObjectId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The label selector of all saved states.
pub const SAVED_SELECTOR: &str = "owner=rollbook,kind=saved-state";

/// Written by `kubectl apply`: large, and a copy of what may be secret.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Where the state is in its Secret.
const STATE: &str = "state";

/// A target before a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedState {
    /// The run.
    pub run: Arc<str>,
    /// When it was saved, RFC 3339.
    pub at: String,
    /// The target's name in the inventory.
    pub target: Arc<str>,
    /// The release.
    pub release: Arc<str>,
    /// Its revision, whose record holds values and manifest; 0 where there was no release.
    pub revision: u32,
    /// The status of that revision; empty where there was none.
    pub status: Arc<str>,
    /// The revision that the run goes back to; `None` where it is not a backout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_to: Option<u32>,
    /// `--reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who ran it: `maria@bastion-2`.
    #[serde(default)]
    pub by: Arc<str>,
    /// The play's name.
    #[serde(default)]
    pub title: Arc<str>,
    /// The objects that the run was going to touch.
    pub objects: Vec<SavedObject>,
}

/// What of an object can change without its release knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedObject {
    /// API version and kind.
    pub api_version: String,
    /// The kind.
    pub kind: Arc<str>,
    /// The namespace; `None` for cluster-scoped objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Arc<str>>,
    /// The name.
    pub name: Arc<str>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Its replicas, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i64>,
}

impl SavedObject {
    /// Of a live object.
    pub fn of(live: &Object) -> SavedObject {
        let body = live.clear();
        let mut annotations = texts(&body["metadata"]["annotations"]);
        annotations.remove(LAST_APPLIED);
        SavedObject {
            api_version: live.gvk.api_version(),
            kind: live.gvk.kind.clone(),
            namespace: live.id.namespace.clone(),
            name: live.id.name.clone(),
            labels: texts(&body["metadata"]["labels"]),
            annotations,
            replicas: body["spec"]["replicas"].as_i64(),
        }
    }
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    let pairs = map.as_object().into_iter().flatten();
    let texts = pairs.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())));
    texts.collect()
}

impl SavedState {
    /// The name of its Secret.
    pub fn key(run: &str) -> String {
        format!("sh.rollbook.run.v1.{}", run.to_lowercase())
    }

    /// The merge patch that puts what this Secret holds into one that is there already.
    pub fn beside(secret: &Object) -> Value {
        json!({"data": secret.clear()["data"]})
    }

    /// The Secret to write in `namespace`.
    pub fn stored(&self, namespace: &str) -> Result<Object, Diagnostic> {
        let json = serde_json::to_vec(self).expect("maps with string keys always serialise");
        let packed = pack(&json);
        if packed.len() > SIZE_LIMIT {
            let what = format!("the saved state of release {} exceeds 1 MiB", self.release);
            return Err(Diagnostic::error(what)
                .note("it holds labels, annotations and replicas of what the plan changes")
                .hint(
                    "apply with a smaller plan, or without objects that carry large annotations",
                ));
        }
        let data = json!({ STATE: STANDARD.encode(packed) });
        Ok(run_secret(&self.run, &self.release, namespace, data))
    }

    /// Reads the Secret; `None` where it holds something else.
    pub fn read(secret: &Value) -> Option<SavedState> {
        let bytes = STANDARD.decode(secret["data"][STATE].as_str()?).ok()?;
        SavedState::decode(&String::from_utf8(bytes).ok()?).ok()
    }

    /// Reads the string in `data.state`.
    pub fn decode(stored: &str) -> Result<SavedState, DecodeError> {
        let json = unpack(stored)?;
        serde_json::from_slice(&json).map_err(|e| DecodeError::Json(e.column()))
    }
}

/// The Secret of a run in a namespace of one of its targets.
pub(super) fn run_secret(run: &str, release: &str, namespace: &str, data: Value) -> Object {
    let key = SavedState::key(run);
    let body = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "rollbook.dev/run.v1",
        "metadata": {
            "name": key,
            "namespace": namespace,
            "labels": {"owner": "rollbook", "kind": "saved-state", "name": release, "run": run},
        },
        "data": data,
    });
    let id = ObjectId {
        group: "".into(),
        kind: "Secret".into(),
        namespace: Some(namespace.into()),
        name: key.into(),
    };
    Object::new(id, Gvk::new("v1", "Secret"), body)
}
