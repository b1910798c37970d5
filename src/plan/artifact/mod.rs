//! A plan as bytes. The main type here is [`Saved`].
//!
//! Magic and version, a digest of all that follows, and one sealed part: the plan, its objects,
//! records, frozen files and extra variables (compressed JSON). Nothing but the format stands open:
//! what a reason, a step or a name may quote of a secret nobody can tell beforehand.

mod parts;
mod seal;

#[cfg(test)]
mod tests;

pub use seal::Seal;

use super::Plan;
use crate::diag::{Diagnostic, Kind};
use crate::files::MemoryFiles;
use crate::sensitive::Sensitive;
use parts::Secrets;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A saved plan: all that an apply needs, so that it never renders or reads again.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The plan.
    pub plan: Plan,
    /// The files that inventory, playbook and charts were read from.
    pub files: MemoryFiles,
    /// The extra variables of the command line.
    pub extra: Sensitive<Value>,
}

const MAGIC: &[u8; 14] = b"rollbook plan\n";
const VERSION: u16 = 3;
const DIGEST: usize = 32;
/// No plan of a fleet comes near it; more is a bomb.
const MAX_BYTES: usize = 4 << 30;

impl Saved {
    /// The bytes of a plan file. Whoever writes them gives the file mode 0600.
    pub fn write(&self, seal: &Seal) -> Result<Vec<u8>, Diagnostic> {
        let whole = (&self.plan, Secrets::of(self));
        let whole = compressed(&serde_json::to_vec(&whole).map_err(unwritable)?)?;
        let sealed = seal.close(whole, &head())?;
        let mut bytes = head();
        bytes.extend(Sha256::digest(&sealed));
        bytes.extend(sealed);
        Ok(bytes)
    }

    /// What was frozen beside the plan: the command line, as whoever wrote it shaped it.
    pub fn frozen<T: serde::de::DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        serde_json::from_value(self.extra.reveal().clone()).map_err(unreadable)
    }

    /// Reads the bytes of a plan file.
    pub fn read(bytes: &[u8], seal: &Seal) -> Result<Saved, Diagnostic> {
        let whole = seal.open(checked(bytes)?, &head())?;
        let (plan, secrets): (Plan, Secrets) =
            serde_json::from_slice(&expanded(&whole)?).map_err(unreadable)?;
        secrets.into_saved(plan)
    }
}

fn head() -> Vec<u8> {
    let version = VERSION.to_be_bytes();
    MAGIC.iter().chain(&version).copied().collect()
}

/// The digest that names a plan file: `sha256:…`.
pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{hex}")
}

fn checked(bytes: &[u8]) -> Result<&[u8], Diagnostic> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(Diagnostic::error("this is not a plan of rollbook")
            .hint("rollbook plan ... --out FILE makes one"));
    };
    let (version, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
    let version = u16::from_be_bytes(*version);
    if version != VERSION {
        return Err(Diagnostic::error(format!(
            "the plan has format {version}, this rollbook reads format {VERSION}"
        ))
        .hint("make the plan again with this version"));
    }
    let (digest, body) = rest.split_at_checked(DIGEST).ok_or_else(truncated)?;
    if *digest != *Sha256::digest(body) {
        return Err(damaged());
    }
    Ok(body)
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>, Diagnostic> {
    zstd::encode_all(bytes, 3).map_err(unwritable)
}

fn expanded(bytes: &[u8]) -> Result<Vec<u8>, Diagnostic> {
    use std::io::Read;
    let mut out = Vec::new();
    let decoder = zstd::Decoder::new(bytes).map_err(|_| damaged())?;
    let limit = MAX_BYTES as u64;
    decoder
        .take(limit)
        .read_to_end(&mut out)
        .map_err(|_| damaged())?;
    Ok(out)
}

fn truncated() -> Diagnostic {
    damaged().note("it ends too early")
}

fn damaged() -> Diagnostic {
    Diagnostic::error("the plan file is damaged")
        .hint("make the plan again, or copy the file again")
}

fn unwritable(error: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(
        Kind::Internal,
        format!("the plan can't be written: {error}"),
    )
}

/// The error's own text could quote a value.
fn unreadable(error: serde_json::Error) -> Diagnostic {
    damaged().note(format!("at byte {} of its content", error.column()))
}
