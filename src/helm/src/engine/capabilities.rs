//! `.Capabilities`: what the cluster can do. The main type here is [`Capabilities`].

use super::structure::{Field, Structure};
use crate::chart::{Line, Profile};
use crate::semver::Version;
use crate::value::{Object, Param, Value, quote};
use serde_json::{Value as Json, json};
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

/// What a cluster can do, as templates ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version, such as `v1.31.4`.
    pub kube_version: String,
    /// `apps/v1`, and with a cluster also `apps/v1/Deployment`. Shared: a fleet
    /// has one list.
    pub api_versions: Arc<[String]>,
}

impl Capabilities {
    /// What Helm assumes without a cluster.
    pub fn offline(profile: &Profile) -> Capabilities {
        Capabilities {
            kube_version: profile.kubernetes.version.to_owned(),
            api_versions: profile
                .kubernetes
                .api_versions()
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The value of `.Capabilities`.
    pub(super) fn value(&self, profile: &Profile) -> Value {
        let line = profile.line;
        let versions = ApiVersions(self.api_versions.clone(), line);
        let kube = KubeVersion::new(&self.kube_version, line);
        let fields = vec![
            Field::new("KubeVersion", "KubeVersion", Value::Object(Rc::new(kube))),
            Field::new(
                "APIVersions",
                "APIVersions",
                Value::Object(Rc::new(versions)),
            ),
            Field::new("HelmVersion", "HelmVersion", helm_version(profile)),
        ];
        Structure {
            type_name: match line {
                Line::Three => "*chartutil.Capabilities",
                Line::Four => "*common.Capabilities",
            },
            pointer: true,
            fields,
            embedded: Vec::new(),
        }
        .value()
    }

    /// The version that a chart's `kubeVersion` is compared with: Helm 4 leaves suffixes out.
    pub(super) fn compared_version(&self, profile: &Profile) -> String {
        match profile.line {
            Line::Three => self.kube_version.clone(),
            Line::Four => {
                normalized(&self.kube_version).unwrap_or_else(|| self.kube_version.clone())
            }
        }
    }
}

/// What `.Capabilities.HelmVersion.GoVersion` says.
const GO_VERSION: &str = "go1.26";

/// `v1.37` of `v1.37.0`.
fn client_version(profile: &Profile) -> &'static str {
    let version = profile.kubernetes.version;
    version.rsplit_once('.').map_or(version, |(short, _)| short)
}

fn helm_version(profile: &Profile) -> Value {
    let mut fields = vec![
        Field::optional("Version", "version", profile.helm_version),
        Field::optional("GitCommit", "git_commit", ""),
        Field::optional("GitTreeState", "git_tree_state", "clean"),
        Field::optional("GoVersion", "go_version", GO_VERSION),
    ];
    if profile.is_four() {
        let version = client_version(profile);
        fields.push(Field::new(
            "KubeClientVersion",
            "kube_client_version",
            version,
        ));
    }
    Structure {
        type_name: "version.BuildInfo",
        pointer: false,
        fields,
        embedded: Vec::new(),
    }
    .value()
}

/// Reads what a user gives as `--kube-version`: `v` comes, and for Helm 3 suffixes go.
pub fn parse_kube_version(text: &str, profile: &Profile) -> Result<String, String> {
    let numbers = normalized(text).ok_or_else(|| {
        let shown = quote(text);
        let why = match text.trim_start_matches('v').parse::<u64>() {
            Ok(_) => format!("illegal version string {shown}"),
            Err(_) => format!("could not parse {shown} as version"),
        };
        format!("invalid kube version '{text}': {why}")
    })?;
    Ok(match profile.line {
        Line::Three => numbers,
        Line::Four if text.starts_with('v') => text.to_owned(),
        Line::Four => format!("v{text}"),
    })
}

/// The numbers of a version, two at least, behind a `v`.
fn normalized(text: &str) -> Option<String> {
    let numbers = text.trim().trim_start_matches('v');
    let end = numbers
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(numbers.len());
    let numbers = numbers[..end].trim_end_matches('.');
    if !numbers.contains('.') {
        return None;
    }
    let parts = numbers.split('.').map(|part| part.parse::<u64>().ok());
    let parts = parts.collect::<Option<Vec<_>>>()?;
    let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
    Some(format!("v{}", parts.join(".")))
}

struct KubeVersion {
    version: String,
    /// Without suffixes: a field of its own in Helm 4.
    normalized: Option<String>,
    major: String,
    minor: String,
}

impl KubeVersion {
    fn new(version: &str, line: Line) -> KubeVersion {
        let parsed = Version::parse(version);
        let part = |read: fn(&Version) -> u64| {
            parsed
                .as_ref()
                .map_or_else(|_| String::new(), |v| read(v).to_string())
        };
        KubeVersion {
            version: version.to_owned(),
            normalized: (line == Line::Four).then(|| normalized(version).unwrap_or_default()),
            major: part(|v| v.major),
            minor: part(|v| v.minor),
        }
    }

    /// What the `String` method gives.
    fn text(&self) -> &str {
        let normalized = self.normalized.as_deref().filter(|text| !text.is_empty());
        normalized.unwrap_or(&self.version)
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        match self.normalized {
            None => "chartutil.KubeVersion",
            Some(_) => "common.KubeVersion",
        }
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(self.version.as_str().into()),
            "Major" => Some(self.major.as_str().into()),
            "Minor" => Some(self.minor.as_str().into()),
            _ => None,
        }
    }

    fn method(&self, name: &str, _: &[Value]) -> Option<Result<Value, String>> {
        match name {
            "String" => Some(Ok(self.text().into())),
            "GitVersion" => Some(Ok(self.version.as_str().into())),
            _ => None,
        }
    }

    fn signature(&self, name: &str) -> Option<(&'static [Param], bool)> {
        matches!(name, "String" | "GitVersion").then_some((&[], false))
    }

    fn print(&self) -> String {
        let normalized = self.normalized.iter().map(|text| format!(" {text}"));
        let normalized = normalized.collect::<String>();
        format!(
            "{{{}{normalized} {} {}}}",
            self.version, self.major, self.minor
        )
    }

    fn print_in_place(&self) -> Option<String> {
        Some(self.text().to_owned())
    }

    fn members(&self) -> Option<Vec<(&str, Value)>> {
        let field = |name| (name, self.field(name).unwrap_or_default());
        Some(["Version", "Major", "Minor"].map(field).to_vec())
    }

    fn to_json(&self) -> Json {
        json!({"Version": self.version, "Major": self.major, "Minor": self.minor})
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct ApiVersions(Arc<[String]>, Line);

impl Object for ApiVersions {
    fn type_name(&self) -> &str {
        match self.1 {
            Line::Three => "chartutil.VersionSet",
            Line::Four => "common.VersionSet",
        }
    }

    fn kind(&self) -> &str {
        "slice"
    }

    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let wanted = args.first().and_then(Value::as_str).unwrap_or_default();
        (name == "Has").then(|| Ok(self.0.iter().any(|version| version == wanted).into()))
    }

    fn signature(&self, name: &str) -> Option<(&'static [Param], bool)> {
        (name == "Has").then_some((&[Param::Str], false))
    }

    fn print(&self) -> String {
        format!("[{}]", self.0.join(" "))
    }

    fn to_json(&self) -> Json {
        json!(&*self.0)
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        let entry =
            |(at, version): (usize, &String)| (Value::Int(at as i64), version.as_str().into());
        Some(self.0.iter().enumerate().map(entry).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
