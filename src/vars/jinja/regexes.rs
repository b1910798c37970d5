//! Python's regular expressions, kept compiled: look-around and back references included.

use fancy_regex::{Captures, Regex};
use minijinja::{Error, ErrorKind};
use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

static COMPILED: LazyLock<RwLock<FxHashMap<String, Arc<Regex>>>> = LazyLock::new(RwLock::default);

/// How a pattern is meant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) ignorecase: bool,
    pub(super) multiline: bool,
}

/// The pattern, compiled.
pub(super) fn regex(pattern: &str, flags: Flags) -> Result<Arc<Regex>, Error> {
    let letters = match (flags.ignorecase, flags.multiline) {
        (true, true) => "(?im)",
        (true, false) => "(?i)",
        (false, true) => "(?m)",
        (false, false) => "",
    };
    let whole = format!("{letters}{}", pattern.replace("\\Z", "\\z"));
    if let Some(known) = COMPILED
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&whole)
    {
        return Ok(known.clone());
    }
    let new = Regex::new(&whole).map_err(|error| failed(&error))?;
    let new = Arc::new(new);
    let mut kept = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    kept.insert(whole, new.clone());
    Ok(new)
}

/// A pattern that can't be read, or that backtracks without end.
pub(super) fn failed(error: &fancy_regex::Error) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("regex: {error}"))
}

/// Python's replacement text: `\1`, `\g<1>`, `\g<name>`, `\n`.
pub(super) fn replacement(template: &str, found: &Captures<'_>) -> String {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('g') if chars.peek() == Some(&'<') => {
                chars.next();
                let name: String = chars.by_ref().take_while(|c| *c != '>').collect();
                out.push_str(group(found, &name));
            }
            Some(digit) if digit.is_ascii_digit() => {
                let mut name = digit.to_string();
                name.extend(chars.next_if(char::is_ascii_digit));
                out.push_str(group(found, &name));
            }
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('\\') => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

/// A group by number or name; one that took no part is empty.
pub(super) fn group<'t>(found: &Captures<'t>, name: &str) -> &'t str {
    let group = match name.parse() {
        Ok(number) => found.get(number),
        Err(_) => found.name(name),
    };
    group.map_or("", |group| group.as_str())
}
