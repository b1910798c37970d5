//! SHA-256 in the form of registries and of our own plans: `sha256:` and 64 hexadecimal digits.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The digest of these bytes.
pub fn sha256(bytes: &[u8]) -> String {
    named(&Sha256::digest(bytes))
}

/// The digest of parts that come one after the other.
#[derive(Default)]
pub struct Digester(Sha256);

impl Digester {
    /// Adds a part.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes);
    }

    /// The digest of all parts.
    pub fn finish(self) -> String {
        named(&self.0.finalize())
    }
}

/// Whether a text is a digest of this form; one that is can be a file name but for its colon.
pub fn is_sha256(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    digits.len() == 64 && digits.bytes().all(hexadecimal)
}

fn named(hash: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in hash {
        // A String takes all that is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
