//! Scalars of a document: style and tag over [`resolve`], and keys as text.

use super::events::CORE;
use super::format_float32;
use super::resolve::{Scalar, resolve};
use super::scan::Style;
use crate::value::{text_of, whole};
use base64::Engine;
use std::borrow::Cow;

/// The meaning of a scalar with its style and tag.
pub(super) fn scalar<'a>(
    text: Cow<'a, str>,
    style: Style,
    tag: Option<&str>,
) -> Result<Scalar<'a>, String> {
    match tag.map(|tag| tag.strip_prefix(CORE)) {
        None if style == Style::Plain => Ok(plain(text)),
        Some(Some(tag)) => tagged(text, tag),
        None | Some(None) => Ok(Scalar::Str(text)),
    }
}

fn plain(text: Cow<'_, str>) -> Scalar<'_> {
    match text {
        Cow::Borrowed(text) => resolve(text),
        Cow::Owned(text) => match resolve(&text) {
            Scalar::Str(_) | Scalar::Timestamp(_) | Scalar::Merge => Scalar::Str(Cow::Owned(text)),
            Scalar::Null => Scalar::Null,
            Scalar::Bool(flag) => Scalar::Bool(flag),
            Scalar::Int(i) => Scalar::Int(i),
            Scalar::Uint(u) => Scalar::Uint(u),
            Scalar::Float(f) => Scalar::Float(f),
        },
    }
}

fn tagged<'a>(text: Cow<'a, str>, tag: &str) -> Result<Scalar<'a>, String> {
    let resolved = plain(text.clone());
    match (tag, resolved) {
        ("binary", _) => binary(&text).map(|text| Scalar::Str(Cow::Owned(text))),
        ("bool", Scalar::Bool(flag)) => Ok(Scalar::Bool(flag)),
        ("null", Scalar::Null) => Ok(Scalar::Null),
        ("int", scalar @ (Scalar::Int(_) | Scalar::Uint(_))) => Ok(scalar),
        ("float", Scalar::Int(i)) => Ok(Scalar::Float(i as f64)),
        ("float", scalar @ Scalar::Float(_)) => Ok(scalar),
        ("bool" | "null" | "int" | "float", other) => Err(format!(
            "cannot decode {} `{text}` as a !!{tag}",
            short_tag(&other)
        )),
        _ => Ok(Scalar::Str(text)),
    }
}

fn short_tag(scalar: &Scalar<'_>) -> &'static str {
    match scalar {
        Scalar::Null => "!!null",
        Scalar::Bool(_) => "!!bool",
        Scalar::Int(_) | Scalar::Uint(_) => "!!int",
        Scalar::Float(_) => "!!float",
        Scalar::Timestamp(_) => "!!timestamp",
        Scalar::Merge => "!!merge",
        Scalar::Str(_) => "!!str",
    }
}

fn binary(text: &str) -> Result<String, String> {
    let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(text);
    let bytes = bytes.map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
    // Through JSON, in Go: what is no UTF-8 does not get through.
    Ok(whole(&text_of(&bytes)).into_owned())
}

/// A key as `sigs.k8s.io/yaml` turns it into a JSON key.
pub(super) fn key_text(scalar: Scalar<'_>) -> Result<Cow<'_, str>, String> {
    Ok(match scalar {
        Scalar::Str(text) => text,
        Scalar::Timestamp(text) => Cow::Borrowed(text),
        Scalar::Merge => Cow::Borrowed("<<"),
        Scalar::Bool(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
        Scalar::Int(i) => Cow::Owned(i.to_string()),
        Scalar::Float(f) => Cow::Owned(float_key(f)),
        Scalar::Uint(u) => {
            return Err(format!("unsupported map key of type: uint64, key: {u:#x}"));
        }
        Scalar::Null => {
            return Err("unsupported map key of type: %!s(<nil>), key: <nil>".to_owned());
        }
    })
}

fn float_key(f: f64) -> String {
    match f {
        _ if f.is_nan() => ".nan".to_owned(),
        f64::INFINITY => ".inf".to_owned(),
        f64::NEG_INFINITY => "-.inf".to_owned(),
        _ => format_float32(f),
    }
}
