//! Making a recording of a live cluster. The entry point is [`record`].
//!
//! What is recorded is what plans read: of each namespace the release records, the objects of the
//! kinds that releases use, and the namespace itself; of the cluster its versions. Recorded twice
//! at rest, the bytes are the same.

use super::adopt::payload;
use super::facts::{self, Facts, kind_name};
use super::{file, mask, store};
use crate::cluster::{Cluster, ClusterError, ViewRequest};
use crate::manifest::schema::Schema;
use crate::manifest::{Gvk, Object, ObjectId, parse};
use crate::release;
use crate::sensitive::{Hidden, Known, Mask, Sensitive};
use futures_util::future::try_join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Kinds that matter to a plan even where no release has them: who scales, and what holds data.
const BESIDE: [(&str, &str); 3] = [
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("keda.sh/v1alpha1", "ScaledObject"),
    ("v1", "PersistentVolumeClaim"),
];

/// What to record.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The namespaces of the targets.
    pub namespaces: BTreeSet<Arc<str>>,
    /// What vaults gave away: it is in nothing that is recorded.
    pub known: Known,
}

/// Writes a recording into the directory `out`, which must not hold anything yet or be a recording
/// (which is then replaced file by file). Gives back the number of objects.
pub async fn record(
    cluster: &dyn Cluster,
    scope: &Scope,
    out: &Path,
) -> Result<usize, ClusterError> {
    let mut gathered = Gathered::default();
    gathered.records(cluster, scope).await?;
    gathered.kinds.extend(beside());
    let request = ViewRequest {
        namespaces: scope.namespaces.clone(),
        kinds: gathered.kinds.clone(),
        objects: gathered.objects.clone(),
    };
    let view = cluster.view(&request).await?;
    let known = |gvk: &&Gvk| !view.unserved.contains(*gvk) && !view.unknown.contains_key(*gvk);
    let namespaced = |gvk: &&Gvk| !view.cluster_scoped.contains(*gvk);
    let kinds = request.kinds.iter().filter(known).filter(namespaced);
    let mut kinds: Vec<Gvk> = kinds.cloned().collect();
    // Of several versions of an object that no release has the first stays: the one plans read.
    kinds.sort_by_key(|gvk| !beside().any(|own| own == *gvk));
    for gvk in &kinds {
        for (namespace, bodies) in lists(cluster, gvk, scope, "owner!=helm").await? {
            let bodies = bodies.into_iter().filter(|body| !is_made(body));
            bodies.for_each(|body| gathered.add(&named(body, Some(namespace.clone()))));
        }
    }
    for live in view.objects.into_values() {
        let body =
            serde_json::from_str(live.raw.get()).map_err(|e| ClusterError::Other(e.to_string()))?;
        gathered.add(&Object::new(live.id, live.gvk, body));
    }
    gathered.namespaces(cluster, scope).await?;
    gathered.definitions(cluster).await?;
    let facts = facts_of(cluster, &view.cluster_scoped).await?;
    let files = gathered.veiled(scope);
    write(out, &files, &facts)?;
    Ok(files.len())
}

fn beside() -> impl Iterator<Item = Gvk> {
    BESIDE
        .iter()
        .map(|(api_version, kind)| Gvk::new(api_version, kind))
}

#[derive(Default)]
struct Gathered {
    files: BTreeMap<PathBuf, Value>,
    kinds: BTreeSet<Gvk>,
    objects: BTreeMap<ObjectId, Gvk>,
    /// What stands in Secrets, live and recorded.
    secrets: Vec<Sensitive<String>>,
    schema: Schema,
}

impl Gathered {
    /// The records, and from their manifests the kinds and objects of the releases.
    async fn records(&mut self, cluster: &dyn Cluster, scope: &Scope) -> Result<(), ClusterError> {
        for kind in ["Secret", "ConfigMap"] {
            let gvk = Gvk::new("v1", kind);
            for (namespace, bodies) in lists(cluster, &gvk, scope, "owner=helm").await? {
                bodies
                    .into_iter()
                    .for_each(|body| self.record(body, &namespace));
            }
        }
        Ok(())
    }

    fn record(&mut self, mut body: Value, namespace: &Arc<str>) {
        let json = payload(&body).and_then(|stored| release::unpack(stored).ok());
        let record = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
        // One that can't be read is left out: nobody could say what in it is secret.
        let Some(record) = record.filter(Value::is_object) else {
            return;
        };
        let manifest = record["manifest"].as_str().unwrap_or("");
        let deployed = body["metadata"]["labels"]["status"] == "deployed";
        for object in parse(manifest, namespace, &self.schema).unwrap_or_default() {
            self.secrets.extend(object.secrets());
            self.kinds.insert(object.gvk.clone());
            match deployed {
                true => drop(self.objects.insert(object.id, object.gvk)),
                false => drop(self.objects.entry(object.id).or_insert(object.gvk)),
            }
        }
        for hook in mask::hooks(&record) {
            let objects = parse(hook, namespace, &self.schema).unwrap_or_default();
            self.secrets
                .extend(objects.iter().flat_map(Object::secrets));
        }
        let record = mask::record(record);
        body["data"]["release"] = Value::Null;
        let object = named(body, Some(namespace.clone()));
        let mut body = mask::object(&object);
        body["data"]["release"] = record;
        self.files.insert(file::path(&object.id), body);
    }

    /// Keeps what is there: several versions of one object are one file, at the version that its
    /// release renders, else the first.
    fn add(&mut self, object: &Object) {
        let rendered = self.objects.get(&object.id);
        if rendered.is_some_and(|rendered| *rendered != object.gvk) {
            return;
        }
        self.secrets.extend(object.secrets());
        let path = file::path(&object.id);
        self.files
            .entry(path)
            .or_insert_with(|| mask::object(object));
    }

    /// The files without what stands in Secrets, or came from a vault, wherever a template wrote it.
    fn veiled(&self, scope: &Scope) -> BTreeMap<PathBuf, Value> {
        let names = self.objects.keys().map(|id| &*id.name);
        let public: BTreeSet<&str> = scope.namespaces.iter().map(|n| &**n).chain(names).collect();
        let secrets = self
            .secrets
            .iter()
            .filter(|text| mask::tells(text, &public));
        let hidden = Hidden::new(secrets.cloned());
        let (own, vaults) = (hidden.veil(&Mask::Plain), scope.known.veil());
        let veil = |body: &Value| mask::veiled(&mask::veiled(body, &own), &vaults);
        let files = self.files.iter();
        files
            .map(|(path, body)| (path.clone(), veil(body)))
            .collect()
    }

    async fn namespaces(
        &mut self,
        cluster: &dyn Cluster,
        scope: &Scope,
    ) -> Result<(), ClusterError> {
        let gvk = Gvk::new("v1", "Namespace");
        for name in &scope.namespaces {
            self.fetch(cluster, &gvk, &store::namespace_id(name))
                .await?;
        }
        Ok(())
    }

    /// The definitions of the custom kinds among those recorded.
    async fn definitions(&mut self, cluster: &dyn Cluster) -> Result<(), ClusterError> {
        let gvk = Gvk::new("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        let custom = |gvk: &&Gvk| gvk.group.contains('.') && self.schema.namespaced(gvk).is_none();
        let kinds: Vec<Gvk> = self.kinds.iter().filter(custom).cloned().collect();
        if kinds.is_empty() {
            return Ok(());
        }
        for body in cluster.list(&gvk, None, None).await? {
            let names = (&body["spec"]["group"], &body["spec"]["names"]["kind"]);
            if kinds
                .iter()
                .any(|k| (names.0, names.1) == (&Value::from(&*k.group), &Value::from(&*k.kind)))
            {
                self.add(&named(body, None));
            }
        }
        Ok(())
    }

    async fn fetch(
        &mut self,
        cluster: &dyn Cluster,
        gvk: &Gvk,
        id: &ObjectId,
    ) -> Result<(), ClusterError> {
        if let Some(live) = cluster.get(gvk, id).await? {
            let body = serde_json::from_str(live.raw.get());
            let body = body.map_err(|e| ClusterError::Other(e.to_string()))?;
            self.add(&Object::new(live.id, live.gvk, body));
        }
        Ok(())
    }
}

/// One kind in each namespace, side by side.
async fn lists(
    cluster: &dyn Cluster,
    gvk: &Gvk,
    scope: &Scope,
    selector: &str,
) -> Result<Vec<(Arc<str>, Vec<Value>)>, ClusterError> {
    let list = |namespace: &Arc<str>| {
        let namespace = namespace.clone();
        async move {
            let bodies = cluster.list(gvk, Some(&namespace), Some(selector)).await?;
            Ok((namespace, bodies))
        }
    };
    try_join_all(scope.namespaces.iter().map(list)).await
}

/// Whether a controller or the cluster makes this object by itself.
fn is_made(body: &Value) -> bool {
    let owners = body["metadata"]["ownerReferences"].as_array();
    let name = (body["kind"].as_str(), body["metadata"]["name"].as_str());
    let always = [
        ("ConfigMap", "kube-root-ca.crt"),
        ("ServiceAccount", "default"),
    ];
    owners.is_some_and(|owners| owners.iter().any(|owner| owner["controller"] == true))
        || always.iter().any(|(kind, n)| name == (Some(kind), Some(n)))
}

fn named(body: Value, namespace: Option<Arc<str>>) -> Object {
    let text = |field: &Value| field.as_str().unwrap_or("").to_owned();
    let gvk = Gvk::new(&text(&body["apiVersion"]), &text(&body["kind"]));
    let id = ObjectId {
        group: gvk.group.clone(),
        kind: gvk.kind.clone(),
        namespace,
        name: text(&body["metadata"]["name"]).into(),
    };
    Object::new(id, gvk, body)
}

async fn facts_of(
    cluster: &dyn Cluster,
    cluster_scoped: &BTreeSet<Gvk>,
) -> Result<Facts, ClusterError> {
    let capabilities = cluster.capabilities().await?;
    let identity = cluster.identity();
    let mut api_versions = capabilities.api_versions.to_vec();
    api_versions.sort();
    Ok(Facts {
        name: identity.name.to_string(),
        uid: identity.uid.to_string(),
        kube_version: capabilities.kube_version,
        cluster_scoped: cluster_scoped.iter().map(kind_name).collect(),
        api_versions,
    })
}

/// Writes all files; those of an earlier recording whose object has gone are removed.
fn write(out: &Path, files: &BTreeMap<PathBuf, Value>, facts: &Facts) -> Result<(), ClusterError> {
    let unusable =
        |path: &Path, e: std::io::Error| ClusterError::Other(format!("{}: {e}", path.display()));
    clear(out, files).map_err(|e| unusable(out, e))?;
    let facts = serde_yaml::to_string(facts).map_err(|e| ClusterError::Other(e.to_string()))?;
    let objects = files
        .iter()
        .map(|(path, body)| Ok((path.clone(), file::write(body)?)));
    let objects: Vec<(PathBuf, String)> = objects.collect::<Result<_, ClusterError>>()?;
    for (path, text) in objects.into_iter().chain([(facts::FILE.into(), facts)]) {
        let path = out.join(path);
        let directory = path.parent().unwrap_or(out);
        std::fs::create_dir_all(directory).map_err(|e| unusable(directory, e))?;
        std::fs::write(&path, text).map_err(|e| unusable(&path, e))?;
    }
    Ok(())
}

/// Only where `cluster.yaml` says that this is a recording is anything removed.
fn clear(out: &Path, files: &BTreeMap<PathBuf, Value>) -> std::io::Result<()> {
    if !out.join(facts::FILE).is_file() {
        return match out.is_dir() && out.read_dir()?.next().is_some() {
            true => Err(std::io::Error::other(
                "the directory holds something that is not a recording",
            )),
            false => Ok(()),
        };
    }
    for directory in out
        .read_dir()?
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        for entry in directory.path().read_dir()?.flatten() {
            let below = Path::new(&directory.file_name()).join(entry.file_name());
            if entry.path().extension().is_some_and(|e| e == "yaml") && !files.contains_key(&below)
            {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}
