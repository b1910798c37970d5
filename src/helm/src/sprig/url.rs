//! URLs: Go's `net/url` behind `urlParse` and `urlJoin`.

mod join;
mod parse;

pub(crate) use parse::{parse as parse_url, without_fragment as parse_whole_url};

use super::arguments::{Answer, fixed, map, text};
use crate::template::Function;
use crate::template::Param::{Map as Dictionary, Str};
use crate::value::fmt::quote;
use crate::value::{Dict, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("urlParse", &[Str], |_, a| url_parse(text(a, 0)?)),
    fixed("urlJoin", &[Dictionary], |_, a| join::url_join(&map(a, 0)?)),
];

/// The parts of a URL, decoded where Go decodes them.
#[derive(Default)]
pub(crate) struct Url {
    pub scheme: String,
    /// Name and password, if there is an `@`.
    user: Option<(String, Option<String>)>,
    pub host: String,
    pub path: String,
    query: String,
    opaque: String,
    fragment: String,
}

fn url_parse(text: &str) -> Answer {
    let url = parse::parse(text)
        .map_err(|why| format!("unable to parse url: parse {}: {why}", quote(text)))?;
    let user = url.user.as_ref().map(join::user_info).unwrap_or_default();
    let mut dict = Dict::new();
    for (key, part) in [
        ("hostname", host_name(&url.host)),
        ("userinfo", user.as_str()),
        ("scheme", &url.scheme),
        ("host", &url.host),
        ("path", &url.path),
        ("query", &url.query),
        ("opaque", &url.opaque),
        ("fragment", &url.fragment),
    ] {
        dict.insert(key, Value::from(part));
    }
    Ok(dict.into())
}

/// The host without port and brackets.
fn host_name(host: &str) -> &str {
    let name = match host.rfind(':') {
        Some(at) if parse::is_port(&host[at..]) => &host[..at],
        _ => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    bare.unwrap_or(name)
}

#[cfg(test)]
mod tests;
