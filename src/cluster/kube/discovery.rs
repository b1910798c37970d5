//! What a cluster serves. The main type here is [`Discovery`].
//!
//! Aggregated discovery, two requests. A dead aggregated API is listed as stale and without
//! resources: its kinds are unknown, never "not served".

use super::transport::{Call, Transport};
use crate::cluster::{Capabilities, ClusterError};
use crate::manifest::{Gvk, ObjectId};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

/// The served kinds.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    served: HashMap<Gvk, Resource>,
    /// Groups and versions whose server does not answer.
    dead: BTreeSet<(String, String)>,
    /// As `.Capabilities.APIVersions` has them.
    api_versions: Vec<String>,
    capabilities: Capabilities,
}

/// Where a kind is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) gvk: Gvk,
    /// `deployments`.
    pub(super) plural: String,
    pub(super) namespaced: bool,
    /// It can be listed (`TokenReview` cannot).
    pub(super) listable: bool,
}

/// What discovery knows of a kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Served(&'a Resource),
    Unserved,
    Unknown(String),
}

impl Discovery {
    /// Asks the server.
    pub(super) async fn fetch(transport: &Transport) -> Result<Discovery, ClusterError> {
        let mut discovery = Discovery::default();
        for path in ["/api", "/apis"] {
            let call = Call {
                accept: AGGREGATED,
                long: true,
                ..Call::get("the served kinds", path.to_owned())
            };
            let reply = transport.send(&call).await?;
            discovery.add(&reply.body)?;
        }
        let version = Call::get("the server's version", "/version".to_owned());
        let reply = transport.send(&version).await?;
        discovery.capabilities = Capabilities {
            kube_version: decode::<Version>(&reply.body)?.git_version,
            api_versions: discovery.api_versions.as_slice().into(),
        };
        Ok(discovery)
    }

    fn add(&mut self, body: &[u8]) -> Result<(), ClusterError> {
        let list: GroupList = decode(body)?;
        if list.kind != "APIGroupDiscoveryList" {
            let why = "the server has no aggregated discovery; Kubernetes 1.27 or later is needed";
            return Err(ClusterError::Other(why.to_owned()));
        }
        for group in list.items {
            for version in group.versions {
                self.add_version(&group.metadata.name, version);
            }
        }
        Ok(())
    }

    fn add_version(&mut self, group: &str, version: VersionItem) {
        if version.freshness == "Stale" {
            self.dead.insert((group.to_owned(), version.version));
            return;
        }
        let api_version = match group {
            "" => version.version,
            group => format!("{group}/{}", version.version),
        };
        self.api_versions.push(api_version.clone());
        for item in version.resources {
            self.add_resource(&api_version, item);
        }
    }

    /// `.Capabilities.APIVersions` names the kinds of subresources too, at the group version that
    /// serves them (`apps/v1/Scale`).
    fn add_resource(&mut self, api_version: &str, item: ResourceItem) {
        let kinds = item.subresources.iter().filter_map(|s| s.kind.as_ref());
        for kind in std::iter::once(&item.kind).chain(kinds) {
            let name = format!("{api_version}/{}", kind.kind);
            if !self.api_versions.contains(&name) {
                self.api_versions.push(name);
            }
        }
        let gvk = Gvk::new(api_version, &item.kind.kind);
        let resource = Resource {
            gvk: gvk.clone(),
            plural: item.resource,
            namespaced: item.scope == "Namespaced",
            listable: item.verbs.iter().any(|verb| verb == "list"),
        };
        self.served.insert(gvk, resource);
    }

    /// Where this kind is served.
    pub(super) fn find(&self, gvk: &Gvk) -> Found<'_> {
        if let Some(resource) = self.served.get(gvk) {
            return Found::Served(resource);
        }
        let key = (gvk.group.to_string(), gvk.version.to_string());
        match self.dead.contains(&key) {
            true => Found::Unknown(format!("the API {} does not answer", gvk.api_version())),
            false => Found::Unserved,
        }
    }

    /// For `.Capabilities`.
    pub(super) fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
}

impl Resource {
    /// The path of all objects of this kind, in one namespace where one is given.
    pub(super) fn collection(&self, namespace: Option<&str>) -> String {
        let root = if self.gvk.group.is_empty() {
            "api"
        } else {
            "apis"
        };
        let api_version = self.gvk.api_version();
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!(
                "/{root}/{api_version}/namespaces/{}/{}",
                escape(namespace),
                self.plural
            ),
            None => format!("/{root}/{api_version}/{}", self.plural),
        }
    }

    /// The path of one object.
    pub(super) fn object(&self, id: &ObjectId) -> String {
        let collection = self.collection(id.namespace.as_deref());
        format!("{collection}/{}", escape(&id.name))
    }
}

/// Escapes one segment of a path or one value of a query.
pub(super) fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Decodes an answer that must be readable.
pub(super) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ClusterError> {
    serde_json::from_slice(body)
        .map_err(|e| ClusterError::Other(format!("the API server's answer is unreadable: {e}")))
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "gitVersion")]
    git_version: String,
}

#[derive(Deserialize)]
struct GroupList {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    items: Vec<GroupItem>,
}

#[derive(Deserialize)]
struct GroupItem {
    #[serde(default)]
    metadata: Name,
    #[serde(default)]
    versions: Vec<VersionItem>,
}

#[derive(Default, Deserialize)]
struct Name {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct VersionItem {
    version: String,
    #[serde(default)]
    resources: Vec<ResourceItem>,
    #[serde(default)]
    freshness: String,
}

#[derive(Deserialize)]
struct ResourceItem {
    resource: String,
    #[serde(rename = "responseKind")]
    kind: KindItem,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    subresources: Vec<SubresourceItem>,
}

#[derive(Deserialize)]
struct KindItem {
    kind: String,
}

#[derive(Deserialize)]
struct SubresourceItem {
    #[serde(rename = "responseKind")]
    kind: Option<KindItem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discovery() -> Discovery {
        let mut discovery = Discovery::default();
        let body = br#"{"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": "apps"}, "versions": [{"version": "v1", "freshness": "Current", "resources": [
                {"resource": "deployments", "responseKind": {"group": "", "version": "", "kind": "Deployment"}, "scope": "Namespaced", "verbs": ["get", "list"],
                 "subresources": [{"subresource": "scale", "responseKind": {"kind": "Scale"}}]}]}]},
            {"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1beta1", "freshness": "Stale", "resources": []}]}]}"#;
        discovery.add(body).unwrap();
        discovery
    }

    #[test]
    fn a_dead_aggregated_api_is_unknown_and_not_gone() {
        let discovery = discovery();
        let unknown = discovery.find(&Gvk::new("metrics.k8s.io/v1beta1", "PodMetrics"));
        assert!(matches!(unknown, Found::Unknown(_)), "{unknown:?}");
        let gone = discovery.find(&Gvk::new("extensions/v1beta1", "Ingress"));
        assert_eq!(gone, Found::Unserved);
    }

    #[test]
    fn names_group_versions_and_kinds_as_helm_does() {
        let names = &discovery().api_versions;
        assert_eq!(names, &["apps/v1", "apps/v1/Deployment", "apps/v1/Scale"]);
    }

    #[test]
    fn builds_paths_with_escaped_names() {
        let discovery = discovery();
        let Found::Served(resource) = discovery.find(&Gvk::new("apps/v1", "Deployment")) else {
            panic!("it is served");
        };
        let id = ObjectId {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: Some("c1".into()),
            name: "a/b".into(),
        };
        let path = resource.object(&id);
        assert_eq!(path, "/apis/apps/v1/namespaces/c1/deployments/a%2Fb");
        assert_eq!(resource.collection(None), "/apis/apps/v1/deployments");
    }

    #[test]
    fn says_that_a_server_is_too_old() {
        let old = br#"{"kind": "APIGroupList", "groups": []}"#;
        let error = Discovery::default().add(old).unwrap_err();
        assert!(error.to_string().contains("1.27"));
    }
}
