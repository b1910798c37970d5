//! What a recording may keep of secrets: that they are there.
//!
//! The values of Secrets become `(secret)`, in the cluster and in recorded manifests. Of a
//! record the chart's metadata, the values without what is secret, and the manifest are kept.

use crate::manifest::schema::Schema;
use crate::manifest::{Object, parse};
use crate::sensitive::{Mask, Sensitive, Veil, is_telling};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Kinds whose status says whether they are ready. Others change by themselves and no plan reads them.
const WITH_STATUS: [&str; 9] = [
    "CustomResourceDefinition",
    "DaemonSet",
    "Deployment",
    "Job",
    "Namespace",
    "PersistentVolumeClaim",
    "Pod",
    "Service",
    "StatefulSet",
];

/// Shorter texts occur in secrets by chance.
const SHORTEST_PART: usize = 6;
/// Names of values that are secret wherever they end up.
const NAMES: [&str; 7] = [
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "credential",
    "privatekey",
];

/// The object as it may be written: a Secret's values masked, nothing that is new on every run.
pub(super) fn object(object: &Object) -> Value {
    let managers = object.managed_fields().to_vec();
    let mut body = object.masked(&Veil::default());
    settle_status(&mut body);
    let Some(metadata) = body["metadata"].as_object_mut() else {
        return body;
    };
    for field in ["uid", "resourceVersion", "creationTimestamp", "selfLink"] {
        metadata.remove(field);
    }
    let of_status = |entry: &Value| entry["subresource"] == "status";
    let managers = managers.into_iter().filter(|entry| !of_status(entry));
    let managers: Vec<Value> = managers.map(without_time).collect();
    if !managers.is_empty() {
        metadata.insert("managedFields".to_owned(), managers.into());
    }
    body
}

fn settle_status(body: &mut Value) {
    let kind = body["kind"].as_str().unwrap_or("");
    if !WITH_STATUS.contains(&kind) {
        body.as_object_mut()
            .and_then(|fields| fields.remove("status"));
        return;
    }
    let conditions = body
        .pointer_mut("/status/conditions")
        .and_then(Value::as_array_mut);
    for condition in conditions
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        condition.retain(|name, _| !name.ends_with("Time"));
    }
}

fn without_time(mut entry: Value) -> Value {
    if let Some(fields) = entry.as_object_mut() {
        fields.remove("time");
    }
    entry
}

/// The JSON of a release record without secrets, templates, files and notes.
pub(super) fn record(mut record: Value) -> Value {
    let secrets = Secrets::of(&texts(&record));
    let metadata = record["chart"].get_mut("metadata").map(Value::take);
    record["chart"] = json!({"metadata": metadata});
    secrets.mask_values(&mut record["config"]);
    let manifest = record["manifest"].as_str().unwrap_or("");
    record["manifest"] = mask_manifest(manifest).into();
    let hooks = record["hooks"].as_array_mut().into_iter().flatten();
    for text in hooks.filter_map(|hook| hook.get_mut("manifest")) {
        *text = mask_manifest(text.as_str().unwrap_or("")).into();
    }
    if let Some(info) = record["info"].as_object_mut() {
        info.remove("notes");
    }
    record
}

fn texts(record: &Value) -> Vec<&str> {
    let manifest = record["manifest"].as_str();
    manifest.into_iter().chain(hooks(record)).collect()
}

/// The manifests of a record's hooks.
pub(super) fn hooks(record: &Value) -> impl Iterator<Item = &str> {
    let hooks = record["hooks"].as_array().into_iter().flatten();
    hooks.filter_map(|hook| hook["manifest"].as_str())
}

/// Whether the text of a Secret is looked for elsewhere: it is no part of a name, and says something.
pub(super) fn tells(text: &Sensitive<String>, public: &BTreeSet<&str>) -> bool {
    let text = text.reveal().trim();
    is_telling(text) && !public.iter().any(|name| name.contains(text))
}

/// A body without what the veil knows. What the object is called stays.
pub(super) fn veiled(body: &Value, veil: &Veil) -> Value {
    let mut hidden = veil.hide_value(body);
    for field in ["name", "namespace", "labels"] {
        if let Some(own) = body["metadata"].get(field) {
            hidden["metadata"][field] = own.clone();
        }
    }
    hidden
}

/// The documents of a manifest, each with its `---`.
fn documents(manifest: &str) -> Vec<String> {
    let mut documents: Vec<String> = Vec::new();
    for line in manifest.split_inclusive('\n') {
        match documents.last_mut().filter(|_| line.trim_end() != "---") {
            Some(document) => document.push_str(line),
            None => documents.push(line.to_owned()),
        }
    }
    documents
}

/// What is secret in a release, and what stands open beside it.
struct Secrets {
    values: BTreeSet<String>,
    open: String,
}

impl Secrets {
    fn of(manifests: &[&str]) -> Secrets {
        let (mut values, mut open) = (BTreeSet::new(), String::new());
        for document in manifests.iter().flat_map(|manifest| documents(manifest)) {
            let objects = parse(&document, "", &Schema::default()).unwrap_or_default();
            match objects.iter().any(Object::is_secret) {
                true => values.extend(objects.iter().flat_map(clear_values)),
                false => open.push_str(&document),
            }
        }
        Secrets { values, open }
    }

    /// Masks the values that are secret by their name, or because a Secret holds them.
    fn mask_values(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match is_secret_name(name) && (value.is_string() || value.is_number()) {
                        true => *value = Mask::Plain.of(&[]).into(),
                        false => self.mask_values(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_values(item)),
            Value::String(text) if self.holds(text) => *text = Mask::Plain.of(&[]),
            Value::Number(number) if self.values.contains(&number.to_string()) => {
                *value = Mask::Plain.of(&[]).into();
            }
            _ => {}
        }
    }

    /// A part of a secret that stands open elsewhere (a host name in a connection string) is none.
    fn holds(&self, text: &str) -> bool {
        let part = |secret: &String| text.len() >= SHORTEST_PART && secret.contains(text);
        let parts = || self.values.iter().any(part) && !self.open.contains(text);
        !text.is_empty() && (self.values.contains(text) || parts())
    }
}

/// The documents of Secrets with masked values, the others as they are.
fn mask_manifest(manifest: &str) -> String {
    documents(manifest).into_iter().map(mask_document).collect()
}

fn mask_document(document: String) -> String {
    let Ok(objects) = parse(&document, "", &Schema::default()) else {
        // It may hold anything.
        return "---\n# a document that is not YAML\n".to_owned();
    };
    if !objects.iter().any(Object::is_secret) {
        return document;
    }
    let source = document.lines().find(|line| line.starts_with("# Source: "));
    let source = source.map_or_else(String::new, |line| format!("{line}\n"));
    let texts = objects.iter().map(|object| {
        let mut body = object.masked(&Veil::default());
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("namespace");
        }
        // As Helm writes it: manifests are read by its rules.
        let text = helm::yaml::write(&body);
        format!("---\n{source}{text}")
    });
    texts.collect()
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase().replace(['-', '_'], "");
    NAMES.iter().any(|secret| name.ends_with(secret))
}

/// What a Secret holds, decoded.
fn clear_values(secret: &Object) -> Vec<String> {
    let values = |field: &str| {
        let values = secret.clear()[field].as_object();
        let texts = values.into_iter().flat_map(|values| values.values());
        texts
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let decode = |text: &String| String::from_utf8(STANDARD.decode(text).ok()?).ok();
    let decoded: Vec<String> = values("data").iter().filter_map(decode).collect();
    let all = decoded.into_iter().chain(values("stringData"));
    all.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "---\n# Source: a/templates/secret.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n\
        stringData:\n  url: postgres://web:hunter2@db.example\n---\n# Source: a/templates/web.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  host: db.example\n";

    #[test]
    fn a_record_keeps_what_is_not_secret() {
        let clear = json!({"name": "a", "namespace": "c1", "version": 3, "manifest": MANIFEST,
            "info": {"status": "deployed", "notes": "log in with hunter2"},
            "chart": {"metadata": {"name": "a", "version": "1.0.0"}, "templates": [{"data": "aHVudGVyMg=="}]},
            "config": {"db": {"pass": "hunter2", "adminPassword": "x", "host": "db.example"}, "replicas": 2}});
        let masked = record(clear);
        assert!(!masked.to_string().contains("hunter2"), "{masked:#}");
        assert!(!masked.to_string().contains("aHVudGVyMg"));
        insta::assert_snapshot!(serde_yaml::to_string(&masked).unwrap());
    }
}
