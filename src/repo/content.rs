//! The files of a chart, and the digest that pins them. The main type here is [`Content`].

use super::Fetched;
use crate::diag::Diagnostic;
use crate::plan::ChartRef;
use helm::chart::{Chart, File, archive};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A chart as it was read.
#[derive(Clone)]
pub enum Content {
    /// The files of a directory, sorted by path, without what its `.helmignore` leaves out.
    Directory(Vec<File>),
    /// A gzipped tar archive.
    Archive(Arc<[u8]>),
}

impl Content {
    /// `sha256:…` of the archive, or of paths and contents of a directory.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        match self {
            Content::Archive(bytes) => hash.update(bytes),
            Content::Directory(files) => {
                for File { name, data } in files {
                    hash.update(format!("{name}\0{}\0", data.len()));
                    hash.update(data);
                }
            }
        }
        let digits: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        format!("sha256:{digits}")
    }

    /// The chart that it is; `origin` names it in faults.
    pub fn load(self, origin: &str) -> Result<Fetched, Diagnostic> {
        let digest = self.digest();
        let fault = |why: String| Diagnostic::error(format!("{origin} is not a chart")).note(why);
        let chart = Chart::load(self.files().map_err(fault)?).map_err(fault)?;
        let reference = ChartRef {
            name: chart.metadata.name.as_str().into(),
            version: chart.metadata.version.as_str().into(),
            digest: Some(digest.into()),
        };
        Ok(Fetched {
            chart: Arc::new(chart),
            reference,
        })
    }

    fn files(self) -> Result<Vec<File>, String> {
        match self {
            Content::Directory(files) => Ok(files),
            Content::Archive(bytes) => archive::unpack(&bytes),
        }
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Content::Directory(_) => "Directory",
            Content::Archive(_) => "Archive",
        })
    }
}
