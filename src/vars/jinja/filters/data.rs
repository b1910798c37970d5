//! Filters of mappings and nested values: `combine`, `dict2items`, `flatten`, `json_query`.

use super::failed;
use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{Environment, Error};

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_filter("combine", combine);
    engine.add_filter("dict2items", dict2items);
    engine.add_filter("items2dict", items2dict);
    engine.add_filter("flatten", flatten);
    engine.add_filter("extract", extract);
    engine.add_filter("subelements", subelements);
    engine.add_filter("ternary", ternary);
    engine.add_filter("mandatory", mandatory);
    engine.add_filter("type_debug", |value: Value| type_name(&value));
    engine.add_filter("dictsort", dictsort);
}

pub(super) fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// How `combine` treats lists that both sides have.
#[derive(Clone, Copy)]
enum Lists {
    Replace,
    Keep,
    Append,
    Prepend,
    AppendNew,
    PrependNew,
}

fn combine(first: Value, others: Rest<Value>, options: Kwargs) -> Result<Value, Error> {
    let recursive = options.get::<Option<bool>>("recursive")?.unwrap_or(false);
    let lists = match options.get::<Option<String>>("list_merge")?.as_deref() {
        None | Some("replace") => Lists::Replace,
        Some("keep") => Lists::Keep,
        Some("append") => Lists::Append,
        Some("prepend") => Lists::Prepend,
        Some("append_rp") => Lists::AppendNew,
        Some("prepend_rp") => Lists::PrependNew,
        Some(other) => return Err(failed(format!("combine: unknown list_merge \"{other}\""))),
    };
    options.assert_all_used()?;
    let mut maps = Vec::new();
    for value in [&first].into_iter().chain(others.iter()) {
        match is_list(value) {
            true => maps.extend(value.try_iter()?),
            false => maps.push(value.clone()),
        }
    }
    let mut all = Value::from_pairs(Vec::<(Value, Value)>::new());
    for map in maps {
        if map.kind() != ValueKind::Map {
            return Err(failed(format!(
                "combine: mappings are expected, not {}",
                map.kind()
            )));
        }
        all = merged(&all, &map, recursive, lists)?;
    }
    Ok(all)
}

fn merged(lower: &Value, upper: &Value, recursive: bool, lists: Lists) -> Result<Value, Error> {
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for key in lower.try_iter()? {
        let below = lower.get_item(&key)?;
        let above = upper.get_item(&key)?;
        let value = if above.is_undefined() {
            below
        } else if recursive && below.kind() == ValueKind::Map && above.kind() == ValueKind::Map {
            merged(&below, &above, recursive, lists)?
        } else if is_list(&below) && is_list(&above) {
            joined(&below, &above, lists)?
        } else {
            above
        };
        entries.push((key, value));
    }
    for key in upper.try_iter()? {
        if lower.get_item(&key)?.is_undefined() {
            entries.push((key.clone(), upper.get_item(&key)?));
        }
    }
    Ok(Value::from_pairs(entries))
}

fn joined(below: &Value, above: &Value, lists: Lists) -> Result<Value, Error> {
    let both = |first: &Value, second: &Value| -> Result<Vec<Value>, Error> {
        Ok(first.try_iter()?.chain(second.try_iter()?).collect())
    };
    let fresh = |list: &Value| -> Result<Value, Error> {
        let kept: Vec<Value> = above.try_iter()?.collect();
        Ok(list
            .try_iter()?
            .filter(|item| !kept.contains(item))
            .collect())
    };
    Ok(match lists {
        Lists::Replace => above.clone(),
        Lists::Keep => below.clone(),
        Lists::Append => both(below, above)?.into(),
        Lists::Prepend => both(above, below)?.into(),
        Lists::AppendNew => both(&fresh(below)?, above)?.into(),
        Lists::PrependNew => both(above, &fresh(below)?)?.into(),
    })
}

fn names(options: &Kwargs) -> Result<(String, String), Error> {
    let name = |option: &str, default: &str| -> Result<String, Error> {
        Ok(options
            .get::<Option<String>>(option)?
            .unwrap_or_else(|| default.to_owned()))
    };
    let names = (name("key_name", "key")?, name("value_name", "value")?);
    options.assert_all_used()?;
    Ok(names)
}

fn dict2items(map: Value, options: Kwargs) -> Result<Value, Error> {
    let (key_name, value_name) = names(&options)?;
    if map.kind() != ValueKind::Map {
        return Err(failed(format!(
            "dict2items: a mapping is expected, not {}",
            map.kind()
        )));
    }
    let item = |key: Value| {
        let value = map.get_item(&key)?;
        Ok(Value::from_pairs([
            (key_name.clone(), key),
            (value_name.clone(), value),
        ]))
    };
    map.try_iter()?
        .map(item)
        .collect::<Result<Vec<_>, Error>>()
        .map(Value::from)
}

fn items2dict(list: Value, options: Kwargs) -> Result<Value, Error> {
    let (key_name, value_name) = names(&options)?;
    let pair = |item: Value| {
        let key = item.get_attr(&key_name)?;
        let value = item.get_attr(&value_name)?;
        if key.is_undefined() || value.is_undefined() {
            let detail =
                format!("items2dict: every item needs \"{key_name}\" and \"{value_name}\"");
            return Err(failed(detail));
        }
        Ok((key, value))
    };
    list.try_iter()?
        .map(pair)
        .collect::<Result<Vec<_>, Error>>()
        .map(Value::from_pairs)
}

fn flatten(list: Value, levels: Option<i64>, options: Kwargs) -> Result<Value, Error> {
    let levels = options.get::<Option<i64>>("levels")?.or(levels);
    let skip = options.get::<Option<bool>>("skip_nulls")?.unwrap_or(true);
    let mut out = Vec::new();
    unfold(&list, levels, skip, &mut out)?;
    Ok(Value::from(out))
}

fn unfold(
    list: &Value,
    levels: Option<i64>,
    skip: bool,
    out: &mut Vec<Value>,
) -> Result<(), Error> {
    for item in list.try_iter()? {
        if is_list(&item) && levels != Some(0) {
            unfold(&item, levels.map(|levels| levels - 1), skip, out)?;
        } else if !(skip && item.is_none()) {
            out.push(item);
        }
    }
    Ok(())
}

fn extract(key: Value, container: Value, more: Option<Value>) -> Result<Value, Error> {
    let mut value = container.get_item(&key)?;
    match more {
        Some(steps) if is_list(&steps) => {
            for step in steps.try_iter()? {
                value = value.get_item(&step)?;
            }
        }
        Some(step) => value = value.get_item(&step)?,
        None => {}
    }
    Ok(value)
}

fn subelements(list: Value, path: Value, skip_missing: Option<bool>) -> Result<Value, Error> {
    let path = path.to_string();
    let mut pairs = Vec::new();
    let items: Vec<Value> = match list.kind() {
        ValueKind::Map => list
            .try_iter()?
            .map(|key| list.get_item(&key))
            .collect::<Result<_, _>>()?,
        _ => list.try_iter()?.collect(),
    };
    for item in items {
        let mut inner = item.clone();
        for step in path.split('.') {
            inner = inner.get_attr(step)?;
        }
        match inner.kind() {
            ValueKind::Undefined if skip_missing == Some(true) => {}
            _ if is_list(&inner) => {
                pairs.extend(
                    inner
                        .try_iter()?
                        .map(|inner| Value::from(vec![item.clone(), inner])),
                );
            }
            kind => {
                return Err(failed(format!(
                    "subelements: \"{path}\" should be a list, not {kind}"
                )));
            }
        }
    }
    Ok(Value::from(pairs))
}

fn ternary(condition: Value, yes: Value, no: Value, none: Option<Value>) -> Value {
    match none {
        Some(value) if condition.is_none() => value,
        _ if condition.is_true() => yes,
        _ => no,
    }
}

fn mandatory(value: Value, message: Option<String>) -> Result<Value, Error> {
    match value.is_undefined() {
        false => Ok(value),
        true => Err(failed(message.unwrap_or_else(|| {
            "a mandatory variable is not defined".to_owned()
        }))),
    }
}

/// Python's name of the type.
fn type_name(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "Undefined",
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Map => "dict",
        ValueKind::Seq if value.is_tuple() => "tuple",
        ValueKind::Seq => "list",
        _ => "generator",
    }
}

/// Pairs sorted by key, or by value.
fn dictsort(
    map: Value,
    case: Option<bool>,
    by: Option<String>,
    options: Kwargs,
) -> Result<Value, Error> {
    let by = options.get::<Option<String>>("by")?.or(by);
    let case = options
        .get::<Option<bool>>("case_sensitive")?
        .or(case)
        .unwrap_or(false);
    let reverse = options.get::<Option<bool>>("reverse")?.unwrap_or(false);
    let fold = |value: &Value| match value.as_str() {
        Some(text) if !case => Value::from(text.to_lowercase()),
        _ => value.clone(),
    };
    let pair = |key: Value| map.get_item(&key).map(|value| (key, value));
    let mut pairs = map.try_iter()?.map(pair).collect::<Result<Vec<_>, _>>()?;
    match by.as_deref() {
        Some("value") => pairs.sort_by_key(|(_, value)| fold(value)),
        _ => pairs.sort_by_key(|(key, _)| fold(key)),
    }
    if reverse {
        pairs.reverse();
    }
    Ok(pairs
        .into_iter()
        .map(|(key, value)| Value::from(vec![key, value]))
        .collect())
}
