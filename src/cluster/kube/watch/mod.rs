//! Following objects by watch. The main type here is [`Feeds`].
//!
//! Workloads are watched once per kind for the whole cluster, however many targets are in flight,
//! and per namespace where this account may not do that. Of other kinds only one namespace is
//! watched, and only metadata: who waits for a Secret to go need not read any.

mod feed;
mod lines;
mod place;

use self::feed::{Feed, Source};
use self::place::Place;
use super::KubeCluster;
use crate::cluster::{ClusterError, Follow, KindIn};
use crate::health;
use crate::manifest::Gvk;
use async_trait::async_trait;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use tokio::sync::{Mutex, Notify};

/// The watches of a cluster that are open.
#[derive(Default)]
pub(super) struct Feeds(Mutex<Open>);

#[derive(Default)]
struct Open {
    feeds: HashMap<(Gvk, Option<String>), Weak<Feed>>,
    /// Kinds that this account may not see in all namespaces.
    narrow: HashSet<Gvk>,
}

/// What one waiter follows.
pub(super) struct Following {
    places: Vec<(Arc<Feed>, Arc<Place>)>,
    wake: Arc<Notify>,
}

#[async_trait]
impl Follow for Following {
    async fn objects(&mut self) -> Result<Vec<Vec<Arc<Value>>>, ClusterError> {
        let mut all = Vec::new();
        for (feed, place) in &self.places {
            feed.fill(place).await?;
            all.push(place.objects()?);
        }
        Ok(all)
    }

    async fn changed(&mut self) {
        self.wake.notified().await;
    }
}

impl KubeCluster {
    pub(super) async fn following(&self, wanted: &[KindIn]) -> Result<Following, ClusterError> {
        let wake = Arc::new(Notify::new());
        let mut places = Vec::new();
        for KindIn { gvk, namespace } in wanted {
            let namespace = namespace.as_deref().map(str::to_owned);
            let feed = self.feed(gvk, namespace.clone()).await?;
            let place = Arc::new(Place::new(namespace, wake.clone()));
            feed.join(&place);
            places.push((feed, place));
        }
        Ok(Following { places, wake })
    }

    async fn feed(&self, gvk: &Gvk, namespace: Option<String>) -> Result<Arc<Feed>, ClusterError> {
        let resource = self.resource(gvk).await?;
        let mut open = self.feeds.0.lock().await;
        let whole = health::is_waited_for(gvk);
        let source = |namespace| Source {
            transport: self.transport.clone(),
            resource: resource.clone(),
            namespace,
            whole,
        };
        if whole && !open.narrow.contains(gvk) {
            match open.feed(gvk, source(None)).await {
                Err(ClusterError::Forbidden(_)) if namespace.is_some() => {
                    open.narrow.insert(gvk.clone());
                }
                done => return done,
            }
        }
        open.feed(gvk, source(namespace)).await
    }
}

impl Open {
    /// The one that is open, else a new one.
    async fn feed(&mut self, gvk: &Gvk, source: Source) -> Result<Arc<Feed>, ClusterError> {
        let key = (gvk.clone(), source.namespace.clone());
        if let Some(feed) = self.feeds.get(&key).and_then(Weak::upgrade) {
            return Ok(feed);
        }
        let feed = Arc::new(Feed::open(source).await?);
        self.feeds.retain(|_, feed| feed.strong_count() > 0);
        self.feeds.insert(key, Arc::downgrade(&feed));
        Ok(feed)
    }
}
