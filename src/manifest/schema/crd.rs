//! The types that a `CustomResourceDefinition` brings.

use super::{BUILTIN, Field, Types};
use crate::manifest::Gvk;
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::sync::{Arc, LazyLock};

/// One version of a custom resource.
#[derive(Debug)]
pub(super) struct Custom {
    pub(super) types: Types,
    pub(super) root: Field,
    pub(super) namespaced: bool,
}

/// The types of a kind of which only its metadata is known.
pub(super) fn metadata_alone() -> &'static Types {
    static TYPES: LazyLock<Types> = LazyLock::new(|| {
        let mut types = metadata_types();
        types.insert("Unknown".into(), FxHashMap::from_iter([metadata_field()]));
        types
    });
    &TYPES
}

/// The kinds of a definition, one for each version.
pub(super) fn kinds(definition: &Value) -> Vec<(Gvk, Custom)> {
    let spec = &definition["spec"];
    let (Some(group), Some(kind)) = (spec["group"].as_str(), spec["names"]["kind"].as_str()) else {
        return Vec::new();
    };
    let version = |version: &Value| {
        let gvk = Gvk::new(&format!("{group}/{}", version["name"].as_str()?), kind);
        let mut types = metadata_types();
        let schema = &version["schema"]["openAPIV3Schema"];
        let root = field("", schema, &mut types);
        let of = root.of.clone().unwrap_or_else(|| "".into());
        types
            .entry(of.clone())
            .or_default()
            .extend([metadata_field()]);
        let custom = Custom {
            types,
            root: Field {
                of: Some(of),
                ..root
            },
            namespaced: spec["scope"] != "Cluster",
        };
        Some((gvk, custom))
    };
    let versions = spec["versions"].as_array();
    versions.into_iter().flatten().filter_map(version).collect()
}

fn metadata_field() -> (Arc<str>, Field) {
    let field = Field {
        of: Some("ObjectMeta".into()),
        ..Field::default()
    };
    ("metadata".into(), field)
}

fn metadata_types() -> Types {
    let copy = |name: &str| Some((name.into(), BUILTIN.types.get(name)?.clone()));
    ["ObjectMeta", "OwnerReference"]
        .into_iter()
        .filter_map(copy)
        .collect()
}

/// Reads one schema node; types are named after their path.
fn field(path: &str, schema: &Value, types: &mut Types) -> Field {
    let extension = |name: &str| schema[name].as_str().unwrap_or("");
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    let keys = keys.into_iter().flatten().filter_map(Value::as_str);
    let values = schema.get("additionalProperties").filter(|v| v.is_object());
    Field {
        of: below(path, schema, types),
        keys: keys.map(Arc::from).collect(),
        set: extension("x-kubernetes-list-type") == "set",
        atomic: extension("x-kubernetes-map-type") == "atomic",
        map: values.is_some(),
        default: schema.get("default").cloned(),
        ..Field::default()
    }
}

/// Adds the type of a value, of a list's items or of a map's values, and names it.
fn below(path: &str, schema: &Value, types: &mut Types) -> Option<Arc<str>> {
    let inner = ["items", "additionalProperties"]
        .iter()
        .find_map(|name| schema.get(name).filter(|v| v.is_object()));
    let properties = inner.unwrap_or(schema).get("properties")?.as_object()?;
    let mut fields = FxHashMap::default();
    for (name, property) in properties {
        let below = format!("{path}.{name}");
        fields.insert(Arc::from(name.as_str()), field(&below, property, types));
    }
    let name: Arc<str> = format!("custom{path}").into();
    types.insert(name.clone(), fields);
    Some(name)
}

#[cfg(test)]
mod tests {
    use crate::manifest::Gvk;
    use crate::manifest::schema::{ListKind, Schema};
    use serde_json::json;

    #[test]
    fn fact_11_list_keys_and_defaults_of_a_definition() {
        let definition = json!({"spec": {"group": "example.net", "scope": "Namespaced",
        "names": {"kind": "Widget"},
        "versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": {
            "size": {"type": "integer", "default": 3},
            "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
                "items": {"type": "object", "properties": {"id": {"type": "string"}, "on": {"default": true}}}}
        }}}}}}]}});
        let mut schema = Schema::default();
        schema.add_definition(&definition);
        let gvk = Gvk::new("example.net/v1", "Widget");
        let spec = schema.place(&gvk).field("spec");
        assert_eq!(spec.field("size").default(), Some(&json!(3)));
        assert_eq!(spec.field("parts").list(), ListKind::Keyed(&["id".into()]));
        assert_eq!(
            spec.field("parts").item().field("on").default(),
            Some(&json!(true))
        );
        assert_eq!(schema.namespaced(&gvk), Some(true));
        let finalizers = schema.place(&gvk).field("metadata").field("finalizers");
        assert_eq!(finalizers.list(), ListKind::Set);
        assert!(!spec.builtin());
    }
}
