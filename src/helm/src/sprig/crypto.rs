//! Hashes, password hashes and AES.

use super::arguments::{Answer, bytes, fixed, from_bytes, text};
use super::encoding::base64_decode;
use crate::template::Param::Str;
use crate::template::{Call, Function};
use crate::value::Value;
use aes::Aes256;
use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("sha1sum", &[Str], |_, a| Ok(hex::<Sha1>(&bytes(a, 0)?))),
    fixed("sha256sum", &[Str], |_, a| Ok(hex::<Sha256>(&bytes(a, 0)?))),
    fixed("sha512sum", &[Str], |_, a| Ok(hex::<Sha512>(&bytes(a, 0)?))),
    fixed("adler32sum", &[Str], |_, a| {
        Ok(adler32(&bytes(a, 0)?).to_string().into())
    }),
    fixed("bcrypt", &[Str], |call, a| {
        Ok(bcrypt_hash(call, text(a, 0)?).into())
    }),
    fixed("htpasswd", &[Str, Str], |call, a| {
        let (user, password) = (text(a, 0)?, text(a, 1)?);
        if user.contains(':') {
            return Ok(format!("invalid username: {user}").into());
        }
        Ok(format!("{user}:{}", bcrypt_hash(call, password)).into())
    }),
    fixed("encryptAES", &[Str, Str], encrypt_aes),
    fixed("decryptAES", &[Str, Str], decrypt_aes),
];

fn hex<D: Digest>(bytes: &[u8]) -> Value {
    let digest = D::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.into()
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1u32, 0u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65521;
        high = (high + low) % 65521;
    }
    high << 16 | low
}

/// Cost 10 and the prefix `$2a$`, as Go writes them.
fn bcrypt_hash(call: &Call<'_>, password: &str) -> String {
    let mut salt = [0; 16];
    call.host.random(&mut salt);
    if password.len() > 72 {
        return "failed to encrypt string with bcrypt: \
                bcrypt: password length exceeds 72 bytes"
            .to_owned();
    }
    match bcrypt::hash_with_salt(password, 10, salt) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    }
}

/// AES-256 with the password, zero-padded, as its key.
fn cipher(password: &str) -> Aes256 {
    let mut key = [0; 32];
    let length = password.len().min(32);
    key[..length].copy_from_slice(&password.as_bytes()[..length]);
    Aes256::new(&key.into())
}

/// CBC over a random start block, padded as PKCS #7, in base64.
fn encrypt_aes(call: &mut Call<'_>, args: &[Value]) -> Answer {
    let (cipher, plain) = (cipher(text(args, 0)?), bytes(args, 1)?);
    if plain.is_empty() {
        return Ok("".into());
    }
    let padding = 16 - plain.len() % 16;
    let mut padded = plain.to_vec();
    padded.extend(std::iter::repeat_n(padding as u8, padding));
    let mut previous = [0; 16];
    call.host.random(&mut previous);
    let mut out = previous.to_vec();
    for chunk in padded.chunks_exact(16) {
        let mut block = Block::<Aes256>::from(previous);
        block
            .iter_mut()
            .zip(chunk)
            .for_each(|(out, byte)| *out ^= byte);
        cipher.encrypt_block(&mut block);
        previous = block.into();
        out.extend_from_slice(&previous);
    }
    Ok(STANDARD.encode(out).into())
}

fn decrypt_aes(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let (cipher, sealed) = (cipher(text(args, 0)?), text(args, 1)?);
    if sealed.is_empty() {
        return Ok("".into());
    }
    let capacity = sealed.len() / 4 * 3;
    let sealed = base64_decode(sealed)?;
    let (blocks, rest) = sealed.as_chunks::<16>();
    let Some((start, blocks)) = blocks.split_first() else {
        return Err(format!(
            "runtime error: slice bounds out of range [:16] with capacity {capacity}"
        ));
    };
    if !rest.is_empty() {
        return Err("crypto/cipher: input not full blocks".to_owned());
    }
    let mut previous = *start;
    let mut plain = Vec::with_capacity(sealed.len());
    for chunk in blocks {
        let mut block = Block::<Aes256>::from(*chunk);
        cipher.decrypt_block(&mut block);
        plain.extend(block.iter().zip(previous).map(|(byte, mask)| byte ^ mask));
        previous = *chunk;
    }
    let padding = plain
        .last()
        .copied()
        .ok_or("runtime error: index out of range [-1]")?;
    let length = plain.len().checked_sub(padding.into());
    let length = length.ok_or("runtime error: slice bounds out of range")?;
    Ok(from_bytes(&plain[..length]))
}

#[cfg(test)]
mod tests;
