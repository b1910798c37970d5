//! Lists. Nothing here changes its argument: every function gives a new list.

use super::arguments::{Answer, NIL_POINTER, any, fixed, int, items, rest, variadic};
use super::cast::to_int64;
use crate::template::Param::{Any, Int};
use crate::template::{Call, Function};
use crate::value::{List, ListKind, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    variadic("list", &[Any], |_, a| Ok(a.to_vec().into())),
    variadic("tuple", &[Any], |_, a| Ok(a.to_vec().into())),
    fixed("append", &[Any, Any], append),
    fixed("push", &[Any, Any], append),
    fixed("mustAppend", &[Any, Any], append),
    fixed("mustPush", &[Any, Any], append),
    fixed("prepend", &[Any, Any], prepend),
    fixed("mustPrepend", &[Any, Any], prepend),
    variadic("concat", &[Any], concat),
    fixed("first", &[Any], first),
    fixed("mustFirst", &[Any], first),
    fixed("last", &[Any], last),
    fixed("mustLast", &[Any], last),
    fixed("rest", &[Any], tail),
    fixed("mustRest", &[Any], tail),
    fixed("initial", &[Any], initial),
    fixed("mustInitial", &[Any], initial),
    fixed("reverse", &[Any], reverse),
    fixed("mustReverse", &[Any], reverse),
    fixed("compact", &[Any], compact),
    fixed("mustCompact", &[Any], compact),
    fixed("uniq", &[Any], uniq),
    fixed("mustUniq", &[Any], uniq),
    variadic("without", &[Any, Any], without),
    variadic("mustWithout", &[Any, Any], without),
    fixed("has", &[Any, Any], has),
    fixed("mustHas", &[Any, Any], has),
    variadic("slice", &[Any, Any], slice),
    variadic("mustSlice", &[Any, Any], slice),
    fixed("chunk", &[Int, Any], chunk),
    fixed("mustChunk", &[Int, Any], chunk),
];

/// The items of argument `at`, or Go's error: `Cannot {verb} type string`.
fn listed(args: &[Value], at: usize, verb: &str) -> Result<Vec<Value>, String> {
    let value = any(args, at);
    if value.is_nil() {
        return Err(NIL_POINTER.to_owned());
    }
    items(value).ok_or_else(|| format!("Cannot {verb} type {}", value.kind_name()))
}

fn append(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut items = listed(args, 0, "push on")?;
    items.push(any(args, 1).clone());
    Ok(items.into())
}

fn prepend(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut items = listed(args, 0, "prepend on")?;
    items.insert(0, any(args, 1).clone());
    Ok(items.into())
}

fn concat(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut all = Vec::new();
    for (at, value) in args.iter().enumerate() {
        // The one text of this chapter with words after the type.
        let items = listed(args, at, "concat").map_err(|error| {
            if value.is_nil() {
                error
            } else {
                format!("{error} as list")
            }
        })?;
        all.extend(items);
    }
    Ok(all.into())
}

fn first(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(listed(args, 0, "find first on")?
        .into_iter()
        .next()
        .unwrap_or_default())
}

fn last(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(listed(args, 0, "find last on")?.pop().unwrap_or_default())
}

fn tail(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let items = listed(args, 0, "find rest on")?;
    Ok(items.into_iter().skip(1).collect::<Vec<_>>().into())
}

fn initial(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut items = listed(args, 0, "find initial on")?;
    items.pop();
    Ok(items.into())
}

fn reverse(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut items = listed(args, 0, "find reverse on")?;
    items.reverse();
    Ok(items.into())
}

fn compact(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut items = listed(args, 0, "compact on")?;
    items.retain(|item| !item.is_empty());
    Ok(items.into())
}

fn uniq(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut kept: Vec<Value> = Vec::new();
    for item in listed(args, 0, "find uniq on")? {
        if !contains(&kept, &item) {
            kept.push(item);
        }
    }
    Ok(kept.into())
}

fn contains(items: &[Value], wanted: &Value) -> bool {
    items.iter().any(|item| item.deep_equal(wanted))
}

fn without(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let mut items = listed(args, 0, "find without on")?;
    items.retain(|item| !contains(rest(args, 1), item));
    Ok(items.into())
}

fn has(_: &mut Call<'_>, args: &[Value]) -> Answer {
    if any(args, 1).is_nil() {
        return Ok(false.into());
    }
    Ok(contains(&listed(args, 1, "find has on")?, any(args, 0)).into())
}

/// Keeps the static type of the list it cuts.
fn slice(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let value = any(args, 0);
    if value.is_nil() {
        return Err(NIL_POINTER.to_owned());
    }
    let Some(items) = items(value) else {
        let kind = value.kind_name();
        return Err(format!("list should be type of slice or array but {kind}"));
    };
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let bound = |at: usize| args.get(at).map(|v| usize::try_from(to_int64(v)).ok());
    let start = bound(1).unwrap_or(Some(0));
    let end = bound(2).unwrap_or(Some(items.len()));
    let cut = start
        .zip(end)
        .and_then(|(start, end)| items.get(start..end));
    let kind = match value {
        Value::List(list) => list.kind,
        _ => ListKind::Any,
    };
    cut.map(|cut| Value::List(List::of(kind, cut.to_vec())))
        .ok_or_else(|| "reflect.Value.Slice: slice index out of bounds".to_owned())
}

fn chunk(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let items = listed(args, 1, "chunk")?;
    let size = usize::try_from(int(args, 0)?).ok().filter(|size| *size > 0);
    let Some(size) = size else {
        return Err("runtime error: makeslice: len out of range".to_owned());
    };
    let chunks = items
        .chunks(size)
        .map(|chunk| chunk.to_vec().into())
        .collect();
    Ok(Value::List(List::of(ListKind::Lists, chunks)))
}
