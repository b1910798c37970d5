//! A live API server. The main type here is [`KubeCluster`].
//!
//! `kube` gives the configuration, TLS and authentication; requests are our own: counted,
//! limited, retried within a bound, and decoded no further than needed.

mod access;
mod connect;
mod discovery;
mod dry_run;
mod limit;
mod objects;
mod records;
mod retry;
mod spare;
mod status;
#[cfg(test)]
mod tests;
mod transport;
mod view;
mod watch;
mod write;

pub use retry::Policy;

use self::discovery::{Discovery, Found, Resource, escape};
use self::objects::{Listing, METADATA_ONLY};
use self::transport::{Call, Transport};
use super::{
    Access, Bodies, Capabilities, Cluster, ClusterError, Follow, IsWanted, KindIn, Live, Places,
    RecordKey, RecordMeta, View, ViewRequest, Write, Written,
};
use crate::manifest::{Gvk, Object, ObjectId};
use crate::plan::{Answer, Identity, Question};
use crate::release::Connection;
use async_trait::async_trait;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::RwLock;

/// How long an answer "not served" counts before discovery is asked again.
const FRESH: Duration = Duration::from_secs(1);
/// How long the kinds of a definition that was written here may take to be served.
const SERVED_WITHIN: Duration = Duration::from_secs(10);
/// The pause before discovery is asked for them once more.
const SERVED_PAUSE: Duration = Duration::from_millis(100);
/// The last lines of a log that are read.
const LOG_LINES: usize = 50;

/// Kinds by group and name, with when their definition was written.
type Defined = HashMap<(Arc<str>, Arc<str>), Instant>;

/// A cluster behind an API server.
pub struct KubeCluster {
    transport: Arc<Transport>,
    identity: Identity,
    discovery: RwLock<Option<(Instant, Arc<Discovery>)>>,
    feeds: watch::Feeds,
    /// What was defined here.
    defined: Mutex<Defined>,
}

impl KubeCluster {
    /// Connects and reads the cluster's identity. `run` is named in every request's user agent.
    pub async fn open(
        connection: &Connection,
        run: &str,
        policy: Policy,
    ) -> Result<KubeCluster, ClusterError> {
        let connected = connect::connect(connection).await?;
        let transport = Transport::new(connected.client, connected.server, run, policy);
        let uid = cluster_uid(&transport).await?;
        Ok(KubeCluster {
            identity: Identity {
                name: connected.name,
                server: transport.server().clone(),
                uid,
            },
            transport: Arc::new(transport),
            discovery: RwLock::default(),
            feeds: watch::Feeds::default(),
            defined: Mutex::default(),
        })
    }

    /// How many requests were sent so far, retries included.
    pub fn requests(&self) -> u64 {
        self.transport.sent()
    }

    async fn discovery(&self) -> Result<Arc<Discovery>, ClusterError> {
        if let Some((_, discovery)) = &*self.discovery.read().await {
            return Ok(discovery.clone());
        }
        self.discover(FRESH).await
    }

    /// Discovery, asked again where one of `gvks` is not served by what is remembered: a CRD may
    /// have come since.
    async fn discovery_with(&self, gvks: &BTreeSet<Gvk>) -> Result<Arc<Discovery>, ClusterError> {
        let discovery = self.discovery().await?;
        let served = |gvk| matches!(discovery.find(gvk), Found::Served(_));
        match gvks.iter().all(served) {
            true => Ok(discovery),
            false => self.discover(FRESH).await,
        }
    }

    /// Discovery that is no older than `fresh`.
    async fn discover(&self, fresh: Duration) -> Result<Arc<Discovery>, ClusterError> {
        let mut remembered = self.discovery.write().await;
        if let Some((at, discovery)) = &*remembered
            && at.elapsed() < fresh
        {
            return Ok(discovery.clone());
        }
        let discovery = Arc::new(Discovery::fetch(&self.transport).await?);
        *remembered = Some((Instant::now(), discovery.clone()));
        Ok(discovery)
    }

    /// Where a kind is served; an error where it is not.
    async fn resource(&self, gvk: &Gvk) -> Result<Resource, ClusterError> {
        let mut discovery = self.discovery_with(&BTreeSet::from([gvk.clone()])).await?;
        while discovery.find(gvk) == Found::Unserved && self.is_coming(gvk) {
            tokio::time::sleep(SERVED_PAUSE).await;
            discovery = self.discover(SERVED_PAUSE).await?;
        }
        match discovery.find(gvk) {
            Found::Served(resource) => Ok(resource.clone()),
            Found::Unserved => Err(ClusterError::NotFound(format!(
                "kind {} of {}",
                gvk.kind,
                gvk.api_version()
            ))),
            Found::Unknown(why) => Err(ClusterError::Unreachable(why)),
        }
    }

    /// Remembers which kind a definition brings.
    fn define(&self, object: &Object) {
        if &*object.id.kind == "CustomResourceDefinition" {
            let spec = &object.clear()["spec"];
            let text = |value: &Value| Arc::from(value.as_str().unwrap_or(""));
            let kind = (text(&spec["group"]), text(&spec["names"]["kind"]));
            self.definitions().insert(kind, Instant::now());
        }
    }

    /// Whether its definition was written just now: a server serves a kind a moment later.
    fn is_coming(&self, gvk: &Gvk) -> bool {
        let kind = (gvk.group.clone(), gvk.kind.clone());
        let written = self.definitions().get(&kind).copied();
        written.is_some_and(|at| at.elapsed() < SERVED_WITHIN)
    }

    fn definitions(&self) -> MutexGuard<'_, Defined> {
        self.defined.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The UID of namespace `kube-system`, which no two clusters share.
async fn cluster_uid(transport: &Transport) -> Result<Arc<str>, ClusterError> {
    let path = "/api/v1/namespaces/kube-system".to_owned();
    let reply = transport
        .send(&Call::get("namespace kube-system", path))
        .await?;
    Ok(objects::live(&Gvk::new("v1", "Namespace"), &reply.body)?.uid)
}

#[async_trait]
impl Cluster for KubeCluster {
    async fn denied(&self, wanted: &BTreeSet<Access>) -> Result<Vec<Access>, ClusterError> {
        self.find_denied(wanted).await
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn capabilities(&self) -> Result<Capabilities, ClusterError> {
        Ok(self.discovery().await?.capabilities().clone())
    }

    async fn view(&self, request: &ViewRequest) -> Result<View, ClusterError> {
        self.see(request).await
    }

    async fn get(&self, gvk: &Gvk, id: &ObjectId) -> Result<Option<Live>, ClusterError> {
        let resource = self.resource(gvk).await?;
        objects::get(&self.transport, &resource, id).await
    }

    async fn records(&self, namespace: Option<&str>) -> Result<Vec<RecordMeta>, ClusterError> {
        self.record_metas(namespace).await
    }

    async fn deployed(&self, releases: &Places) -> Result<Bodies, ClusterError> {
        self.deployed_of(releases).await
    }

    async fn record_bodies(&self, keys: &[RecordKey]) -> Result<Vec<Option<String>>, ClusterError> {
        self.bodies(keys).await
    }

    async fn answer(&self, questions: &[Question]) -> Result<Vec<Answer>, ClusterError> {
        Ok(self.ask(questions).await)
    }

    async fn write(&self, write: &Write) -> Result<Written, ClusterError> {
        let written = self.do_write(write).await?;
        if let Write::Apply { object, .. } | Write::Create(object) | Write::Replace(object) = write
        {
            self.define(object);
        }
        Ok(written)
    }

    async fn follow<'a>(&'a self, wanted: &[KindIn]) -> Result<Box<dyn Follow + 'a>, ClusterError> {
        Ok(Box::new(self.following(wanted).await?))
    }

    async fn log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Result<String, ClusterError> {
        let (namespace, pod) = (escape(namespace), escape(pod));
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods/{pod}/log?container={}&previous={previous}&tailLines={LOG_LINES}",
            escape(container)
        );
        let call = Call {
            accept: "*/*",
            ..Call::get(format!("the log of {pod}"), path)
        };
        let reply = self.transport.send(&call).await?;
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    }

    async fn list(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<Value>, ClusterError> {
        let resource = self.resource(gvk).await?;
        let listing = Listing {
            namespace,
            labels: selector,
            ..Listing::of(&resource)
        };
        let whole = |item: &str| {
            let live = Live::read(gvk, item, objects::any)?;
            serde_json::from_str(live.raw.get()).ok()
        };
        listing.read(&self.transport, whole).await
    }

    async fn heads(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        wanted: IsWanted,
    ) -> Result<Vec<Object>, ClusterError> {
        let resource = self.resource(gvk).await?;
        let listing = Listing {
            namespace,
            accept: METADATA_ONLY,
            ..Listing::of(&resource)
        };
        let head = |item: &str| objects::head(gvk, item).filter(wanted);
        listing.read(&self.transport, head).await
    }
}
