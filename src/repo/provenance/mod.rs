//! Provenance files: who signed a chart, and whether the archive is what was signed. The main
//! types here are [`Verify`] and [`Signed`].
//!
//! A `.prov` file is a text signed with OpenPGP: the chart's metadata, a line `...`, and the
//! digest of the archive by its file name. Signatures need the cargo feature `provenance`.

#[cfg(feature = "provenance")]
mod signature;

#[cfg(test)]
mod tests;

use super::{Content, Download};
use crate::diag::{Diagnostic, Kind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Whether charts must be signed, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Signatures do not matter.
    #[default]
    Never,
    /// Where there is one, it must be good, by a key of this ring.
    IfPossible(PathBuf),
    /// There must be a good one, by a key of this ring.
    Always(PathBuf),
}

/// A good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The names of the key: `Name <mail@example.net>`.
    pub identities: Vec<String>,
    /// The fingerprint of the key, in capital hexadecimal digits.
    pub fingerprint: String,
    /// The digest of the archive that was signed.
    pub hash: String,
}

/// A signed text whose signature is good.
struct Message {
    identities: Vec<String>,
    fingerprint: String,
    text: String,
}

#[derive(Deserialize)]
struct Sums {
    #[serde(default)]
    files: BTreeMap<String, String>,
}

impl Verify {
    /// The signature of a chart; `None` where it needs none and has none.
    pub fn check(&self, download: &Download) -> Result<Option<Signed>, Diagnostic> {
        let (keyring, needed) = match self {
            Verify::Never => return Ok(None),
            Verify::IfPossible(keyring) => (keyring, false),
            Verify::Always(keyring) => (keyring, true),
        };
        let origin = &download.origin;
        if matches!(download.content, Content::Directory(_)) {
            let what = format!("{origin} is a directory");
            return Err(Diagnostic::error(what).note("unpacked charts cannot be verified"));
        }
        match &download.provenance {
            Some(signed) => {
                let message = message(signed, keyring);
                let message = message.map_err(|fault| about(origin, fault))?;
                signed_by(message, download).map(Some)
            }
            None if needed => Err(unsigned(origin)),
            None => Ok(None),
        }
    }
}

/// Opens a provenance file.
#[cfg(feature = "provenance")]
fn message(signed: &[u8], keyring: &Path) -> Result<Message, Diagnostic> {
    signature::open(signed, keyring)
}

/// Says that this program can't.
#[cfg(not(feature = "provenance"))]
fn message(_signed: &[u8], _keyring: &Path) -> Result<Message, Diagnostic> {
    Err(Diagnostic::error("this rollbook was built without OpenPGP")
        .hint("cargo build --features provenance"))
}

/// The archive must be the one that was signed.
fn signed_by(message: Message, download: &Download) -> Result<Signed, Diagnostic> {
    let (origin, name) = (&download.origin, &download.file_name);
    let refused = |what: String| Diagnostic::new(Kind::Refused, what);
    let (_, sums) = message.text.split_once("\n...\n").ok_or_else(|| {
        refused(format!("{origin} has no valid provenance file"))
            .note("message block must have at least two parts")
    })?;
    let sums: Sums = serde_yaml::from_str(sums).map_err(|e| {
        refused(format!("{origin} has no valid provenance file")).note(e.to_string())
    })?;
    let told = sums.files.get(name).ok_or_else(|| {
        refused(format!("{origin} was not signed")).note(format!(
            "provenance does not contain a SHA for a file named {name:?}"
        ))
    })?;
    let is = download.content.digest();
    if *told != is {
        return Err(refused(format!("{origin} is not what was signed"))
            .note(format!("signed   {told}"))
            .note(format!("archive  {is}"))
            .hint("ask who publishes the chart; it was replaced after it was signed"));
    }
    Ok(Signed {
        identities: message.identities,
        fingerprint: message.fingerprint,
        hash: is,
    })
}

fn about(origin: &str, fault: Diagnostic) -> Diagnostic {
    Diagnostic {
        message: format!("{origin}: {}", fault.message),
        ..fault
    }
}

fn unsigned(origin: &str) -> Diagnostic {
    Diagnostic::new(Kind::Refused, format!("{origin} has no provenance file"))
        .note("--verify takes only charts that are signed")
        .hint("helm package --sign makes one")
}
