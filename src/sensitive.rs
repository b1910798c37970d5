//! Secret values. The main types here are [`Sensitive`] and [`Mask`].
//!
//! A [`Sensitive`] has no `Display`, `Serialize` or telling `Debug`: what is made for people or
//! machines to read can only get the mask. It opens with [`Sensitive::reveal`], and
//! `tests/it/secrets.rs` keeps a list of the modules that may call that.

use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;
use std::fmt;

/// A value that must not be seen.
#[derive(Clone, PartialEq, Eq, Hash, Default, Deserialize)]
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

/// Secret texts that must not stand in what others wrote: a log, an event, a message.
#[derive(Clone, Default)]
pub struct Hidden(Vec<Sensitive<String>>);

impl Hidden {
    /// Shorter ones stand in every text by chance.
    const TELLING: usize = 4;

    /// These texts, and each line of those that have several.
    pub fn new(texts: impl IntoIterator<Item = Sensitive<String>>) -> Hidden {
        let whole = texts.into_iter().map(|text| text.0.trim().to_owned());
        let parts = whole.flat_map(|text| {
            let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
            std::iter::once(text).chain(lines)
        });
        let mut texts: Vec<String> = parts.filter(|text| text.len() >= Self::TELLING).collect();
        // A text that is part of another one must not leave the rest of that one.
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        texts.dedup();
        Hidden(texts.into_iter().map(Sensitive).collect())
    }

    /// `text` without them.
    pub fn hide(&self, text: &str) -> String {
        let mask = Mask::Plain.of(b"");
        let texts = self.0.iter();
        texts.fold(text.to_owned(), |text, secret| {
            text.replace(&secret.0, &mask)
        })
    }
}

/// How secret values are shown.
#[derive(Clone)]
pub enum Mask {
    /// `(secret)` alone: recordings and previews, whose bytes are kept in git.
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

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(texts: &[&str]) -> Hidden {
        Hidden::new(texts.iter().map(|text| Sensitive::new((*text).to_owned())))
    }

    #[test]
    fn what_is_known_stands_nowhere_in_a_text() {
        let hidden = hidden(&[
            "hunter2",
            "hunter2-and-more",
            "first line\nsecond line\n",
            "abc",
        ]);
        let hide = |text: &str| hidden.hide(text);
        assert_eq!(hide("smtp://app:hunter2@mail"), "smtp://app:(secret)@mail");
        assert_eq!(
            hide("hunter2-and-more"),
            "(secret)",
            "nothing of the longer one is left"
        );
        assert_eq!(hide("it read second line there"), "it read (secret) there");
        assert_eq!(hide("abc"), "abc", "too short to be told from other texts");
        assert_eq!(Hidden::default().hide("as it is"), "as it is");
    }
}
