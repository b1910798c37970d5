//! `.Chart`: a struct in Helm 3, a map in Helm 4.

use super::structure::{Structure, strings};
use crate::chart::{Dependency, Maintainer, Metadata};
use crate::value::{Dict, Map, MapKind, Value};
use crate::yaml::to_value;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The value of `.Chart`.
pub(super) fn chart_object(metadata: &Arc<Metadata>, is_root: bool, as_map: bool) -> Value {
    let mut fields = fields(metadata, as_map);
    if as_map {
        fields.push(("IsRoot", is_root.into()));
        return map(fields);
    }
    let embedded = Structure {
        type_name: "chart.Metadata",
        pointer: false,
        fields: fields.clone(),
        promoted: Vec::new(),
        json: {
            let metadata = metadata.clone();
            Box::new(move || json!(*metadata))
        },
    };
    let own = metadata.clone();
    Structure {
        type_name: "struct { chart.Metadata; IsRoot bool }",
        pointer: false,
        fields: vec![("Metadata", embedded.value()), ("IsRoot", is_root.into())],
        promoted: fields,
        json: Box::new(move || with_root(json!(*own), is_root)),
    }
    .value()
}

/// What `toYaml` sees of a struct, made when it is asked for.
fn json_of(data: impl Serialize + 'static) -> Box<dyn Fn() -> Json> {
    Box::new(move || json!(data))
}

fn with_root(mut json: Json, is_root: bool) -> Json {
    if let Json::Object(map) = &mut json {
        map.insert("IsRoot".to_owned(), is_root.into());
    }
    json
}

fn map(fields: Vec<(&'static str, Value)>) -> Value {
    fields
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect::<Dict>()
        .into()
}

fn fields(metadata: &Metadata, as_map: bool) -> Vec<(&'static str, Value)> {
    let maintainers = metadata
        .maintainers
        .iter()
        .map(|one| maintainer(one, as_map))
        .collect::<Vec<_>>();
    let dependencies = metadata
        .dependencies
        .iter()
        .map(|one| dependency(one, as_map))
        .collect::<Vec<_>>();
    let text = |text: &String| Value::from(text.as_str());
    vec![
        ("Name", text(&metadata.name)),
        ("Home", text(&metadata.home)),
        ("Sources", strings(&metadata.sources)),
        ("Version", text(&metadata.version)),
        ("Description", text(&metadata.description)),
        ("Keywords", strings(&metadata.keywords)),
        ("Maintainers", maintainers.into()),
        ("Icon", text(&metadata.icon)),
        ("APIVersion", text(&metadata.api_version)),
        ("Condition", text(&metadata.condition)),
        ("Tags", text(&metadata.tags)),
        ("AppVersion", text(&metadata.app_version)),
        ("Deprecated", metadata.deprecated.into()),
        ("Annotations", annotations(&metadata.annotations)),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Dependencies", dependencies.into()),
        ("Type", text(&metadata.kind)),
    ]
}

fn annotations(pairs: &[(String, String)]) -> Value {
    let entries: Dict = pairs
        .iter()
        .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
        .collect();
    let mut map = Map::new(entries);
    map.kind = MapKind::Str;
    Value::Map(map)
}

fn maintainer(one: &Maintainer, as_map: bool) -> Value {
    let fields = vec![
        ("Name", one.name.as_str().into()),
        ("Email", one.email.as_str().into()),
        ("URL", one.url.as_str().into()),
    ];
    nested("*chart.Maintainer", fields, json_of(one.clone()), as_map)
}

fn dependency(one: &Dependency, as_map: bool) -> Value {
    let imports = one.import_values.iter().map(to_value).collect::<Vec<_>>();
    let fields = vec![
        ("Name", one.name.as_str().into()),
        ("Version", one.version.as_str().into()),
        ("Repository", one.repository.as_str().into()),
        ("Condition", one.condition.as_str().into()),
        ("Tags", strings(&one.tags)),
        ("Enabled", one.enabled.into()),
        ("ImportValues", imports.into()),
        ("Alias", one.alias.as_str().into()),
    ];
    nested("*chart.Dependency", fields, json_of(one.clone()), as_map)
}

fn nested(
    type_name: &'static str,
    fields: Vec<(&'static str, Value)>,
    json: Box<dyn Fn() -> Json>,
    as_map: bool,
) -> Value {
    if as_map {
        return map(fields);
    }
    Structure {
        type_name,
        pointer: true,
        fields,
        promoted: Vec::new(),
        json,
    }
    .value()
}
