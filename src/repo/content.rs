//! The files of a chart, and the digest that pins them. The main types here are [`Content`] and
//! [`Download`].

use super::Fetched;
use super::digest::{Digester, sha256};
use crate::diag::Diagnostic;
use crate::plan::ChartRef;
use helm::chart::dir::Directory;
use helm::chart::{Chart, File, Line, archive};
use helm::yaml;
use serde_json::Value;
use std::sync::Arc;

/// A chart as it was read.
#[derive(Clone)]
pub enum Content {
    /// A directory, without what its `.helmignore` leaves out.
    Directory(Directory),
    /// A gzipped tar archive.
    Archive(Arc<[u8]>),
}

/// A chart, and where it came from.
#[derive(Clone, Debug)]
pub struct Download {
    /// The chart.
    pub content: Content,
    /// Where it was found, without secrets: names it in faults.
    pub origin: String,
    /// What its archive is called: `web-1.2.0.tgz`.
    pub file_name: String,
    /// The signed provenance file, where it was asked for and is there.
    pub provenance: Option<Arc<[u8]>>,
    /// The digest of its manifest, where it came from a registry.
    pub manifest: Option<String>,
}

impl Content {
    /// `sha256:…` of the archive, or of paths and contents of a directory.
    pub fn digest(&self) -> String {
        match self {
            Content::Archive(bytes) => sha256(bytes),
            Content::Directory(directory) => {
                let mut files: Vec<&File> = directory.files.iter().collect();
                files.sort_by(|a, b| a.name.cmp(&b.name));
                let mut digester = Digester::default();
                for File { name, data } in files {
                    digester.update(format!("{name}\0{}\0", data.len()));
                    digester.update(data);
                }
                digester.finish()
            }
        }
    }

    /// The chart that it is, with its pin; `origin` names it in faults.
    pub fn load(self, origin: &str) -> Result<Fetched, Diagnostic> {
        let digest = self.digest();
        let chart = self.chart(origin)?;
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

    fn chart(self, origin: &str) -> Result<Chart, Diagnostic> {
        let chart = match self {
            Content::Directory(directory) => Chart::of_directory(directory, Line::Three),
            Content::Archive(bytes) => archive::unpack(&bytes).and_then(Chart::load),
        };
        chart.map_err(|why| no_chart(origin, why))
    }

    /// The files; `origin` names it in faults.
    pub fn files(self, origin: &str) -> Result<Vec<File>, Diagnostic> {
        match self {
            Content::Directory(directory) => Ok(directory.files),
            Content::Archive(bytes) => archive::unpack(&bytes).map_err(|why| no_chart(origin, why)),
        }
    }

    /// What its `Chart.yaml` calls it; the rest need not be a chart that can be loaded.
    pub fn name_and_version(&self, origin: &str) -> Result<(String, String), Diagnostic> {
        let files = self.clone().files(origin)?;
        let chart = files.iter().find(|file| file.name == "Chart.yaml");
        let chart =
            chart.ok_or_else(|| no_chart(origin, "Chart.yaml file is missing".to_owned()))?;
        let read = yaml::read(&chart.text()).map_err(|e| no_chart(origin, e.to_string()))?;
        let text = |field: &str| match &read[field] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Ok((text("name"), text("version")))
    }
}

impl Download {
    /// The chart, loaded, with its pin.
    pub fn load(self) -> Result<Fetched, Diagnostic> {
        self.content.load(&self.origin)
    }

    /// The chart alone, for whoever does not pin it: a digest of all files takes its time.
    pub fn chart(self) -> Result<Chart, Diagnostic> {
        self.content.chart(&self.origin)
    }
}

pub(super) fn no_chart(origin: &str, why: String) -> Diagnostic {
    Diagnostic::error(format!("{origin} is not a chart")).note(why)
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Content::Directory(_) => "Directory",
            Content::Archive(_) => "Archive",
        })
    }
}
