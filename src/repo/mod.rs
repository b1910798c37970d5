//! Charts in: from a directory, an archive, a directory of charts, an HTTP repository, or an OCI
//! registry.
//!
//! The main types here are the trait [`ChartSource`] and [`Charts`], which answers it. Ranges are
//! pinned to an exact version and a digest; whatever a fleet asks for is fetched once.

mod access;
mod cache;
mod charts;
mod content;
mod credentials;
pub mod dependencies;
mod digest;
mod http;
mod index;
mod known;
mod local;
mod oci;
mod provenance;
mod remote;
mod version;

#[cfg(test)]
mod tests;

pub use access::{Access, Asked};
pub use cache::{Cache, Validator};
pub use charts::Charts;
pub use content::{Content, Download};
pub use credentials::{Credentials, Login};
pub use http::{Tls, install_crypto};
pub use known::Known;
pub use oci::{Logins, Reference};
pub use provenance::{Signed, Verify};

use crate::diag::Diagnostic;
use crate::plan::ChartRef;
use async_trait::async_trait;
use helm::chart::Chart;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The chart that a release asks for, as its inventory words it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChartRequest {
    /// A name in `repo`, a path, a URL, an `oci://` reference, or `NAME/CHART` of a repository
    /// that Helm knows.
    pub chart: Arc<str>,
    /// The repository: a URL, `oci://` of what is above the chart, `@NAME` of one that Helm
    /// knows, or a directory of charts.
    pub repo: Option<Arc<str>>,
    /// An exact version or a range; `None` is the newest stable one.
    pub version: Option<Arc<str>>,
    /// What relative paths are relative to.
    pub base: PathBuf,
}

impl ChartRequest {
    /// The chart at a path of this machine.
    pub fn at(path: &Path) -> ChartRequest {
        ChartRequest {
            chart: path.to_string_lossy().into(),
            repo: None,
            version: None,
            base: PathBuf::new(),
        }
    }
}

/// A chart, and which one it turned out to be.
#[derive(Debug)]
pub struct Fetched {
    /// The chart, loaded.
    pub chart: Arc<Chart>,
    /// Its name, exact version and digest.
    pub reference: ChartRef,
}

/// Where charts come from.
#[async_trait]
pub trait ChartSource: Send + Sync {
    /// The chart that is asked for; the same one for everybody who asks the same.
    async fn fetch(&self, request: &ChartRequest) -> Result<Arc<Fetched>, Diagnostic>;
}
