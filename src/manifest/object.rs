//! One object and its identity.

use super::Labelled;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Group, version and kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gvk {
    /// The API group; empty for the core group.
    pub group: Arc<str>,
    /// The version.
    pub version: Arc<str>,
    /// The kind.
    pub kind: Arc<str>,
}

impl Gvk {
    /// From an `apiVersion` and a kind.
    pub fn new(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Gvk {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        }
    }

    /// The `apiVersion` field.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// What makes two objects the same: group, kind, namespace and name; not the version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectId {
    /// The API group; empty for the core group.
    pub group: Arc<str>,
    /// The kind.
    pub kind: Arc<str>,
    /// The namespace; `None` for cluster-scoped objects.
    pub namespace: Option<Arc<str>>,
    /// The name.
    pub name: Arc<str>,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// One object, rendered, live or recorded.
///
/// The body may hold secrets, so it has no `Debug`, `Display` or `Serialize`: people see
/// [`Object::masked`].
#[derive(Clone, PartialEq)]
pub struct Object {
    /// Its identity.
    pub id: ObjectId,
    /// Group, version and kind as written.
    pub gvk: Gvk,
    /// The template that made it (`web/templates/deployment.yaml`), for rendered objects.
    pub source: Option<Arc<str>>,
    body: Value,
}

impl Object {
    /// Wraps a body whose identity is known.
    pub fn new(id: ObjectId, gvk: Gvk, body: Value) -> Object {
        Object {
            id,
            gvk,
            source: None,
            body,
        }
    }

    /// The whole body with its secrets: to send, compare, hash or seal; `tests/it/secrets.rs`
    /// keeps the list of modules that may call this.
    pub fn clear(&self) -> &Value {
        &self.body
    }

    /// As [`Object::clear`], to change it.
    pub fn clear_mut(&mut self) -> &mut Value {
        &mut self.body
    }

    /// A text of the metadata: `uid`, `resourceVersion`, `generateName`.
    pub fn meta(&self, field: &str) -> Option<&str> {
        self.body["metadata"][field].as_str()
    }

    /// A label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.mark("labels", name)
    }

    /// An annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.mark("annotations", name)
    }

    /// The entries of `metadata.managedFields`, as they came.
    pub fn managed_fields(&self) -> &[Value] {
        let entries = self.body["metadata"]["managedFields"].as_array();
        entries.map_or(&[], Vec::as_slice)
    }

    /// The same object with another body.
    #[must_use]
    pub fn with_body(&self, body: Value) -> Object {
        Object {
            body,
            ..self.clone()
        }
    }
}

impl Labelled for Object {
    fn mark(&self, map: &str, name: &str) -> Option<&str> {
        self.body["metadata"][map][name].as_str()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.id)
    }
}
