//! The merge of what is sent into what is live, by list keys.

use super::item_step;
use crate::manifest::Step;
use crate::manifest::schema::{ListKind, Place};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// `live` with `sent` over it: maps and keyed lists merge, everything else is replaced.
pub(super) fn merge(live: &Value, sent: &Value, at: Place) -> Value {
    match (live, sent) {
        (Value::Object(live), Value::Object(sent)) if !at.atomic() => {
            Value::Object(maps(live, sent, at))
        }
        (Value::Array(live), Value::Array(sent)) if at.list() != ListKind::Atomic => {
            lists(live, sent, at)
        }
        // A null says nothing about what is merged; what it gives up is pruned.
        (Value::Object(_), Value::Null) if !at.atomic() => live.clone(),
        (Value::Array(_), Value::Null) if at.list() != ListKind::Atomic => live.clone(),
        _ => sent.clone(),
    }
}

fn maps(live: &Map<String, Value>, sent: &Map<String, Value>, at: Place) -> Map<String, Value> {
    let mut merged = live.clone();
    for (name, value) in sent {
        let new = match live.get(name) {
            Some(old) => merge(old, value, at.field(name)),
            None => value.clone(),
        };
        merged.insert(name.clone(), new);
    }
    merged
}

/// Sent items keep their order; an item that is only live stays behind the one it followed.
fn lists(live: &[Value], sent: &[Value], at: Place) -> Value {
    let steps = |items: &[Value]| -> Vec<Step> { items.iter().map(|i| item_step(i, at)).collect() };
    let (live_steps, sent_steps) = (steps(live), steps(sent));
    let olds: HashMap<&Step, &Value> = live_steps.iter().zip(live).collect();
    let news: HashMap<&Step, &Value> = sent_steps.iter().zip(sent).collect();
    let item = |step: &Step| match (olds.get(step), news.get(step)) {
        (Some(old), Some(new)) => merge(old, new, at.item()),
        (Some(one), None) | (None, Some(one)) => (*one).clone(),
        (None, None) => Value::Null,
    };
    order(&live_steps, &sent_steps)
        .into_iter()
        .map(item)
        .collect()
}

/// The steps of both lists in the server's order.
fn order<'s>(live: &'s [Step], sent: &'s [Step]) -> Vec<&'s Step> {
    let in_live: HashSet<&Step> = live.iter().collect();
    let in_sent: HashSet<&Step> = sent.iter().collect();
    let mut shared = sent.iter().filter(|step| in_live.contains(step)).peekable();
    let (mut out, mut placed) = (Vec::new(), HashSet::new());
    let (mut l, mut s) = (0, 0);
    while l < live.len() || s < sent.len() {
        if let (Some(old), Some(new)) = (live.get(l), sent.get(s)) {
            if old == new {
                out.push(old);
                placed.insert(old);
                shared.next();
                (l, s) = (l + 1, s + 1);
                continue;
            }
            let awaited = shared.peek();
            if in_sent.contains(old) && awaited.is_some_and(|next| *next != old) {
                l += 1;
                continue;
            }
        }
        if let Some(old) = live.get(l) {
            if !in_sent.contains(old) {
                out.push(old);
                l += 1;
                continue;
            }
            if placed.contains(old) {
                l += 1;
            }
        }
        if let Some(new) = sent.get(s) {
            out.push(new);
            placed.insert(new);
            if shared.peek() == Some(&new) {
                shared.next();
            }
            s += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Gvk;
    use crate::manifest::schema::Schema;
    use proptest::prelude::*;
    use serde_json::json;

    fn merged(live: Value, sent: Value) -> Value {
        let schema = Schema::default();
        let at = schema.place(&Gvk::new("v1", "Pod")).field("spec");
        merge(&live, &sent, at)
    }

    fn names(list: &[&str]) -> Value {
        let items: Vec<Value> = list.iter().map(|name| json!({"name": name})).collect();
        json!({"containers": items})
    }

    #[test]
    fn sent_order_wins_and_live_items_stay_behind_theirs() {
        for (live, sent, wanted) in [
            (vec!["a", "x", "b"], vec!["b", "a"], vec!["x", "b", "a"]),
            (vec!["x", "a"], vec!["a"], vec!["x", "a"]),
            (vec!["a"], vec!["n", "a"], vec!["n", "a"]),
            (vec!["a", "x"], vec!["a", "n"], vec!["a", "x", "n"]),
        ] {
            let wanted_names = names(&wanted);
            assert_eq!(
                merged(names(&live), names(&sent)),
                wanted_names,
                "{live:?} {sent:?}"
            );
        }
    }

    #[test]
    fn atomic_values_are_replaced() {
        let live = json!({"nodeSelector": {"a": "1"}, "tolerations": [{"key": "a"}]});
        let sent = json!({"nodeSelector": {"b": "1"}, "tolerations": []});
        assert_eq!(merged(live, sent.clone()), sent);
    }

    fn pod_spec() -> impl Strategy<Value = Value> {
        let container = ("[a-c]", proptest::option::of("[xyz]")).prop_map(|(name, image)| {
            let mut container = json!({"name": name});
            if let Some(image) = image {
                container["image"] = image.into();
            }
            container
        });
        let containers = proptest::collection::btree_map("[a-c]", container, 0..3);
        containers.prop_map(|by_name| {
            let item = |(name, mut c): (String, Value)| {
                c["name"] = name.into();
                c
            };
            json!({"containers": by_name.into_iter().map(item).collect::<Vec<_>>()})
        })
    }

    proptest! {
        #[test]
        fn merging_again_changes_nothing(live in pod_spec(), sent in pod_spec()) {
            let once = merged(live, sent.clone());
            prop_assert_eq!(merged(once.clone(), sent), once);
        }

        /// Associative in content; the order of items depends on who was first.
        #[test]
        fn merging_is_associative(a in pod_spec(), b in pod_spec(), c in pod_spec()) {
            let sorted = |mut v: Value| {
                let items = v["containers"].as_array_mut().unwrap();
                items.sort_by_key(|i| i["name"].to_string());
                v
            };
            let left = merged(merged(a.clone(), b.clone()), c.clone());
            let right = merged(a, merged(b, c));
            prop_assert_eq!(sorted(left), sorted(right));
        }
    }
}
