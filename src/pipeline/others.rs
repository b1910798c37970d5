//! Who else manages what stands in the namespaces of targets. The main entry point is [`claims`].

use super::reach::everywhere;
use crate::cluster::{Cluster, ClusterError};
use crate::manifest::{Gvk, Object, claimed_by};
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whoever manages an application marks all that it applies, and every application has something
/// of these kinds: to look at all kinds would cost as much as a plan.
const KINDS: [(&str, &str); 6] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "CronJob"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
];

/// A tool that would put back whatever somebody else changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// Where its objects are.
    pub namespace: Arc<str>,
    /// The tool.
    pub tool: &'static str,
    /// The name that it knows them by.
    pub name: String,
}

/// Who else manages workloads, Services or ConfigMaps in these namespaces, and how many objects.
/// What this account may not list is passed over.
pub async fn claims(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
) -> Result<BTreeMap<Claim, usize>, ClusterError> {
    let kinds = KINDS.map(|(api_version, kind)| Gvk::new(api_version, kind));
    let claimed = |object: &Object| claimed_by(object).is_some();
    let names: BTreeSet<&str> = namespaces.iter().map(|name| &***name).collect();
    let lists = kinds.iter().map(|gvk| {
        let heads = move |namespace| cluster.heads(gvk, namespace, claimed);
        everywhere(&names, heads)
    });
    let mut claims = BTreeMap::new();
    for heads in join_all(lists).await {
        let heads = match heads {
            Err(ClusterError::Forbidden(_) | ClusterError::NotFound(_)) => continue,
            heads => heads?,
        };
        for claim in heads.iter().filter_map(claim) {
            if namespaces.contains(&claim.namespace) {
                *claims.entry(claim).or_default() += 1;
            }
        }
    }
    Ok(claims)
}

fn claim(head: &Object) -> Option<Claim> {
    let (tool, name) = claimed_by(head)?;
    let namespace = head.id.namespace.clone()?;
    Some(Claim {
        namespace,
        tool,
        name,
    })
}
