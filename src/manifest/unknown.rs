//! What a recording does not tell: values of which it keeps the mask. The main entry point is
//! [`Object::with_unknown_from`].

use super::Object;
use crate::sensitive::{Mask, may_be};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

impl Object {
    /// An object of a recording with what `other` says where the recording masks a value: unknown,
    /// taken for equal. `None` where nothing is masked.
    pub fn with_unknown_from(&self, other: &Object) -> Option<Object> {
        let of_secret = self.values_from(other);
        let mut body = of_secret.as_ref().unwrap_or(self).clear().clone();
        let filled = fill(&mut body, other.clear());
        (filled || of_secret.is_some()).then(|| self.with_body(body))
    }

    /// A Secret with the masked values that `other` has.
    fn values_from(&self, other: &Object) -> Option<Object> {
        let plain = Value::from(Mask::Plain.of(&[]));
        let masked = |field: &'static str| {
            let values = self.clear()[field].as_object().into_iter().flatten();
            let masked = values.filter(|(_, value)| **value == plain);
            masked.map(move |(key, _)| (field, key.clone()))
        };
        let found: Vec<(&str, String)> = match self.is_secret() {
            true => masked("data").chain(masked("stringData")).collect(),
            false => Vec::new(),
        };
        if found.is_empty() {
            return None;
        }
        let mut body = self.clear().clone();
        for (field, key) in &found {
            body[*field]
                .as_object_mut()
                .map(|values| values.remove(key));
        }
        for (_, key) in found {
            let text = other.clear()["stringData"][&key]
                .as_str()
                .map(|text| Value::from(STANDARD.encode(text)));
            body["data"][&key] = text.unwrap_or_else(|| other.clear()["data"][&key].clone());
        }
        Some(self.with_body(body))
    }
}

/// Fills in texts with masks from the same place of `other`. True where there were some.
fn fill(value: &mut Value, other: &Value) -> bool {
    match (value, other) {
        (Value::Object(map), Value::Object(other)) => {
            let both = map
                .iter_mut()
                .filter_map(|(key, value)| Some((value, other.get(key)?)));
            both.fold(false, |filled, (value, other)| fill(value, other) | filled)
        }
        (Value::Array(items), Value::Array(others)) => {
            let mut filled = false;
            for (at, item) in items.iter_mut().enumerate() {
                let same =
                    |other: &&Value| !other["name"].is_null() && other["name"] == item["name"];
                let other = others.iter().find(same).or_else(|| others.get(at));
                filled |= other.is_some_and(|other| fill(item, other));
            }
            filled
        }
        (Value::String(shown), other) => {
            let text = match other {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return false,
            };
            let masked = may_be(shown, &text);
            if masked {
                *shown = text;
            }
            masked
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::{parse, schema::Schema};

    #[test]
    fn masks_stand_for_what_is_rendered() {
        let object = |url: &str, other: &str| {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: {other}, image: x}}, \
                 {{name: b, env: [{{name: URL, value: \"{url}\"}}]}}]}}\n"
            );
            parse(&text, "n", &Schema::default()).unwrap().remove(0)
        };
        let rendered = object("db://u:hunter2@h", "a");
        let recorded = object("db://u:(secret)@h", "a").with_unknown_from(&rendered);
        assert_eq!(recorded, Some(rendered.clone()));
        let moved = object("db://u:(secret)@elsewhere", "a").with_unknown_from(&rendered);
        assert!(moved.is_none());
        assert!(rendered.with_unknown_from(&rendered).is_none());
    }
}
