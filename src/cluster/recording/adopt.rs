//! Owners for objects that were written by hand, or by a `kubectl get` that hides managed fields.
//!
//! Without an owner nobody could tell which fields a new rendering removes. Such an object counts
//! as applied by `helm` wherever the recorded manifest has the field.

use super::store::Store;
use crate::cluster::RecordMeta;
use crate::manifest::{Object, Owner, parse};
use crate::ownership;
use crate::release::Record;
use serde_json::Value;

/// Fills in the owners of all objects of deployed releases that have none.
pub(super) fn adopt(store: &mut Store) {
    let bare = store.iter().any(is_bare);
    let records = if bare { deployed(store) } else { Vec::new() };
    for record in records {
        let owner = Owner {
            release: record.name.clone(),
            namespace: record.namespace.clone(),
        };
        let manifest = parse(record.manifest.reveal(), &record.namespace, &store.schema);
        for mut rendered in manifest.unwrap_or_default() {
            if let Some(live) = store.get(&rendered.id).filter(|live| is_bare(live)) {
                owner.mark(&mut rendered);
                let owned = owned(live, &rendered, store);
                store.complete(owned);
            }
        }
    }
}

fn is_bare(object: &Object) -> bool {
    object.managed_fields().is_empty() && !super::file::is_record(object.clear())
}

fn owned(live: &Object, rendered: &Object, store: &Store) -> Object {
    let place = store.schema.place(&rendered.gvk);
    let applied = ownership::apply(None, rendered.clear(), ownership::HELM, place);
    let mut body = live.clear().clone();
    body["metadata"]["managedFields"] = applied.object["metadata"]["managedFields"].clone();
    live.with_body(body)
}

fn deployed(store: &Store) -> Vec<Record> {
    let records = store.iter().filter_map(|object| {
        let meta = meta(object)?;
        (&*meta.status == "deployed").then_some(object)
    });
    let decoded = records.filter_map(|object| Record::decode(payload(object.clear())?).ok());
    decoded.collect()
}

/// What a record's labels say; `None` for every other object.
pub(super) fn meta(object: &Object) -> Option<RecordMeta> {
    if !super::file::is_record(object.clear()) {
        return None;
    }
    RecordMeta::read(&object.clear().to_string(), &*object.id.kind == "ConfigMap")
}

/// `data.release`.
pub(super) fn payload(record: &Value) -> Option<&str> {
    record["data"]["release"].as_str()
}
