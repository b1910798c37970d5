//! The Secret (or ConfigMap) that holds a record. The main type here is [`Stamp`].

use super::Record;
use crate::manifest::{Gvk, Object, ObjectId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The annotation that says which run wrote a revision last.
pub const WRITTEN_BY: &str = "rollbook.dev/run";

/// Label keys that Helm keeps for itself.
pub const SYSTEM_LABELS: [&str; 6] = [
    "createdAt",
    "modifiedAt",
    "name",
    "owner",
    "status",
    "version",
];

/// What the object says beside the record itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Kept in a ConfigMap by Helm's other driver.
    pub config_map: bool,
    /// Labels of the user.
    pub labels: BTreeMap<String, String>,
    /// Unix seconds of this write.
    pub at: i64,
    /// The run that writes it: an annotation, for Helm carries labels on to later revisions.
    pub run: Option<Arc<str>>,
    /// Whether this write creates the object (`createdAt`) or updates it (`modifiedAt`).
    pub creates: bool,
}

impl Record {
    /// The Secret or ConfigMap to write.
    pub fn stored(&self, stamp: &Stamp) -> Object {
        let kind = if stamp.config_map {
            "ConfigMap"
        } else {
            "Secret"
        };
        let key = self.key();
        let mut body = json!({
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {
                "name": key,
                "namespace": &*self.namespace,
                "labels": self.labels(stamp),
            },
            "data": {"release": self.payload(stamp.config_map)},
        });
        if let Some(run) = &stamp.run {
            body["metadata"]["annotations"] = json!({WRITTEN_BY: &**run});
        }
        if !stamp.config_map {
            body["type"] = Value::from("helm.sh/release.v1");
        }
        let id = ObjectId {
            group: "".into(),
            kind: kind.into(),
            namespace: Some(self.namespace.clone()),
            name: key.into(),
        };
        Object::new(id, Gvk::new("v1", kind), body)
    }

    fn payload(&self, config_map: bool) -> String {
        let encoded = self.encode();
        match config_map {
            true => encoded,
            false => STANDARD.encode(encoded),
        }
    }

    fn labels(&self, stamp: &Stamp) -> BTreeMap<String, String> {
        let mut labels = stamp.labels.clone();
        let time = if stamp.creates {
            "createdAt"
        } else {
            "modifiedAt"
        };
        labels.extend([
            ("name".to_owned(), self.name.to_string()),
            ("owner".to_owned(), "helm".to_owned()),
            ("status".to_owned(), self.info.status.to_string()),
            ("version".to_owned(), self.revision.to_string()),
            (time.to_owned(), stamp.at.to_string()),
        ]);
        labels
    }
}
