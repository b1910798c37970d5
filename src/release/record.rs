//! Helm's release record: the JSON in `sh.helm.release.v1.NAME.vN`.

use crate::sensitive::Sensitive;
use serde_json::Value;
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
}

/// Status, times and description of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// When revision 1 was installed, RFC 3339.
    pub first_deployed: String,
    /// When this revision was written, RFC 3339.
    pub last_deployed: String,
    /// When it was uninstalled, RFC 3339, or empty.
    pub deleted: String,
    /// The description.
    pub description: String,
    /// `deployed`, `superseded`, `failed`, `uninstalled`, `uninstalling`, `pending-…`, `unknown`.
    pub status: Arc<str>,
    /// The rendered notes.
    pub notes: Sensitive<String>,
}
