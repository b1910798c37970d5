//! What is live of a set, listed while its targets are rendered. The main types here are
//! [`Looking`] and [`Seen`].

use super::render::Draft;
use crate::cluster::{Cluster, ClusterError, View, ViewRequest};
use crate::manifest::{Gvk, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::{AbortHandle, JoinSet};

/// Lists that are under way; they end when this is dropped.
pub struct Looking {
    seen: Seen,
    lists: JoinSet<Result<View, ClusterError>>,
    list: AbortHandle,
}

/// What is live, as far as it was looked at.
pub struct Seen {
    cluster: Arc<dyn Cluster>,
    namespaces: BTreeSet<Arc<str>>,
    kinds: BTreeSet<Gvk>,
    /// What was found.
    pub view: View,
}

/// The kinds whose objects hold replicas of others.
fn autoscalers() -> [Gvk; 1] {
    [Gvk::new("autoscaling/v2", "HorizontalPodAutoscaler")]
}

impl Looking {
    /// Begins to list these kinds, each once.
    pub fn begin(
        cluster: &Arc<dyn Cluster>,
        namespaces: BTreeSet<Arc<str>>,
        kinds: impl Iterator<Item = Gvk>,
    ) -> Looking {
        let seen = Seen {
            cluster: cluster.clone(),
            namespaces,
            kinds: autoscalers().into_iter().chain(kinds).collect(),
            view: View::default(),
        };
        let mut lists = JoinSet::new();
        let (cluster, request) = (cluster.clone(), seen.request(seen.kinds.clone()));
        let list = lists.spawn(async move { cluster.view(&request).await });
        Looking { seen, lists, list }
    }

    /// Whether the lists are there.
    pub fn ended(&self) -> bool {
        self.list.is_finished()
    }

    /// What is live in these namespaces. Where others were looked at too, what could not be seen
    /// may be their fault and is looked at once more; where some were not, everything is.
    pub async fn end(mut self, namespaces: BTreeSet<Arc<str>>) -> Result<Seen, ClusterError> {
        let failed = |e: tokio::task::JoinError| ClusterError::Other(e.to_string());
        let view = self.lists.join_next().await.transpose().map_err(failed)?;
        let (mut seen, begun) = (self.seen, view.unwrap_or_else(|| Ok(View::default())));
        let same = seen.namespaces == namespaces;
        let covers = seen.namespaces.is_superset(&namespaces);
        seen.namespaces = namespaces;
        match begun {
            Err(error) if same => return Err(error),
            Ok(view) if covers => seen.view = view,
            _ => seen.view = seen.look(seen.kinds.clone()).await?,
        }
        if !same && !seen.view.unknown.is_empty() {
            let unknown = std::mem::take(&mut seen.view.unknown).into_keys();
            let again = seen.look(unknown.collect()).await?;
            seen.view.unite(again);
        }
        Ok(seen)
    }
}

impl Seen {
    fn request(&self, kinds: BTreeSet<Gvk>) -> ViewRequest {
        ViewRequest {
            namespaces: self.namespaces.clone(),
            kinds,
            ..ViewRequest::default()
        }
    }

    async fn look(&self, kinds: BTreeSet<Gvk>) -> Result<View, ClusterError> {
        self.cluster.view(&self.request(kinds)).await
    }

    /// Lists what else is drafted or stands in recorded manifests, and reads the drafted objects that no list had.
    pub async fn complete<'d>(
        &mut self,
        drafts: impl Iterator<Item = &'d Draft> + Clone,
        recorded: impl Iterator<Item = &'d str>,
    ) -> Result<(), ClusterError> {
        let recorded = recorded.flat_map(kinds_of);
        let objects = || drafts.clone().flat_map(Draft::all);
        let drafted = objects().map(|object| object.gvk.clone());
        let more: BTreeSet<Gvk> = recorded.chain(drafted).collect();
        let more: BTreeSet<Gvk> = more.difference(&self.kinds).cloned().collect();
        let missing = missing(objects(), &self.view);
        if more.is_empty() && missing.is_empty() {
            return Ok(());
        }
        let request = ViewRequest {
            namespaces: match more.is_empty() {
                true => BTreeSet::new(),
                false => self.namespaces.clone(),
            },
            kinds: more.clone(),
            objects: missing,
        };
        self.view.unite(self.cluster.view(&request).await?);
        self.kinds.extend(more);
        Ok(())
    }
}

/// The objects that the lists lack, of namespaces that are there and kinds that are known.
fn missing<'d>(
    objects: impl Iterator<Item = &'d Arc<Object>>,
    view: &View,
) -> BTreeMap<ObjectId, Gvk> {
    let missing = objects.filter(|object| {
        let there = |namespace| view.namespaces.get(namespace).is_none_or(|n| n.exists);
        let gvk = &object.gvk;
        let seen = view.objects.contains_key(&object.id)
            || view.unknown.contains_key(gvk)
            || view.unserved.contains(gvk);
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
