//! What is live of a set, listed while its targets are rendered. The main type here is [`Looking`].

use super::Desired;
use super::known::Releases;
use super::render::Sketch;
use crate::cluster::{Cluster, ClusterError, View, ViewRequest};
use crate::diag::Diagnostics;
use crate::manifest::{Gvk, Packed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Lists that are under way; they end when this is dropped.
pub struct Looking {
    cluster: Arc<dyn Cluster>,
    namespaces: BTreeSet<Arc<str>>,
    kinds: BTreeSet<Gvk>,
    lists: JoinSet<Result<View, ClusterError>>,
}

/// The kinds whose objects hold replicas of others.
fn autoscalers() -> [Gvk; 1] {
    [Gvk::new("autoscaling/v2", "HorizontalPodAutoscaler")]
}

impl Looking {
    /// Begins to list the kinds of these sketches, each once.
    pub fn begin<'s>(
        cluster: &Arc<dyn Cluster>,
        wanted: &[Desired],
        sketches: impl Iterator<Item = &'s Sketch>,
    ) -> Looking {
        let namespaces = wanted.iter().map(|one| one.spec.namespace.clone());
        let mut looking = Looking {
            cluster: cluster.clone(),
            namespaces: namespaces.collect(),
            kinds: autoscalers().into_iter().chain(kinds(sketches)).collect(),
            lists: JoinSet::new(),
        };
        let request = ViewRequest {
            namespaces: looking.namespaces.clone(),
            kinds: looking.kinds.clone(),
            ..ViewRequest::default()
        };
        let cluster = cluster.clone();
        looking
            .lists
            .spawn(async move { cluster.view(&request).await });
        looking
    }

    /// Lists what else is rendered or recorded, and reads the rendered objects that no list had.
    pub async fn finish(
        mut self,
        sketches: &[Result<Sketch, Diagnostics>],
        known: &Releases,
    ) -> Result<View, ClusterError> {
        let ended = self.lists.join_next().await;
        let failed = |e: tokio::task::JoinError| ClusterError::Other(e.to_string());
        let mut view = ended
            .transpose()
            .map_err(failed)?
            .transpose()?
            .unwrap_or_default();
        let sketches = || sketches.iter().flatten();
        let bases = known
            .values()
            .flat_map(|known| [&known.base, &known.last])
            .flatten();
        let recorded = bases.flat_map(|base| kinds_of(base.manifest.reveal()));
        let more: BTreeSet<Gvk> = recorded.chain(kinds(sketches())).collect();
        let more: BTreeSet<Gvk> = more.difference(&self.kinds).cloned().collect();
        let missing = missing(sketches(), &view);
        if more.is_empty() && missing.is_empty() {
            return Ok(view);
        }
        let request = ViewRequest {
            namespaces: if more.is_empty() {
                BTreeSet::new()
            } else {
                self.namespaces
            },
            kinds: more,
            objects: missing,
        };
        view.unite(self.cluster.view(&request).await?);
        Ok(view)
    }
}

fn kinds<'s>(sketches: impl Iterator<Item = &'s Sketch>) -> impl Iterator<Item = Gvk> {
    objects(sketches).map(|object| object.gvk.clone())
}

/// What is rendered, definitions included.
fn objects<'s>(sketches: impl Iterator<Item = &'s Sketch>) -> impl Iterator<Item = &'s Packed> {
    sketches.flat_map(|sketch| sketch.definitions.iter().chain(&sketch.objects))
}

/// The objects that the lists lack, of namespaces that are there and kinds that are known.
fn missing<'s>(
    sketches: impl Iterator<Item = &'s Sketch>,
    view: &View,
) -> BTreeMap<crate::manifest::ObjectId, Gvk> {
    let missing = objects(sketches).filter(|object| {
        let there = |namespace| view.namespaces.get(namespace).is_none_or(|n| n.exists);
        let seen = view.objects.contains_key(&object.id) || view.unknown.contains_key(&object.gvk);
        !seen && object.id.namespace.as_ref().is_none_or(there)
    });
    missing
        .map(|object| (object.id.clone(), object.gvk.clone()))
        .collect()
}

/// The kinds of a manifest text, without reading it whole.
fn kinds_of(manifest: &str) -> Vec<Gvk> {
    let field = |document: &str, name: &str| {
        let line = document.lines().find_map(|line| {
            line.strip_prefix(name)
                .map(|rest| rest.trim().trim_matches(['"', '\'']))
        });
        line.map(str::to_owned)
    };
    let documents = manifest.split("\n---");
    documents
        .filter_map(|text| {
            Some(Gvk::new(
                &field(text, "apiVersion:")?,
                &field(text, "kind:")?,
            ))
        })
        .collect()
}
