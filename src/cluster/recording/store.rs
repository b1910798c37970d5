//! The objects of a recording and its overlay. The main type here is [`Store`].
//!
//! Everything is read when it is opened. Writes go to the overlay, a second directory of the
//! same shape in which an empty `NAME.gone` hides an object; the recording is never written.

use super::file;
use crate::cluster::ClusterError;
use crate::manifest::schema::Schema;
use crate::manifest::{Gvk, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const GONE: &str = "gone";

/// All objects, and where changes are kept.
pub(super) struct Store {
    objects: BTreeMap<ObjectId, Object>,
    /// Namespaces that are there because their directory is.
    directories: BTreeSet<Arc<str>>,
    pub(super) schema: Schema,
    overlay: Option<PathBuf>,
    serial: u64,
}

impl Store {
    /// Reads a recording, then its overlay.
    pub(super) fn open(root: &Path, overlay: Option<PathBuf>) -> Result<Store, ClusterError> {
        let mut store = Store {
            objects: BTreeMap::new(),
            directories: BTreeSet::new(),
            schema: Schema::default(),
            overlay: None,
            serial: 0,
        };
        store.read(root)?;
        if let Some(overlay) = overlay.as_deref().filter(|overlay| overlay.is_dir()) {
            store.read(overlay)?;
        }
        store.overlay = overlay;
        store.serial = store
            .objects
            .values()
            .filter_map(version_of)
            .max()
            .unwrap_or(0);
        Ok(store)
    }

    fn read(&mut self, root: &Path) -> Result<(), ClusterError> {
        // Definitions first: they say what the objects are.
        let directories = entries(root)?.into_iter().filter(|path| path.is_dir());
        let (cluster, namespaces): (Vec<_>, Vec<_>) =
            directories.partition(|path| path.ends_with(file::CLUSTER));
        for directory in cluster.iter().chain(&namespaces) {
            let name = name_of(directory);
            for path in entries(directory)? {
                self.read_file(&path, &name)?;
            }
            if name != file::CLUSTER {
                self.directories.insert(name.into());
            }
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path, directory: &str) -> Result<(), ClusterError> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        if ![GONE, "yaml", "yml"].contains(&extension) {
            return Ok(());
        }
        let text = fs::read_to_string(path).map_err(|e| unusable(path, &e))?;
        let objects = file::read(path, &text, directory, &self.schema)?;
        for mut object in objects {
            if extension == GONE {
                self.forget(&object.id);
                continue;
            }
            identify(&mut object);
            if &*object.gvk.kind == "CustomResourceDefinition" {
                self.schema.add_definition(object.clear());
            }
            self.objects.insert(object.id.clone(), object);
        }
        Ok(())
    }

    pub(super) fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Whether a namespace is there.
    pub(super) fn has_namespace(&self, name: &str) -> bool {
        self.directories.contains(name) || self.objects.contains_key(&namespace_id(name))
    }

    /// Whether any object is of this kind at this version, and whether it has a namespace.
    pub(super) fn scope(&self, gvk: &Gvk) -> Option<bool> {
        let known = self.schema.namespaced(gvk);
        let found = || {
            let mut objects = self.objects.values();
            objects.find(|object| object.gvk == *gvk)
        };
        known.or_else(|| found().map(|object| object.id.namespace.is_some()))
    }

    /// The next resource version.
    pub(super) fn next_version(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Adds or replaces an object, here and in the overlay.
    pub(super) fn put(&mut self, object: Object) -> Result<(), ClusterError> {
        let path = file::path(&object.id);
        self.save(&path, &file::write(object.clear())?)?;
        self.drop_file(&path.with_extension(GONE))?;
        self.objects.insert(object.id.clone(), object);
        Ok(())
    }

    /// Puts an object into memory alone: what the recording says but did not spell out.
    pub(super) fn complete(&mut self, object: Object) {
        self.objects.insert(object.id.clone(), object);
    }

    /// Removes an object, and with a namespace all that is in it.
    pub(super) fn remove(&mut self, id: &ObjectId) -> Result<(), ClusterError> {
        let inside = |object: &&Object| {
            let namespace = object.id.namespace.as_deref();
            *id == object.id || (is_namespace(id) && namespace == Some(&*id.name))
        };
        let gone: Vec<Object> = self.objects.values().filter(inside).cloned().collect();
        for object in &gone {
            let path = file::path(&object.id);
            self.save(&path.with_extension(GONE), &tombstone(object))?;
            self.drop_file(&path)?;
            self.forget(&object.id);
        }
        Ok(())
    }

    fn forget(&mut self, id: &ObjectId) {
        self.objects.remove(id);
        if is_namespace(id) {
            self.directories.remove(&id.name);
        }
    }

    /// Whole or not at all: a crash leaves the file as it was. Readable by its owner alone, since
    /// what is applied may hold secrets.
    fn save(&self, path: &Path, text: &str) -> Result<(), ClusterError> {
        let Some(overlay) = &self.overlay else {
            let why = "this recording was opened without a place for changes";
            return Err(ClusterError::Forbidden(why.to_owned()));
        };
        let path = overlay.join(path);
        let write = || {
            let directory = path.parent().unwrap_or(overlay);
            fs::create_dir_all(directory)?;
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(text.as_bytes())?;
            file.persist(&path).map_err(|e| e.error).map(drop)
        };
        write().map_err(|e| unusable(&path, &e))
    }

    fn drop_file(&self, path: &Path) -> Result<(), ClusterError> {
        let Some(path) = self.overlay.as_ref().map(|overlay| overlay.join(path)) else {
            return Ok(());
        };
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(unusable(&path, &e)),
            _ => Ok(()),
        }
    }
}

/// The identity of a namespace.
pub(super) fn namespace_id(name: &str) -> ObjectId {
    ObjectId {
        group: "".into(),
        kind: "Namespace".into(),
        namespace: None,
        name: name.into(),
    }
}

fn is_namespace(id: &ObjectId) -> bool {
    id.group.is_empty() && &*id.kind == "Namespace"
}

/// What a `.gone` file says: which object it hides.
fn tombstone(object: &Object) -> String {
    let (api_version, kind, name) = (object.gvk.api_version(), &object.gvk.kind, &object.id.name);
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: \"{name}\"\n")
}

/// A recording leaves out what is new on each cluster; the same object always gets the same.
fn identify(object: &mut Object) {
    let id = object.id.clone();
    let Some(metadata) = object.clear_mut()["metadata"].as_object_mut() else {
        return;
    };
    metadata.entry("uid").or_insert_with(|| uid(&id, 0).into());
    metadata
        .entry("resourceVersion")
        .or_insert_with(|| "1".into());
}

/// A UID that follows from the object's identity and the version it was made at.
pub(super) fn uid(id: &ObjectId, version: u64) -> String {
    let namespace = id.namespace.as_deref().unwrap_or("");
    let text = format!("{}/{}/{namespace}/{}/{version}", id.group, id.kind, id.name);
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let hex: String = hash
        .as_ref()
        .iter()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect();
    let (a, b, c, d, e) = (
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    );
    format!("{a}-{b}-{c}-{d}-{e}")
}

fn version_of(object: &Object) -> Option<u64> {
    object.meta("resourceVersion")?.parse().ok()
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, ClusterError> {
    let list = fs::read_dir(directory).map_err(|e| unusable(directory, &e))?;
    let mut paths: Vec<PathBuf> = list.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn unusable(path: &Path, error: &std::io::Error) -> ClusterError {
    ClusterError::Other(format!("{}: {error}", path.display()))
}
