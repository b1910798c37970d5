//! Slash-separated paths; on Unix the `os…` functions are the same ones.

use super::arguments::{fixed, text};
use crate::template::Function;
use crate::template::Param::Str;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("base", &[Str], |_, a| Ok(base(text(a, 0)?).into())),
    fixed("osBase", &[Str], |_, a| Ok(base(text(a, 0)?).into())),
    fixed("dir", &[Str], |_, a| Ok(directory(text(a, 0)?).into())),
    fixed("osDir", &[Str], |_, a| Ok(directory(text(a, 0)?).into())),
    fixed("clean", &[Str], |_, a| Ok(clean(text(a, 0)?).into())),
    fixed("osClean", &[Str], |_, a| Ok(clean(text(a, 0)?).into())),
    fixed("ext", &[Str], |_, a| Ok(extension(text(a, 0)?).into())),
    fixed("osExt", &[Str], |_, a| Ok(extension(text(a, 0)?).into())),
    fixed("isAbs", &[Str], |_, a| {
        Ok(text(a, 0)?.starts_with('/').into())
    }),
    fixed("osIsAbs", &[Str], |_, a| {
        Ok(text(a, 0)?.starts_with('/').into())
    }),
];

/// `path.Base`: the last element; "." for nothing, "/" for only slashes.
fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/",
        Some(last) => last,
    }
}

/// `path.Dir`: all but the last element, cleaned.
fn directory(path: &str) -> String {
    clean(path.rfind('/').map_or("", |at| &path[..=at]))
}

/// `path.Clean`: without `.`, `..` and doubled slashes.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/').filter(|e| !matches!(*e, "" | ".")) {
        match (element, kept.last()) {
            ("..", Some(last)) if *last != ".." => drop(kept.pop()),
            ("..", _) if rooted => {}
            _ => kept.push(element),
        }
    }
    match (rooted, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}

/// `path.Ext`: from the last dot of the last element.
fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rfind('.').map_or("", |at| &name[at..])
}
