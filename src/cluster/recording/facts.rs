//! What a recording says of the cluster itself. The main type here is [`Facts`].

use crate::cluster::{Capabilities, ClusterError};
use crate::manifest::Gvk;
use helm::chart::Profile;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file in the root of a recording.
pub(super) const FILE: &str = "cluster.yaml";

/// `cluster.yaml`. A recording made by hand may leave it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Facts {
    /// The name people know the cluster by.
    pub(super) name: String,
    /// The UID of namespace `kube-system`.
    pub(super) uid: String,
    /// `v1.36.3`.
    pub(super) kube_version: String,
    /// The kinds without a namespace, as `v1/Namespace`, that no embedded table knows.
    pub(super) cluster_scoped: Vec<String>,
    /// `apps/v1` and `apps/v1/Deployment`, as `.Capabilities.APIVersions` has them.
    pub(super) api_versions: Vec<String>,
}

impl Facts {
    /// Reads the file; nothing where there is none.
    pub(super) fn read(root: &Path) -> Result<Facts, ClusterError> {
        let path = root.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Facts::default()),
            Err(e) => return Err(ClusterError::Other(format!("{}: {e}", path.display()))),
        };
        let facts = serde_yaml::from_str(&text);
        facts.map_err(|e| ClusterError::Other(format!("{}: {e}", path.display())))
    }

    /// Whether the cluster serves this kind; `None` where the recording does not say.
    pub(super) fn serves(&self, gvk: &Gvk) -> Option<bool> {
        let said = !self.api_versions.is_empty();
        said.then(|| self.api_versions.contains(&kind_name(gvk)))
    }

    /// For `.Capabilities`; what Helm assumes without a cluster where the recording does not say.
    pub(super) fn capabilities(&self) -> Capabilities {
        let kube_version = match self.kube_version.as_str() {
            "" => Profile::HELM_3.kubernetes.version.to_owned(),
            version => version.to_owned(),
        };
        let api_versions = match self.api_versions.is_empty() {
            true => (Profile::HELM_3.kubernetes.api_versions())
                .map(str::to_owned)
                .collect(),
            false => self.api_versions.clone(),
        };
        Capabilities {
            kube_version,
            api_versions: api_versions.into(),
        }
    }
}

/// `apps/v1/Deployment`.
pub(super) fn kind_name(gvk: &Gvk) -> String {
    format!("{}/{}", gvk.api_version(), gvk.kind)
}
