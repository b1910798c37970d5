//! Helm's release record: the JSON in `sh.helm.release.v1.NAME.vN`. The main type here is
//! [`Record`].
//!
//! What Helm does not tell us about (fields of newer versions) is kept in `extra` and written
//! back, so that a record survives a round trip through rollbook.

use crate::sensitive::Sensitive;
use serde_json::{Map, Value};
use std::sync::Arc;

/// One revision of a release, as Helm stores it. Values and manifest may hold secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The release name.
    pub name: Arc<str>,
    /// The namespace.
    pub namespace: Arc<str>,
    /// The revision.
    pub revision: u32,
    /// Status, times and description.
    pub info: Info,
    /// Chart metadata, templates, default values, files, as Helm writes them.
    pub chart: Arc<Value>,
    /// User-supplied values.
    pub config: Sensitive<Value>,
    /// The manifest text, hooks excluded.
    pub manifest: Sensitive<Arc<str>>,
    /// The hooks, as Helm writes them.
    pub hooks: Sensitive<Arc<Value>>,
    /// `ssa`, `csa`, or absent (which is csa).
    pub apply_method: Option<Arc<str>>,
    /// Fields that this program does not know.
    pub extra: Sensitive<Map<String, Value>>,
}

/// Status, times and description of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// When revision 1 was installed, RFC 3339; empty where unknown.
    pub first_deployed: String,
    /// When this revision was written, RFC 3339; empty where unknown.
    pub last_deployed: String,
    /// When it was uninstalled, RFC 3339, or empty.
    pub deleted: String,
    /// The description.
    pub description: String,
    /// `deployed`, `superseded`, `failed`, `uninstalled`, `uninstalling`, `pending-…`, `unknown`.
    pub status: Arc<str>,
    /// The rendered notes.
    pub notes: Sensitive<String>,
    /// Fields that this program does not know.
    pub extra: Map<String, Value>,
}

/// What a rendered chart gives a record; the rest ([`Info`]) is written while it is deployed.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The chart as Helm stores it: metadata, lock, templates, values, schema, files.
    pub chart: Arc<Value>,
    /// User-supplied values.
    pub config: Value,
    /// The manifest text, hooks excluded.
    pub manifest: Arc<str>,
    /// The hooks, as Helm writes them.
    pub hooks: Vec<Value>,
    /// The rendered notes.
    pub notes: String,
}

impl Record {
    /// The record that a rendered chart will become. It is always applied server-side.
    pub fn compose(name: &str, namespace: &str, revision: u32, parts: Parts) -> Record {
        let info = Info {
            status: "unknown".into(),
            notes: Sensitive::new(parts.notes),
            ..Info::default()
        };
        Record {
            name: name.into(),
            namespace: namespace.into(),
            revision,
            info,
            chart: parts.chart,
            config: Sensitive::new(parts.config),
            manifest: Sensitive::new(parts.manifest),
            hooks: Sensitive::new(Arc::new(Value::Array(parts.hooks))),
            apply_method: Some("ssa".into()),
            extra: Sensitive::default(),
        }
    }

    /// The name of the Secret or ConfigMap that holds it.
    pub fn key(&self) -> String {
        key(&self.name, self.revision)
    }

    /// Its hooks without their bodies, which may hold secrets: name, kind, events, and how they ran.
    pub fn hook_runs(&self) -> Vec<Value> {
        let hooks = self.hooks.reveal().as_array().into_iter().flatten();
        let fields = ["name", "kind", "events", "last_run"];
        let run = |hook: &Value| {
            let kept = fields.map(|field| (field.to_owned(), hook[field].clone()));
            Value::Object(kept.into_iter().collect())
        };
        hooks.map(run).collect()
    }

    /// A field of the chart's metadata: `name`, `version`, `appVersion`.
    pub fn chart_field(&self, field: &str) -> &str {
        self.chart["metadata"][field].as_str().unwrap_or_default()
    }
}

const PREFIX: &str = "sh.helm.release.v1.";

/// The name of the Secret or ConfigMap that holds a revision.
pub fn key(release: &str, revision: u32) -> String {
    format!("{PREFIX}{release}.v{revision}")
}

/// The release and the revision that a Secret or ConfigMap of this name holds.
pub fn read_key(name: &str) -> Option<(&str, u32)> {
    let (release, revision) = name.strip_prefix(PREFIX)?.rsplit_once(".v")?;
    Some((release, revision.parse().ok()?))
}
