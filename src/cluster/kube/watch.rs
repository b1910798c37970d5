//! Waiting for something to change, by watch. The main type here is [`Marks`].
//!
//! The first call for a kind only marks the present resource version and returns at once: what
//! happened before can't be known, so the caller looks. Later calls watch from the mark, so that
//! nothing between two calls is missed.

use super::KubeCluster;
use super::discovery::{Resource, decode, escape};
use super::transport::Call;
use crate::cluster::ClusterError;
use crate::manifest::Gvk;
use futures_util::future::{join_all, select_all};
use http_body_util::BodyExt;
use kube::client::Body;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const METADATA: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// Up to where each kind of a namespace has been seen.
#[derive(Default)]
pub(super) struct Marks(Mutex<HashMap<Place, String>>);

type Place = (String, Gvk);

impl Marks {
    fn get(&self, place: &Place) -> Option<String> {
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.get(place).cloned()
    }

    fn set(&self, place: Place, mark: Option<String>) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match mark {
            Some(mark) => marks.insert(place, mark),
            None => marks.remove(&place),
        };
    }
}

impl KubeCluster {
    pub(super) async fn wait_for_change(
        &self,
        namespace: &str,
        gvks: &[Gvk],
        patience: Duration,
    ) -> Result<(), ClusterError> {
        let begun = gvks.iter().map(|gvk| self.mark(namespace, gvk));
        let begun = join_all(begun)
            .await
            .into_iter()
            .collect::<Result<Vec<bool>, _>>()?;
        if gvks.is_empty() || begun.contains(&true) {
            return Ok(());
        }
        let events = gvks
            .iter()
            .map(|gvk| Box::pin(self.next_event(namespace, gvk)));
        match tokio::time::timeout(patience, select_all(events)).await {
            Ok((first, ..)) => first,
            Err(_) => Ok(()),
        }
    }

    /// Marks the present where there is no mark yet; says whether it did.
    async fn mark(&self, namespace: &str, gvk: &Gvk) -> Result<bool, ClusterError> {
        let place = (namespace.to_owned(), gvk.clone());
        if self.marks.get(&place).is_some() {
            return Ok(false);
        }
        let resource = self.resource(gvk).await?;
        let path = format!("{}?limit=1", resource.collection(Some(namespace)));
        let call = Call {
            accept: METADATA_LIST,
            ..Call::get(format!("the list of {}", resource.plural), path)
        };
        let reply = self.transport.send(&call).await?;
        let list: Object = decode(&reply.body)?;
        self.marks.set(place, Some(list.metadata.resource_version));
        Ok(true)
    }

    /// The first change after the mark, which it moves.
    async fn next_event(&self, namespace: &str, gvk: &Gvk) -> Result<(), ClusterError> {
        let place = (namespace.to_owned(), gvk.clone());
        let resource = self.resource(gvk).await?;
        let mut lines = Lines::default();
        let mut body = self
            .watch(&resource, namespace, self.marks.get(&place))
            .await?;
        while let Some(line) = lines.next(&mut body).await? {
            let event: Event = decode(&line)?;
            // ERROR: the mark is too old; the next call marks the present.
            let mark = (event.kind != "ERROR").then_some(event.object.metadata.resource_version);
            self.marks.set(place.clone(), mark);
            if event.kind != "BOOKMARK" {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn watch(
        &self,
        resource: &Resource,
        namespace: &str,
        mark: Option<String>,
    ) -> Result<Body, ClusterError> {
        let mark = mark.unwrap_or_default();
        let path = format!(
            "{}?watch=true&allowWatchBookmarks=true&resourceVersion={}",
            resource.collection(Some(namespace)),
            escape(&mark)
        );
        let call = Call {
            accept: METADATA,
            ..Call::get(format!("the watch of {}", resource.plural), path)
        };
        let response = self.transport.stream(&call).await?;
        Ok(response.into_body())
    }
}

/// The lines of a body, as they come.
#[derive(Default)]
struct Lines {
    buffer: Vec<u8>,
}

impl Lines {
    async fn next(&mut self, body: &mut Body) -> Result<Option<Vec<u8>>, ClusterError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return Ok(Some(self.buffer.drain(..=end).collect()));
            }
            match body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.buffer.extend_from_slice(data);
                    }
                }
                Some(Err(error)) => return Err(ClusterError::Unreachable(error.to_string())),
            }
        }
    }
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    metadata: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default, rename = "resourceVersion")]
    resource_version: String,
}
