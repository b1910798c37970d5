//! OpenPGP: a signed text and a ring of keys in, the text and its signer out.
//!
//! The library checks single signatures; which key may have made one is decided here, as Helm
//! decides it: the key, and the subkey that signed, must be bound by its owner, may sign, and be
//! neither revoked nor expired today; hashes that can be forged do not count.

use super::Message;
use crate::diag::{Diagnostic, Kind};
use pgp::composed::{CleartextSignedMessage, Deserializable, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails, Tag, Timestamp, VerifyingKey};
use std::path::Path;

/// Opens a text signed by a key of this ring.
pub(super) fn open(signed: &[u8], keyring: &Path) -> Result<Message, Diagnostic> {
    let refused = |what: &str| Diagnostic::new(Kind::Refused, what);
    let text = std::str::from_utf8(signed).map_err(|_| refused("signature block not found"))?;
    // The library's own words are dumps of the input.
    let (message, _) = CleartextSignedMessage::from_string(text)
        .map_err(|_| refused("signature block not found"))?;
    let keys = keys(keyring)?;
    let now = Timestamp::now();
    let Some((key, standing)) = keys
        .iter()
        .find_map(|key| Some((key, signer(key, &message, now)?)))
    else {
        return Err(refused("signature made by unknown entity")
            .note(format!(
                "none of the {} keys of {} made it",
                keys.len(),
                keyring.display()
            ))
            .hint("--keyring FILE, exported with: gpg --export KEY > FILE"));
    };
    let fingerprint = format!("{:X}", key.primary_key.fingerprint());
    match standing {
        Standing::Good => Ok(Message {
            identities: identities(key),
            fingerprint,
            text: message.signed_text().replace("\r\n", "\n"),
        }),
        Standing::Revoked => Err(refused("the key that signed it is revoked").note(fingerprint)),
        Standing::Expired => Err(refused("the key that signed it has expired").note(fingerprint)),
        Standing::Weak => Err(refused("it was signed with a hash that can be forged")
            .note(fingerprint)
            .hint("helm package --sign signs with SHA512")),
    }
}

/// How a key stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Good,
    Revoked,
    Expired,
    /// Signed with a hash that can be forged.
    Weak,
}

fn keys(path: &Path) -> Result<Vec<SignedPublicKey>, Diagnostic> {
    let shown = path.display();
    let file = std::fs::File::open(path).map_err(|e| {
        Diagnostic::error(format!("failed to load keyring {shown}"))
            .note(e.to_string())
            .hint("gpg --export > FILE, then --keyring FILE: gpg's own keybox is not read")
    })?;
    let fault = || {
        Diagnostic::error(format!("{shown} is not a ring of OpenPGP keys"))
            .hint("gpg --export > FILE, then --keyring FILE")
    };
    let (keys, _) = SignedPublicKey::from_reader_many(file).map_err(|_| fault())?;
    // A key of a kind that is not known does not hide those after it.
    let keys: Vec<SignedPublicKey> = keys.filter_map(Result::ok).collect();
    match keys.is_empty() {
        true => Err(fault()),
        false => Ok(keys),
    }
}

/// Whether this key, or a subkey of it, signed; and how it stands.
fn signer(
    key: &SignedPublicKey,
    message: &CleartextSignedMessage,
    now: Timestamp,
) -> Option<Standing> {
    let primary = &key.primary_key;
    // Without a word of its owner a key is nobody's.
    let latest = latest(own_signatures(key).into_iter())?;
    let made = match latest.key_flags().sign() {
        true => made_by(message, primary, now),
        false => None,
    };
    let (made, of_signer) = match made {
        Some(made) => (made, Standing::Good),
        None => key.public_subkeys.iter().find_map(|subkey| {
            let made = made_by(message, &subkey.key, now)?;
            Some((made, bound(key, subkey, now)?))
        })?,
    };
    let mut revocations = key.details.revocation_signatures.iter();
    Some(match of_signer {
        _ if revocations.any(|s| s.verify_key(primary).is_ok()) => Standing::Revoked,
        _ if expired(primary, latest, now) => Standing::Expired,
        Standing::Good if is_weak(made) => Standing::Weak,
        standing => standing,
    })
}

/// How a subkey stands that its owner made for signing.
fn bound(key: &SignedPublicKey, subkey: &SignedPublicSubKey, now: Timestamp) -> Option<Standing> {
    let primary = &key.primary_key;
    let good = |s: &&Signature| s.verify_subkey_binding(primary, &subkey.key).is_ok();
    let of = |kind: SignatureType| {
        subkey
            .signatures
            .iter()
            .filter(move |s| s.typ() == Some(kind))
    };
    let latest = latest(of(SignatureType::SubkeyBinding).filter(good))?;
    // The subkey says so too, or anybody could claim it.
    let back = latest.embedded_signature()?;
    back.verify_primary_key_binding(&subkey.key, primary).ok()?;
    if !latest.key_flags().sign() {
        return None;
    }
    Some(match () {
        () if of(SignatureType::SubkeyRevocation).any(|s| good(&s)) => Standing::Revoked,
        () if expired(&subkey.key, latest, now) => Standing::Expired,
        () => Standing::Good,
    })
}

/// What a key's owner says of it.
fn own_signatures(key: &SignedPublicKey) -> Vec<&Signature> {
    let primary = &key.primary_key;
    let of_users = key.details.users.iter().flat_map(|user| {
        let certifies = |s: &&Signature| {
            s.verify_certification(primary, Tag::UserId, &user.id)
                .is_ok()
        };
        user.signatures
            .iter()
            .filter(|s| s.is_certification())
            .filter(certifies)
    });
    let direct = key.details.direct_signatures.iter();
    let direct = direct.filter(|s| s.verify_key(primary).is_ok());
    of_users.chain(direct).collect()
}

/// The names that the key's owner gave it.
fn identities(key: &SignedPublicKey) -> Vec<String> {
    let owned = key.details.users.iter().filter(|user| {
        let certifies = |s: &Signature| {
            s.verify_certification(&key.primary_key, Tag::UserId, &user.id)
                .is_ok()
        };
        user.signatures.iter().any(certifies)
    });
    owned
        .map(|user| String::from_utf8_lossy(user.id.id()).into_owned())
        .collect()
}

/// The signature that a key made of the message, where it counts today.
fn made_by<'a>(
    message: &'a CleartextSignedMessage,
    key: &impl VerifyingKey,
    now: Timestamp,
) -> Option<&'a Signature> {
    let text = message.signed_text();
    let counts = |s: &&Signature| {
        let until = s.created().zip(s.signature_expiration_time());
        until.is_none_or(|(made, lasts)| after(made, lasts.as_secs()) > now.as_secs())
    };
    let mut signatures = message.signatures().iter().filter(counts);
    signatures.find(|s| s.verify(key, text.as_bytes()).is_ok())
}

fn is_weak(signature: &Signature) -> bool {
    let weak = [
        HashAlgorithm::Md5,
        HashAlgorithm::Sha1,
        HashAlgorithm::Ripemd160,
    ];
    signature.hash_alg().is_none_or(|hash| weak.contains(&hash))
}

fn latest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|s| s.created().map(Timestamp::as_secs))
}

fn expired(key: &impl KeyDetails, says: &Signature, now: Timestamp) -> bool {
    let lasts = says
        .key_expiration_time()
        .map_or(0, |lasts| lasts.as_secs());
    lasts != 0 && after(key.created_at(), lasts) <= now.as_secs()
}

fn after(start: Timestamp, seconds: u32) -> u32 {
    start.as_secs().saturating_add(seconds)
}
