//! What a recording may keep of secrets: that they are there.
//!
//! The values of Secrets become `(secret)`, in the cluster and in recorded manifests. Of a
//! record the chart's metadata, the values without what is secret, and the manifest are kept.

use crate::manifest::schema::Schema;
use crate::manifest::{Object, parse};
use crate::sensitive::Mask;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
    let mut body = object.masked(&Mask::Plain);
    let Some(metadata) = body["metadata"].as_object_mut() else {
        return body;
    };
    for field in ["uid", "resourceVersion", "creationTimestamp", "selfLink"] {
        metadata.remove(field);
    }
    let managers: Vec<Value> = managers.into_iter().map(without_time).collect();
    if !managers.is_empty() {
        metadata.insert("managedFields".to_owned(), managers.into());
    }
    body
}

fn without_time(mut entry: Value) -> Value {
    if let Some(fields) = entry.as_object_mut() {
        fields.remove("time");
    }
    entry
}

/// The JSON of a release record without secrets, templates, files and notes.
pub(super) fn record(mut record: Value) -> Value {
    let values = texts(&record).into_iter().flat_map(secret_values).collect();
    let metadata = record["chart"]["metadata"].take();
    record["chart"] = json!({"metadata": metadata});
    mask_values(&mut record["config"], &values);
    let manifest = record["manifest"].as_str().unwrap_or("");
    record["manifest"] = mask_manifest(manifest).into();
    let hooks = record["hooks"].as_array_mut().into_iter().flatten();
    for text in hooks.map(|hook| &mut hook["manifest"]) {
        *text = mask_manifest(text.as_str().unwrap_or("")).into();
    }
    if let Some(info) = record["info"].as_object_mut() {
        info.remove("notes");
    }
    record
}

fn texts(record: &Value) -> Vec<&str> {
    let hooks = record["hooks"].as_array().into_iter().flatten();
    let hooks = hooks.filter_map(|hook| hook["manifest"].as_str());
    let manifest = record["manifest"].as_str();
    manifest.into_iter().chain(hooks).collect()
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

/// What the Secrets of a manifest hold, decoded.
fn secret_values(manifest: &str) -> Vec<String> {
    let documents = documents(manifest).into_iter();
    let objects =
        documents.flat_map(|text| parse(&text, "", &Schema::default()).unwrap_or_default());
    objects
        .filter(is_secret)
        .flat_map(|secret| clear_values(&secret))
        .collect()
}

fn is_secret(object: &Object) -> bool {
    &*object.id.kind == "Secret" && object.id.group.is_empty()
}

/// Masks the values that are secret by their name, or because a Secret holds them.
fn mask_values(value: &mut Value, secrets: &BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match is_secret_name(name) && (value.is_string() || value.is_number()) {
                    true => *value = Mask::Plain.of(&[]).into(),
                    false => mask_values(value, secrets),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask_values(item, secrets)),
        Value::String(text) if is_held(text, secrets) => *text = Mask::Plain.of(&[]),
        Value::Number(number) if secrets.contains(&number.to_string()) => {
            *value = Mask::Plain.of(&[]).into();
        }
        _ => {}
    }
}

fn is_held(text: &str, secrets: &BTreeSet<String>) -> bool {
    let part = |secret: &String| text.len() >= SHORTEST_PART && secret.contains(text);
    !text.is_empty() && (secrets.contains(text) || secrets.iter().any(part))
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
    if !objects.iter().any(is_secret) {
        return document;
    }
    let source = document.lines().find(|line| line.starts_with("# Source: "));
    let source = source.map_or_else(String::new, |line| format!("{line}\n"));
    let texts = objects.iter().map(|object| {
        let mut body = object.masked(&Mask::Plain);
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("namespace");
        }
        let text = super::file::write(&body).unwrap_or_default();
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
        stringData:\n  url: postgres://web:hunter2@db\n---\n# Source: a/templates/web.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n";

    #[test]
    fn a_record_keeps_what_is_not_secret() {
        let clear = json!({"name": "a", "namespace": "c1", "version": 3, "manifest": MANIFEST,
            "info": {"status": "deployed", "notes": "log in with hunter2"},
            "chart": {"metadata": {"name": "a", "version": "1.0.0"}, "templates": [{"data": "aHVudGVyMg=="}]},
            "config": {"db": {"pass": "hunter2", "adminPassword": "x", "host": "db.example"}, "replicas": 2}});
        let masked = record(clear);
        assert!(!masked.to_string().contains("hunter2"));
        assert!(!masked.to_string().contains("aHVudGVyMg"));
        insta::assert_snapshot!(serde_yaml::to_string(&masked).unwrap());
    }
}
