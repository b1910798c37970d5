//! How `release` is put together along the precedence order.
//!
//! Field by field, the later layer winning; `release.values` by Helm's rule: maps merge, lists
//! and scalars replace, null deletes (and is kept, because the chart's defaults lie below).
//! Every node keeps the place where it was written.

use crate::yaml::{Data, Key, Node};
use std::sync::Arc;

/// The `release` of a lower layer overlaid with that of a higher one.
pub fn merge_release(lower: &Node, upper: &Node) -> Node {
    overlay(lower, upper, |key, lower, upper| match key {
        "values" => merge_values(lower, upper),
        _ => upper.clone(),
    })
}

/// Helm's merge of two values trees.
pub fn merge_values(lower: &Node, upper: &Node) -> Node {
    overlay(lower, upper, |_, lower, upper| merge_values(lower, upper))
}

/// Two mappings as one, `both` deciding where both have the key; anything else is replaced.
fn overlay(lower: &Node, upper: &Node, both: impl Fn(&str, &Node, &Node) -> Node) -> Node {
    let (Data::Map(below), Data::Map(above)) = (&lower.data, &upper.data) else {
        return upper.clone();
    };
    let merge = |(key, value): &(Key, Node)| match upper.entries().and_then(|e| find(e, &key.name))
    {
        Some((winner, other)) => (winner.clone(), both(&key.name, value, other)),
        None => (key.clone(), value.clone()),
    };
    let mut entries: Vec<(Key, Node)> = below.iter().map(merge).collect();
    let new = above
        .iter()
        .filter(|(key, _)| find(below, &key.name).is_none());
    entries.extend(new.cloned());
    Node {
        data: Data::Map(Arc::new(entries)),
        pos: upper.pos.clone(),
    }
}

fn find<'a>(entries: &'a [(Key, Node)], name: &str) -> Option<&'a (Key, Node)> {
    entries.iter().find(|(key, _)| &*key.name == name)
}
