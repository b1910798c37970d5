//! Regular expressions: RE2 as Go reads it, matched by the crate `regex`.

mod class;
mod syntax;

use super::arguments::{Answer, fixed, int, strings, text};
use crate::template::Param::{Int, Str};
use crate::template::{Call, Function};
use crate::value::Value;
use crate::value::fmt::{can_backquote, quote};
use ::regex::{Captures, Regex};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("regexMatch", &[Str, Str], |_, a| {
        let matches = compile(text(a, 0)?).map(|regex| text(a, 1).map(|text| regex.is_match(text)));
        matches.unwrap_or(Ok(false)).map(Value::from)
    }),
    fixed("mustRegexMatch", &[Str, Str], |_, a| {
        Ok(compile(text(a, 0)?)?.is_match(text(a, 1)?).into())
    }),
    fixed("regexFind", &[Str, Str], |_, a| find(&*expected(a)?, a)),
    fixed("mustRegexFind", &[Str, Str], |_, a| {
        find(&*compile(text(a, 0)?)?, a)
    }),
    fixed("regexFindAll", &[Str, Str, Int], |_, a| {
        find_all(&*expected(a)?, a)
    }),
    fixed("mustRegexFindAll", &[Str, Str, Int], |_, a| {
        find_all(&*compile(text(a, 0)?)?, a)
    }),
    fixed("regexReplaceAll", &[Str, Str, Str], |_, a| {
        replace(&*expected(a)?, a)
    }),
    fixed("mustRegexReplaceAll", &[Str, Str, Str], |_, a| {
        replace(&*compile(text(a, 0)?)?, a)
    }),
    fixed("regexReplaceAllLiteral", &[Str, Str, Str], |_, a| {
        replace_literal(&*expected(a)?, a)
    }),
    fixed("mustRegexReplaceAllLiteral", &[Str, Str, Str], |_, a| {
        replace_literal(&*compile(text(a, 0)?)?, a)
    }),
    fixed("regexSplit", &[Str, Str, Int], |_, a| {
        split(&*expected(a)?, a)
    }),
    fixed("mustRegexSplit", &[Str, Str, Int], |_, a| {
        split(&*compile(text(a, 0)?)?, a)
    }),
    fixed("regexQuoteMeta", &[Str], quote_meta),
];

/// Compiled patterns kept per thread; charts use the same few over and over.
const CACHE_LIMIT: usize = 512;

thread_local! {
    // Not clones of `Regex`: each clone would build its lazy automaton again.
    static CACHE: RefCell<FxHashMap<String, Rc<Regex>>> = RefCell::default();
}

/// `regexp.Compile`; the error is Go's text.
fn compile(pattern: &str) -> Result<Rc<Regex>, String> {
    if let Some(regex) = CACHE.with_borrow(|cache| cache.get(pattern).cloned()) {
        return Ok(regex);
    }
    let translated = syntax::translate(pattern)?;
    let regex = Regex::new(&translated)
        .map_err(|_| format!("error parsing regexp: expression too large: `{pattern}`"))?;
    let regex = Rc::new(regex);
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHE_LIMIT {
            cache.clear();
        }
        cache.insert(pattern.to_owned(), Rc::clone(&regex));
    });
    Ok(regex)
}

/// `regexp.MustCompile` of the first argument.
fn expected(args: &[Value]) -> Result<Rc<Regex>, String> {
    let pattern = text(args, 0)?;
    compile(pattern).map_err(|error| {
        let quoted = if can_backquote(pattern) {
            format!("`{pattern}`")
        } else {
            quote(pattern)
        };
        format!("regexp: Compile({quoted}): {error}")
    })
}

fn find(regex: &Regex, args: &[Value]) -> Answer {
    let found = regex.find(text(args, 1)?);
    Ok(found.map_or("", |found| found.as_str()).into())
}

/// A count that Go reads as "all" where it is negative.
fn limit(args: &[Value], at: usize) -> Result<usize, String> {
    Ok(usize::try_from(int(args, at)?).unwrap_or(usize::MAX))
}

fn find_all(regex: &Regex, args: &[Value]) -> Answer {
    let found = regex.find_iter(text(args, 1)?).take(limit(args, 2)?);
    Ok(strings(found.map(|found| found.as_str())))
}

fn replace(regex: &Regex, args: &[Value]) -> Answer {
    let template = text(args, 2)?;
    let replaced = regex.replace_all(text(args, 1)?, |captures: &Captures<'_>| {
        expand(template, captures)
    });
    Ok(replaced.into_owned().into())
}

fn replace_literal(regex: &Regex, args: &[Value]) -> Answer {
    let replaced: Cow<'_, str> =
        regex.replace_all(text(args, 1)?, ::regex::NoExpand(text(args, 2)?));
    Ok(replaced.into_owned().into())
}

/// Go's `Expand`: `$1W` is the group named "1W", `$$` a dollar; a `$` that
/// starts nothing stays.
fn expand(template: &str, captures: &Captures<'_>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = reference(after) {
            out.push_str(group(captures, name));
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out + rest
}

/// The name after a `$` and what follows it.
fn reference(after: &str) -> Option<(&str, &str)> {
    let body = after.strip_prefix('{').unwrap_or(after);
    let end = body.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    let (name, tail) = body.split_at(end.unwrap_or(body.len()));
    let tail = if body.len() < after.len() {
        tail.strip_prefix('}')?
    } else {
        tail
    };
    (!name.is_empty()).then_some((name, tail))
}

fn group<'a>(captures: &Captures<'a>, name: &str) -> &'a str {
    let found = match name.parse::<usize>() {
        Ok(index) => captures.get(index),
        Err(_) => captures.name(name),
    };
    found.map_or("", |found| found.as_str())
}

/// `Regexp.Split`: like a text split, but a match at the very start of length
/// 0 splits nothing off.
fn split(regex: &Regex, args: &[Value]) -> Answer {
    let (input, limit) = (text(args, 1)?, limit(args, 2)?);
    if limit == 0 {
        return Ok(strings::<&str>([]));
    }
    if !text(args, 0)?.is_empty() && input.is_empty() {
        return Ok(strings([""]));
    }
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in regex.find_iter(input).take(limit) {
        if parts.len() + 1 == limit {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(&input[begin..end]);
        }
        begin = found.end();
    }
    if end != input.len() {
        parts.push(&input[begin..]);
    }
    Ok(strings(parts))
}

fn quote_meta(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut out = String::new();
    for c in text(args, 0)?.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests;
