//! The engine's door to the world while a fleet is planned. The main type here is [`LiveHost`].

use crate::cluster::{Cluster, ClusterError};
use crate::manifest::{Gvk, ObjectId};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers `lookup` from the cluster, and remembers what it answered: an input of the plan.
pub struct LiveHost {
    now: jiff::Zoned,
    runtime: tokio::runtime::Handle,
    cluster: Arc<dyn Cluster>,
    looked: Mutex<BTreeMap<String, String>>,
}

impl LiveHost {
    /// A host for one target. Must be made inside the runtime, and used outside of it.
    pub fn new(cluster: Arc<dyn Cluster>, now: jiff::Zoned) -> LiveHost {
        LiveHost {
            now,
            runtime: tokio::runtime::Handle::current(),
            cluster,
            looked: Mutex::default(),
        }
    }

    /// What was looked up, and a hash of each answer.
    pub fn looked(&self) -> BTreeMap<String, String> {
        self.looked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, what: String, answer: &Option<Value>) {
        let digest = Sha256::digest(json!(answer).to_string());
        let hash = digest.iter().map(|b| format!("{b:02x}")).collect();
        self.looked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(what, hash);
    }

    async fn ask(
        &self,
        gvk: &Gvk,
        namespace: Option<Arc<str>>,
        name: &str,
    ) -> Result<Option<Value>, ClusterError> {
        if name.is_empty() {
            let items = self.cluster.list(gvk, namespace.as_deref(), None).await?;
            let kind = format!("{}List", gvk.kind);
            return Ok(Some(
                json!({"apiVersion": gvk.api_version(), "kind": kind, "items": items}),
            ));
        }
        let id = ObjectId {
            group: gvk.group.clone(),
            kind: gvk.kind.clone(),
            namespace,
            name: name.into(),
        };
        let live = self.cluster.get(gvk, &id).await?;
        Ok(live.and_then(|live| serde_json::from_str(live.raw.get()).ok()))
    }
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
        let gvk = Gvk::new(api_version, kind);
        let namespace_of = (!namespace.is_empty()).then(|| Arc::from(namespace));
        let answer = match self.runtime.block_on(self.ask(&gvk, namespace_of, name)) {
            Err(ClusterError::NotFound(_)) => None,
            other => other.map_err(|e| e.to_string())?,
        };
        self.remember(format!("{api_version} {kind} {namespace}/{name}"), &answer);
        Ok(answer)
    }
}
