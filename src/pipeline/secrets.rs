//! What must not be shown of one target, wherever it stands. The main type here is [`Sources`].
//!
//! Secret are the values that came from a vault, now and in the revision before, and what stands
//! in the release's Secrets: rendered, recorded and live ones. A template may have written either
//! into any object. What is part of a name or a label that everybody sees anyway is none, nor is a
//! word (`postgres`, `production`) that only a Secret holds: there it is masked, elsewhere it is
//! what everybody writes.

use crate::manifest::schema::Schema;
use crate::manifest::{self, ObjectSet};
use crate::release::TargetSpec;
use crate::sensitive::{Hidden, Known, Sensitive, is_telling};
use serde_json::Value;
use std::collections::BTreeSet;

/// Where the secrets of a target come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// What the inventory says of it.
    pub spec: &'a TargetSpec,
    /// What vaults gave away in this run.
    pub known: &'a Known,
    /// User-supplied values: those of the inventory, and of the revision before.
    pub values: &'a [&'a Value],
    /// Objects: rendered, recorded, live.
    pub objects: &'a [&'a ObjectSet],
    /// Hooks, as a record keeps them.
    pub hooks: &'a [Value],
}

impl Sources<'_> {
    /// All of them.
    pub fn hidden(&self) -> Hidden {
        let spec = self.spec;
        let own = [&*spec.name, &*spec.namespace, &*spec.release.name];
        let vaulted = self
            .vaulted()
            .into_iter()
            .filter(|text| !is_part(text, &own));
        let mut texts: Vec<_> = self.of_secrets().collect();
        if !texts.is_empty() {
            let mut names = self.names();
            names.extend(own);
            texts.retain(|text| !is_part(text, &names));
        }
        Hidden::new(texts.into_iter().chain(vaulted))
    }

    /// Values that came from a vault, and the vault's own texts in them: `postgres://app:PASSWORD@db`.
    fn vaulted(&self) -> BTreeSet<Sensitive<String>> {
        let pointers = self.spec.release.secret_values();
        let at = |pointer: &String| {
            let values = self.values.iter();
            values
                .filter_map(|values| text(values.pointer(pointer)?))
                .collect::<Vec<_>>()
        };
        let found = pointers.iter().flat_map(at);
        let with_parts = found.flat_map(|text| {
            let mut texts = self.known.within(&text);
            texts.push(Sensitive::new(text));
            texts
        });
        with_parts.collect()
    }

    fn of_secrets(&self) -> impl Iterator<Item = Sensitive<String>> {
        let objects = self.objects.iter().flat_map(|set| set.iter());
        let texts = objects.flat_map(|object| object.secrets());
        let hooks = self
            .hooks
            .iter()
            .filter_map(|hook| hook["manifest"].as_str());
        let hooks = hooks.filter(|text| text.contains("Secret"));
        let parsed = hooks.flat_map(|text| {
            let objects = manifest::parse(text, &self.spec.namespace, &Schema::default());
            objects.unwrap_or_default()
        });
        let of_hooks: Vec<_> = parsed.flat_map(|object| object.secrets()).collect();
        texts.chain(of_hooks).filter(|text| {
            let text = text.reveal().trim();
            is_telling(text) && !is_certificate(text)
        })
    }

    /// What its objects are called.
    fn names(&self) -> Vec<&str> {
        let objects = self.objects.iter().flat_map(|set| set.iter());
        let mut names = Vec::new();
        for object in objects {
            names.extend([&*object.id.name, &*object.id.kind]);
            let labels = object.clear()["metadata"]["labels"].as_object();
            names.extend(labels.into_iter().flatten().filter_map(|(_, v)| v.as_str()));
        }
        names
    }
}

fn is_part(text: &Sensitive<String>, names: &[&str]) -> bool {
    let text = text.reveal().trim();
    names.iter().any(|name| name.contains(text))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Certificates are for everybody; the key beside it is not.
fn is_certificate(text: &str) -> bool {
    text.starts_with("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY")
}
