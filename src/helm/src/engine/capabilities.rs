//! `.Capabilities`: what the cluster can do. The main type here is [`Capabilities`].

use super::structure::Structure;
use crate::chart::Profile;
use crate::semver::Version;
use crate::value::{Object, Param, Value};
use serde_json::{Value as Json, json};
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

/// The API versions that Helm assumes without a cluster: every group and version
/// that client-go 0.36 knows, in its order.
const DEFAULT_API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha2",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// The API versions that Helm assumes without a cluster.
pub fn default_api_versions() -> Vec<String> {
    DEFAULT_API_VERSIONS
        .iter()
        .map(|&version| version.to_owned())
        .collect()
}

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
            kube_version: profile.kube_version.to_owned(),
            api_versions: default_api_versions().into(),
        }
    }

    /// The value of `.Capabilities`.
    pub(super) fn value(&self, profile: &Profile) -> Value {
        let versions = ApiVersions(self.api_versions.clone());
        let kube = KubeVersion::new(&self.kube_version);
        let (own, helm) = (self.clone(), profile.helm_version);
        let json = move || {
            json!({
                "KubeVersion": KubeVersion::new(&own.kube_version).to_json(),
                "APIVersions": &*own.api_versions,
                "HelmVersion": build_info(helm),
            })
        };
        Structure {
            type_name: "*chartutil.Capabilities",
            pointer: true,
            fields: vec![
                ("KubeVersion", Value::Object(Rc::new(kube))),
                ("APIVersions", Value::Object(Rc::new(versions))),
                ("HelmVersion", helm_version(profile)),
            ],
            promoted: Vec::new(),
            json: Box::new(json),
        }
        .value()
    }
}

/// What `.Capabilities.HelmVersion.GoVersion` says.
const GO_VERSION: &str = "go1.26";

fn build_info(helm: &str) -> Json {
    json!({"version": helm, "git_tree_state": "clean", "go_version": GO_VERSION})
}

fn helm_version(profile: &Profile) -> Value {
    let helm = profile.helm_version;
    Structure {
        type_name: "version.BuildInfo",
        pointer: false,
        fields: vec![
            ("Version", profile.helm_version.into()),
            ("GitCommit", "".into()),
            ("GitTreeState", "clean".into()),
            ("GoVersion", GO_VERSION.into()),
        ],
        promoted: Vec::new(),
        json: Box::new(move || build_info(helm)),
    }
    .value()
}

/// Reads what a user gives as `--kube-version`: suffixes go, `v` comes.
pub fn parse_kube_version(text: &str) -> Result<String, String> {
    let fault = || format!("invalid kube version '{text}': could not parse {text:?} as version");
    let numbers = text.trim().trim_start_matches('v');
    let end = numbers
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(numbers.len());
    let numbers = numbers[..end].trim_end_matches('.');
    if !numbers.contains('.') {
        return Err(fault());
    }
    let parts = numbers
        .split('.')
        .map(|part| part.parse::<u64>().map_err(|_| fault()));
    let mut parts = parts.collect::<Result<Vec<_>, _>>()?;
    parts.resize(parts.len().max(3), 0);
    let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
    Ok(format!("v{}", parts.join(".")))
}

struct KubeVersion {
    version: String,
    major: String,
    minor: String,
}

impl KubeVersion {
    fn new(version: &str) -> KubeVersion {
        let parsed = Version::parse(version);
        let part = |read: fn(&Version) -> u64| {
            parsed
                .as_ref()
                .map_or_else(|_| String::new(), |v| read(v).to_string())
        };
        KubeVersion {
            version: version.to_owned(),
            major: part(|v| v.major),
            minor: part(|v| v.minor),
        }
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "chartutil.KubeVersion"
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
        matches!(name, "String" | "GitVersion").then(|| Ok(self.version.as_str().into()))
    }

    fn signature(&self, name: &str) -> Option<(&'static [Param], bool)> {
        matches!(name, "String" | "GitVersion").then_some((&[], false))
    }

    fn print(&self) -> String {
        format!("{{{} {} {}}}", self.version, self.major, self.minor)
    }

    fn print_in_place(&self) -> Option<String> {
        Some(self.version.clone())
    }

    fn to_json(&self) -> Json {
        json!({"Version": self.version, "Major": self.major, "Minor": self.minor})
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct ApiVersions(Arc<[String]>);

impl Object for ApiVersions {
    fn type_name(&self) -> &str {
        "chartutil.VersionSet"
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
