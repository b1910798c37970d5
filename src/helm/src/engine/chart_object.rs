//! `.Chart`: a struct in Helm 3, a map in Helm 4.

use super::structure::{Field, Structure, strings};
use crate::chart::{Dependency, Line, Maintainer, Metadata};
use crate::value::{Dict, List, ListKind, Map, MapKind, Value};
use crate::yaml::to_value;

/// The value of `.Chart`.
pub(super) fn chart_object(metadata: &Metadata, is_root: bool, line: Line) -> Value {
    let fields = fields(metadata, line);
    let root = Field::new("IsRoot", "IsRoot", is_root);
    if line == Line::Four {
        return map(fields.into_iter().chain([root]));
    }
    let embedded = Structure {
        type_name: "chart.Metadata",
        pointer: false,
        fields: fields.clone(),
        embedded: Vec::new(),
    };
    Structure {
        type_name: "struct { chart.Metadata; IsRoot bool }",
        pointer: false,
        fields: vec![Field::new("Metadata", "Metadata", embedded.value()), root],
        embedded: fields,
    }
    .value()
}

/// Helm 4's map of a struct, by Go's names.
fn map(fields: impl Iterator<Item = Field>) -> Value {
    let entry = |field: Field| (field.name.into(), field.value().clone());
    fields.map(entry).collect::<Dict>().into()
}

fn fields(metadata: &Metadata, line: Line) -> Vec<Field> {
    let texts = |items: &[String]| list(strings(items), line);
    let maintainers = metadata.maintainers.iter();
    let maintainers = maintainers.map(|one| maintainer(one, line)).collect();
    let maintainers = List::of(ListKind::Maintainers, maintainers);
    let dependencies = metadata.dependencies.iter();
    let dependencies = dependencies.map(|one| dependency(one, line)).collect();
    let dependencies = List::of(ListKind::Dependencies, dependencies);
    let text = |name, json, text: &String| Field::optional(name, json, text.as_str());
    vec![
        text("Name", "name", &metadata.name),
        text("Home", "home", &metadata.home),
        Field::optional("Sources", "sources", texts(&metadata.sources)),
        text("Version", "version", &metadata.version),
        text("Description", "description", &metadata.description),
        Field::optional("Keywords", "keywords", texts(&metadata.keywords)),
        Field::optional(
            "Maintainers",
            "maintainers",
            list(Value::List(maintainers), line),
        ),
        text("Icon", "icon", &metadata.icon),
        text("APIVersion", "apiVersion", &metadata.api_version),
        text("Condition", "condition", &metadata.condition),
        text("Tags", "tags", &metadata.tags),
        text("AppVersion", "appVersion", &metadata.app_version),
        Field::optional("Deprecated", "deprecated", metadata.deprecated),
        Field::optional(
            "Annotations",
            "annotations",
            annotations(&metadata.annotations),
        ),
        text("KubeVersion", "kubeVersion", &metadata.kube_version),
        Field::optional(
            "Dependencies",
            "dependencies",
            list(Value::List(dependencies), line),
        ),
        text("Type", "type", &metadata.kind),
    ]
}

/// Helm 4 makes every list a `[]interface {}`.
fn list(value: Value, line: Line) -> Value {
    match (value, line) {
        (Value::List(list), Line::Four) => Value::List(List {
            kind: ListKind::Any,
            items: list.items.clone(),
        }),
        (value, _) => value,
    }
}

/// A `map[string]string`; without entries it is nil.
fn annotations(pairs: &[(String, String)]) -> Value {
    let entry = |(key, value): &(String, String)| (key.as_str().into(), value.as_str().into());
    let mut map = Map::new(pairs.iter().map(entry).collect());
    map.kind = match pairs.is_empty() {
        true => MapKind::NoStr,
        false => MapKind::Str,
    };
    Value::Map(map)
}

fn maintainer(one: &Maintainer, line: Line) -> Value {
    let fields = vec![
        Field::optional("Name", "name", one.name.as_str()),
        Field::optional("Email", "email", one.email.as_str()),
        Field::optional("URL", "url", one.url.as_str()),
    ];
    nested("*chart.Maintainer", fields, line)
}

fn dependency(one: &Dependency, line: Line) -> Value {
    let imports = one.import_values.iter().map(to_value).collect::<Vec<_>>();
    let fields = vec![
        Field::new("Name", "name", one.name.as_str()),
        Field::optional("Version", "version", one.version.as_str()),
        Field::new("Repository", "repository", one.repository.as_str()),
        Field::optional("Condition", "condition", one.condition.as_str()),
        Field::optional("Tags", "tags", list(strings(&one.tags), line)),
        Field::optional("Enabled", "enabled", one.enabled),
        Field::optional("ImportValues", "import-values", imports),
        Field::optional("Alias", "alias", one.alias.as_str()),
    ];
    nested("*chart.Dependency", fields, line)
}

fn nested(type_name: &'static str, fields: Vec<Field>, line: Line) -> Value {
    match line {
        Line::Four => map(fields.into_iter()),
        Line::Three => Structure {
            type_name,
            pointer: true,
            fields,
            embedded: Vec::new(),
        }
        .value(),
    }
}
