//! `index.yaml` of a chart repository. The main type here is [`Index`].

use super::version;
use crate::diag::Diagnostic;
use crate::yaml;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a repository has.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "a map with `entries`")]
pub struct Index {
    #[serde(default)]
    entries: BTreeMap<String, Vec<Entry>>,
}

/// One chart at one version.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// The exact version.
    pub version: String,
    /// SHA-256 of the archive in hexadecimal digits, where the repository tells it.
    #[serde(default)]
    pub digest: Option<String>,
    /// Where the archive is, absolute or relative to the index; the first one counts.
    #[serde(default)]
    pub urls: Vec<String>,
}

impl Entry {
    /// `sha256:…`, in the form of our own digests.
    pub fn pinned(&self) -> Option<String> {
        let digits = self.digest.as_deref().filter(|d| !d.is_empty())?;
        let digits = digits.strip_prefix("sha256:").unwrap_or(digits);
        Some(format!("sha256:{}", digits.to_ascii_lowercase()))
    }
}

impl Index {
    /// Reads it; `origin` names it in faults.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Index, Diagnostic> {
        serde_yaml::from_slice(bytes).map_err(|e| {
            let what = format!("{origin} is not the index of a chart repository");
            Diagnostic::error(what).note(e.to_string())
        })
    }

    /// The entry of `chart` that `wanted` asks for.
    pub fn find(
        &self,
        origin: &str,
        chart: &str,
        wanted: Option<&str>,
    ) -> Result<&Entry, Diagnostic> {
        let Some(entries) = self.entries.get(chart).filter(|e| !e.is_empty()) else {
            return Err(self.no_chart(origin, chart));
        };
        let versions: Vec<&str> = entries.iter().map(|e| e.version.as_str()).collect();
        match version::choose(&versions, wanted)? {
            Some(at) => Ok(&entries[at]),
            None => Err(no_version(origin, chart, wanted, &versions)),
        }
    }

    fn no_chart(&self, origin: &str, chart: &str) -> Diagnostic {
        let fault = Diagnostic::error(format!("{origin} has no chart {chart}"));
        match yaml::nearest(chart, self.entries.keys().map(String::as_str)) {
            Some(near) => fault.hint(near),
            None => fault.note(format!("it has {} charts", self.entries.len())),
        }
    }
}

fn no_version(origin: &str, chart: &str, wanted: Option<&str>, versions: &[&str]) -> Diagnostic {
    let range = wanted.unwrap_or("that is stable");
    let what = format!("{origin} has no version {range} of chart {chart}");
    Diagnostic::error(what)
        .note(format!("it has {} versions of it", versions.len()))
        .hint(version::nearest(versions, wanted))
}
