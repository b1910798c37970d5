//! How a scale is written so that every manager's set stays as found. The main types here are
//! [`ScaleWrite`] and [`Owned`].
//!
//! Helm 3 and Helm 4 upgrade by these sets: a scale that left an entry of its own behind, or took
//! the field from Helm, would be a conflict of the next upgrade.

use super::entry::{Entry, HELM, Operation};
use super::{Fields, extract};
use crate::manifest::Path;
use serde_json::{Value, json};

/// The manager of what no release owns, and the one that a scale passes through.
pub const OURS: &str = "rollbook";

/// The subresource that sets replicas alone.
pub const SCALE: &str = "scale";

/// The write by which replicas are set; which one is decided by who owns them.
#[derive(Clone, Debug, PartialEq)]
pub enum ScaleWrite {
    /// What Helm applied, with another number: an unforced apply as [`HELM`].
    Apply(Value),
    /// Helm wrote it client-side: a merge patch of the object itself as [`HELM`]. By the
    /// subresource its entry would lose the field.
    Merge(Value),
    /// A merge patch of the subresource [`SCALE`] as [`OURS`].
    Scale {
        /// The patch.
        patch: Value,
        /// Who loses the field by it, and gets it back ([`Owned::given_back`]).
        owned: Owned,
    },
}

/// Who owned the replicas of an object when it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owned {
    /// The entries, each with nothing but this field.
    entries: Vec<Entry>,
}

/// The number that an object should have; `None` where it has none.
pub fn replicas(object: &Value) -> Option<i64> {
    path().of(object)?.as_i64()
}

fn path() -> Path {
    Path::fields(&["spec", "replicas"])
}

/// The write that brings `live` to so many replicas.
pub fn scale(live: &Value, replicas: i64) -> ScaleWrite {
    let owned = Owned::of(live);
    let [only] = owned.entries.as_slice() else {
        return by_subresource(live, replicas, owned);
    };
    match only {
        entry if entry.client_side() => ScaleWrite::Merge(merge(live, replicas)),
        // An entry of another version names the paths of another body.
        entry if entry.applied_by(HELM) && live["apiVersion"] == *entry.api_version => {
            ScaleWrite::Apply(applied(live, replicas, entry))
        }
        _ => by_subresource(live, replicas, owned),
    }
}

fn by_subresource(live: &Value, replicas: i64, owned: Owned) -> ScaleWrite {
    let patch = merge(live, replicas);
    ScaleWrite::Scale { patch, owned }
}

/// For this very object: another one of its name is refused by its UID.
fn merge(live: &Value, replicas: i64) -> Value {
    json!({"metadata": {"uid": live["metadata"]["uid"]}, "spec": {"replicas": replicas}})
}

/// What Helm owns of `live`, with so many replicas.
fn applied(live: &Value, replicas: i64, owner: &Entry) -> Value {
    let whole = Entry::of(live, HELM, Operation::Apply);
    let mut fields = whole.filter(|entry| entry.api_version == owner.api_version);
    let fields = fields.next().map(|entry| entry.fields).unwrap_or_default();
    let mut body = extract(live, &fields);
    for key in ["apiVersion", "kind"] {
        body[key] = live[key].clone();
    }
    for key in ["name", "namespace"] {
        body["metadata"][key] = live["metadata"][key].clone();
    }
    path().set(&mut body, replicas.into());
    body
}

impl Owned {
    /// Who owns the replicas of `live`.
    fn of(live: &Value) -> Owned {
        let owner = |entry: Entry| {
            entry.fields.below(&path())?;
            Some(Entry {
                fields: field(),
                ..entry
            })
        };
        let entries = Entry::all(live).into_iter().filter_map(owner);
        Owned {
            entries: entries.collect(),
        }
    }

    /// Whether nobody had it.
    pub fn is_nobody(&self) -> bool {
        self.entries.is_empty()
    }

    /// The JSON patch that gives the field back to them after a scale by the subresource, guarded by
    /// the resource version; `None` where nothing was taken, or somebody else has the field by now.
    pub fn given_back(&self, live: &Value) -> Option<Value> {
        let now = Owned::of(live);
        let had = |entry: &Entry| self.entries.iter().any(|owner| same(owner, entry));
        let back = now.entries.len() == self.entries.len() && now.entries.iter().all(had);
        let foreign = now
            .entries
            .iter()
            .any(|entry| !is_ours(entry) && !had(entry));
        if self.is_nobody() || back || foreign {
            return None;
        }
        let mut entries = Entry::all(live);
        for entry in entries.iter_mut().filter(|entry| is_ours(entry)) {
            entry.fields = entry.fields.minus(&field());
        }
        entries.retain(|entry| !entry.fields.is_empty());
        for owner in &self.entries {
            match entries.iter_mut().find(|entry| same(entry, owner)) {
                Some(entry) => entry.fields.unite(&owner.fields),
                None => entries.push(owner.clone()),
            }
        }
        let entries: Vec<Value> = entries.iter().map(Entry::json).collect();
        Some(json!([
            {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            {"op": "replace", "path": "/metadata/resourceVersion",
             "value": live["metadata"]["resourceVersion"]},
        ]))
    }
}

fn field() -> Fields {
    Fields::read(&json!({"f:spec": {"f:replicas": {}}}))
}

fn is_ours(entry: &Entry) -> bool {
    entry.manager == OURS && entry.operation == Operation::Update && entry.subresource == SCALE
}

fn same(one: &Entry, other: &Entry) -> bool {
    let key = |entry: &Entry| (entry.operation, entry.manager.clone());
    let place = |entry: &Entry| (entry.subresource.clone(), entry.api_version.clone());
    key(one) == key(other) && place(one) == place(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn managed(manager: &str, operation: &str, subresource: &str, fields: Value) -> Value {
        let mut entry = json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": fields});
        if !subresource.is_empty() {
            entry["subresource"] = subresource.into();
        }
        entry
    }

    fn number() -> Value {
        json!({"f:spec": {"f:replicas": {}}})
    }

    fn live(entries: Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "c1", "uid": "u", "resourceVersion": "7",
                "labels": {"app": "web", "by": "hand"}, "managedFields": entries},
            "spec": {"replicas": 3, "paused": false, "template": {"spec": {"containers": [{"name": "c",
                "image": "web:1", "imagePullPolicy": "Always",
                "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}}}})
    }

    fn helms() -> Value {
        json!({"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {
            "f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:name": {}, "f:image": {}, "f:ports": {
                "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}})
    }

    #[test]
    fn what_helm_applied_is_applied_again_with_nothing_but_another_number() {
        let live = live(json!([managed("helm", "Apply", "", helms())]));
        // Neither the default `protocol`, a key field, nor what others set becomes Helm's.
        let expected = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "c1", "labels": {"app": "web"}},
            "spec": {"replicas": 0, "template": {"spec": {"containers": [{"name": "c", "image": "web:1",
                "ports": [{"containerPort": 80}]}]}}}});
        assert_eq!(scale(&live, 0), ScaleWrite::Apply(expected));
    }

    #[test]
    fn what_helm_patched_stays_in_the_same_entry() {
        let live = live(json!([managed("helm", "Update", "", helms())]));
        let patch = json!({"metadata": {"uid": "u"}, "spec": {"replicas": 0}});
        assert_eq!(scale(&live, 0), ScaleWrite::Merge(patch));
    }

    #[test]
    fn what_others_or_nobody_own_goes_by_the_subresource() {
        let by_scale = |entries: Value, owners: usize| match scale(&live(entries.clone()), 5) {
            ScaleWrite::Scale { owned, .. } => assert_eq!(owned.entries.len(), owners, "{entries}"),
            other => panic!("{entries}: {other:?}"),
        };
        let without = json!({"f:metadata": {"f:labels": {"f:app": {}}}});
        by_scale(json!([]), 0);
        by_scale(json!([managed("helm", "Apply", "", without)]), 0);
        by_scale(json!([managed("kubectl", "Update", "scale", number())]), 1);
        // Shared with another applier: an unforced apply would be a conflict.
        let both = json!([
            managed("helm", "Apply", "", helms()),
            managed("argo", "Apply", "", number())
        ]);
        by_scale(both, 2);
        let mut older = managed("helm", "Apply", "", helms());
        older["apiVersion"] = "apps/v1beta2".into();
        by_scale(json!([older]), 1);
    }

    #[test]
    fn owners_get_the_field_back() {
        let kubectl = managed("kubectl", "Update", "scale", number());
        let helm = json!({"f:metadata": {"f:labels": {"f:app": {}}}});
        let helm = managed("helm", "Apply", "", helm);
        let before = json!([helm, kubectl]);
        let ScaleWrite::Scale { owned, .. } = scale(&live(before.clone()), 5) else {
            panic!("kubectl owns it");
        };
        let ours = managed("rollbook", "Update", "scale", number());
        let patch = |entries: Value| owned.given_back(&live(entries));
        for after in [json!([helm, ours]), json!([helm])] {
            let patch = patch(after).unwrap();
            assert_eq!(patch[0]["value"], before);
            assert_eq!(patch[1]["value"], "7");
        }
        assert_eq!(patch(before), None, "it has it already");
        let autoscaler = managed("kube-controller-manager", "Update", "scale", number());
        assert_eq!(
            patch(json!([helm, autoscaler])),
            None,
            "it is somebody else's by now"
        );
        let nobody = Owned::default();
        assert_eq!(nobody.given_back(&live(json!([helm]))), None);
    }
}
