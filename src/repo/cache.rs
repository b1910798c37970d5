//! Downloads on disk: archives and manifests by digest, indexes by URL. The main type here is
//! [`Cache`].
//!
//! A file is there whole and checked, or not at all: it is written under another name and
//! renamed when its digest is right. A cache that can't be written is slower, not a fault.

use super::digest::{is_sha256, sha256};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use url::Url;

/// A directory of downloads, private to its user.
#[derive(Clone, Debug)]
pub struct Cache {
    directory: PathBuf,
}

/// How a server can be asked whether its index is still the one that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validator {
    /// The index's `ETag`.
    pub etag: Option<String>,
    /// The index's `Last-Modified`.
    pub last_modified: Option<String>,
    /// The digest of the bytes, set when they are kept.
    pub digest: String,
}

impl Cache {
    /// In this directory, which is made when something is first kept.
    pub fn new(directory: impl Into<PathBuf>) -> Cache {
        Cache {
            directory: directory.into(),
        }
    }

    /// What has this digest. A file whose bytes have another one by now is not it.
    pub fn get(&self, digest: &str) -> Option<Arc<[u8]>> {
        let bytes = fs::read(self.path(digest)?).ok()?;
        (sha256(&bytes) == digest).then(|| bytes.into())
    }

    /// Keeps what has this digest, which was checked.
    pub fn put(&self, digest: &str, bytes: &[u8]) {
        if let Some(path) = self.path(digest) {
            self.keep(&path, bytes);
        }
    }

    /// The index that was last read from a URL.
    pub fn index(&self, url: &Url) -> Option<(Validator, Arc<[u8]>)> {
        let text = fs::read(self.index_path(url)).ok()?;
        let validator: Validator = serde_json::from_slice(&text).ok()?;
        let bytes = self.get(&validator.digest)?;
        Some((validator, bytes))
    }

    /// Keeps the index of a URL in place of the one before.
    pub fn put_index(&self, url: &Url, validator: Validator, bytes: &[u8]) {
        let before = self.index(url).map(|(before, _)| before.digest);
        let digest = sha256(bytes);
        if let Some(path) = before.filter(|b| *b != digest).and_then(|b| self.path(&b)) {
            // What can't be removed only takes room.
            let _ = fs::remove_file(path);
        }
        self.put(&digest, bytes);
        let validator = Validator {
            digest,
            ..validator
        };
        if let Ok(text) = serde_json::to_vec(&validator) {
            self.keep(&self.index_path(url), &text);
        }
    }

    fn keep(&self, path: &Path, bytes: &[u8]) {
        if let Err(fault) = self.write(path, bytes) {
            tracing::warn!("chart cache {}: {fault}", self.directory.display());
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut private = fs::DirBuilder::new();
        private
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(bytes)?;
        let mode = fs::Permissions::from_mode(0o600);
        file.as_file().set_permissions(mode)?;
        file.persist(path)?;
        Ok(())
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        let name = is_sha256(digest).then(|| digest.replace(':', "-"))?;
        Some(self.directory.join(name))
    }

    /// The URL may hold a token in its query, so the name is its digest.
    fn index_path(&self, url: &Url) -> PathBuf {
        let name = sha256(url.as_str().as_bytes()).replace("sha256:", "index-");
        self.directory.join(format!("{name}.json"))
    }
}
