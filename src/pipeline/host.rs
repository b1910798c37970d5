//! The engine's door to the world while a fleet is planned. The main type here is [`LiveHost`].

use crate::cluster::{Cluster, ClusterError};
use crate::manifest::{Gvk, ObjectId};
use crate::plan::Lookup;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers `lookup` from the cluster, and remembers what it answered: an input of the plan.
pub struct LiveHost {
    now: jiff::Zoned,
    runtime: tokio::runtime::Handle,
    cluster: Arc<dyn Cluster>,
    looked: Mutex<BTreeMap<Lookup, String>>,
}

impl LiveHost {
    /// A host for one target, used outside of the runtime.
    pub fn new(
        cluster: Arc<dyn Cluster>,
        runtime: tokio::runtime::Handle,
        now: jiff::Zoned,
    ) -> LiveHost {
        LiveHost {
            now,
            runtime,
            cluster,
            looked: Mutex::default(),
        }
    }

    /// What was looked up, and a hash of each answer.
    pub fn looked(&self) -> BTreeMap<Lookup, String> {
        self.looked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, what: Lookup, found: Option<&Value>) {
        self.looked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(what, Lookup::hash(found));
    }
}

/// What a lookup finds now; `None` where there is nothing.
pub async fn look_up(cluster: &dyn Cluster, what: &Lookup) -> Result<Option<Value>, ClusterError> {
    match find(cluster, what).await {
        Err(ClusterError::NotFound(_)) => Ok(None),
        found => found,
    }
}

async fn find(cluster: &dyn Cluster, what: &Lookup) -> Result<Option<Value>, ClusterError> {
    let (gvk, namespace) = (&what.gvk, what.namespace.clone());
    if what.name.is_empty() {
        let items = cluster.list(gvk, namespace.as_deref(), None).await?;
        let kind = format!("{}List", gvk.kind);
        let list = json!({"apiVersion": gvk.api_version(), "kind": kind, "items": items});
        return Ok(Some(list));
    }
    let id = ObjectId {
        group: gvk.group.clone(),
        kind: gvk.kind.clone(),
        namespace,
        name: what.name.clone(),
    };
    let live = cluster.get(gvk, &id).await?;
    Ok(live.and_then(|live| serde_json::from_str(live.raw.get()).ok()))
}

impl helm::Host for LiveHost {
    fn now(&self) -> jiff::Zoned {
        self.now.clone()
    }

    fn random(&self, out: &mut [u8]) {
        // The system's source does not fail once the kernel has started; zeros would be seen at
        // once, for the plan renders twice where it finds random values.
        if SystemRandom::new().fill(out).is_err() {
            out.fill(0);
        }
    }

    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String> {
        let what = Lookup {
            gvk: Gvk::new(api_version, kind),
            namespace: (!namespace.is_empty()).then(|| namespace.into()),
            name: name.into(),
        };
        let found = self.runtime.block_on(look_up(&*self.cluster, &what));
        let found = found.map_err(|e| e.to_string())?;
        self.remember(what, found.as_ref());
        Ok(found)
    }
}
