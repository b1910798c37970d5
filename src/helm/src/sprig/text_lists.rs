//! Lists of strings: splitting, joining, sorting.

use super::arguments::{Answer, any, fixed, int, items, strings, text};
use crate::template::Param::{Any, Int, Str};
use crate::template::{Call, Function};
use crate::value::{Dict, Map, MapKind, Value};
use std::cell::RefCell;
use std::rc::Rc;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("join", &[Str, Any], |_, a| {
        Ok(texts(any(a, 1)).join(text(a, 0)?).into())
    }),
    fixed("split", &[Str, Str], |_, a| {
        Ok(numbered(split(text(a, 1)?, text(a, 0)?, -1)))
    }),
    fixed("splitn", &[Str, Int, Str], |_, a| {
        Ok(numbered(split(text(a, 2)?, text(a, 0)?, int(a, 1)?)))
    }),
    fixed("splitList", &[Str, Str], |_, a| {
        Ok(strings(split(text(a, 1)?, text(a, 0)?, -1)))
    }),
    fixed("toStrings", &[Any], |_, a| Ok(strings(texts(any(a, 0))))),
    fixed("sortAlpha", &[Any], sort_alpha),
];

/// sprig's `strslice`: nil items are dropped, a scalar is a list of one.
fn texts(value: &Value) -> Vec<String> {
    match items(value) {
        Some(items) => items
            .iter()
            .filter(|item| !item.is_nil())
            .map(|item| item.strval().into_owned())
            .collect(),
        None if value.is_nil() => Vec::new(),
        None => vec![value.strval().into_owned()],
    }
}

fn sort_alpha(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let value = any(args, 0);
    if value.is_nil() {
        return Ok(strings([&*value.strval()]));
    }
    let mut sorted = texts(value);
    sorted.sort_unstable();
    Ok(strings(sorted))
}

/// `strings.SplitN`: a negative `count` means all, an empty separator
/// characters.
fn split<'a>(text: &'a str, separator: &str, count: i64) -> Vec<&'a str> {
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    if limit == 0 {
        return Vec::new();
    }
    if !separator.is_empty() {
        return text.splitn(limit, separator).collect();
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if parts.len() + 1 == limit {
            rest.len()
        } else {
            first.len_utf8()
        };
        let (part, tail) = rest.split_at(end);
        parts.push(part);
        rest = tail;
    }
    parts
}

/// `map[string]string` with the keys `_0`, `_1`, …
fn numbered(parts: Vec<&str>) -> Value {
    let entries: Dict = parts
        .into_iter()
        .enumerate()
        .map(|(at, part)| (format!("_{at}").into(), Value::from(part)))
        .collect();
    Value::Map(Map {
        kind: MapKind::Str,
        entries: Rc::new(RefCell::new(entries)),
    })
}
