//! Drops nested lists and maps without recursion: a template can nest values
//! far deeper than a stack goes (`{{ $d = dict "a" $d }}` in a loop).

use super::{List, Map, Value};
use std::rc::Rc;

impl Drop for List {
    fn drop(&mut self) {
        if is_last(&self.items) {
            dismantle(take_list(self));
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if is_last(&self.entries) {
            dismantle(take_map(self));
        }
    }
}

fn is_last<T>(shared: &Rc<T>) -> bool {
    Rc::strong_count(shared) == 1
}

/// Empties the pending values one after another, so that each is dropped flat.
fn dismantle(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        match &value {
            Value::List(list) if is_last(&list.items) => pending.append(&mut take_list(list)),
            Value::Map(map) if is_last(&map.entries) => pending.append(&mut take_map(map)),
            _ => {}
        }
    }
}

/// The elements, where one of them nests further; else none.
fn take_list(list: &List) -> Vec<Value> {
    match list.items.try_borrow_mut() {
        Ok(mut items) if items.iter().any(nests) => std::mem::take(&mut *items),
        _ => Vec::new(),
    }
}

fn take_map(map: &Map) -> Vec<Value> {
    match map.entries.try_borrow_mut() {
        Ok(mut entries) if entries.iter().any(|(_, value)| nests(value)) => {
            std::mem::take(&mut *entries).into_values().collect()
        }
        _ => Vec::new(),
    }
}

fn nests(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}
