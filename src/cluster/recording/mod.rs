//! A directory of YAML that stands for a cluster. The main type here is [`Recording`].
//!
//! `<namespace>/*.yaml`, `_cluster/*.yaml` and `cluster.yaml`, written by [`record`] or by hand.
//! Questions are answered by computing; writes go to an overlay, never into the recording.

mod adopt;
mod compute;
mod facts;
mod families;
mod file;
mod mask;
mod owners;
mod ready;
mod record;
mod select;
mod store;
#[cfg(test)]
mod tests;

pub use record::{Scope, record};

use self::facts::Facts;
use self::store::Store;
use super::{
    Access, Capabilities, Cluster, ClusterError, Follow, IsWanted, KindIn, Live, NamespaceState,
    Raw, RecordKey, RecordMeta, View, ViewRequest, Write, Written,
};
use crate::manifest::{Gvk, MANAGED_BY, Object, ObjectId};
use crate::ownership;
use crate::plan::{Answer, Ask, Identity, Question};
use crate::release;
use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Why nobody was asked.
const COMPUTED: &str = "computed from a recording";
/// The longest that a wait for a change pauses: nothing changes by itself here.
const PAUSE: Duration = Duration::from_millis(20);

/// A cluster in files.
pub struct Recording {
    identity: Identity,
    facts: Facts,
    store: Mutex<Store>,
}

impl Recording {
    /// Opens the recording at `root`; writes go to `overlay`, and are refused without one.
    pub fn open(root: &Path, overlay: Option<PathBuf>) -> Result<Recording, ClusterError> {
        let mut facts = Facts::read(root)?;
        let mut store = Store::open(root, overlay)?;
        adopt::adopt(&mut store);
        let server = format!("recording:{}", root.display());
        let kube_system = store::namespace_id("kube-system");
        if facts.uid.is_empty() {
            facts.uid = store::uid(&kube_system, 0);
        }
        let name = match facts.name.as_str() {
            "" => root.display().to_string(),
            name => name.to_owned(),
        };
        Ok(Recording {
            identity: Identity {
                name: name.into(),
                server: server.into(),
                uid: facts.uid.as_str().into(),
            },
            facts,
            store: Mutex::new(store),
        })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scope(&self, store: &Store, gvk: &Gvk) -> Option<bool> {
        let said = self.facts.cluster_scoped.contains(&facts::kind_name(gvk));
        if said {
            return Some(false);
        }
        match self.facts.serves(gvk) {
            Some(false) => None,
            Some(true) => Some(store.scope(gvk).unwrap_or(true)),
            None => store.scope(gvk),
        }
    }

    fn see(&self, request: &ViewRequest) -> Result<View, ClusterError> {
        let store = self.store();
        let mut view = View {
            masked: true,
            ..View::default()
        };
        for name in &request.namespaces {
            view.namespaces
                .insert(name.clone(), namespace(&store, name)?);
        }
        for gvk in &request.kinds {
            match self.scope(&store, gvk) {
                None => drop(view.unserved.insert(gvk.clone())),
                Some(true) => {}
                Some(false) => drop(view.cluster_scoped.insert(gvk.clone())),
            }
        }
        for object in store.iter().filter(|object| asked(object, request)) {
            view.insert(live(object)?);
        }
        Ok(view)
    }

    fn compute(&self, question: &Question) -> Result<Answer, ClusterError> {
        let store = self.store();
        let before = store.get(&question.id);
        let (asked, mut after) = match &question.ask {
            Ask::Apply { object, force } => {
                check_namespace(&store, object)?;
                (object, applied(&store, object, *force)?)
            }
            Ask::Replace { object } => (
                object,
                compute::replace(found(before, &object.id)?, object.clear())?,
            ),
        };
        compute::stamp(&question.id, before.map(Object::clear), &mut after, None);
        let object = Arc::new(asked.with_body(after));
        Ok(Answer::Local(object, COMPUTED.to_owned()))
    }

    fn change(&self, write: &Write) -> Result<Written, ClusterError> {
        let mut store = self.store();
        match write {
            Write::Apply { object, force, uid } => {
                check_uid(store.get(&object.id), &object.id, uid.as_deref())?;
                check_namespace(&store, object)?;
                let after = applied(&store, object, *force)?;
                put(&mut store, object, after)
            }
            Write::Create(object) => {
                if store.get(&object.id).is_some() {
                    return Err(ClusterError::AlreadyExists(object.id.to_string()));
                }
                check_namespace(&store, object)?;
                put(&mut store, object, object.clear().clone())
            }
            Write::Replace(object) => {
                let before = found(store.get(&object.id), &object.id)?;
                let after = compute::replace(before, object.clear())?;
                put(&mut store, object, after)
            }
            Write::Patch {
                id,
                subresource,
                patch,
                manager,
                ..
            } => {
                let before = found(store.get(id), id)?.clone();
                let mut after = compute::patch(&before, patch)?;
                let place = store.schema.place(&before.gvk);
                match subresource.as_deref() {
                    None if patch.is_object() => {
                        owners::own(before.clear(), &mut after, patch, manager, place);
                    }
                    Some(ownership::SCALE) => {
                        owners::own_scale(before.clear(), &mut after, manager);
                    }
                    _ => {}
                }
                put(&mut store, &before, after)
            }
            Write::Delete {
                id, uid, version, ..
            } => {
                let before = found(store.get(id), id)?;
                if uid.is_some() {
                    check_uid(Some(before), id, uid.as_deref())?;
                }
                if version.is_some() && before.meta("resourceVersion") != version.as_deref() {
                    return Err(ClusterError::Moved(id.to_string()));
                }
                store.remove(id)?;
                Ok(Written {
                    live: None,
                    created: false,
                })
            }
        }
    }

    fn body(&self, key: &RecordKey) -> Option<String> {
        let store = self.store();
        let id = |kind: &str| ObjectId {
            group: "".into(),
            kind: kind.into(),
            namespace: Some(key.namespace.clone()),
            name: release::key(&key.name, key.revision).into(),
        };
        let record = store
            .get(&id("Secret"))
            .or_else(|| store.get(&id("ConfigMap")))?;
        adopt::payload(record.clear()).map(str::to_owned)
    }
}

/// What an apply makes of what is there.
fn applied(store: &Store, object: &Object, force: bool) -> Result<Value, ClusterError> {
    let before = store.get(&object.id);
    let mut after = compute::apply(before, object, force, &store.schema)?;
    if before.is_none() {
        families::fill(&mut after, &object.id, store);
    }
    Ok(after)
}

fn asked(object: &Object, request: &ViewRequest) -> bool {
    let id = &object.id;
    let of_kind = |gvk: &Gvk| gvk.group == id.group && gvk.kind == id.kind;
    let here = id
        .namespace
        .as_ref()
        .is_none_or(|n| request.namespaces.contains(n));
    let labelled = object.label(MANAGED_BY) == Some("Helm") && here;
    (labelled && request.kinds.iter().any(of_kind)) || request.objects.contains_key(id)
}

fn namespace(store: &Store, name: &str) -> Result<NamespaceState, ClusterError> {
    match store.get(&store::namespace_id(name)) {
        Some(object) => Ok(NamespaceState::read(&object.clear().to_string())),
        None => Ok(NamespaceState {
            exists: store.has_namespace(name),
            ..NamespaceState::default()
        }),
    }
}

fn check_namespace(store: &Store, object: &Object) -> Result<(), ClusterError> {
    match &object.id.namespace {
        Some(namespace) if !store.has_namespace(namespace) => {
            Err(ClusterError::NotFound(format!("namespace {namespace}")))
        }
        _ => Ok(()),
    }
}

/// An apply says which object it means: this UID, or none.
fn check_uid(live: Option<&Object>, id: &ObjectId, uid: Option<&str>) -> Result<(), ClusterError> {
    match live.and_then(|live| live.meta("uid")) == uid {
        true => Ok(()),
        false => Err(ClusterError::Moved(id.to_string())),
    }
}

fn found<'a>(object: Option<&'a Object>, id: &ObjectId) -> Result<&'a Object, ClusterError> {
    object.ok_or_else(|| ClusterError::NotFound(id.to_string()))
}

fn put(store: &mut Store, object: &Object, mut after: Value) -> Result<Written, ClusterError> {
    let version = store.next_version();
    let before = store.get(&object.id).map(Object::clear);
    let created = before.is_none();
    compute::stamp(&object.id, before, &mut after, Some(version));
    ready::settle(&mut after);
    let object = object.with_body(after);
    store.put(object.clone())?;
    Ok(Written {
        live: Some(live(&object)?),
        created,
    })
}

fn live(object: &Object) -> Result<Live, ClusterError> {
    let text = |field: &str| object.meta(field).unwrap_or("").into();
    Ok(Live {
        id: object.id.clone(),
        gvk: object.gvk.clone(),
        uid: text("uid"),
        resource_version: text("resourceVersion"),
        raw: Raw::new(object.clear().to_string()),
    })
}

/// What a waiter looks at again and again.
struct Following<'a> {
    recording: &'a Recording,
    wanted: Vec<KindIn>,
}

#[async_trait]
impl Follow for Following<'_> {
    async fn objects(&mut self) -> Result<Vec<Vec<Arc<Value>>>, ClusterError> {
        let mut all = Vec::new();
        for KindIn { gvk, namespace } in &self.wanted {
            let listed = self.recording.list(gvk, namespace.as_deref(), None).await?;
            all.push(listed.into_iter().map(Arc::new).collect());
        }
        Ok(all)
    }

    async fn changed(&mut self) {
        tokio::time::sleep(PAUSE).await;
    }
}

#[async_trait]
impl Cluster for Recording {
    async fn denied(&self, _: &BTreeSet<Access>) -> Result<Vec<Access>, ClusterError> {
        Ok(Vec::new())
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn capabilities(&self) -> Result<Capabilities, ClusterError> {
        Ok(self.facts.capabilities())
    }

    async fn view(&self, request: &ViewRequest) -> Result<View, ClusterError> {
        self.see(request)
    }

    async fn get(&self, _gvk: &Gvk, id: &ObjectId) -> Result<Option<Live>, ClusterError> {
        self.store().get(id).map(live).transpose()
    }

    async fn records(&self, namespace: Option<&str>) -> Result<Vec<RecordMeta>, ClusterError> {
        let store = self.store();
        let here =
            |object: &&Object| namespace.is_none_or(|n| object.id.namespace.as_deref() == Some(n));
        Ok(store.iter().filter(here).filter_map(adopt::meta).collect())
    }

    async fn record_bodies(&self, keys: &[RecordKey]) -> Result<Vec<Option<String>>, ClusterError> {
        Ok(keys.iter().map(|key| self.body(key)).collect())
    }

    async fn answer(&self, questions: &[Question]) -> Result<Vec<Answer>, ClusterError> {
        let answer = |question| self.compute(question).unwrap_or_else(Answer::from);
        Ok(questions.iter().map(answer).collect())
    }

    async fn write(&self, write: &Write) -> Result<Written, ClusterError> {
        self.change(write)
    }

    async fn follow<'a>(&'a self, wanted: &[KindIn]) -> Result<Box<dyn Follow + 'a>, ClusterError> {
        Ok(Box::new(Following {
            recording: self,
            wanted: wanted.to_vec(),
        }))
    }

    async fn log(
        &self,
        _namespace: &str,
        pod: &str,
        _container: &str,
        _previous: bool,
    ) -> Result<String, ClusterError> {
        Err(ClusterError::NotFound(format!(
            "the log of {pod} in a recording"
        )))
    }

    async fn list(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<Value>, ClusterError> {
        let store = self.store();
        let wanted = |object: &&Object| {
            let id = &object.id;
            let of_kind = id.group == gvk.group && id.kind == gvk.kind;
            let here = namespace.is_none_or(|n| id.namespace.as_deref() == Some(n));
            of_kind && here && select::matches(object.clear(), selector.unwrap_or(""))
        };
        Ok(store
            .iter()
            .filter(wanted)
            .map(|o| o.clear().clone())
            .collect())
    }

    async fn heads(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        wanted: IsWanted,
    ) -> Result<Vec<Object>, ClusterError> {
        let store = self.store();
        let here = |object: &&Object| {
            let id = &object.id;
            let of_kind = id.group == gvk.group && id.kind == gvk.kind;
            of_kind && namespace.is_none_or(|n| id.namespace.as_deref() == Some(n))
        };
        let found = store.iter().filter(here).filter(|object| wanted(object));
        Ok(found.cloned().collect())
    }
}
