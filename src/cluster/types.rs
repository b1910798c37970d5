//! What goes through the door.

use crate::diag::{Diagnostic, Kind};
use crate::manifest::{self, Gvk, Object, ObjectId};
use crate::ownership;
use crate::plan::{Answer, FieldConflict};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Server version and served API versions.
#[derive(Clone, Debug, Default)]
pub struct Capabilities {
    /// `v1.36.3`.
    pub kube_version: String,
    /// `apps/v1` and `apps/v1/Deployment`, as `.Capabilities.APIVersions` has them.
    pub api_versions: Arc<[String]>,
}

/// What a set of targets needs to be seen.
#[derive(Clone, Debug, Default)]
pub struct ViewRequest {
    /// The namespaces of the targets.
    pub namespaces: BTreeSet<Arc<str>>,
    /// The kinds to list, at the versions that were rendered or recorded.
    pub kinds: BTreeSet<Gvk>,
    /// Objects that must be read even when they lack Helm's label, each at the version to read.
    pub objects: BTreeMap<ObjectId, Gvk>,
}

/// One shared, immutable view of a cluster.
#[derive(Debug, Default)]
pub struct View {
    /// The namespaces that were asked for.
    pub namespaces: HashMap<Arc<str>, NamespaceState>,
    /// Live objects by identity.
    pub objects: FxHashMap<ObjectId, Live>,
    /// Kinds that the cluster does not serve.
    pub unserved: BTreeSet<Gvk>,
    /// Kinds that could not be read (a dead aggregated API, forbidden), and why. Unknown, never "gone".
    pub unknown: BTreeMap<Gvk, String>,
    /// Kinds without a namespace.
    pub cluster_scoped: BTreeSet<Gvk>,
    /// Objects that were also read at another version than the one in `objects`.
    pub(crate) others: FxHashMap<(ObjectId, Arc<str>), Live>,
    /// A recording: its texts may hold masks, for what it does not tell.
    pub masked: bool,
}

impl View {
    /// A live object decoded, with what `other` says where a recording holds only a mask.
    pub fn known(&self, live: &Live, other: Option<&Object>) -> Result<Object, Diagnostic> {
        let found = manifest::decode_live(live.id.clone(), live.gvk.clone(), live.raw.get())?;
        let other = other.filter(|_| self.masked);
        let known = other.and_then(|other| found.with_unknown_from(other));
        Ok(known.unwrap_or(found))
    }

    /// The live object, at this version where it was read at several.
    pub fn at(&self, gvk: &Gvk, id: &ObjectId) -> Option<&Live> {
        let first = self.objects.get(id)?;
        if first.gvk.version == gvk.version {
            return Some(first);
        }
        let key = (id.clone(), gvk.version.clone());
        Some(self.others.get(&key).unwrap_or(first))
    }

    /// Sees an object with so many replicas: it will have them by the time that counts.
    pub fn set_replicas(&mut self, id: &ObjectId, replicas: i64) {
        let others = self.others.iter_mut();
        let others = others
            .filter(|((other, _), _)| other == id)
            .map(|(_, live)| live);
        for live in self.objects.get_mut(id).into_iter().chain(others) {
            let Ok(mut body) = serde_json::from_str::<Value>(live.raw.get()) else {
                continue;
            };
            if ownership::replicas(&body).is_some() {
                body["spec"]["replicas"] = replicas.into();
                live.raw = Raw::new(body.to_string());
            }
        }
    }

    /// Adds what another view saw.
    pub fn unite(&mut self, other: View) {
        self.namespaces.extend(other.namespaces);
        self.unserved.extend(other.unserved);
        self.unknown.extend(other.unknown);
        self.cluster_scoped.extend(other.cluster_scoped);
        let seen = other.objects.into_values();
        seen.chain(other.others.into_values())
            .for_each(|live| self.insert(live));
    }

    /// Adds an object; one that is there at another version keeps its place beside it.
    pub fn insert(&mut self, live: Live) {
        match self.objects.get(&live.id) {
            Some(first) if first.gvk.version != live.gvk.version => {
                let key = (live.id.clone(), live.gvk.version.clone());
                self.others.insert(key, live);
            }
            _ => {
                self.objects.insert(live.id.clone(), live);
            }
        }
    }
}

/// What is known of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceState {
    /// It exists and is not terminating.
    pub exists: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

impl NamespaceState {
    /// From the Namespace object.
    pub(super) fn read(namespace: &str) -> NamespaceState {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Namespace {
            metadata: Meta,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Meta {
            labels: BTreeMap<String, String>,
            annotations: BTreeMap<String, String>,
            deletion_timestamp: Option<String>,
        }
        let namespace: Namespace = serde_json::from_str(namespace).unwrap_or_default();
        NamespaceState {
            exists: namespace.metadata.deletion_timestamp.is_none(),
            labels: namespace.metadata.labels,
            annotations: namespace.metadata.annotations,
        }
    }
}

/// A kind in a namespace, to be followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindIn {
    /// The kind.
    pub gvk: Gvk,
    /// The namespace; `None` for kinds without one.
    pub namespace: Option<Arc<str>>,
}

/// The JSON of one object, as it came.
#[derive(PartialEq, Eq)]
pub struct Raw(Box<str>);

impl Raw {
    pub(super) fn new(json: impl Into<Box<str>>) -> Raw {
        Raw(json.into())
    }

    /// The text.
    pub fn get(&self) -> &str {
        &self.0
    }
}

/// A live object: identity, and its JSON as it came, decoded only when needed.
pub struct Live {
    /// Its identity.
    pub id: ObjectId,
    /// Group, version and kind as listed.
    pub gvk: Gvk,
    /// Its UID.
    pub uid: Arc<str>,
    /// Its resource version.
    pub resource_version: Arc<str>,
    /// The whole object.
    pub raw: Raw,
}

/// Releases, by namespace and name.
pub type Places = HashSet<(Arc<str>, Arc<str>)>;

/// Records as they are stored.
pub type Bodies = HashMap<RecordKey, String>;

/// A release record's place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    /// The namespace.
    pub namespace: Arc<str>,
    /// The release.
    pub name: Arc<str>,
    /// The revision.
    pub revision: u32,
}

/// What a record's labels say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMeta {
    /// Its place.
    pub key: RecordKey,
    /// Its status label.
    pub status: Arc<str>,
    /// When it was last written, unix seconds (`modifiedAt`, else `createdAt`).
    pub modified: Option<i64>,
    /// The UID of the Secret (or ConfigMap).
    pub uid: Arc<str>,
    /// Its resource version: as long as it is the same, so is the record.
    pub resource_version: Arc<str>,
    /// Kept in a ConfigMap by Helm's other driver.
    pub config_map: bool,
    /// Labels that are not Helm's own.
    pub labels: BTreeMap<String, String>,
    /// The run of rollbook that wrote it last; `None` where Helm did.
    pub run: Option<Arc<str>>,
}

/// Which objects of a list are kept.
pub type IsWanted = fn(&Object) -> bool;

/// One write.
#[derive(Clone, Debug)]
pub enum Write {
    /// A server-side apply as `helm`, strict; `uid` is a precondition.
    Apply {
        /// The body.
        object: Arc<Object>,
        /// All conflicts are planned takes.
        force: bool,
        /// The UID that must be live; `None` means it must not exist.
        uid: Option<Arc<str>>,
    },
    /// A POST (namespaces, hooks, records, our own Secrets).
    Create(Arc<Object>),
    /// A PUT (records).
    Replace(Arc<Object>),
    /// A JSON patch, merge patch, or patch of a subresource.
    Patch {
        /// The kind.
        gvk: Gvk,
        /// The object.
        id: ObjectId,
        /// `scale`, `status`, or none.
        subresource: Option<String>,
        /// A list is a JSON patch, a map a merge patch.
        patch: Value,
        /// The field manager.
        manager: String,
    },
    /// A delete, in the background.
    Delete {
        /// The kind.
        gvk: Gvk,
        /// The object.
        id: ObjectId,
        /// The UID that must be live.
        uid: Option<Arc<str>>,
        /// The resource version that must be live.
        version: Option<Arc<str>>,
    },
}

/// Something that will be done, for the question whether this account may do it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// `create`, `patch`, …
    pub verb: &'static str,
    /// The kind.
    pub gvk: Gvk,
    /// The namespace; `None` for what is in none.
    pub namespace: Option<Arc<str>>,
}

/// What a write did.
#[derive(Debug)]
pub struct Written {
    /// The object afterwards; `None` for a delete.
    pub live: Option<Live>,
    /// It was created by this write.
    pub created: bool,
}

/// Why the cluster did not do it. Texts are the server's, masked where they quote an object.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClusterError {
    /// 404.
    #[error("{0} not found")]
    NotFound(String),
    /// 409 on create.
    #[error("{0} already exists")]
    AlreadyExists(String),
    /// 409: fields of other managers.
    #[error("{} fields are owned by others", .0.len())]
    Conflict(Vec<FieldConflict>),
    /// 409 or 422: the precondition (uid, resource version) does not hold.
    #[error("{0} has changed since it was read")]
    Moved(String),
    /// 401, 403.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// 400, 422, and the 500s that are answers about the object.
    #[error("{message}")]
    Invalid {
        /// The server's words.
        message: String,
        /// Immutable fields among the causes.
        immutable: Vec<String>,
    },
    /// It is not the cluster that was meant.
    #[error("{0}")]
    Another(String),
    /// The server does not answer, or not in time.
    #[error("{0}")]
    Unreachable(String),
    /// The connection is described wrongly (kubeconfig, recording), or an answer is unreadable.
    #[error("{0}")]
    Other(String),
}

impl ClusterError {
    /// As a fault of opening or reading a cluster.
    pub fn diagnostic(&self) -> Diagnostic {
        let kind = match self {
            ClusterError::Unreachable(_) => Kind::Unreachable,
            ClusterError::Forbidden(_)
            | ClusterError::Moved(_)
            | ClusterError::Conflict(_)
            | ClusterError::Another(_)
            | ClusterError::AlreadyExists(_) => Kind::Refused,
            ClusterError::NotFound(_) | ClusterError::Invalid { .. } => Kind::Failed,
            ClusterError::Other(_) => Kind::Input,
        };
        let fault = Diagnostic::new(kind, self.to_string());
        match self.way_out() {
            Some(hint) => fault.hint(hint),
            None => fault,
        }
    }

    /// What people can do about it.
    fn way_out(&self) -> Option<&'static str> {
        match self {
            ClusterError::Forbidden(_) => {
                Some("kubectl auth can-i --list shows what this account may do")
            }
            ClusterError::Another(_) => {
                Some("select the context of the cluster that is meant, or correct cluster.uid")
            }
            _ => None,
        }
    }
}

impl From<ClusterError> for Answer {
    fn from(error: ClusterError) -> Answer {
        match error {
            ClusterError::Conflict(fields) => Answer::Conflict(fields),
            ClusterError::Invalid { message, immutable } => Answer::Invalid { message, immutable },
            ClusterError::Unreachable(why) => Answer::Unreachable(why),
            other => Answer::Failed(other.to_string()),
        }
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({})", self.id)
    }
}
