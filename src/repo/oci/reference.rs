//! `oci://HOST/PATH/CHART[:TAG][@DIGEST]`. The main type here is [`Reference`].
//!
//! Read as Helm reads it, with the grammar of the OCI distribution specification. Tags can't hold
//! a plus sign, so the `+` of a version is `_` in its tag.

use crate::diag::Diagnostic;
use crate::repo::digest::is_sha256;
use regex::Regex;
use std::fmt;
use std::sync::LazyLock;

/// The longest name of a repository.
const LONGEST: usize = 255;

static REPOSITORY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    Regex::new(&format!("^{part}(?:/{part})*$")).ok()
});

static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$").ok());

static REGISTRY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$")
        .ok()
});

/// A chart in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Host and, where it has one, port.
    pub registry: String,
    /// The path of the chart in the registry.
    pub repository: String,
    /// The tag, as registries write it.
    pub tag: Option<String>,
    /// The digest of the manifest.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads it; `oci://` may be left out.
    pub fn parse(text: &str) -> Result<Reference, Diagnostic> {
        let whole = text.strip_prefix("oci://").unwrap_or(text);
        if whole
            .split('/')
            .next()
            .is_some_and(|host| host.contains('@'))
        {
            return Err(user_part());
        }
        let fault = |why: &str| no_reference(text, why);
        let (rest, digest) = match whole.rsplit_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (whole, None),
        };
        let (rest, tag) = match rest.rsplit_once(':') {
            Some((rest, tag)) if !tag.contains('/') => (rest, Some(tag_of(tag))),
            _ => (rest, None),
        };
        let (registry, repository) = rest
            .split_once('/')
            .ok_or_else(|| fault("it has no path"))?;
        let reference = Reference {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag,
            digest,
        };
        reference
            .fault()
            .map_or(Ok(reference), |why| Err(fault(why)))
    }

    fn fault(&self) -> Option<&'static str> {
        let is = |grammar: &LazyLock<Option<Regex>>, text: &str| {
            grammar
                .as_ref()
                .is_some_and(|grammar| grammar.is_match(text))
        };
        let repository = is(&REPOSITORY, &self.repository) && self.repository.len() <= LONGEST;
        if !is(&REGISTRY, &self.registry) {
            Some("its registry is not HOST or HOST:PORT")
        } else if !repository {
            Some("its path has small letters and digits, joined by . _ - and /")
        } else if self.tag.as_deref().is_some_and(|tag| !is(&TAG, tag)) {
            Some("its tag has up to 128 letters, digits, . _ and -")
        } else if self
            .digest
            .as_deref()
            .is_some_and(|digest| !is_sha256(digest))
        {
            Some("its digest is not sha256: and 64 hexadecimal digits")
        } else {
            None
        }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }

    /// Where it is, without tag and digest.
    pub fn place(&self) -> String {
        format!("oci://{}/{}", self.registry, self.repository)
    }

    /// Where it is, by a tag or a digest.
    pub fn with(&self, name: &str) -> String {
        let sign = if is_sha256(name) { '@' } else { ':' };
        format!("{}{sign}{name}", self.place())
    }

    /// The host that answers for the registry; Docker's has another name than it goes by.
    pub fn host(&self) -> &str {
        match self.registry.as_str() {
            "docker.io" => "registry-1.docker.io",
            registry => registry,
        }
    }

    /// The name of the registry in files of logins.
    pub fn server(&self) -> &str {
        match self.registry.as_str() {
            "docker.io" | "registry-1.docker.io" => "https://index.docker.io/v1/",
            registry => registry,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// The tag of a version.
pub fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

/// The version of a tag.
pub fn version_of(tag: &str) -> String {
    tag.replace('_', "+")
}

fn no_reference(text: &str, why: &str) -> Diagnostic {
    Diagnostic::error(format!("{text} is not a chart in a registry"))
        .note(why)
        .hint("oci://HOST/PATH/CHART, with :VERSION or @sha256:… where one is meant")
}

/// The text may hold a password, so it is not quoted.
fn user_part() -> Diagnostic {
    Diagnostic::error("a reference to a registry holds a user")
        .hint("helm registry login, docker login, or ROLLBOOK_REPO_AUTH=oci://USER:PASSWORD@HOST")
}
