//! Base64 and base32. A text that cannot be decoded gives Go's error text as
//! the *result*, as sprig does.

mod decode;

use super::arguments::{bytes, fixed, from_bytes, text};
use crate::template::Function;
use crate::template::Param::Str;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) use decode::base64_decode;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("b64enc", &[Str], |_, a| {
        Ok(STANDARD.encode(bytes(a, 0)?).into())
    }),
    fixed("b64dec", &[Str], |_, a| {
        Ok(match base64_decode(text(a, 0)?) {
            Ok(bytes) => from_bytes(&bytes),
            Err(error) => error.into(),
        })
    }),
    fixed("b32enc", &[Str], |_, a| {
        Ok(base32_encode(&bytes(a, 0)?).into())
    }),
    fixed("b32dec", &[Str], |_, a| {
        Ok(match decode::base32_decode(text(a, 0)?) {
            Ok(bytes) => from_bytes(&bytes),
            Err(error) => error.into(),
        })
    }),
];

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for group in bytes.chunks(5) {
        let mut padded = [0u8; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(padded);
        let digits = (group.len() * 8).div_ceil(5);
        for at in 0..8 {
            let digit = BASE32[(bits >> (35 - 5 * at) & 31) as usize];
            out.push(if at < digits { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests;
