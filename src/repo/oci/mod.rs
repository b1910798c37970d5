//! Charts in OCI registries: `oci://HOST/PATH/CHART[:TAG][@DIGEST]`. The main type here is
//! [`Oci`].
//!
//! The protocol is a handful of GETs, written here over the HTTP client of the chart
//! repositories: it shares their limits, retries, certificates and cache, which a client library
//! of its own would not. A version becomes a tag (`+` is `_` there), a tag a manifest, a manifest
//! a chart; each is checked against its digest and size.

mod challenge;
mod helper;
mod logins;
mod manifest;
mod reference;
mod registry;
mod token;

#[cfg(test)]
mod tests;

pub use logins::Logins;
pub use reference::Reference;

use super::access::Access;
use super::digest::sha256;
use super::http::Http;
use super::{Content, Download, version};
use crate::diag::{Diagnostic, Kind};
use helm::semver::Version;
use manifest::{Descriptor, Document, Parts};
use registry::Registry;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that a chart may have, in bytes: what is unpacked from it has the same limit.
const CHART_LIMIT: u64 = helm::chart::archive::MAX_CHART;

/// The most that a provenance file may have, in bytes.
const PROVENANCE_LIMIT: u64 = 1 << 20;

/// How many manifests of an image index are looked into.
const INDEX_LIMIT: usize = 16;

/// All registries of a run.
#[derive(Debug)]
pub struct Oci {
    http: Arc<Http>,
    access: Arc<Access>,
    registries: Mutex<HashMap<String, Arc<Registry>>>,
}

/// A manifest, and what it is called.
struct Found {
    parts: Parts,
    digest: String,
    tag: Option<String>,
}

impl Oci {
    /// With downloads kept in the cache of `access`.
    pub fn new(http: Arc<Http>, access: Arc<Access>) -> Oci {
        Oci {
            http,
            access,
            registries: Mutex::default(),
        }
    }

    /// The chart of `reference` at the version that is wanted.
    pub async fn fetch(
        &self,
        reference: &str,
        wanted: Option<&str>,
    ) -> Result<Download, Diagnostic> {
        let reference = Reference::parse(reference)?;
        let registry = self.registry(&reference)?;
        let wanted = agreed(&reference, wanted)?;
        let found = match &reference.digest {
            Some(digest) => self.pinned(&registry, &reference, digest).await?,
            None => self.tagged(&registry, &reference, wanted).await?,
        };
        let bytes = self
            .blob(&registry, &reference, &found.parts.chart, CHART_LIMIT)
            .await?;
        let provenance = match &found.parts.provenance {
            Some(layer) if self.access.asked.provenance => Some(
                self.blob(&registry, &reference, layer, PROVENANCE_LIMIT)
                    .await?,
            ),
            _ => None,
        };
        let content = Content::Archive(bytes);
        let origin = found.origin(&reference);
        let is = content.name_and_version(&origin)?;
        checked(&found, wanted, &is.1, &origin)?;
        Ok(Download {
            file_name: found.file_name(&reference, &is),
            content,
            origin,
            provenance,
            manifest: Some(found.digest),
        })
    }

    /// The versions of a chart, newest first.
    pub async fn versions(&self, reference: &Reference) -> Result<Vec<String>, Diagnostic> {
        let tags = self
            .registry(reference)?
            .tags(&reference.repository)
            .await?;
        let mut versions: Vec<Version> = tags.iter().filter_map(|tag| of_tag(tag)).collect();
        versions.sort_by(|a, b| b.cmp(a));
        let text = |version: &Version| version.original().to_owned();
        Ok(versions.iter().map(text).collect())
    }

    fn registry(&self, reference: &Reference) -> Result<Arc<Registry>, Diagnostic> {
        let mut registries = self
            .registries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = registries.get(&reference.registry) {
            return Ok(registry.clone());
        }
        let registry = Registry::new(reference, self.http.clone(), self.access.clone())?;
        let registry = Arc::new(registry);
        registries.insert(reference.registry.clone(), registry.clone());
        Ok(registry)
    }

    async fn pinned(
        &self,
        registry: &Registry,
        reference: &Reference,
        digest: &str,
    ) -> Result<Found, Diagnostic> {
        let parts = self.parts(registry, reference, digest).await?.0;
        Ok(Found {
            parts,
            digest: digest.to_owned(),
            tag: None,
        })
    }

    /// A version is a tag; a range, or a version written short, is looked for among the tags.
    async fn tagged(
        &self,
        registry: &Registry,
        reference: &Reference,
        wanted: Option<&str>,
    ) -> Result<Found, Diagnostic> {
        let exact = wanted.filter(|text| Version::parse(text).is_ok());
        if let Some(version) = exact {
            let tag = reference::tag_of(version);
            let fault = match self.parts(registry, reference, &tag).await {
                Ok((parts, digest)) => return Ok(Found::tagged(parts, digest, version)),
                Err(fault) => fault,
            };
            if fault.kind != Kind::Input {
                return Err(fault);
            }
            let Ok(versions) = self.versions(reference).await else {
                return Err(fault);
            };
            let newest = chosen(reference, wanted, versions)?;
            return match Version::parse_strict(version).is_ok() {
                true => Err(fault),
                false => self.at(registry, reference, newest).await,
            };
        }
        let versions = self.versions(reference).await?;
        let version = chosen(reference, wanted, versions)?;
        self.at(registry, reference, version).await
    }

    async fn at(
        &self,
        registry: &Registry,
        reference: &Reference,
        version: String,
    ) -> Result<Found, Diagnostic> {
        let tag = reference::tag_of(&version);
        let (parts, digest) = self.parts(registry, reference, &tag).await?;
        Ok(Found::tagged(parts, digest, &version))
    }

    /// The layers behind a tag or a digest, and the manifest's digest.
    async fn parts(
        &self,
        registry: &Registry,
        reference: &Reference,
        name: &str,
    ) -> Result<(Parts, String), Diagnostic> {
        let (bytes, digest) = registry.manifest(&reference.repository, name).await?;
        let origin = reference.with(name);
        match Document::parse(&bytes, &origin)? {
            Document::Manifest(manifest) => Ok((manifest.parts(&origin)?, digest)),
            Document::Index(manifests) => self
                .among(registry, reference, manifests)
                .await
                .map(|parts| (parts, digest)),
        }
    }

    /// The one chart among the manifests of an image index.
    async fn among(
        &self,
        registry: &Registry,
        reference: &Reference,
        manifests: Vec<Descriptor>,
    ) -> Result<Parts, Diagnostic> {
        let mut charts = Vec::new();
        for descriptor in manifests.into_iter().take(INDEX_LIMIT) {
            let (bytes, _) = registry
                .manifest(&reference.repository, &descriptor.digest)
                .await?;
            let origin = reference.with(&descriptor.digest);
            if let Document::Manifest(manifest) = Document::parse(&bytes, &origin)? {
                charts.extend(manifest.parts(&origin).ok());
            }
        }
        let what = match charts.len() {
            1 => return Ok(charts.remove(0)),
            0 => "none of its manifests is a chart".to_owned(),
            many => format!("{many} of its manifests are charts"),
        };
        let fault = Diagnostic::error(format!("{reference} is an image index"));
        Err(fault
            .note(what)
            .hint("name the chart's manifest by digest: …@sha256:…"))
    }

    /// A layer, from the cache where it is there.
    async fn blob(
        &self,
        registry: &Registry,
        reference: &Reference,
        layer: &Descriptor,
        limit: u64,
    ) -> Result<Arc<[u8]>, Diagnostic> {
        if let Some(kept) = self.access.cache.get(&layer.digest) {
            return Ok(kept);
        }
        let bytes = registry.blob(&reference.repository, layer, limit).await?;
        self.access.cache.put(&layer.digest, &bytes);
        Ok(bytes)
    }
}

impl Found {
    fn tagged(parts: Parts, digest: String, version: &str) -> Found {
        Found {
            parts,
            digest,
            tag: Some(version.to_owned()),
        }
    }

    fn origin(&self, reference: &Reference) -> String {
        match &self.tag {
            Some(version) => reference.with(&reference::tag_of(version)),
            None => reference.with(&self.digest),
        }
    }

    /// Helm's name of the file: of the reference and its tag.
    fn file_name(&self, reference: &Reference, is: &(String, String)) -> String {
        match &self.tag {
            Some(version) => format!("{}-{version}.tgz", reference.name()),
            None => format!("{}-{}.tgz", is.0, is.1),
        }
    }
}

/// The one of these versions that is wanted.
fn chosen(
    reference: &Reference,
    wanted: Option<&str>,
    versions: Vec<String>,
) -> Result<String, Diagnostic> {
    let texts: Vec<&str> = versions.iter().map(String::as_str).collect();
    match version::choose(&texts, wanted)? {
        Some(at) => Ok(versions[at].clone()),
        None => Err(no_version(reference, wanted, &texts)),
    }
}

/// The version that reference and request ask for together.
fn agreed<'a>(
    reference: &'a Reference,
    wanted: Option<&'a str>,
) -> Result<Option<&'a str>, Diagnostic> {
    match (&reference.tag, wanted) {
        (Some(tag), Some(wanted)) if *tag != reference::tag_of(wanted) => {
            let what = format!("chart reference and version mismatch: {wanted} is not {tag}");
            Err(Diagnostic::error(what).hint("say the version once: in the reference or beside it"))
        }
        (Some(tag), None) => Ok(Some(tag)),
        (_, wanted) => Ok(wanted),
    }
}

/// The chart must be at the version that its tag says, and that was asked for.
fn checked(found: &Found, wanted: Option<&str>, is: &str, origin: &str) -> Result<(), Diagnostic> {
    let told = found.tag.as_deref().or(wanted);
    let same = |told: &str| match (Version::parse(told), Version::parse(is)) {
        (Ok(told), Ok(is)) => told == is,
        _ => matches!(version::choose(&[is], Some(told)), Ok(Some(_))),
    };
    match told {
        Some(told) if !same(&reference::version_of(told)) => {
            let what = format!("{origin} holds version {is}, not {told}");
            let hint = match found.tag {
                Some(_) => "ask who publishes the chart: its tag and its Chart.yaml disagree",
                None => "the version that the digest stands for, or none beside the digest",
            };
            Err(Diagnostic::new(Kind::Refused, what).hint(hint))
        }
        _ => Ok(()),
    }
}

/// The version behind a tag; tags that are none are no charts.
fn of_tag(tag: &str) -> Option<Version> {
    Version::parse_strict(&reference::version_of(tag)).ok()
}

fn no_version(reference: &Reference, wanted: Option<&str>, versions: &[&str]) -> Diagnostic {
    let place = reference.place();
    if versions.is_empty() {
        return Diagnostic::error(format!("{place} has no tag that is a version"));
    }
    let range = wanted.unwrap_or("that is stable");
    Diagnostic::error(format!("{place} has no version {range}"))
        .note(format!("it has {} versions", versions.len()))
        .hint(version::nearest(versions, wanted))
}

/// What a download must be, against what it is.
fn intact(what: &str, told: &Descriptor, bytes: &[u8]) -> Result<(), Diagnostic> {
    let is = sha256(bytes);
    if is == told.digest && bytes.len() as u64 == told.size {
        return Ok(());
    }
    Err(Diagnostic::new(
        Kind::Refused,
        format!("{what} is not what its manifest says"),
    )
    .note(format!("manifest  {} ({} bytes)", told.digest, told.size))
    .note(format!("download  {is} ({} bytes)", bytes.len()))
    .hint("try again; if it stays so, ask who runs the registry"))
}
