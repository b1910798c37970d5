//! Secret values. The main types here are [`Sensitive`], [`Hidden`] and [`Veil`].
//!
//! A [`Sensitive`] has no `Display`, `Serialize` or telling `Debug`: what is made for people or
//! machines to read can only get the mask. It opens with [`Sensitive::reveal`], and
//! `tests/it/secrets.rs` keeps a list of the modules that may call that. Where a secret may stand
//! in what others wrote (an object, a log, a message), a [`Veil`] takes it out: of the texts of one
//! target ([`Hidden`]), or of whatever a vault gave away in this process ([`Known`]).

mod forms;
mod hidden;
mod known;
mod veil;

pub use hidden::{Hidden, is_telling};
pub use known::Known;
pub use veil::Veil;

use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;
use std::fmt;

/// A value that must not be seen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(transparent)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Closes `value`.
    pub fn new(value: T) -> Sensitive<T> {
        Sensitive(value)
    }

    /// Opens it: to send, to seal, to hash, to compare. Nowhere else.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How secret values are shown.
#[derive(Clone, Default)]
pub enum Mask {
    /// `(secret)` alone: recordings and previews, whose bytes are kept in git.
    #[default]
    Plain,
    /// `(secret 9f3c)`: four hex digits of a hash with this random key, so that a change shows.
    Keyed([u8; 32]),
}

impl Mask {
    /// A mask with a new random key.
    pub fn fresh() -> Mask {
        let mut key = [0; 32];
        match SystemRandom::new().fill(&mut key) {
            Ok(()) => Mask::Keyed(key),
            // Without chance no hash is safe to show.
            Err(_) => Mask::Plain,
        }
    }

    /// The mask of `bytes`. Never tells a length.
    pub fn of(&self, bytes: &[u8]) -> String {
        match self {
            Mask::Plain => "(secret)".to_owned(),
            Mask::Keyed(key) => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
                let tag = ring::hmac::sign(&key, bytes);
                let digits: String = tag.as_ref()[..2]
                    .iter()
                    .map(|b| format!("{b:02x}"))
                    .collect();
                format!("(secret {digits})")
            }
        }
    }
}

/// Whether `shown`, of which plain masks were left, may be what `text` looks like: all between the
/// masks is the same. False where it has no mask.
pub fn may_be(shown: &str, text: &str) -> bool {
    let mask = Mask::Plain.of(&[]);
    let Some((first, rest)) = shown.split_once(&mask) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once(&mask).unwrap_or(("", rest));
    let within = text.strip_prefix(first).and_then(|t| t.strip_suffix(last));
    let mut parts = middle.split(&mask);
    within.is_some_and(|within| {
        let found = parts.try_fold(within, |left, part| Some(left.split_once(part)?.1));
        found.is_some()
    })
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_may_stand_for_anything() {
        for (shown, text, may) in [
            ("(secret)", "hunter2", true),
            ("db://u:(secret)@h/x", "db://u:hunter2@h/x", true),
            ("db://u:(secret)@h/x", "db://u:hunter2@h/y", false),
            ("(secret):(secret)@h", "u:p@h", true),
            ("(secret):(secret)@h", "u@h", false),
            ("plain", "plain", false),
        ] {
            assert_eq!(may_be(shown, text), may, "{shown} {text}");
        }
    }
}
