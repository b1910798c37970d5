//! `derivePassword`: the Master Password algorithm, always the same answer for
//! the same arguments.

use super::arguments::{Answer, fixed, int, text};
use crate::template::Param::{Int, Str};
use crate::template::{Call, Function};
use crate::value::Value;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(super) static FUNCTIONS: &[Function] =
    &[fixed("derivePassword", &[Int, Str, Str, Str, Str], derive)];

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// The shapes of a password of this type; each letter stands for a set.
fn templates(kind: &str) -> &'static [&'static str] {
    match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => &[],
    }
}

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn derive(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let (kind, password) = (text(args, 1)?, text(args, 2)?);
    let templates = templates(kind);
    if templates.is_empty() {
        return Ok(format!("cannot find password template {kind}").into());
    }
    let salt = [SEED, &prefixed(text(args, 3)?)].concat();
    let mut key = [0; 64];
    scrypt::Params::new(15, 8, 2)
        .map_err(|error| error.to_string())
        .and_then(|params| {
            scrypt::scrypt(password.as_bytes(), &salt, &params, &mut key)
                .map_err(|error| error.to_string())
        })?;
    let counter = u32::try_from(int(args, 0)?).unwrap_or(0).to_be_bytes();
    let message = [SEED, &prefixed(text(args, 4)?), &counter].concat();
    let mut hmac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    hmac.update(&message);
    let seed = hmac.finalize().into_bytes();
    Ok(spelled(templates, &seed).into())
}

/// A text after its length.
fn prefixed(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length, text.as_bytes()].concat()
}

fn spelled(templates: &[&str], seed: &[u8]) -> String {
    let choice = seed.first().copied().map_or(0, usize::from);
    let template = templates[choice % templates.len()];
    template
        .bytes()
        .zip(seed.iter().skip(1))
        .map(|(class, byte)| {
            let set = characters(class);
            char::from(set[usize::from(*byte) % set.len()])
        })
        .collect()
}
