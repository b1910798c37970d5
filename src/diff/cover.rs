//! What stood, or will stand, in the place of a secret. The main entry point is [`cover`].
//!
//! Of a secret that is changed only one side is known to be one: the password of last year stands
//! live where the inventory has that of this year. At one path both are secret, or none is.

use crate::manifest::schema::{ListKind, Place};
use crate::ownership::item_step;
use crate::sensitive::Veil;
use serde_json::Value;

/// Masks whole what differs from a secret at its own path, on either side. The secrets themselves
/// are left to the veil.
pub fn cover(old: &mut Value, new: &mut Value, at: Place, veil: &Veil) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            for (name, old) in old.iter_mut() {
                if let Some(new) = new.get_mut(name) {
                    cover(old, new, at.field(name), veil);
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if at.list() != ListKind::Atomic => {
            for old in old.iter_mut() {
                let step = item_step(old, at);
                let same = |new: &&mut Value| item_step(new, at) == step;
                if let Some(new) = new.iter_mut().find(same) {
                    cover(old, new, at.item(), veil);
                }
            }
        }
        // Lists without keys, of which one item may have changed.
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (old, new) in old.iter_mut().zip(new) {
                cover(old, new, at.item(), veil);
            }
        }
        (old, new) => {
            let touched = [veil.touches_value(old), veil.touches_value(new)];
            if touched == [false, false] {
                return;
            }
            let before = old.clone();
            differing(old, new, veil);
            differing(new, &before, veil);
        }
    }
}

/// Masks what is not part of `other`, nor holds a secret that the veil finds.
fn differing(value: &mut Value, other: &Value, veil: &Veil) {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| differing(item, other, veil)),
        Value::Object(map) => map
            .values_mut()
            .for_each(|value| differing(value, other, veil)),
        single if !veil.touches_value(single) && !holds(other, single) => veil.cover(single),
        _ => {}
    }
}

fn holds(value: &Value, single: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| holds(item, single)),
        Value::Object(map) => map.values().any(|value| holds(value, single)),
        own => own == single,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Gvk;
    use crate::manifest::schema::Schema;
    use crate::sensitive::{Hidden, Mask, Sensitive};
    use serde_json::json;

    /// Covers both with what a veil for `hunter2` finds; gives the veil back.
    fn covered(gvk: &Gvk, old: &mut Value, new: &mut Value) -> Veil {
        let veil = Hidden::new([Sensitive::new("hunter2".to_owned())]).veil(&Mask::Plain);
        cover(old, new, Schema::default().place(gvk), &veil);
        veil
    }

    #[test]
    fn the_old_secret_at_the_path_of_the_new_one() {
        let pod = |args: Value, value: &str| {
            json!({"spec": {"containers": [
                {"name": "a", "image": "a:1", "args": args, "env": [{"name": "URL", "value": value}]},
            ]}})
        };
        let mut old = pod(json!(["-v", "--pw=old"]), "db://u:former@h");
        let mut new = pod(json!(["-v", "--pw=hunter2", "-x"]), "db://u:hunter2@h");
        new["spec"]["containers"][0]["image"] = "a:2".into();
        let veil = covered(&Gvk::new("v1", "Pod"), &mut old, &mut new);
        let seen = |value: &Value| value["spec"]["containers"][0].clone();
        assert_eq!(
            seen(&old),
            json!({"name": "a", "image": "a:1", "args": ["-v", "(secret)"],
                "env": [{"name": "URL", "value": "(secret)"}]})
        );
        let new = veil.hide_value(&seen(&new));
        assert_eq!(new["env"][0]["value"], "db://u:(secret)@h");
        assert_eq!(new["args"], json!(["-v", "--pw=(secret)", "(secret)"]));
        assert_eq!(new["image"], "a:2");
    }

    #[test]
    fn of_lists_without_keys_one_item() {
        let mut old = json!({"args": ["-v", "--pw=old", "a"]});
        let mut new = json!({"args": ["-q", "--pw=hunter2", "a"]});
        covered(&Gvk::new("", "Values"), &mut old, &mut new);
        assert_eq!(old, json!({"args": ["-v", "(secret)", "a"]}));
        assert_eq!(new, json!({"args": ["-q", "--pw=hunter2", "a"]}));
    }

    #[test]
    fn what_no_longer_is_a_secret_hides_its_successor() {
        let (mut old, mut new) = (json!({"a": "hunter2"}), json!({"a": 17, "b": 1}));
        covered(&Gvk::new("", "Values"), &mut old, &mut new);
        assert_eq!(new, json!({"a": "(secret)", "b": 1}));
    }
}
