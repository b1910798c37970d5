//! One vault, taken apart and put together. The main type here is [`Envelope`].
//!
//! PBKDF2-HMAC-SHA256 with 10,000 rounds gives cipher key, HMAC key and counter; the HMAC is
//! verified first, then AES-256-CTR and PKCS#7 are undone.

use crate::sensitive::Sensitive;
use aes::Aes256;
use ctr::cipher::{KeyIvInit, StreamCipher};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hmac, pbkdf2};
use std::num::NonZeroU32;

const ROUNDS: NonZeroU32 = match NonZeroU32::new(10_000) {
    Some(rounds) => rounds,
    None => NonZeroU32::MIN,
};
/// Characters of a line.
const WIDTH: usize = 80;
/// AES's.
const BLOCK: usize = 16;

/// A vaulted text taken apart.
pub(super) struct Envelope {
    pub(super) label: Option<String>,
    salt: Vec<u8>,
    tag: Vec<u8>,
    cipher: Vec<u8>,
}

impl Envelope {
    pub(super) fn parse(text: &str) -> Option<Envelope> {
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

    /// Seals `plain`; without a label it is of version 1.1.
    pub(super) fn close(
        plain: &[u8],
        password: &Sensitive<Vec<u8>>,
        label: Option<&str>,
    ) -> Result<Envelope, String> {
        let mut salt = vec![0; 32];
        let no_chance = |_| "the system gives no random bytes".to_owned();
        SystemRandom::new().fill(&mut salt).map_err(no_chance)?;
        let keys = Keys::of(password, &salt);
        let mut cipher = plain.to_vec();
        let padding = BLOCK - plain.len() % BLOCK;
        let byte = u8::try_from(padding).unwrap_or(0);
        cipher.extend(std::iter::repeat_n(byte, padding));
        keys.apply(&mut cipher).ok_or("the cipher has no key")?;
        Ok(Envelope {
            label: label.map(str::to_owned),
            tag: hmac::sign(&keys.hmac, &cipher).as_ref().to_vec(),
            salt,
            cipher,
        })
    }

    /// As Ansible writes it.
    pub(super) fn text(&self) -> String {
        let header = match &self.label {
            Some(label) => format!("$ANSIBLE_VAULT;1.2;AES256;{label}"),
            None => "$ANSIBLE_VAULT;1.1;AES256".to_owned(),
        };
        let parts = [&self.salt, &self.tag, &self.cipher].map(|part| hex(part));
        let body = hex(parts.join("\n").as_bytes());
        let mut text = format!("{header}\n");
        for line in body.as_bytes().chunks(WIDTH) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text
    }

    pub(super) fn open(&self, password: &Sensitive<Vec<u8>>) -> Option<Vec<u8>> {
        let keys = Keys::of(password, &self.salt);
        hmac::verify(&keys.hmac, &self.cipher, &self.tag).ok()?;
        let mut plain = self.cipher.clone();
        keys.apply(&mut plain)?;
        let padding = usize::from(*plain.last()?);
        plain.truncate(plain.len().checked_sub(padding)?);
        (1..=BLOCK).contains(&padding).then_some(plain)
    }
}

/// What a password and a salt give.
struct Keys {
    cipher: [u8; 32],
    hmac: hmac::Key,
    counter: [u8; BLOCK],
}

impl Keys {
    fn of(password: &Sensitive<Vec<u8>>, salt: &[u8]) -> Keys {
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        let mut derived = [0; 80];
        pbkdf2::derive(algorithm, ROUNDS, salt, password.reveal(), &mut derived);
        let (mut cipher, mut counter) = ([0; 32], [0; BLOCK]);
        let (first, rest) = derived.split_at(32);
        let (second, third) = rest.split_at(32);
        cipher.copy_from_slice(first);
        counter.copy_from_slice(third);
        Keys {
            cipher,
            hmac: hmac::Key::new(hmac::HMAC_SHA256, second),
            counter,
        }
    }

    fn apply(&self, bytes: &mut [u8]) -> Option<()> {
        let cipher = ctr::Ctr128BE::<Aes256>::new_from_slices(&self.cipher, &self.counter);
        cipher.ok()?.apply_keystream(bytes);
        Some(())
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    let pair = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(pair).collect()
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
