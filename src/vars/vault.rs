//! Ansible Vault 1.1 and 1.2, for reading. The main type here is [`Vault`].
//!
//! PBKDF2-HMAC-SHA256 with 10,000 rounds gives cipher key, HMAC key and counter; the HMAC is
//! verified first, then AES-256-CTR and PKCS#7 are undone. Each text is opened at most once.

use crate::inventory::Unseal;
use crate::sensitive::Sensitive;
use aes::Aes256;
use ctr::cipher::{KeyIvInit, StreamCipher};
use ring::{hmac, pbkdf2};
use rustc_hash::FxHashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

const ROUNDS: NonZeroU32 = match NonZeroU32::new(10_000) {
    Some(rounds) => rounds,
    None => NonZeroU32::MIN,
};

/// Passwords, and what was opened with them.
#[derive(Default)]
pub struct Vault {
    passwords: Vec<(Option<String>, Sensitive<Vec<u8>>)>,
    opened: Mutex<FxHashMap<String, Sensitive<String>>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} passwords)", self.passwords.len())
    }
}

impl Vault {
    /// Adds a password with its vault id; the blanks round it do not count.
    pub fn add(&mut self, label: Option<&str>, password: &Sensitive<Vec<u8>>) {
        let password = Sensitive::new(password.reveal().trim_ascii().to_vec());
        self.passwords.push((label.map(str::to_owned), password));
    }

    fn decrypt(&self, text: &str) -> Result<Sensitive<String>, String> {
        let envelope =
            Envelope::parse(text).ok_or("not a vault of version 1.1 or 1.2 with AES256")?;
        if self.passwords.is_empty() {
            return Err("a vaulted value, and no --vault-password-file".to_owned());
        }
        // The label is a hint: its passwords first, then all others.
        let (named, others): (Vec<_>, Vec<_>) = self
            .passwords
            .iter()
            .partition(|(label, _)| label.is_some() && *label == envelope.label);
        let mut passwords = named.into_iter().chain(others);
        let plain = passwords.find_map(|(_, password)| envelope.open(password));
        let plain = plain.ok_or("no vault password given opens this value")?;
        let text = String::from_utf8(plain).map_err(|_| "a vaulted value that is not text")?;
        Ok(Sensitive::new(text))
    }
}

impl Unseal for Vault {
    fn open(&self, text: &str) -> Result<Sensitive<String>, String> {
        let known = self
            .opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(text)
            .cloned();
        if let Some(plain) = known {
            return Ok(plain);
        }
        let plain = self.decrypt(text)?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(text.to_owned(), plain.clone());
        Ok(plain)
    }
}

/// A vaulted text taken apart.
struct Envelope {
    label: Option<String>,
    salt: Vec<u8>,
    tag: Vec<u8>,
    cipher: Vec<u8>,
}

impl Envelope {
    fn parse(text: &str) -> Option<Envelope> {
        let mut lines = text.lines().map(str::trim);
        let mut header = lines.next()?.split(';');
        let known = header.next()? == "$ANSIBLE_VAULT"
            && matches!(header.next()?, "1.1" | "1.2")
            && header.next()? == "AES256";
        let label = header.next().map(str::to_owned);
        let body = String::from_utf8(unhex(&lines.collect::<String>())?).ok()?;
        let mut parts = body.lines().map(unhex);
        let (salt, tag, cipher) = (parts.next()??, parts.next()??, parts.next()??);
        known.then_some(Envelope {
            label,
            salt,
            tag,
            cipher,
        })
    }

    fn open(&self, password: &Sensitive<Vec<u8>>) -> Option<Vec<u8>> {
        let mut keys = [0; 80];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            &self.salt,
            password.reveal(),
            &mut keys,
        );
        let (cipher_key, rest) = keys.split_at(32);
        let (hmac_key, counter) = rest.split_at(32);
        let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, hmac_key);
        hmac::verify(&hmac_key, &self.cipher, &self.tag).ok()?;
        let mut cipher = ctr::Ctr128BE::<Aes256>::new_from_slices(cipher_key, counter).ok()?;
        let mut plain = self.cipher.clone();
        cipher.apply_keystream(&mut plain);
        let padding = usize::from(*plain.last()?);
        plain.truncate(plain.len().checked_sub(padding)?);
        (1..=16).contains(&padding).then_some(plain)
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
