//! Archives by digest, on disk. The main type here is [`Cache`].
//!
//! A file is there whole and checked, or not at all: it is written under another name and
//! renamed when its digest is right. A cache that can't be written is slower, not a fault.

use super::Content;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory of archives, private to its user.
#[derive(Clone, Debug)]
pub struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// In this directory, which is made when something is first kept.
    pub fn new(directory: impl Into<PathBuf>) -> Cache {
        Cache {
            directory: directory.into(),
        }
    }

    /// The archive with this digest. One whose bytes have another digest by now is not it.
    pub fn get(&self, digest: &str) -> Option<Content> {
        let bytes = fs::read(self.path(digest)).ok()?;
        let content = Content::Archive(bytes.into());
        (content.digest() == digest).then_some(content)
    }

    /// Keeps an archive whose digest was checked.
    pub fn put(&self, digest: &str, bytes: &Arc<[u8]>) {
        if let Err(fault) = self.keep(&self.path(digest), bytes) {
            tracing::warn!("chart cache {}: {fault}", self.directory.display());
        }
    }

    fn keep(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
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

    fn path(&self, digest: &str) -> PathBuf {
        let name = digest.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        self.directory.join(format!("{name}.tgz"))
    }
}
