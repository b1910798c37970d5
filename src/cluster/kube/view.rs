//! One shared view of all that a set of targets needs.
//!
//! Each kind is listed once with Helm's selector: over the whole cluster, or per namespace where
//! that is cheaper or where a cluster-wide list is forbidden. What the lists lack is read by GET.

use super::KubeCluster;
use super::discovery::{Discovery, Found, Resource};
use super::objects::{self, Listing, any};
use super::transport::{all, try_all};
use crate::cluster::{ClusterError, Live, NamespaceState, View, ViewRequest};
use crate::manifest::{Gvk, MANAGED_BY, ObjectId};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Fewer targets than this are never worth a cluster-wide list.
const FEW: usize = 8;
/// One list of a namespace costs as much as this many namespaces of a cluster-wide list.
const NAMESPACES_PER_LIST: usize = 14;

/// How the kinds are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Cluster,
    Namespaces,
}

impl KubeCluster {
    pub(super) async fn see(&self, request: &ViewRequest) -> Result<View, ClusterError> {
        let asked = request.kinds.iter().chain(request.objects.values());
        let discovery = self.discovery_with(&asked.cloned().collect()).await?;
        let (namespaces, reach) = self.namespaces(&request.namespaces).await?;
        let mut view = View {
            namespaces,
            ..View::default()
        };
        let served = sort_out(&discovery, &request.kinds, &mut view);
        let list = |resource| self.list_kind(resource, request, reach);
        let lists = all(served.iter().map(list).collect()).await;
        for (resource, list) in served.iter().zip(lists) {
            add(&mut view, resource, list)?;
        }
        self.read_missing(&discovery, request, &mut view).await?;
        Ok(view)
    }

    async fn list_kind(
        &self,
        resource: &Resource,
        request: &ViewRequest,
        reach: Reach,
    ) -> Result<Vec<Live>, ClusterError> {
        if !resource.namespaced || reach == Reach::Cluster {
            match self.list_part(resource, request, None).await {
                Err(ClusterError::Forbidden(_)) if resource.namespaced => {}
                list => return list,
            }
        }
        let list = |namespace| self.list_part(resource, request, Some(namespace));
        let names = request.namespaces.iter().map(AsRef::as_ref);
        let parts = try_all(names.map(list).collect()).await?;
        Ok(parts.into_iter().flatten().collect())
    }

    async fn list_part(
        &self,
        resource: &Resource,
        request: &ViewRequest,
        namespace: Option<&str>,
    ) -> Result<Vec<Live>, ClusterError> {
        let selector = format!("{MANAGED_BY}=Helm");
        let listing = Listing {
            namespace,
            labels: Some(&selector),
            ..Listing::of(resource)
        };
        let wanted = |namespace: &str| request.namespaces.get(namespace).cloned();
        let keep = |item: &str| Live::read(&resource.gvk, item, wanted);
        listing.read(&self.transport, keep).await
    }

    /// Reads the asked objects that no list had. Nothing is asked in a namespace that is not
    /// there, nor of a kind that is unknown.
    async fn read_missing(
        &self,
        discovery: &Discovery,
        request: &ViewRequest,
        view: &mut View,
    ) -> Result<(), ClusterError> {
        let missing = request.objects.iter().filter(|(id, gvk)| {
            let there = |namespace| view.namespaces.get(namespace).is_none_or(|n| n.exists);
            let known = view.objects.contains_key(*id) || view.unknown.contains_key(*gvk);
            !known && id.namespace.as_ref().is_none_or(there)
        });
        let reads = missing.filter_map(|(id, gvk)| match discovery.find(gvk) {
            Found::Served(resource) => Some(objects::get(&self.transport, resource, id)),
            Found::Unserved | Found::Unknown(_) => None,
        });
        let found = try_all(reads.collect()).await?;
        found
            .into_iter()
            .flatten()
            .for_each(|live| view.insert(live));
        Ok(())
    }

    /// The state of the asked namespaces, and how to list: the number of all namespaces decides.
    async fn namespaces(
        &self,
        asked: &BTreeSet<Arc<str>>,
    ) -> Result<(HashMap<Arc<str>, NamespaceState>, Reach), ClusterError> {
        if asked.len() > FEW {
            match self.all_namespaces(asked).await {
                Err(ClusterError::Forbidden(_)) => {}
                all => return all,
            }
        }
        let states = try_all(asked.iter().map(|name| self.namespace(name)).collect()).await?;
        let states = asked.iter().cloned().zip(states).collect();
        Ok((states, Reach::Namespaces))
    }

    async fn all_namespaces(
        &self,
        asked: &BTreeSet<Arc<str>>,
    ) -> Result<(HashMap<Arc<str>, NamespaceState>, Reach), ClusterError> {
        let resource = namespace_resource();
        let keep = |item: &str| Live::read(&resource.gvk, item, any);
        let all = Listing::of(&resource).read(&self.transport, keep).await?;
        let reach = match asked.len() * NAMESPACES_PER_LIST < all.len() {
            true => Reach::Namespaces,
            false => Reach::Cluster,
        };
        let mut states: HashMap<_, _> = asked
            .iter()
            .map(|name| (name.clone(), NamespaceState::default()))
            .collect();
        for live in all {
            if let Some(state) = states.get_mut(&live.id.name) {
                *state = NamespaceState::read(live.raw.get());
            }
        }
        Ok((states, reach))
    }

    /// Whoever may not read a namespace but is asked to work in it is taken at their word.
    async fn namespace(&self, name: &Arc<str>) -> Result<NamespaceState, ClusterError> {
        let resource = namespace_resource();
        let id = ObjectId {
            group: "".into(),
            kind: "Namespace".into(),
            namespace: None,
            name: name.clone(),
        };
        match objects::get(&self.transport, &resource, &id).await {
            Ok(Some(live)) => Ok(NamespaceState::read(live.raw.get())),
            Ok(None) => Ok(NamespaceState::default()),
            Err(ClusterError::Forbidden(_)) => Ok(NamespaceState {
                exists: true,
                ..NamespaceState::default()
            }),
            Err(error) => Err(error),
        }
    }
}

fn namespace_resource() -> Resource {
    Resource {
        gvk: Gvk::new("v1", "Namespace"),
        plural: "namespaces".to_owned(),
        namespaced: false,
        listable: true,
    }
}

/// The kinds to list; the others are noted in the view.
fn sort_out(discovery: &Discovery, kinds: &BTreeSet<Gvk>, view: &mut View) -> Vec<Resource> {
    let mut served = Vec::new();
    for gvk in kinds {
        match discovery.find(gvk) {
            Found::Served(resource) => {
                if !resource.namespaced {
                    view.cluster_scoped.insert(gvk.clone());
                }
                if resource.listable {
                    served.push(resource.clone());
                }
            }
            Found::Unserved => {
                view.unserved.insert(gvk.clone());
            }
            Found::Unknown(why) => {
                view.unknown.insert(gvk.clone(), why);
            }
        }
    }
    served
}

/// A kind that may not be listed is unknown; any other failure ends the view.
fn add(
    view: &mut View,
    resource: &Resource,
    list: Result<Vec<Live>, ClusterError>,
) -> Result<(), ClusterError> {
    match list {
        Ok(list) => list.into_iter().for_each(|live| view.insert(live)),
        Err(error @ (ClusterError::Forbidden(_) | ClusterError::NotFound(_))) => {
            view.unknown.insert(resource.gvk.clone(), error.to_string());
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
