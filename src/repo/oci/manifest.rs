//! What a registry says a chart is made of. The main types here are [`Document`] and [`Parts`].

use crate::diag::Diagnostic;
use crate::repo::digest::is_sha256;
use serde::Deserialize;

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// What Helm 3.0 to 3.6 wrote.
const OLD_CHART: &str = "application/tar+gzip";
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// Every form of manifest that is understood, for `Accept`.
pub const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// A blob of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    #[serde(default)]
    pub media_type: String,
    /// `sha256:…`.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

/// One artifact.
#[derive(Debug)]
pub struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

/// What stands behind a tag.
#[derive(Debug)]
pub enum Document {
    /// One artifact.
    Manifest(Manifest),
    /// Several, by their descriptors.
    Index(Vec<Descriptor>),
}

/// The layers of a chart.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The archive.
    pub chart: Descriptor,
    /// The signed provenance file.
    pub provenance: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Raw {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
}

impl Document {
    /// Reads it; `origin` names it in faults.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Document, Diagnostic> {
        let fault = |why: String| Diagnostic::error(format!("{origin} has no manifest")).note(why);
        let raw: Raw = serde_json::from_slice(bytes).map_err(|e| fault(e.to_string()))?;
        let document = match (raw.config, raw.manifests) {
            (Some(config), None) => Document::Manifest(Manifest {
                config,
                layers: raw.layers,
            }),
            (None, Some(manifests)) => Document::Index(manifests),
            // A document that is both could be read as one here and as the other elsewhere.
            (Some(_), Some(_)) => {
                return Err(fault("it is a manifest and an index at once".to_owned()));
            }
            (None, None) => return Err(fault("it has neither config nor manifests".to_owned())),
        };
        match document.odd() {
            Some(odd) => Err(fault(format!("{odd} is not a sha256 digest"))),
            None => Ok(document),
        }
    }

    /// A digest that can't be checked.
    fn odd(&self) -> Option<String> {
        let odd = |d: &&Descriptor| !is_sha256(&d.digest);
        let found = match self {
            Document::Index(manifests) => manifests.iter().find(odd),
            Document::Manifest(manifest) => {
                let mut all = std::iter::once(&manifest.config).chain(&manifest.layers);
                all.find(odd)
            }
        };
        found.map(|descriptor| descriptor.digest.clone())
    }
}

impl Manifest {
    /// The layers of the chart that it is.
    pub fn parts(&self, origin: &str) -> Result<Parts, Diagnostic> {
        if self.config.media_type != CONFIG {
            let what = format!("{origin} is not a Helm chart");
            let is = match self.config.media_type.as_str() {
                "" => "unknown",
                known => known,
            };
            return Err(Diagnostic::error(what).note(format!("its config is {is}, not {CONFIG}")));
        }
        // As Helm: where several layers are of one kind, the last one counts.
        let last = |kinds: &[&str]| {
            let mut layers = self.layers.iter().rev();
            layers
                .find(|layer| kinds.contains(&layer.media_type.as_str()))
                .cloned()
        };
        let chart = last(&[CHART, OLD_CHART]).ok_or_else(|| {
            Diagnostic::error(format!("{origin} has no chart in it"))
                .note(format!("none of its layers is {CHART}"))
        })?;
        Ok(Parts {
            chart,
            provenance: last(&[PROVENANCE]),
        })
    }
}
