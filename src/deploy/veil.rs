//! What must not be seen of what pods and events say.

use super::session::Session;
use crate::diag::Diagnostic;
use crate::manifest::schema::Schema;
use crate::manifest::{Object, parse};
use crate::release::Record;
use crate::sensitive::{Hidden, Mask, Sensitive, Veil};
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
    /// What is known to be secret: what the plan hides, what stands in the Secrets of a record of
    /// the release, hooks included, and values whose names say so.
    pub(super) fn veil(&self, record: Option<&Record>) -> Veil {
        let mut texts = Vec::new();
        for record in self.release.record.as_deref().into_iter().chain(record) {
            let hooks = record.hooks.reveal().as_array().into_iter().flatten();
            let hooks = hooks.filter_map(|hook| hook["manifest"].as_str());
            for text in std::iter::once(&**record.manifest.reveal()).chain(hooks) {
                let objects = parse(text, &self.target.namespace, &Schema::default());
                texts.extend(objects.iter().flatten().flat_map(Object::secrets));
            }
            named_secret(record.config.reveal(), false, &mut texts);
        }
        self.release
            .hidden
            .and(&Hidden::new(texts))
            .veil(&Mask::Plain)
    }

    /// A fault of this target, as it is told. What containers and events said was veiled when it was
    /// read: values that only their names make secret (`secretName: web`) stand in names of objects.
    pub(super) fn fault(&self, fault: Diagnostic) -> Diagnostic {
        let fault = fault.target(self.target.target.clone());
        self.release.hidden.veil(&Mask::Plain).hide_fault(fault)
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
