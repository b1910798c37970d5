//! Whose a field becomes by a write that is no apply.

use crate::manifest::schema::Place;
use crate::ownership::{self, Entry, Fields, Operation};
use serde_json::{Map, Value, json};

/// Moves what a merge patch of the main resource changed to `manager`, as an Update does.
pub(super) fn own(before: &Value, after: &mut Value, patch: &Value, manager: &str, at: Place) {
    let mut entries = Entry::all(after);
    let Some(changed) = changed(patch, before).filter(|_| !entries.is_empty()) else {
        return;
    };
    let fields = Fields::of(&changed, at);
    let mine = |entry: &Entry| {
        let main = entry.subresource.is_empty() && entry.operation == Operation::Update;
        main && entry.manager == manager
    };
    for entry in entries.iter_mut().filter(|entry| !mine(entry)) {
        entry.fields = entry.fields.minus(&fields);
    }
    match entries.iter_mut().find(|entry| mine(entry)) {
        Some(entry) => entry.fields.unite(&fields),
        None => entries.push(Entry {
            manager: manager.to_owned(),
            operation: Operation::Update,
            api_version: before["apiVersion"].as_str().unwrap_or("").to_owned(),
            subresource: String::new(),
            time: None,
            fields,
        }),
    }
    entries.retain(|entry| !entry.fields.is_empty());
    after["metadata"]["managedFields"] = entries.iter().map(Entry::json).collect();
}

/// Moves replicas that the subresource has set to `manager`. The server passes by owners through
/// the Scale object: at 0 the field is not in it, so nobody has it; where nobody had it, nobody gets
/// it.
pub(super) fn own_scale(before: &Value, after: &mut Value, manager: &str) {
    let fields = Fields::read(&json!({"f:spec": {"f:replicas": {}}}));
    let mut entries = Entry::all(after);
    let owned = entries.iter().any(|e| !e.fields.and(&fields).is_empty());
    let number = ownership::replicas(after);
    if !owned || number == ownership::replicas(before) {
        return;
    }
    for entry in &mut entries {
        entry.fields = entry.fields.minus(&fields);
    }
    entries.retain(|entry| !entry.fields.is_empty());
    if number != Some(0) {
        entries.push(Entry {
            manager: manager.to_owned(),
            operation: Operation::Update,
            api_version: before["apiVersion"].as_str().unwrap_or("").to_owned(),
            subresource: ownership::SCALE.to_owned(),
            time: None,
            fields,
        });
    }
    after["metadata"]["managedFields"] = entries.iter().map(Entry::json).collect();
}

/// The part of a merge patch that sets something else than what is there.
fn changed(patch: &Value, before: &Value) -> Option<Value> {
    match patch {
        Value::Null => None,
        Value::Object(fields) => {
            let parts = fields
                .iter()
                .filter_map(|(name, part)| Some((name.clone(), changed(part, &before[name])?)));
            let parts: Map<String, Value> = parts.collect();
            (!parts.is_empty()).then_some(Value::Object(parts))
        }
        other => (other != before).then(|| other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::schema::Schema;
    use crate::manifest::{Object, parse};

    fn live() -> Object {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, uid: u, resourceVersion: '7', \
                    generation: 3, annotations: {a/b: x}}\nspec: {replicas: 2, list: [1, 2]}\n";
        parse(text, "c1", &Schema::default()).unwrap().remove(0)
    }

    #[test]
    fn what_a_merge_patch_changes_is_its_managers() {
        let managed = |manager: &str, operation: &str, fields: Value| {
            json!({"manager": manager, "operation": operation,
            "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
        };
        let both = json!({"f:spec": {"f:replicas": {}, "f:paused": {}}});
        let mut before = live().clear().clone();
        before["metadata"]["managedFields"] = json!([managed("helm", "Apply", both)]);
        let merge = json!({"spec": {"replicas": 0, "paused": null}});
        let mut after = before.clone();
        after["spec"]["replicas"] = json!(0);
        let schema = Schema::default();
        let place = schema.place(&live().gvk);
        own(&before, &mut after, &merge, "kubectl-patch", place);
        let expected = json!([
            managed("helm", "Apply", json!({"f:spec": {"f:paused": {}}})),
            managed(
                "kubectl-patch",
                "Update",
                json!({"f:spec": {"f:replicas": {}}})
            ),
        ]);
        assert_eq!(after["metadata"]["managedFields"], expected);
    }

    #[test]
    fn what_the_subresource_scales_passes_to_its_manager() {
        let kubectl = |number: i64, entries: &Value| {
            let mut before = live().clear().clone();
            before["metadata"]["managedFields"] = entries.clone();
            let mut after = before.clone();
            after["spec"]["replicas"] = number.into();
            own_scale(&before, &mut after, "kubectl");
            after["metadata"]["managedFields"].clone()
        };
        let managed = |manager: &str, fields: Value| {
            json!({"manager": manager, "operation": "Update", "apiVersion": "apps/v1",
                "fieldsType": "FieldsV1", "fieldsV1": fields})
        };
        let both = managed(
            "helm",
            json!({"f:spec": {"f:paused": {}, "f:replicas": {}}}),
        );
        let rest = managed("helm", json!({"f:spec": {"f:paused": {}}}));
        let mut taken = managed("kubectl", json!({"f:spec": {"f:replicas": {}}}));
        taken["subresource"] = "scale".into();
        assert_eq!(kubectl(5, &json!([both])), json!([rest, taken]));
        // At 0 nobody has it, and where nobody had it nobody gets it.
        assert_eq!(kubectl(0, &json!([both])), json!([rest]));
        assert_eq!(kubectl(5, &json!([rest])), json!([rest]));
    }
}
