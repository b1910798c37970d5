//! Filters of text: regular expressions, paths, encodings, hashes.

use super::super::regexes::{self, Flags, group, regex, replacement};
use super::failed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Environment, Error};
use std::path::Path;

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_filter("regex_replace", regex_replace);
    engine.add_filter("regex_search", regex_search);
    engine.add_filter("regex_findall", regex_findall);
    engine.add_filter("regex_escape", |text: String| escaped(&text));
    engine.add_filter("split", split);
    engine.add_filter("indent", indent);
    engine.add_filter("truncate", truncate);
    engine.add_filter("quote", |text: String| shell_quote(&text));
    engine.add_filter("comment", |text: String| {
        text.lines()
            .map(|line| format!("# {line}").trim_end().to_owned() + "\n")
            .collect::<String>()
    });
    engine.add_filter("b64encode", |text: String| STANDARD.encode(text));
    engine.add_filter("b64decode", b64decode);
    engine.add_filter("hash", |text: String, kind: Option<String>| {
        hash(&text, kind.as_deref().unwrap_or("sha1"))
    });
    engine.add_filter("checksum", |text: String| hash(&text, "sha1"));
    engine.add_filter("sha1", |text: String| hash(&text, "sha1"));
    engine.add_filter("urlencode", |text: String| urlencode(&text));
    engine.add_filter("urlsplit", urlsplit);
    paths(engine);
}

fn paths(engine: &mut Environment<'static>) {
    engine.add_filter("basename", |path: String| {
        path.rsplit('/').next().unwrap_or_default().to_owned()
    });
    engine.add_filter("dirname", |path: String| match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((dir, _)) => dir.to_owned(),
        None => String::new(),
    });
    engine.add_filter("splitext", |path: String| {
        let ending = Path::new(&path)
            .extension()
            .and_then(|e| e.to_str())
            .map_or(0, |e| e.len() + 1);
        let (stem, ending) = path.split_at(path.len() - ending);
        Value::from(vec![stem.to_owned(), ending.to_owned()])
    });
    engine.add_filter("path_join", |parts: Value| {
        let mut path = std::path::PathBuf::new();
        match parts.as_str() {
            Some(part) => path.push(part),
            None => parts
                .try_iter()?
                .for_each(|part| path.push(part.to_string())),
        }
        Ok::<_, Error>(path.display().to_string())
    });
}

fn flags(options: &Kwargs) -> Result<Flags, Error> {
    Ok(Flags {
        ignorecase: options.get::<Option<bool>>("ignorecase")?.unwrap_or(false),
        multiline: options.get::<Option<bool>>("multiline")?.unwrap_or(false),
    })
}

fn regex_replace(text: String, args: Rest<Value>, options: Kwargs) -> Result<String, Error> {
    let argument = |at: usize, name: &str| -> Result<String, Error> {
        let named = options.get::<Option<String>>(name)?;
        Ok(args
            .get(at)
            .map(Value::to_string)
            .or(named)
            .unwrap_or_default())
    };
    let (pattern, with) = (argument(0, "pattern")?, argument(1, "replacement")?);
    let count = options.get::<Option<usize>>("count")?.unwrap_or(0);
    let regex = regex(&pattern, flags(&options)?)?;
    let mut out = String::new();
    let mut last = 0;
    for (at, found) in regex.captures_iter(&text).enumerate() {
        let found = found.map_err(|error| regexes::failed(&error))?;
        let Some(whole) = found.get(0).filter(|_| count == 0 || at < count) else {
            break;
        };
        out.push_str(&text[last..whole.start()]);
        out.push_str(&replacement(&with, &found));
        last = whole.end();
    }
    Ok(out + &text[last..])
}

/// The match, or the asked groups (`\1`, `\g<name>`); none where nothing matches.
fn regex_search(
    text: String,
    pattern: &str,
    groups: Rest<Value>,
    options: Kwargs,
) -> Result<Value, Error> {
    let regex = regex(pattern, flags(&options)?)?;
    let found = regex
        .captures(&text)
        .map_err(|error| regexes::failed(&error))?;
    let Some(found) = found else {
        return Ok(Value::from(()));
    };
    if groups.is_empty() {
        return Ok(Value::from(group(&found, "0")));
    }
    let one = |name: &Value| {
        let written = name.to_string();
        // One backslash alone: with two of them Python finds no group.
        let name = written.strip_prefix('\\').unwrap_or(&written);
        let name = name.trim_start_matches("g<").trim_end_matches('>');
        let known = match name.parse::<usize>() {
            Ok(number) => number < found.len(),
            Err(_) => regex.capture_names().any(|known| known == Some(name)),
        };
        match known {
            true => Ok(Value::from(group(&found, name))),
            false => Err(failed(format!("regex_search: unknown group \"{name}\""))),
        }
    };
    Ok(Value::from(
        groups.iter().map(one).collect::<Result<Vec<_>, _>>()?,
    ))
}

/// Whole matches; with one group that group, with several lists of them.
fn regex_findall(text: String, pattern: &str, options: Kwargs) -> Result<Value, Error> {
    let regex = regex(pattern, flags(&options)?)?;
    let mut all = Vec::new();
    for found in regex.captures_iter(&text) {
        let found = found.map_err(|error| regexes::failed(&error))?;
        all.push(match found.len() {
            1 => Value::from(group(&found, "0")),
            2 => Value::from(group(&found, "1")),
            n => Value::from(
                (1..n)
                    .map(|at| group(&found, &at.to_string()).to_owned())
                    .collect::<Vec<_>>(),
            ),
        });
    }
    Ok(Value::from(all))
}

/// As Python's `re.escape`.
fn escaped(text: &str) -> String {
    let special = |c: char| r"()[]{}?*+-|^$\.&~# ".contains(c) || "\t\n\r\u{b}\u{c}".contains(c);
    let mut out = String::new();
    for c in text.chars() {
        if special(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn split(text: String, separator: Option<String>, most: Option<i64>) -> Vec<String> {
    let limit = most
        .and_then(|most| usize::try_from(most).ok())
        .map_or(usize::MAX, |most| most.saturating_add(1));
    match separator {
        Some(separator) => text
            .splitn(limit, separator.as_str())
            .map(str::to_owned)
            .collect(),
        None if limit == usize::MAX => text.split_whitespace().map(str::to_owned).collect(),
        None => text
            .trim()
            .splitn(limit, char::is_whitespace)
            .map(|part| part.trim_start().to_owned())
            .collect(),
    }
}

/// Jinja's own: a final line break stays.
fn indent(
    text: String,
    width: Option<Value>,
    first: Option<bool>,
    blank: Option<bool>,
    options: Kwargs,
) -> Result<String, Error> {
    let width = options.get::<Option<Value>>("width")?.or(width);
    let first = options
        .get::<Option<bool>>("first")?
        .or(first)
        .unwrap_or(false);
    let blank = options
        .get::<Option<bool>>("blank")?
        .or(blank)
        .unwrap_or(false);
    options.assert_all_used()?;
    let pad = match width {
        Some(value) if value.as_str().is_some() => value.to_string(),
        Some(value) => " ".repeat(value.as_usize().unwrap_or(4)),
        None => "    ".to_owned(),
    };
    let line = |(at, line): (usize, &str)| {
        let padded = if at == 0 {
            first
        } else {
            blank || !line.trim_end_matches('\n').is_empty()
        };
        if padded {
            format!("{pad}{line}")
        } else {
            line.to_owned()
        }
    };
    Ok(text.split_inclusive('\n').enumerate().map(line).collect())
}

fn truncate(
    text: String,
    length: Option<usize>,
    words: Option<bool>,
    end: Option<String>,
    options: Kwargs,
) -> Result<String, Error> {
    let length = options
        .get::<Option<usize>>("length")?
        .or(length)
        .unwrap_or(255);
    let whole = options
        .get::<Option<bool>>("killwords")?
        .or(words)
        .unwrap_or(false);
    let end = options
        .get::<Option<String>>("end")?
        .or(end)
        .unwrap_or_else(|| "...".to_owned());
    let leeway = options.get::<Option<usize>>("leeway")?.unwrap_or(5);
    let mark = end.chars().count();
    if length < mark {
        return Err(failed(format!("expected length >= {mark}, got {length}")));
    }
    if text.chars().count() <= length + leeway {
        return Ok(text);
    }
    let cut: String = text.chars().take(length - mark).collect();
    Ok(match cut.rsplit_once(' ') {
        Some((kept, _)) if !whole => format!("{kept}{end}"),
        _ => format!("{cut}{end}"),
    })
}

fn shell_quote(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    match !text.is_empty() && text.chars().all(safe) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\"'\"'")),
    }
}

fn b64decode(text: String) -> Result<String, Error> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD
        .decode(plain)
        .map_err(|error| failed(format!("b64decode: {error}")))?;
    String::from_utf8(bytes).map_err(|_| failed("b64decode: what comes out is not text"))
}

fn hash(text: &str, kind: &str) -> Result<String, Error> {
    use ring::digest;
    let algorithm = match kind {
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &digest::SHA256,
        "sha384" => &digest::SHA384,
        "sha512" => &digest::SHA512,
        _ => {
            return Err(failed(format!(
                "hash: \"{kind}\" is not sha1, sha256, sha384 or sha512"
            )));
        }
    };
    let digest = digest::digest(algorithm, text.as_bytes());
    Ok(digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn urlencode(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn urlsplit(text: String, part: Option<String>) -> Result<Value, Error> {
    let url = url::Url::parse(&text).map_err(|error| failed(format!("urlsplit: {error}")))?;
    let parts = [
        ("scheme", Value::from(url.scheme())),
        ("netloc", Value::from(url.authority())),
        ("hostname", Value::from(url.host_str())),
        (
            "port",
            Value::from(url.port_or_known_default().filter(|_| url.port().is_some())),
        ),
        (
            "username",
            Value::from(Some(url.username()).filter(|name| !name.is_empty())),
        ),
        ("password", Value::from(url.password())),
        ("path", Value::from(url.path())),
        ("query", Value::from(url.query().unwrap_or_default())),
        ("fragment", Value::from(url.fragment().unwrap_or_default())),
    ];
    let Some(name) = part else {
        return Ok(Value::from_pairs(parts));
    };
    let found = parts.into_iter().find(|(known, _)| *known == name);
    found
        .map(|(_, value)| value)
        .ok_or_else(|| failed(format!("urlsplit: unknown part \"{name}\"")))
}
