//! `URL.String`.

use super::parse::is_host_byte;
use super::{Answer, Url, parse};
use crate::value::{Map, Value};
use std::fmt::Write;

/// sprig's `urlJoin`: the parts of a dict as one URL.
pub(super) fn url_join(dict: &Map) -> Answer {
    let url = Url {
        scheme: part(dict, "scheme")?,
        host: part(dict, "host")?,
        path: part(dict, "path")?,
        query: part(dict, "query")?,
        opaque: part(dict, "opaque")?,
        fragment: part(dict, "fragment")?,
        user: user(&part(dict, "userinfo")?)?,
    };
    Ok(text(&url).into())
}

fn part(dict: &Map, key: &str) -> Result<String, String> {
    match dict.get(key) {
        None => Ok(String::new()),
        Some(Value::Str(text)) => Ok(text.to_string()),
        Some(Value::Nil) => Err(super::super::arguments::NIL_POINTER.to_owned()),
        Some(other) => Err(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind_name()
        )),
    }
}

fn user(text: &str) -> Result<Option<(String, Option<String>)>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let url = format!("proto://{text}@host");
    let parsed = parse::parse(&url).map_err(|why| {
        let url = crate::value::fmt::quote(&url);
        format!("unable to parse userinfo in dict: parse {url}: {why}")
    })?;
    Ok(parsed.user)
}

fn text(url: &Url) -> String {
    let mut out = String::new();
    if !url.scheme.is_empty() {
        out = format!("{}:", url.scheme);
    }
    if url.opaque.is_empty() {
        write_hierarchy(&mut out, url);
    } else {
        out.push_str(&url.opaque);
    }
    if !url.query.is_empty() {
        out.extend(["?", &url.query]);
    }
    if !url.fragment.is_empty() {
        out.extend([
            "#",
            &escape(&url.fragment, |b| b"$&+,/:;=?@!()*'".contains(&b)),
        ]);
    }
    out
}

/// `//user@host/path`.
fn write_hierarchy(out: &mut String, url: &Url) {
    let authority = !url.host.is_empty() || url.user.is_some();
    if authority || (!url.scheme.is_empty() && !url.path.is_empty()) {
        out.push_str("//");
    }
    if let Some(user) = &url.user {
        out.extend([&user_info(user), "@"]);
    }
    out.push_str(&escape(&url.host, is_host_byte));
    let path = match url.path.as_str() {
        "*" => "*".to_owned(),
        path => escape(path, |b| b"$&+,/:;=@".contains(&b)),
    };
    if !path.is_empty() && !path.starts_with('/') && !url.host.is_empty() {
        out.push('/');
    }
    let first = path.split('/').next().unwrap_or_default();
    if out.is_empty() && first.contains(':') {
        out.push_str("./");
    }
    out.push_str(&path);
}

/// Name and password as they stand in a URL.
pub(super) fn user_info((name, password): &(String, Option<String>)) -> String {
    let escape = |text: &str| escape(text, |b| b"$&+,;=".contains(&b));
    match password {
        Some(password) => format!("{}:{}", escape(name), escape(password)),
        None => escape(name),
    }
}

/// Encodes all but letters, digits, `-_.~` and what `allowed` lets pass.
fn escape(text: &str, allowed: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || allowed(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
