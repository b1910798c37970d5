//! What the API server would make of a write, computed: identity and versions; owners stand beside.
//!
//! Everything is pure; `ownership::apply` does the work for server-side applies.

use super::store::uid;
use crate::cluster::ClusterError;
use crate::manifest::schema::Schema;
use crate::manifest::{Object, ObjectId};
use crate::ownership;
use crate::plan::FieldConflict;
use crate::release::OnConflict;
use serde_json::{Value, json};

/// A server-side apply as `helm`; conflicts refuse it unless it is forced.
pub(super) fn apply(
    live: Option<&Object>,
    rendered: &Object,
    force: bool,
    schema: &Schema,
) -> Result<Value, ClusterError> {
    let place = schema.place(&rendered.gvk);
    let body = live.map(Object::clear);
    let applied = ownership::apply(body, rendered.clear(), ownership::HELM, place);
    if !force && !applied.conflicts.is_empty() {
        let conflicts = applied.conflicts.iter().map(field_conflict);
        return Err(ClusterError::Conflict(conflicts.collect()));
    }
    Ok(applied.object)
}

fn field_conflict(conflict: &ownership::Conflict) -> FieldConflict {
    FieldConflict {
        path: conflict.path.to_string(),
        manager: conflict.manager(),
        policy: OnConflict::Fail,
    }
}

/// A PUT: everything but the identity is the caller's. A resource version is a precondition.
pub(super) fn replace(live: &Object, body: &Value) -> Result<Value, ClusterError> {
    let expected = body["metadata"]["resourceVersion"].as_str();
    if expected.is_some_and(|version| live.meta("resourceVersion") != Some(version)) {
        return Err(ClusterError::Moved(live.id.to_string()));
    }
    let mut after = body.clone();
    let before = live.clear();
    if after.get("status").is_none()
        && let Some(status) = before.get("status")
    {
        after["status"] = status.clone();
    }
    if after["metadata"].get("managedFields").is_none() {
        after["metadata"]["managedFields"] = before["metadata"]["managedFields"].clone();
    }
    Ok(after)
}

/// A merge patch (a map) or a JSON patch (a list).
pub(super) fn patch(live: &Object, patch: &Value) -> Result<Value, ClusterError> {
    let mut after = live.clear().clone();
    match patch.as_array() {
        None => merge_patch(&mut after, patch),
        Some(steps) => {
            for step in steps {
                json_patch(&mut after, step).ok_or_else(|| refused(live, step))?;
            }
        }
    }
    Ok(after)
}

fn refused(live: &Object, step: &Value) -> ClusterError {
    match (step["op"].as_str(), step["path"].as_str()) {
        (Some("test"), _) | (_, Some("/metadata/resourceVersion")) => {
            ClusterError::Moved(live.id.to_string())
        }
        (op, path) => ClusterError::Invalid {
            message: format!(
                "{}: the JSON patch's {} of {} does not apply",
                live.id,
                op.unwrap_or("step"),
                path.unwrap_or("nothing")
            ),
            immutable: Vec::new(),
        },
    }
}

fn merge_patch(into: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (name, value) in fields {
        match value {
            Value::Null => {
                into.as_object_mut().and_then(|map| map.remove(name));
            }
            value => merge_patch(&mut into[name], value),
        }
    }
}

/// One step; `None` where it does not apply.
fn json_patch(body: &mut Value, step: &Value) -> Option<()> {
    let path = step["path"].as_str()?;
    let value = || step.get("value").cloned();
    match step["op"].as_str()? {
        "test" => (body.pointer(path)? == step.get("value")?).then_some(()),
        // The server's precondition: the version that was read.
        "replace" if path == "/metadata/resourceVersion" => {
            (body.pointer(path)? == step.get("value")?).then_some(())
        }
        "replace" => {
            *body.pointer_mut(path)? = value()?;
            Some(())
        }
        "add" => add(body, path, value()?),
        "remove" => remove(body, path),
        _ => None,
    }
}

fn add(body: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, last) = path.rsplit_once('/')?;
    match body.pointer_mut(parent)? {
        Value::Object(map) => {
            map.insert(unescape(last), value);
        }
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => {
            let at = last.parse().ok().filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(body: &mut Value, path: &str) -> Option<()> {
    let (parent, last) = path.rsplit_once('/')?;
    match body.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&unescape(last)).map(drop),
        Value::Array(items) => {
            let at = last.parse().ok().filter(|at| *at < items.len())?;
            items.remove(at);
            Some(())
        }
        _ => None,
    }
}

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// Gives `after` the identity and the versions that the server would: nothing moves where
/// nothing changed, the generation only where more than metadata and status did. Without a
/// version it is a dry run, which leaves the version that was read.
pub(super) fn stamp(
    id: &ObjectId,
    before: Option<&Value>,
    after: &mut Value,
    version: Option<u64>,
) {
    let Some(metadata) = after["metadata"].as_object_mut() else {
        return;
    };
    let Some(before) = before else {
        metadata.insert(
            "uid".to_owned(),
            uid(id, version.unwrap_or_default()).into(),
        );
        if let Some(version) = version {
            metadata.insert("resourceVersion".to_owned(), version.to_string().into());
        }
        metadata.insert("generation".to_owned(), 1.into());
        return;
    };
    for field in ["uid", "resourceVersion", "generation"] {
        match before["metadata"].get(field) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
    if after == before {
        return;
    }
    if let Some(version) = version {
        after["metadata"]["resourceVersion"] = version.to_string().into();
    }
    if content(after) != content(before) {
        let generation = before["metadata"]["generation"].as_u64().unwrap_or(1);
        after["metadata"]["generation"] = (generation + 1).into();
    }
}

/// All but metadata and status.
fn content(body: &Value) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = body.as_object().into_iter().flatten().collect();
    fields.retain(|(name, _)| !["metadata", "status"].contains(&name.as_str()));
    fields.sort_by_key(|(name, _)| *name);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;

    fn live() -> Object {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, uid: u, resourceVersion: '7', \
                    generation: 3, annotations: {a/b: x}}\nspec: {replicas: 2, list: [1, 2]}\n";
        parse(text, "c1", &Schema::default()).unwrap().remove(0)
    }

    #[test]
    fn a_json_patch_applies_step_by_step() {
        let steps = json!([
            {"op": "test", "path": "/spec/replicas", "value": 2},
            {"op": "replace", "path": "/spec/replicas", "value": 0},
            {"op": "add", "path": "/spec/list/-", "value": 3},
            {"op": "remove", "path": "/spec/list/0"},
            {"op": "remove", "path": "/metadata/annotations/a~1b"},
        ]);
        let after = patch(&live(), &steps).unwrap();
        assert_eq!(after["spec"], json!({"replicas": 0, "list": [2, 3]}));
        assert_eq!(after["metadata"]["annotations"], json!({}));
    }

    #[test]
    fn a_patch_of_another_resource_version_has_moved() {
        let steps = json!([{"op": "replace", "path": "/metadata/resourceVersion", "value": "6"}]);
        let error = patch(&live(), &steps).unwrap_err();
        assert!(matches!(error, ClusterError::Moved(_)));
        let steps = json!([{"op": "remove", "path": "/spec/none"}]);
        assert!(matches!(
            patch(&live(), &steps),
            Err(ClusterError::Invalid { .. })
        ));
    }

    #[test]
    fn a_merge_patch_removes_by_null() {
        let merge = json!({"spec": {"replicas": null, "paused": true}});
        let after = patch(&live(), &merge).unwrap();
        assert_eq!(after["spec"], json!({"list": [1, 2], "paused": true}));
    }

    #[test]
    fn versions_move_only_with_what_changed() {
        let live = live();
        let stamped = |change: &dyn Fn(&mut Value)| {
            let mut after = live.clear().clone();
            change(&mut after);
            stamp(&live.id, Some(live.clear()), &mut after, Some(8));
            let metadata = &after["metadata"];
            (
                metadata["resourceVersion"].clone(),
                metadata["generation"].clone(),
            )
        };
        assert_eq!(stamped(&|_| ()), (json!("7"), json!(3)));
        let label = |body: &mut Value| body["metadata"]["labels"] = json!({"a": "b"});
        assert_eq!(stamped(&label), (json!("8"), json!(3)));
        let scale = |body: &mut Value| body["spec"]["replicas"] = json!(0);
        assert_eq!(stamped(&scale), (json!("8"), json!(4)));
    }

    #[test]
    fn a_replace_keeps_owners_and_status() {
        let after = replace(&live(), &json!({"metadata": {"name": "web"}, "spec": {}})).unwrap();
        assert_eq!(after["spec"], json!({}));
        let old = json!({"metadata": {"name": "web", "resourceVersion": "1"}});
        assert!(matches!(
            replace(&live(), &old),
            Err(ClusterError::Moved(_))
        ));
    }
}
