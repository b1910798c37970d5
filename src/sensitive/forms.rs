//! The ways in which a text may stand in another one. The main entry point is [`forms`].
//!
//! As it is; as a string of JSON, of Go's JSON (which escapes what HTML minds) or of YAML between
//! single quotes; in a URL; in base64, alone or as a part of something longer, which begins at any
//! of three offsets.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Shorter pieces of base64 stand in any base64 by chance.
const TELLING_PIECE: usize = 6;

/// All forms of `text`, each once.
pub(super) fn forms(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([
        text.to_owned(),
        json(text),
        html(&json(text)),
        text.replace('\'', "''"),
        STANDARD.encode(text),
        URL_SAFE.encode(text),
    ]);
    for escape in [unreserved, in_form] {
        forms.insert(url(text, escape, true));
        forms.insert(url(text, escape, false));
    }
    forms.extend((0..3).filter_map(|offset| piece(text, offset)));
    forms
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inner.map(str::to_owned).unwrap_or(quoted)
}

/// Go's `json.Marshal` minds HTML.
fn html(text: &str) -> String {
    text.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

fn unreserved(byte: u8) -> Option<char> {
    let plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    plain.then_some(char::from(byte))
}

/// A blank is `+` in a query.
fn in_form(byte: u8) -> Option<char> {
    (byte == b' ').then_some('+').or_else(|| unreserved(byte))
}

fn url(text: &str, plain: fn(u8) -> Option<char>, upper: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        // Writing into a string can't fail.
        let _ = match (plain(byte), upper) {
            (Some(char), _) => write!(out, "{char}"),
            (None, true) => write!(out, "%{byte:02X}"),
            (None, false) => write!(out, "%{byte:02x}"),
        };
    }
    out
}

/// The characters of base64 that `text` alone decides where it begins after `offset` bytes of a
/// group of three.
fn piece(text: &str, offset: usize) -> Option<String> {
    let mut bytes = vec![0; offset];
    bytes.extend(text.as_bytes());
    let encoded = STANDARD_NO_PAD.encode(&bytes);
    let (from, to) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    let piece = encoded.get(from..to)?;
    (piece.len() >= TELLING_PIECE).then(|| piece.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_in_its_forms() {
        let forms = forms("a <b>'&\"1");
        for form in [
            "a <b>'&\\\"1",
            "a \\u003cb\\u003e'\\u0026\\\"1",
            "a <b>''&\"1",
            "a%20%3Cb%3E%27%26%221",
            "a+%3cb%3e%27%26%221",
        ] {
            assert!(forms.contains(form), "{form} of {forms:?}");
        }
    }

    proptest! {
        /// Whatever stands before and after it, some form stands in the base64 of the whole.
        #[test]
        fn base64_of_something_longer(before: Vec<u8>, text in "[ -~]{6,40}", after: Vec<u8>) {
            let whole = [&before[..], text.as_bytes(), &after[..]].concat();
            let encoded = STANDARD.encode(&whole);
            prop_assert!(forms(&text).iter().any(|form| encoded.contains(form.as_str())));
        }
    }
}
