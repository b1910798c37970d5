//! What this account may do. Asked for the whole cluster first, a question for each verb and kind;
//! only where that is denied each namespace is asked for its rules.

use super::KubeCluster;
use super::discovery::decode;
use super::transport::{Call, JSON, try_all};
use crate::cluster::{Access, ClusterError};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/";

/// A verb on a resource of a group, as rules name them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    verb: &'static str,
    group: Arc<str>,
    resource: String,
}

/// A rule of an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    api_groups: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    resource_names: Vec<String>,
}

/// The rules of a namespace.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rules {
    resource_rules: Vec<Rule>,
    /// Another authorizer decides too, and does not tell how.
    incomplete: bool,
}

impl KubeCluster {
    pub(super) async fn find_denied(
        &self,
        wanted: &BTreeSet<Access>,
    ) -> Result<Vec<Access>, ClusterError> {
        let mut rights: BTreeMap<Right, Vec<&Access>> = BTreeMap::new();
        for access in wanted {
            // What is not served is told by the request itself.
            if let Ok(resource) = self.resource(&access.gvk).await {
                let right = Right {
                    verb: access.verb,
                    group: access.gvk.group.clone(),
                    resource: resource.plural,
                };
                rights.entry(right).or_default().push(access);
            }
        }
        let asks = rights
            .keys()
            .map(|right| self.may_everywhere(right))
            .collect();
        let everywhere: Vec<bool> = try_all(asks).await?;
        let open: Vec<(Right, Vec<&Access>)> = rights
            .into_iter()
            .zip(everywhere)
            .filter_map(|(right, allowed)| (!allowed).then_some(right))
            .collect();
        let rules = self.rules_of(&open).await?;
        let denied = |right: &Right, access: &&&Access| match &access.namespace {
            None => true,
            Some(namespace) => !rules.get(namespace).is_some_and(|rules| rules.allow(right)),
        };
        let denied = open.iter().flat_map(|(right, accesses)| {
            let denied = accesses.iter().filter(move |access| denied(right, access));
            denied.map(|access| (*access).clone())
        });
        Ok(denied.collect())
    }

    async fn may_everywhere(&self, right: &Right) -> Result<bool, ClusterError> {
        let spec = json!({"resourceAttributes": {
            "verb": right.verb, "group": &*right.group, "resource": right.resource,
        }});
        let status = self.review("selfsubjectaccessreviews", spec).await?;
        Ok(status["allowed"] == true)
    }

    async fn rules_of(
        &self,
        open: &[(Right, Vec<&Access>)],
    ) -> Result<BTreeMap<Arc<str>, Rules>, ClusterError> {
        let accesses = open.iter().flat_map(|(_, accesses)| accesses);
        let namespaces: BTreeSet<&Arc<str>> = accesses
            .filter_map(|access| access.namespace.as_ref())
            .collect();
        let one = |namespace: &Arc<str>| {
            let spec = json!({"namespace": &**namespace});
            let namespace = namespace.clone();
            async move {
                let status = self.review("selfsubjectrulesreviews", spec).await?;
                let rules = Rules::deserialize(status).unwrap_or_default();
                Ok((namespace, rules))
            }
        };
        let asks = namespaces.into_iter().map(one).collect();
        let rules: Vec<_> = try_all(asks).await?;
        Ok(rules.into_iter().collect())
    }

    async fn review(&self, resource: &str, spec: Value) -> Result<Value, ClusterError> {
        let call = Call {
            method: Method::POST,
            body: Some((JSON, json!({"spec": spec}).to_string().into_bytes())),
            ..Call::get("what this account may do", format!("{REVIEWS}{resource}"))
        };
        let reply = self.transport.send(&call).await?;
        let review: Value = decode(&reply.body)?;
        Ok(review["status"].clone())
    }
}

impl Rules {
    /// Rules for single names allow nothing here: which names there will be is not known to them.
    fn allow(&self, right: &Right) -> bool {
        let has = |list: &[String], text: &str| list.iter().any(|one| one == "*" || one == text);
        let allows = |rule: &Rule| {
            rule.resource_names.is_empty()
                && has(&rule.verbs, right.verb)
                && has(&rule.api_groups, &right.group)
                && has(&rule.resources, &right.resource)
        };
        self.incomplete || self.resource_rules.iter().any(allows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_allows_what_it_names_or_all_of_it() {
        let rules: Rules = serde_json::from_value(json!({
            "incomplete": false,
            "nonResourceRules": [],
            "resourceRules": [
                {"verbs": ["get", "patch"], "apiGroups": ["apps"], "resources": ["deployments"]},
                {"verbs": ["*"], "apiGroups": [""], "resources": ["*"]},
                {"verbs": ["delete"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"]},
            ],
        }))
        .unwrap();
        let may = |verb, group: &str, resource: &str| {
            rules.allow(&Right {
                verb,
                group: group.into(),
                resource: resource.to_owned(),
            })
        };
        assert!(may("patch", "apps", "deployments") && may("delete", "", "secrets"));
        assert!(!may("delete", "apps", "deployments") && !may("patch", "batch", "jobs"));
        assert!(!Rules::default().allow(&Right {
            verb: "get",
            group: "".into(),
            resource: "pods".to_owned()
        }));
    }
}
