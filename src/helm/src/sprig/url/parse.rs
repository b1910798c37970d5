//! `url.Parse`.

use super::Url;
use crate::value::fmt::quote;

/// Reads a URL; the error is Go's, without its `parse "…"` head.
pub(crate) fn parse(text: &str) -> Result<Url, String> {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let mut url = without_fragment(text)?;
    url.fragment = unescape(fragment, false)?;
    Ok(url)
}

/// Reads a URL that ends with its query, such as that of a request.
pub(crate) fn without_fragment(text: &str) -> Result<Url, String> {
    if text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let (scheme, rest) = scheme(text)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut url = Url {
        scheme: scheme.to_lowercase(),
        query: query.to_owned(),
        ..Url::default()
    };
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        if rest
            .split('/')
            .next()
            .is_some_and(|first| first.contains(':'))
        {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let with_authority = !scheme.is_empty() || !rest.starts_with("///");
    let mut path = rest;
    if let Some(tail) = rest.strip_prefix("//").filter(|_| with_authority) {
        let end = tail.find('/').unwrap_or(tail.len());
        authority(&mut url, &tail[..end])?;
        path = &tail[end..];
    }
    url.path = unescape(path, false)?;
    Ok(url)
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn authority(url: &mut Url, text: &str) -> Result<(), String> {
    let (user, host) = match text.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, text),
    };
    url.host = self::host(&url.scheme, host)?;
    let Some(user) = user else {
        return Ok(());
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    url.user = Some(match user.split_once(':') {
        Some((name, password)) => (unescape(name, false)?, Some(unescape(password, false)?)),
        None => (unescape(user, false)?, None),
    });
    Ok(())
}

/// Whether this is empty, `:` or `:8080`.
pub(super) fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
        None => text.is_empty(),
    }
}

fn host(scheme: &str, host: &str) -> Result<String, String> {
    let port = match host.rfind('[') {
        Some(0) => {
            let end = host.rfind(']').ok_or("missing ']' in host")?;
            let address = &host[1..end];
            let address = address
                .split_once("%25")
                .map_or(address, |(address, _)| address);
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                let shown = quote(address);
                return Err(format!(
                    "invalid host: ParseAddr({shown}): unable to parse IP"
                ));
            }
            &host[end + 1..]
        }
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {
            // Some databases list hosts with ports; only the web forbids that.
            let strict = matches!(scheme, "http" | "https");
            let colon = if strict {
                host.find(':')
            } else {
                host.rfind(':')
            };
            colon.map_or("", |at| &host[at..])
        }
    };
    if !is_port(port) {
        return Err(format!("invalid port {} after host", quote(port)));
    }
    unescape(host, true)
}

/// Decodes `%41`; in a host only what is not ASCII may be encoded.
fn unescape(text: &str, in_host: bool) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte == b'%' {
            let code = escaped(tail).filter(|code| !in_host || *code >= 0x80 || *code == b'%');
            let Some(code) = code else {
                let shown = String::from_utf8_lossy(&rest[..rest.len().min(3)]);
                return Err(format!("invalid URL escape {}", quote(&shown)));
            };
            out.push(code);
            rest = &tail[2..];
            continue;
        }
        if in_host && byte.is_ascii() && !is_host_byte(*byte) {
            let shown = quote(&char::from(*byte).to_string());
            return Err(format!("invalid character {shown} in host name"));
        }
        out.push(*byte);
        rest = tail;
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn escaped(digits: &[u8]) -> Option<u8> {
    let high = char::from(*digits.first()?).to_digit(16)?;
    let low = char::from(*digits.get(1)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

pub(super) fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"".contains(&byte)
}
