//! What must not be seen of what pods and events say.

use super::session::Session;
use crate::manifest::schema::Schema;
use crate::manifest::{Object, parse};
use crate::sensitive::{Hidden, Sensitive};
use serde_json::Value;

/// Values whose names say that nobody should see them.
const SECRET_NAMES: [&str; 7] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
];

impl Session<'_> {
    /// What is known to be secret: what stands in the release's Secrets, hooks included, and
    /// values whose names say so.
    pub(super) fn hidden(&self) -> Hidden {
        let Some(record) = &self.release.record else {
            return Hidden::default();
        };
        let hooks = record.hooks.reveal().as_array().cloned();
        let hooks = hooks.unwrap_or_default();
        let hooks = hooks.iter().filter_map(|hook| hook["manifest"].as_str());
        let mut texts = Vec::new();
        for text in std::iter::once(&**record.manifest.reveal()).chain(hooks) {
            let objects = parse(text, &self.target.namespace, &Schema::default());
            texts.extend(objects.iter().flatten().flat_map(Object::secrets));
        }
        named_secret(record.config.reveal(), false, &mut texts);
        Hidden::new(texts)
    }
}

fn named_secret(value: &Value, named: bool, texts: &mut Vec<Sensitive<String>>) {
    match value {
        Value::String(text) if named => texts.push(Sensitive::new(text.clone())),
        Value::Array(items) => items.iter().for_each(|v| named_secret(v, named, texts)),
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.to_lowercase().replace(['_', '-'], "");
                let named = named || SECRET_NAMES.iter().any(|name| key.contains(name));
                named_secret(value, named, texts);
            }
        }
        _ => {}
    }
}
