//! Ansible Vault 1.1 and 1.2. The main type here is [`Vault`].
//!
//! Each text of an inventory is opened at most once, and what was in it is [`Known`] from then on.
//! A plan is made a vault by `--encrypt`, so that whoever has the password can apply it anywhere.

mod envelope;

use crate::inventory::Unseal;
use crate::sensitive::{Known, Sensitive};
use envelope::Envelope;
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Passwords, and what was opened with them.
#[derive(Default)]
pub struct Vault {
    passwords: Vec<(Option<String>, Sensitive<Vec<u8>>)>,
    opened: Mutex<FxHashMap<String, Sensitive<String>>>,
    known: Known,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} passwords)", self.passwords.len())
    }
}

impl Vault {
    /// A vault that tells `known` what it gives away.
    pub fn telling(known: Known) -> Vault {
        Vault {
            known,
            ..Vault::default()
        }
    }

    /// What it gave away.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Adds a password with its vault id; the blanks round it do not count.
    pub fn add(&mut self, label: Option<&str>, password: &Sensitive<Vec<u8>>) {
        let password = Sensitive::new(password.reveal().trim_ascii().to_vec());
        self.passwords.push((label.map(str::to_owned), password));
    }

    /// Whether no password was given.
    pub fn is_empty(&self) -> bool {
        self.passwords.is_empty()
    }

    fn decrypt(&self, text: &str) -> Result<Sensitive<String>, String> {
        if self.is_empty() && Envelope::parse(text).is_some() {
            return Err("a vaulted value, and no --vault-password-file".to_owned());
        }
        let plain = self.open_bytes(text)?;
        let plain = plain.ok_or("no vault password given opens this value")?;
        let text = String::from_utf8(plain).map_err(|_| "a vaulted value that is not text")?;
        Ok(Sensitive::new(text))
    }

    /// Makes a vault of `bytes` with the first password given, as Ansible does; `None` without one.
    pub fn close(&self, bytes: &[u8]) -> Option<Result<String, String>> {
        let (label, password) = self.passwords.first()?;
        Some(Envelope::close(bytes, password, label.as_deref()).map(|made| made.text()))
    }

    /// What is in a vault; `None` where no password given opens it.
    pub fn open_bytes(&self, text: &str) -> Result<Option<Vec<u8>>, String> {
        let envelope =
            Envelope::parse(text).ok_or("not a vault of version 1.1 or 1.2 with AES256")?;
        // The label is a hint: its passwords first, then all others.
        let (named, others): (Vec<_>, Vec<_>) = self
            .passwords
            .iter()
            .partition(|(label, _)| label.is_some() && *label == envelope.label);
        let mut passwords = named.into_iter().chain(others);
        Ok(passwords.find_map(|(_, password)| envelope.open(password)))
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
        self.known.note(&plain);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(text.to_owned(), plain.clone());
        Ok(plain)
    }

    fn note(&self, text: &Sensitive<String>) {
        self.known.note(text);
    }
}
