//! Closing and opening a plan, which may hold secrets. The main type here is [`Seal`].

use crate::diag::{Diagnostic, Kind};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

/// How a plan is kept.
#[derive(Clone)]
pub enum Seal {
    /// AES-256-GCM with this key.
    Key([u8; 32]),
    /// In the clear, because the user spelled out `--clear-secrets`.
    Clear,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

const SEALED: u8 = 1;
const CLEAR: u8 = 0;

impl Seal {
    /// Closes `bytes`, bound to `context`.
    pub(super) fn close(&self, mut bytes: Vec<u8>, context: &[u8]) -> Result<Vec<u8>, Diagnostic> {
        let Seal::Key(key) = self else {
            bytes.insert(0, CLEAR);
            return Ok(bytes);
        };
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| broken())?;
        let (unique, aad) = (Nonce::assume_unique_for_key(nonce), aad(context));
        cipher(key)?
            .seal_in_place_append_tag(unique, aad, &mut bytes)
            .map_err(|_| broken())?;
        let mut sealed = vec![SEALED];
        sealed.extend(nonce);
        sealed.extend(bytes);
        Ok(sealed)
    }

    /// Opens what [`Seal::close`] made with the same key and context.
    pub(super) fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, Diagnostic> {
        let (how, rest) = sealed.split_first().ok_or_else(unopened)?;
        if *how == CLEAR {
            return Ok(rest.to_vec());
        }
        let Seal::Key(key) = self else {
            return Err(unopened());
        };
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(unopened)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut bytes = rest.to_vec();
        let opened = cipher(key)?.open_in_place(nonce, aad(context), &mut bytes);
        Ok(opened.map_err(|_| unopened())?.to_vec())
    }
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, Diagnostic> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| broken())?;
    Ok(LessSafeKey::new(key))
}

fn aad(context: &[u8]) -> Aad<[u8; 32]> {
    Aad::from(Sha256::digest(context).into())
}

fn broken() -> Diagnostic {
    Diagnostic::new(Kind::Internal, "the plan can't be sealed")
}

fn unopened() -> Diagnostic {
    Diagnostic::error("the plan can't be opened here")
        .note("it is sealed with the key of the state directory that made the plan")
        .hint(
            "apply it where it was made, or make it again with --encrypt, for the vault's password",
        )
}
