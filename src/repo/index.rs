//! `index.yaml` of a chart repository. The main type here is [`Index`].
//!
//! Read as Helm reads it: JSON or YAML, an entry that can't be a chart is left out, the order in
//! the file means nothing.

use super::version;
use crate::diag::Diagnostic;
use crate::yaml;
use helm::semver::Version;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a repository has.
#[derive(Debug, Default)]
pub struct Index {
    entries: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a map with `entries`")]
struct File {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    entries: Option<BTreeMap<String, Option<Vec<Option<Entry>>>>>,
}

/// One chart at one version.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// The name of the chart.
    #[serde(default, deserialize_with = "text")]
    name: String,
    /// The exact version.
    #[serde(default, deserialize_with = "text")]
    pub version: String,
    /// `application`, `library` or nothing.
    #[serde(default, rename = "type", deserialize_with = "text")]
    kind: String,
    /// SHA-256 of the archive in hexadecimal digits, where the repository tells it.
    #[serde(default, deserialize_with = "text")]
    digest: String,
    /// Where the archive is, absolute or relative to the index.
    #[serde(default, deserialize_with = "list")]
    pub urls: Vec<String>,
}

/// Texts that somebody wrote without quotes: `version: 1.10`.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Entry {
    /// `sha256:…`, in the form of our own digests.
    pub fn pinned(&self) -> Option<String> {
        let digits = self.digest.strip_prefix("sha256:").unwrap_or(&self.digest);
        (!digits.is_empty()).then(|| format!("sha256:{}", digits.to_ascii_lowercase()))
    }

    /// Whether it can be a chart at all.
    fn is_chart(&self) -> bool {
        let named = !self.name.is_empty() && !self.name.contains(['/', '\\']);
        let kind = ["", "application", "library"].contains(&self.kind.as_str());
        named && kind && Version::parse(&self.version).is_ok()
    }
}

impl Index {
    /// Reads it; `origin` names it in faults.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Index, Diagnostic> {
        let fault = |why: String| {
            let what = format!("{origin} is not the index of a chart repository");
            Diagnostic::error(what).note(why)
        };
        // JSON is YAML too, but read many times as fast.
        let file: File = match serde_json::from_slice(bytes) {
            Ok(file) => file,
            Err(_) => serde_yaml::from_slice(bytes).map_err(|e| fault(e.to_string()))?,
        };
        if file.api_version.is_empty() {
            return Err(fault("no API version specified".to_owned()));
        }
        let charts = file.entries.unwrap_or_default().into_iter();
        let charts = charts.map(|(name, entries)| {
            let entries = entries.unwrap_or_default().into_iter().flatten();
            (name, entries.filter(Entry::is_chart).collect())
        });
        Ok(Index {
            entries: charts.collect(),
        })
    }

    /// The entry of `chart` that `wanted` asks for.
    pub fn find(
        &self,
        origin: &str,
        chart: &str,
        wanted: Option<&str>,
    ) -> Result<&Entry, Diagnostic> {
        let entries = self.chart(origin, chart)?;
        let versions: Vec<&str> = entries.iter().map(|e| e.version.as_str()).collect();
        match version::choose(&versions, wanted)? {
            Some(at) => Ok(&entries[at]),
            None => Err(no_version(origin, chart, wanted, &versions)),
        }
    }

    /// The versions of `chart`, newest first, that can be fetched.
    pub fn versions(&self, origin: &str, chart: &str) -> Result<Vec<String>, Diagnostic> {
        let entries = self.chart(origin, chart)?.iter();
        let entries = entries.filter(|entry| !entry.urls.is_empty());
        let versions: Vec<&str> = entries.map(|e| e.version.as_str()).collect();
        let sorted = version::newest_first(&versions);
        Ok(sorted
            .into_iter()
            .map(|at| versions[at].to_owned())
            .collect())
    }

    fn chart(&self, origin: &str, chart: &str) -> Result<&[Entry], Diagnostic> {
        let entries = self.entries.get(chart).filter(|e| !e.is_empty());
        entries
            .map(Vec::as_slice)
            .ok_or_else(|| self.no_chart(origin, chart))
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
