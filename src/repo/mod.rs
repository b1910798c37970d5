//! Charts in: from a directory, an archive, a directory of charts, or an HTTP repository.
//!
//! The main types here are the trait [`ChartSource`] and [`Charts`], which answers it. Ranges are
//! pinned to an exact version and a digest; whatever a fleet asks for is fetched once.

mod cache;
mod charts;
mod content;
mod credentials;
mod http;
mod index;
mod local;
mod remote;
mod version;

#[cfg(test)]
mod tests;

pub use cache::Cache;
pub use charts::Charts;
pub use content::Content;
pub use credentials::{Credentials, Login};
pub use http::install_crypto;

use crate::diag::Diagnostic;
use crate::plan::ChartRef;
use async_trait::async_trait;
use helm::chart::Chart;
use std::path::PathBuf;
use std::sync::Arc;

/// The chart that a release asks for, as its inventory words it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChartRequest {
    /// A name in `repo`, a path, or an `oci://` reference.
    pub chart: Arc<str>,
    /// The repository: a URL, or a directory of charts.
    pub repo: Option<Arc<str>>,
    /// An exact version or a range; `None` is the newest stable one.
    pub version: Option<Arc<str>>,
    /// What relative paths are relative to.
    pub base: PathBuf,
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
