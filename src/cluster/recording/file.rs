//! The files of a recording: one object each, as YAML that reads well in a review.
//!
//! Keys are sorted, an entry of `managedFields` is one line, and the body of a release record
//! is written open (`data.release` as a mapping), so that records can be read and made by hand.

use crate::cluster::ClusterError;
use crate::manifest::schema::Schema;
use crate::manifest::{Gvk, Object, ObjectId, Scopes, parse_own};
use crate::release;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The directory of objects without a namespace.
pub(super) const CLUSTER: &str = "_cluster";

/// Where an object's file is, below the recording.
pub(super) fn path(id: &ObjectId) -> PathBuf {
    let kind = match &*id.group {
        "" => id.kind.to_lowercase(),
        group => format!("{}.{group}", id.kind.to_lowercase()),
    };
    let name = id.name.replace('/', "%2F");
    let directory = id.namespace.as_deref().unwrap_or(CLUSTER);
    Path::new(directory).join(format!("{kind}-{name}.yaml"))
}

/// The text of an object's file.
pub(super) fn write(body: &Value) -> Result<String, ClusterError> {
    let mut body = sorted(body);
    open_record(&mut body);
    let managers = body["metadata"]
        .as_object_mut()
        .and_then(|metadata| metadata.remove("managedFields"));
    let text = serde_yaml::to_string(&body)
        .map_err(|e| ClusterError::Other(format!("an object that is not YAML: {e}")))?;
    let lines = managers.as_ref().and_then(Value::as_array).map(|entries| {
        let entries = entries.iter().map(|entry| format!("  - {entry}\n"));
        format!(
            "\nmetadata:\n  managedFields:\n{}",
            entries.collect::<String>()
        )
    });
    Ok(match lines.filter(|lines| !lines.is_empty()) {
        Some(lines) => text.replacen("\nmetadata:\n", &lines, 1),
        None => text,
    })
}

/// The objects of a file in the directory `directory`.
pub(super) fn read(
    path: &Path,
    text: &str,
    directory: &str,
    schema: &Schema,
) -> Result<Vec<Object>, ClusterError> {
    let scopes = Directory { directory, schema };
    let mut objects = parse_own(text, directory, &scopes)
        .map_err(|e| ClusterError::Other(format!("{}: {e}", path.display())))?;
    for object in &mut objects {
        close_record(object.clear_mut());
    }
    Ok(objects)
}

/// The scope of a kind that is not known follows from the directory it stands in.
struct Directory<'a> {
    directory: &'a str,
    schema: &'a Schema,
}

impl Scopes for Directory<'_> {
    fn namespaced(&self, gvk: &Gvk) -> Option<bool> {
        let known = self.schema.namespaced(gvk);
        Some(known.unwrap_or(self.directory != CLUSTER))
    }
}

/// Whether this is the Secret or ConfigMap of a release record.
pub(super) fn is_record(body: &Value) -> bool {
    body["metadata"]["labels"]["owner"] == "helm" && body["data"].get("release").is_some()
}

fn open_record(body: &mut Value) {
    if !is_record(body) {
        return;
    }
    let stored = body["data"]["release"].as_str();
    let json = stored.and_then(|stored| release::unpack(stored).ok());
    let record = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    // One that can't be read stays as it is: it is a fact about the cluster.
    if let Some(record) = record {
        body["data"]["release"] = sorted(&record);
    }
}

fn close_record(body: &mut Value) {
    if !is_record(body) || !body["data"]["release"].is_object() {
        return;
    }
    let packed = release::pack(body["data"]["release"].to_string().as_bytes());
    body["data"]["release"] = match body["kind"] == "Secret" {
        true => STANDARD.encode(packed).into(),
        false => packed.into(),
    };
}

/// The same value with sorted keys: whether maps keep their order is up to other crates' features.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name.clone(), sorted(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record() -> Value {
        let inner = json!({"name": "shop", "version": 1, "config": {"replicas": 2}, "manifest": "---\nkind: A\n"});
        json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
            "metadata": {"name": "sh.helm.release.v1.shop.v1", "labels": {"owner": "helm", "name": "shop"}},
            "data": {"release": STANDARD.encode(release::pack(inner.to_string().as_bytes()))}})
    }

    #[test]
    fn a_record_is_open_in_its_file_and_closed_in_the_cluster() {
        let text = write(&record()).unwrap();
        insta::assert_snapshot!(text);
        let objects = read(Path::new("f"), &text, "c1", &Schema::default()).unwrap();
        let stored = objects[0].clear()["data"]["release"].as_str().unwrap();
        let read = release::Record::decode(stored).unwrap();
        assert_eq!((&*read.name, read.revision), ("shop", 1));
    }

    #[test]
    fn managed_fields_take_one_line_each_and_come_back() {
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "c1",
            "managedFields": [{"manager": "helm", "operation": "Apply", "fieldsV1": {"f:data": {"f:k": {}}}}]}, "data": {"k": "v: 1"}});
        let text = write(&body).unwrap();
        insta::assert_snapshot!(text);
        let objects = read(Path::new("f"), &text, "c1", &Schema::default()).unwrap();
        assert_eq!(objects[0].clear(), &body);
    }

    #[test]
    fn a_file_that_is_not_yaml_is_named() {
        let error = read(Path::new("c1/a.yaml"), "a: [", "c1", &Schema::default()).unwrap_err();
        assert!(error.to_string().starts_with("c1/a.yaml: "), "{error}");
    }

    #[test]
    fn kinds_of_one_name_have_files_of_their_own() {
        let id = |group: &str, namespace: Option<&str>| ObjectId {
            group: group.into(),
            kind: "Ingress".into(),
            namespace: namespace.map(Into::into),
            name: "web".into(),
        };
        let paths = [
            id("", Some("c1")),
            id("networking.k8s.io", Some("c1")),
            id("", None),
        ];
        let paths = paths.map(|id| path(&id).display().to_string());
        assert_eq!(
            paths,
            [
                "c1/ingress-web.yaml",
                "c1/ingress.networking.k8s.io-web.yaml",
                "_cluster/ingress-web.yaml"
            ]
        );
    }
}
