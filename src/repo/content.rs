//! The files of a chart, and the digest that pins them. The main type here is [`Content`].

use super::Fetched;
use crate::diag::Diagnostic;
use crate::plan::ChartRef;
use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// What an archive or a directory may hold, in bytes; Helm's own limit.
pub const SIZE_LIMIT: u64 = 100 << 20;

/// What a `Chart.yaml` may hold, in bytes; Helm's limit for any file.
const FILE_LIMIT: u64 = 5 << 20;

/// A chart as it was read.
#[derive(Clone)]
pub enum Content {
    /// Relative paths with `/`, sorted, and the files' bytes.
    Directory(Vec<(String, Arc<[u8]>)>),
    /// A gzipped tar archive.
    Archive(Arc<[u8]>),
}

/// What identifies a chart, in its `Chart.yaml`.
#[derive(Deserialize)]
struct Head {
    name: String,
    version: String,
}

impl Content {
    /// `sha256:…` of the archive, or of paths and contents of a directory.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        match self {
            Content::Archive(bytes) => hash.update(bytes),
            Content::Directory(files) => {
                for (path, bytes) in files {
                    hash.update(format!("{path}\0{}\0", bytes.len()));
                    hash.update(bytes);
                }
            }
        }
        format!("sha256:{}", hex(&hash.finalize()))
    }

    /// What it is; `origin` names it in faults.
    pub fn identify(self, origin: &str) -> Result<Fetched, Diagnostic> {
        let fault = |why: String| Diagnostic::error(format!("{origin} is not a chart")).note(why);
        let head = self.chart_yaml().map_err(fault)?;
        let head: Head = serde_yaml::from_slice(&head)
            .map_err(|e| fault(format!("its Chart.yaml can't be read: {e}")))?;
        let reference = ChartRef {
            name: head.name.into(),
            version: head.version.into(),
            digest: Some(self.digest().into()),
        };
        Ok(Fetched {
            content: self,
            reference,
        })
    }

    fn chart_yaml(&self) -> Result<Vec<u8>, String> {
        match self {
            Content::Directory(files) => {
                let found = files.iter().find(|(path, _)| path == "Chart.yaml");
                let bytes = found.map(|(_, bytes)| bytes.to_vec());
                bytes.ok_or_else(|| "it has no Chart.yaml".to_owned())
            }
            Content::Archive(bytes) => {
                let found = archived_chart_yaml(bytes);
                let found = found.map_err(|e| format!("it is not a gzipped tar archive: {e}"))?;
                found.ok_or_else(|| "it has no DIRECTORY/Chart.yaml".to_owned())
            }
        }
    }
}

fn archived_chart_yaml(bytes: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(SIZE_LIMIT));
    for entry in archive.entries()? {
        let entry = entry?;
        if is_chart_yaml(&entry.path()?) {
            let mut out = Vec::new();
            entry.take(FILE_LIMIT).read_to_end(&mut out)?;
            return Ok(Some(out));
        }
    }
    Ok(None)
}

/// `NAME/Chart.yaml`, not that of a subchart.
fn is_chart_yaml(path: &Path) -> bool {
    path.ends_with("Chart.yaml") && path.components().count() == 2
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Content::Directory(_) => "Directory",
            Content::Archive(_) => "Archive",
        })
    }
}
