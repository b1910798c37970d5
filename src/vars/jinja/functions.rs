//! Functions: `lookup`, `query`, `dict`, `now`, and the engine's own `__reach`.

use super::eval::{Eval, HANDLE, Handle};
use super::native::{invalid, native};
use crate::yaml::{Pos, Source};
use minijinja::value::{Kwargs, Rest, Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use serde_json::Map;
use std::fmt;

/// Lookups into the world outside: `file`, `env`, `template`, `pipe`, `k8s` and so on.
pub trait Lookups: fmt::Debug + Send + Sync {
    /// The values of a lookup; `None` where there is none of that name.
    fn lookup(
        &self,
        name: &str,
        terms: &[serde_json::Value],
        options: &Map<String, serde_json::Value>,
    ) -> Option<Result<Vec<serde_json::Value>, String>>;
}

/// Nothing outside is looked up.
#[derive(Debug)]
pub(in crate::vars) struct NoLookups;

impl Lookups for NoLookups {
    fn lookup(
        &self,
        _: &str,
        _: &[serde_json::Value],
        _: &Map<String, serde_json::Value>,
    ) -> Option<Result<Vec<serde_json::Value>, String>> {
        None
    }
}

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_function("__reach", reach);
    engine.add_function(
        "lookup",
        |state: &State, name: String, terms: Rest<Value>, options: Kwargs| {
            let wantlist = options.get::<Option<bool>>("wantlist")?.unwrap_or(false);
            let values = query(state, &name, &terms, &options)?;
            Ok::<_, Error>(if wantlist {
                Value::from(values)
            } else {
                joined(values)
            })
        },
    );
    for name in ["query", "q"] {
        engine.add_function(
            name,
            |state: &State, name: String, terms: Rest<Value>, options: Kwargs| {
                query(state, &name, &terms, &options).map(Value::from)
            },
        );
    }
    engine.add_function("dict", dict);
    engine.add_function("now", now);
}

/// Walks on from `base` as long as there is something: what a chain under `default` becomes.
fn reach(base: Value, steps: Rest<Value>) -> Result<Value, Error> {
    let mut value = base;
    for step in steps.iter() {
        if value.is_undefined() {
            break;
        }
        value = value.get_item(step).unwrap_or(Value::UNDEFINED);
        if value.kind() == ValueKind::Invalid {
            return Err(invalid(&value));
        }
    }
    Ok(value)
}

/// One value as it is, several texts as one with commas, as Ansible gives them.
fn joined(mut values: Vec<Value>) -> Value {
    if values.len() == 1 {
        return values.pop().unwrap_or_default();
    }
    if values.iter().any(|value| value.as_str().is_none()) {
        return Value::from(values);
    }
    let texts: Vec<String> = values.iter().map(Value::to_string).collect();
    Value::from(texts.join(","))
}

fn query(
    state: &State,
    name: &str,
    terms: &[Value],
    options: &Kwargs,
) -> Result<Vec<Value>, Error> {
    let handle = state.lookup(HANDLE);
    let Some(Handle(eval)) = handle
        .as_ref()
        .and_then(|handle| handle.downcast_object_ref())
    else {
        return Err(failed("lookup", "no variables here"));
    };
    let name = name.rsplit('.').next().unwrap_or(name);
    match name {
        "vars" => variables(eval, terms, options),
        "items" => Ok(flat(terms)?),
        "dict" => pairs(terms),
        "sequence" => sequence(terms),
        "template" => templates(eval, terms),
        _ => outside(eval, name, terms, options),
    }
}

/// The rendered content of template files.
fn templates(eval: &Eval, terms: &[Value]) -> Result<Vec<Value>, Error> {
    let whole = Map::from_iter([("rstrip".to_owned(), false.into())]);
    let mut texts = Vec::new();
    for term in terms {
        let lookups = eval.scope.fleet().lookups();
        let found = lookups.lookup("file", &[term.to_string().into()], &whole);
        let content = match found {
            Some(Ok(content)) => content,
            Some(Err(why)) => return Err(failed("template", &why)),
            None => return Err(failed("template", "there are no files here")),
        };
        let text = content
            .first()
            .and_then(|text| text.as_str())
            .unwrap_or_default();
        let pos = Pos::start(&Source::new(term.to_string(), text));
        let rendered = eval
            .file(text, &pos)
            .map_err(|fault| failed("template", &fault.to_string()))?;
        texts.push(Value::from(rendered));
    }
    Ok(texts)
}

fn outside(
    eval: &Eval,
    name: &str,
    terms: &[Value],
    options: &Kwargs,
) -> Result<Vec<Value>, Error> {
    let json = |value: &Value| Ok::<_, Error>(native(value)?.into_json().unwrap_or_default());
    let terms = terms.iter().map(json).collect::<Result<Vec<_>, _>>()?;
    let mut named = Map::new();
    for key in options.args().filter(|key| *key != "wantlist") {
        named.insert(key.to_owned(), json(&options.get::<Value>(key)?)?);
    }
    match eval.scope.fleet().lookups().lookup(name, &terms, &named) {
        Some(Ok(values)) => Ok(values
            .into_iter()
            .map(|value| Value::from(Serde(value)))
            .collect()),
        Some(Err(why)) => Err(failed(name, &why)),
        None => Err(failed(name, "there is no such lookup")),
    }
}

fn variables(eval: &Eval, terms: &[Value], options: &Kwargs) -> Result<Vec<Value>, Error> {
    let default = options.get::<Option<Value>>("default")?;
    let one = |term: &Value| {
        let found = eval
            .variable(&term.to_string())
            .filter(|value| !value.is_undefined());
        let missing = || Error::new(ErrorKind::UndefinedError, format!("`{term}` is undefined"));
        found.or_else(|| default.clone()).ok_or_else(missing)
    };
    terms.iter().map(one).collect()
}

/// The terms with one level of lists unfolded.
fn flat(terms: &[Value]) -> Result<Vec<Value>, Error> {
    let mut values = Vec::new();
    for term in terms {
        match term.kind() {
            ValueKind::Seq | ValueKind::Iterable => values.extend(term.try_iter()?),
            _ => values.push(term.clone()),
        }
    }
    Ok(values)
}

fn pairs(terms: &[Value]) -> Result<Vec<Value>, Error> {
    let mut values = Vec::new();
    for term in terms {
        for key in term.try_iter()? {
            let value = term.get_item(&key)?;
            values.push(Value::from_pairs([("key", key), ("value", value)]));
        }
    }
    Ok(values)
}

/// `start=1 end=3 stride=2 format=%02d`; the items are texts.
fn sequence(terms: &[Value]) -> Result<Vec<Value>, Error> {
    let (mut start, mut end, mut count, mut stride) = (1_i64, None, None, 1_i64);
    let mut format = "%d".to_owned();
    let text = terms
        .iter()
        .map(Value::to_string)
        .collect::<Vec<_>>()
        .join(" ");
    for word in text.split_whitespace() {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| failed("sequence", "key=value is expected"))?;
        let number = || {
            value
                .parse()
                .map_err(|_| failed("sequence", "a number is expected"))
        };
        match key {
            "start" => start = number()?,
            "end" => end = Some(number()?),
            "count" => count = Some(number()?),
            "stride" => stride = number()?,
            "format" => value.clone_into(&mut format),
            _ => return Err(failed("sequence", &format!("unknown key \"{key}\""))),
        }
    }
    let end = match (end, count) {
        (Some(end), _) => end,
        (None, Some(count)) => start + (count - 1) * stride,
        (None, None) => return Err(failed("sequence", "end or count is needed")),
    };
    let length = (end - start)
        .checked_div(stride)
        .map_or(0, |steps| steps + 1);
    if !(0..=100_000).contains(&length) {
        return Err(failed("sequence", "an empty or endless sequence"));
    }
    let item = |at: i64| {
        let number = Value::from(start + at * stride);
        let style = minijinja::formatting::FormatStyle::Printf;
        minijinja::formatting::format(style, &format, &[number]).map(Value::from)
    };
    (0..length).map(item).collect()
}

/// `dict(a=1)`, or `dict` of pairs.
fn dict(pairs: Option<Value>, named: Kwargs) -> Result<Value, Error> {
    let mut entries: Vec<(Value, Value)> = Vec::new();
    if let Some(pairs) = pairs {
        let map = pairs.kind() == ValueKind::Map;
        for item in pairs.try_iter()? {
            match map {
                true => entries.push((item.clone(), pairs.get_item(&item)?)),
                false => entries.push((item.get_item_by_index(0)?, item.get_item_by_index(1)?)),
            }
        }
    }
    for key in named.args() {
        entries.push((key.into(), named.get(key)?));
    }
    Ok(Value::from_pairs(entries))
}

/// `now(utc=true, fmt='%Y-%m-%d')`; without a format RFC 3339.
fn now(utc: Option<bool>, fmt: Option<String>, named: Kwargs) -> Result<String, Error> {
    let utc = named.get::<Option<bool>>("utc")?.or(utc).unwrap_or(false);
    let fmt = named.get::<Option<String>>("fmt")?.or(fmt);
    named.assert_all_used()?;
    let now = jiff::Zoned::now();
    let now = if utc {
        now.with_time_zone(jiff::tz::TimeZone::UTC)
    } else {
        now
    };
    match fmt.filter(|fmt| !fmt.is_empty()) {
        Some(fmt) => super::filters::strftime(&fmt, &now),
        None => Ok(now.timestamp().to_string()),
    }
}

fn failed(name: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("lookup {name}: {why}"))
}
