//! The door to a cluster. The main type here is the trait [`Cluster`].
//!
//! Two real implementations: [`KubeCluster`] (a live API server) and the recording (a directory
//! of YAML with an overlay). `kube` the crate appears only here.

mod kube;
mod open;
mod recording;
mod types;

pub use self::kube::{KubeCluster, Policy};
pub use self::open::{Opening, open};
pub use self::recording::{Recording, Scope, record};

pub use types::{
    Access, Bodies, ClusterError, IsWanted, KindIn, Live, NamespaceState, Places, Raw, RecordKey,
    RecordMeta, View, ViewRequest, Write, Written,
};

use crate::manifest::{Gvk, Object, ObjectId};
use crate::plan::{Answer, Identity, Question};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything rollbook asks of a cluster.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Which cluster this is. Read once, when it is opened.
    fn identity(&self) -> &Identity;

    /// The served API versions and the server version, for `.Capabilities`.
    async fn capabilities(&self) -> Result<types::Capabilities, ClusterError>;

    /// Lists what a set of targets needs, each kind once, in pages.
    async fn view(&self, request: &ViewRequest) -> Result<View, ClusterError>;

    /// Reads one object.
    async fn get(&self, gvk: &Gvk, id: &ObjectId) -> Result<Option<Live>, ClusterError>;

    /// The metadata of all release records of a namespace (all namespaces where `None`).
    async fn records(&self, namespace: Option<&str>) -> Result<Vec<RecordMeta>, ClusterError>;

    /// The encoded bodies of the deployed records of these releases, where to list them is
    /// cheaper than to read each; nothing elsewhere. Asked beside [`Cluster::records`].
    async fn deployed(&self, _releases: &Places) -> Result<Bodies, ClusterError> {
        Ok(Bodies::new())
    }

    /// The encoded bodies (`data.release`) of these records, in order; `None` where it is gone.
    async fn record_bodies(&self, keys: &[RecordKey]) -> Result<Vec<Option<String>>, ClusterError>;

    /// Answers dry-run questions, in order.
    async fn answer(&self, questions: &[Question]) -> Result<Vec<Answer>, ClusterError>;

    /// What of `wanted` this account may not do.
    async fn denied(&self, wanted: &BTreeSet<Access>) -> Result<Vec<Access>, ClusterError>;

    /// Writes.
    async fn write(&self, write: &Write) -> Result<Written, ClusterError>;

    /// Follows the objects of these kinds: as they are now, and as they change.
    async fn follow<'a>(&'a self, wanted: &[KindIn]) -> Result<Box<dyn Follow + 'a>, ClusterError>;

    /// The last lines of a container's log.
    async fn log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Result<String, ClusterError>;

    /// A raw list of one kind in a namespace (pods, events, replica sets for diagnosis; `lookup`).
    async fn list(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<Value>, ClusterError>;

    /// Names, labels and annotations of the objects of one kind that are `wanted`; nothing else of
    /// them is read.
    async fn heads(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        wanted: IsWanted,
    ) -> Result<Vec<Object>, ClusterError>;
}

/// Objects that are followed for as long as this lives.
#[async_trait]
pub trait Follow: Send + Sync {
    /// The objects as they are now: one list per kind that is followed, in that order. Of kinds
    /// that nobody waits for to become ready only the metadata.
    async fn objects(&mut self) -> Result<Vec<Vec<Arc<Value>>>, ClusterError>;

    /// Returns when one of them may have changed since they were last looked at.
    async fn changed(&mut self);
}

pub use types::Capabilities;
