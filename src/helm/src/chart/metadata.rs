//! `Chart.yaml` and `requirements.yaml`. The main type here is [`Metadata`].

use super::Line;
use super::decode::{Fields, Struct};
use crate::yaml;
use serde::Serialize;
use serde_json::Value as Json;

/// The content of `Chart.yaml`. Serialised, it has the shape of a release record.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The chart's name (the alias once dependencies were processed).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A page about the project.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// Where the source code is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// The chart's semantic version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// For searching.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who to ask.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// An image.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// `v1` or `v2`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// Unused by Helm today.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Unused by Helm today.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of the application inside.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether the chart asks not to be used any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Free-form, in key order.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "pairs")]
    pub annotations: Vec<(String, String)>,
    /// The Kubernetes versions that the chart takes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// What the chart depends on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application`, `library` or nothing.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The list that has a null among its items, for validation.
    #[serde(skip)]
    pub(super) empty_nodes: Option<&'static str>,
}

/// One maintainer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Maintainer {
    /// A person or an organisation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A mail address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// A page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// One requirement of a chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Dependency {
    /// The name of the chart; the alias once dependencies were processed.
    pub name: String,
    /// A version or a range.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// Comma-separated paths into the values; the first boolean decides.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Groups that are switched together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Set when dependencies are processed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enabled: bool,
    /// What the parent takes from the child's values: names or child/parent pairs.
    #[serde(rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<Json>,
    /// Another name for the chart in this place.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

fn pairs<S: serde::Serializer>(
    pairs: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

impl Metadata {
    /// Reads the text of a `Chart.yaml`; nothing is cleaned or assumed.
    pub(crate) fn read(text: &str, line: Line) -> Result<Metadata, String> {
        let data = yaml::read_exact(text).map_err(|error| error.to_string())?;
        Metadata::as_written(&data, line)
    }

    fn as_written(data: &Json, line: Line) -> Result<Metadata, String> {
        let fields = Fields::of(data, Struct::of_chart("Metadata", line));
        let decoded = fields.and_then(|fields| Metadata::decode(&fields, line));
        decoded.map_err(unmarshal)
    }

    /// Reads `Chart.yaml`, or what `requirements.yaml` made of it.
    pub(super) fn of(data: &Json, line: Line) -> Result<Metadata, String> {
        let mut metadata = Metadata::as_written(data, line)?;
        if metadata.api_version.is_empty() {
            metadata.api_version = "v1".to_owned();
        }
        Ok(metadata)
    }

    fn decode(fields: &Fields<'_>, line: Line) -> Result<Metadata, String> {
        Ok(Metadata {
            name: fields.string("name")?,
            home: fields.string("home")?,
            sources: fields.strings("sources")?,
            version: fields.string("version")?,
            description: fields.string("description")?,
            keywords: fields.strings("keywords")?,
            maintainers: maintainers(fields, line)?,
            icon: fields.string("icon")?,
            api_version: fields.string("apiVersion")?,
            condition: fields.string("condition")?,
            tags: fields.string("tags")?,
            app_version: fields.string("appVersion")?,
            deprecated: fields.flag("deprecated")?,
            annotations: fields.string_map("annotations")?,
            kube_version: fields.string("kubeVersion")?,
            dependencies: dependencies(fields, line)?,
            kind: fields.string("type")?,
            empty_nodes: empty_nodes(fields),
        })
    }

    /// Whether this is a library chart: only its `_` files count.
    pub fn is_library(&self) -> bool {
        self.kind.eq_ignore_ascii_case("library")
    }
}

/// Which lists of `Chart.yaml` have a null among their items.
fn empty_nodes(fields: &Fields<'_>) -> Option<&'static str> {
    let has_null = |name: &&str| {
        let items = fields.list(name, "").unwrap_or_default();
        items.iter().any(Json::is_null)
    };
    ["maintainers", "dependencies"].into_iter().find(has_null)
}

/// The words of go-yaml around those of `encoding/json`.
pub(crate) fn unmarshal(text: String) -> String {
    format!("error unmarshaling JSON: while decoding JSON: {text}")
}

/// The items of a list of structs.
fn each<T>(
    fields: &Fields<'_>,
    name: &str,
    target: Struct,
    one: fn(&Fields<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let wanted = format!("[]*{}.{}", target.package, target.name);
    let items = fields.list(name, &wanted)?.iter();
    items
        .map(|data| one(&fields.nested(data, name, target)?))
        .collect()
}

fn maintainers(fields: &Fields<'_>, line: Line) -> Result<Vec<Maintainer>, String> {
    let target = Struct::of_chart("Maintainer", line);
    each(fields, "maintainers", target, maintainer)
}

fn maintainer(fields: &Fields<'_>) -> Result<Maintainer, String> {
    Ok(Maintainer {
        name: fields.string("name")?,
        email: fields.string("email")?,
        url: fields.string("url")?,
    })
}

pub(super) fn dependencies(fields: &Fields<'_>, line: Line) -> Result<Vec<Dependency>, String> {
    let target = Struct::of_chart("Dependency", line);
    each(fields, "dependencies", target, dependency)
}

fn dependency(fields: &Fields<'_>) -> Result<Dependency, String> {
    Ok(Dependency {
        name: fields.string("name")?,
        version: fields.string("version")?,
        repository: fields.string("repository")?,
        condition: fields.string("condition")?,
        tags: fields.strings("tags")?,
        enabled: fields.flag("enabled")?,
        import_values: fields.list("import-values", "[]interface {}")?.to_vec(),
        alias: fields.string("alias")?,
    })
}
