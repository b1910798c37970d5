//! Filters of lists as sets (first seen order), and their combinations.

use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Environment, Error};

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_filter("union", |a: Value, b: Value| {
        set(&a, &b, |_, _| true, |a, item| !a.contains(item))
    });
    engine.add_filter("intersect", |a: Value, b: Value| {
        set(&a, &b, |b, item| b.contains(item), |_, _| false)
    });
    engine.add_filter("difference", |a: Value, b: Value| {
        set(&a, &b, |b, item| !b.contains(item), |_, _| false)
    });
    engine.add_filter("symmetric_difference", |a: Value, b: Value| {
        set(
            &a,
            &b,
            |b, item| !b.contains(item),
            |a, item| !a.contains(item),
        )
    });
    engine.add_filter("zip_longest", zip_longest);
    engine.add_filter("product", product);
    engine.add_filter("permutations", |list: Value, length: Option<usize>| {
        chosen(&list, length, true)
    });
    engine.add_filter("combinations", |list: Value, length: usize| {
        chosen(&list, Some(length), false)
    });
}

/// Items of `a` kept against `b`, then items of `b` kept against `a`, each once.
fn set(
    a: &Value,
    b: &Value,
    left: impl Fn(&[Value], &Value) -> bool,
    right: impl Fn(&[Value], &Value) -> bool,
) -> Result<Value, Error> {
    let a: Vec<Value> = a.try_iter()?.collect();
    let b: Vec<Value> = b.try_iter()?.collect();
    let kept = a.iter().filter(|item| left(&b, item));
    let kept = kept.chain(b.iter().filter(|item| right(&a, item)));
    let mut out: Vec<Value> = Vec::new();
    for item in kept {
        if !out.contains(item) {
            out.push(item.clone());
        }
    }
    Ok(Value::from(out))
}

fn lists(first: &Value, others: &[Value]) -> Result<Vec<Vec<Value>>, Error> {
    let list = |value: &Value| value.try_iter().map(Iterator::collect);
    [first].into_iter().chain(others).map(list).collect()
}

fn zip_longest(first: Value, others: Rest<Value>, options: Kwargs) -> Result<Value, Error> {
    let fill = options
        .get::<Option<Value>>("fillvalue")?
        .unwrap_or(Value::from(()));
    let lists = lists(&first, &others)?;
    let length = lists.iter().map(Vec::len).max().unwrap_or(0);
    let row = |at: usize| -> Value {
        lists
            .iter()
            .map(|list| list.get(at).cloned().unwrap_or_else(|| fill.clone()))
            .collect()
    };
    Ok((0..length).map(row).collect())
}

fn product(first: Value, others: Rest<Value>) -> Result<Value, Error> {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for list in lists(&first, &others)? {
        let longer = |row: &Vec<Value>| -> Vec<Vec<Value>> {
            list.iter()
                .map(|item| [row.as_slice(), std::slice::from_ref(item)].concat())
                .collect()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    Ok(rows.into_iter().map(Value::from).collect())
}

/// All choices of `length` items, in the order of Python's itertools.
fn chosen(list: &Value, length: Option<usize>, ordered: bool) -> Result<Value, Error> {
    let items: Vec<Value> = list.try_iter()?.collect();
    let length = length.unwrap_or(items.len());
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..length {
        let longer = |row: &Vec<usize>| -> Vec<Vec<usize>> {
            let from = if ordered {
                0
            } else {
                row.last().map_or(0, |last| last + 1)
            };
            let free = (from..items.len()).filter(|at| !row.contains(at));
            free.map(|at| [row.as_slice(), &[at]].concat()).collect()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let row = |row: Vec<usize>| -> Value {
        row.into_iter()
            .filter_map(|at| items.get(at).cloned())
            .collect()
    };
    Ok(rows.into_iter().map(row).collect())
}
