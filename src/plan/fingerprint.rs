//! A hash of everything the plan read of a target. The main entry points are [`fingerprint`] and
//! [`moved`].
//!
//! Of each object only the fields that matter here: those sent, those Helm owns, and Helm's marks;
//! minus what is not ours. Never status, versions, times, other people's annotations.

use super::{Lookup, ObjectChange};
use crate::diff::path_words;
use crate::manifest::schema::Schema;
use crate::manifest::{Object, ObjectSet, Path, Step};
use crate::ownership::{Entry, Fields, HELM, extract, normalise};
use crate::release::OnConflict;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What was read of a target beside its objects.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The server's URL.
    pub server: String,
    /// The UID of namespace `kube-system`.
    pub cluster_uid: String,
    /// The release record: name, revision, status, UID of its Secret; empty where there is none.
    pub record: String,
    /// The hash of what each `lookup` found.
    pub lookups: BTreeMap<Lookup, String>,
}

/// The fingerprint of a target: the same for the plan's own objects and for a later read of them
/// unless something that matters has moved.
pub fn fingerprint(read: &Read, changes: &[ObjectChange], live: &ObjectSet) -> String {
    let objects: BTreeMap<String, Value> = changes
        .iter()
        .map(|change| {
            let live = live.get(&change.id).map(|live| &**live);
            (key(change), projection(change, live))
        })
        .collect();
    let all = json!([
        read.server,
        read.cluster_uid,
        read.record,
        read.lookups.iter().collect::<Vec<_>>(),
        objects
    ]);
    hex(&Sha256::digest(all.to_string().as_bytes()))
}

/// What has moved since the plan, in one line: the first place, with its old and new owner.
pub fn moved(changes: &[ObjectChange], live: &ObjectSet) -> Option<String> {
    changes.iter().find_map(|change| {
        let now = live.get(&change.id).map(|live| &**live);
        // Most of what is looked at again is what it was, to the last byte.
        if change.live.as_deref() == now {
            return None;
        }
        let (old, new) = (
            projection(change, change.live.as_deref()),
            projection(change, now),
        );
        (old != new).then(|| words(change, now))
    })
}

fn key(change: &ObjectChange) -> String {
    let id = &change.id;
    let namespace = id.namespace.as_deref().unwrap_or("");
    format!("{}/{}/{namespace}/{}", id.group, id.kind, id.name)
}

fn projection(change: &ObjectChange, live: Option<&Object>) -> Value {
    let Some(live) = live else {
        return json!("absent");
    };
    let entries = Entry::all(live.clear());
    let paths = paths(change, live, &entries);
    let foreign = entries.iter().filter(|entry| !entry.applied_by(HELM));
    let foreign = foreign.filter(|entry| !entry.fields.and(&paths).is_empty());
    let mut managers: Vec<String> = foreign
        .map(|e| format!("{} {:?} {}", e.manager, e.operation, e.subresource))
        .collect();
    managers.sort();
    json!([
        live.meta("uid"),
        change.gvk.api_version(),
        extract_some(live.clear(), &paths),
        helm_annotations(live),
        managers
    ])
}

/// `extract` takes an empty set for everything.
pub(super) fn extract_some(live: &Value, paths: &Fields) -> Value {
    match paths.children.is_empty() {
        true => Value::Null,
        false => extract(live, paths),
    }
}

/// The fields that matter: sent or Helm's, and ours.
pub(super) fn paths(change: &ObjectChange, live: &Object, entries: &[Entry]) -> Fields {
    let mut paths = Fields::default();
    if let Some(send) = &change.send {
        let schema = Schema::default();
        let at = schema.place(&change.gvk);
        paths.unite(&Fields::of(&normalise(send.clear(), at), at));
    }
    let helms = entries
        .iter()
        .filter(|e| e.applied_by(HELM) || e.client_side());
    helms.for_each(|entry| paths.unite(&entry.fields));
    let kept = change
        .conflicts
        .iter()
        .filter(|c| c.policy == OnConflict::Keep);
    let kept = kept
        .map(|c| &c.path)
        .chain(change.not_ours.iter().map(|(path, _)| path));
    for path in kept {
        if let Some(path) = Path::parse(path, live.clear()) {
            paths.remove(&path);
        }
    }
    paths.remove(&Path::fields(&["status"]));
    paths
}

fn helm_annotations(live: &Object) -> Value {
    let annotations = live.clear()["metadata"]["annotations"].as_object();
    let helms = annotations
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("helm.sh/") || name.starts_with("meta.helm.sh/"));
    helms
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn words(change: &ObjectChange, now: Option<&Object>) -> String {
    let (Some(old), Some(new)) = (&change.live, now) else {
        let what = if now.is_some() { "was made" } else { "is gone" };
        return format!("{} {what} since the plan", change.id);
    };
    if old.meta("uid") != new.meta("uid") {
        return format!("{} was deleted and made again since the plan", change.id);
    }
    let paths = paths(change, new, &Entry::all(new.clear()));
    let differs = |path: &&Path| path.of(old.clear()) != path.of(new.clear());
    match paths.paths().iter().find(differs) {
        Some(path) => format!(
            "{}: {} has changed since the plan (owner {}, was {})",
            change.id,
            path_words(path),
            owner(new, path),
            owner(old, path)
        ),
        None => format!(
            "{}: the owners of its fields have changed since the plan",
            change.id
        ),
    }
}

fn owner(object: &Object, path: &Path) -> String {
    let entries = Entry::all(object.clear());
    let owns = |entry: &&Entry| entry.fields.owns(path) && path.0.iter().all(is_named);
    let owner = entries.iter().find(owns);
    owner.map_or_else(|| "nobody".to_owned(), |entry| entry.manager.clone())
}

fn is_named(step: &Step) -> bool {
    !matches!(step, Step::Index(_))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
