use super::*;
use crate::manifest::schema::Schema;
use crate::manifest::{Gvk, Json, MANAGED_BY, Object, ObjectId, Owner, Path, RELEASE_NAME, Tree};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The object as it would be live after a first apply.
fn live(rendered: &Value) -> Value {
    let schema = Schema::default();
    apply(None, rendered, HELM, schema.place(&gvk(rendered))).object
}

fn gvk(object: &Value) -> Gvk {
    Gvk::new(
        object["apiVersion"].as_str().unwrap(),
        object["kind"].as_str().unwrap(),
    )
}

/// What is sent of a rendered object.
fn marked(rendered: &Value) -> Value {
    let gvk = gvk(rendered);
    let id = ObjectId {
        group: gvk.group.clone(),
        kind: gvk.kind.clone(),
        namespace: Some("c1".into()),
        name: "web".into(),
    };
    let mut object = Object::new(id, gvk, rendered.clone());
    let owner = Owner {
        release: "web".into(),
        namespace: "c1".into(),
    };
    owner.mark(&mut object);
    object.clear().clone()
}

fn no_op(rendered: &Value, live: &Value) -> NoOp {
    no_op_marked(rendered, live, Marks::Sent)
}

/// The same whether what is live is decoded or looked at where its text lies.
fn no_op_marked(rendered: &Value, live: &Value, marks: Marks) -> NoOp {
    let (schema, sets) = (Schema::default(), FieldSets::default());
    let at = schema.place(&gvk(rendered));
    let text = live.to_string();
    let tree = Tree::live(&text).unwrap();
    let found = unchanged(rendered, &tree, at, marks, &sets);
    let decoded = (&tree).value();
    assert_eq!(unchanged(rendered, &decoded, at, marks, &sets), found);
    found
}

fn reapplied(live: &Value, rendered: &Value) -> Applied {
    apply(
        Some(live),
        rendered,
        HELM,
        Schema::default().place(&gvk(rendered)),
    )
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "n", "labels": {"app": "web"}},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
        "metadata": {"labels": {"app": "web"}, "creationTimestamp": null},
        "spec": {"containers": [{"name": "c", "image": "web:1", "ports": [{"containerPort": 80}],
            "env": [{"name": "A", "value": "1"}, {"name": "P", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
            "resources": {"limits": {"memory": "1024Mi", "cpu": 1}}}],
            "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}]}}}})
}

/// Another manager takes over `path` with `value`.
fn taken_over(live: &Value, manager: &str, path: &Path, value: Value) -> Value {
    let mut entries = Entry::all(live);
    for entry in &mut entries {
        entry.fields.remove(path);
    }
    let mut object = live.clone();
    path.set(&mut object, value);
    let mut fields = Fields::default();
    let mut at = &mut fields;
    for step in &path.0 {
        at = at.children.entry(step.clone()).or_default();
    }
    at.member = true;
    entries.push(Entry {
        manager: manager.into(),
        operation: Operation::Update,
        api_version: live["apiVersion"].as_str().unwrap().into(),
        subresource: String::new(),
        time: None,
        fields,
    });
    super::apply::with_managers(object, &entries)
}

#[test]
fn step_1e_what_the_server_writes_otherwise_is_equal() {
    let new = deployment();
    let old = live(&new);
    assert_eq!(
        old.pointer("/spec/template/spec/containers/0/resources/limits/memory"),
        Some(&json!("1Gi"))
    );
    assert_eq!(no_op(&new, &old), NoOp::Proven);
}

#[test]
fn step_1e_each_rule_on_its_own() {
    let text = include_str!("../../fixtures/ownership/no_ops.yaml");
    let objects = crate::manifest::parse(text, "n", &Schema::default()).unwrap();
    assert_eq!(objects.len(), 10);
    for object in objects {
        let new = object.clear();
        assert_eq!(no_op(new, &live(new)), NoOp::Proven, "{:?}", object.source);
    }
}

#[test]
fn what_changes_is_never_proven() {
    let new = deployment();
    let old = live(&new);
    let container = "/spec/template/spec/containers/0";
    let edits: [(&str, Value); 7] = [
        ("/spec/replicas", json!(3)),
        ("/metadata/labels", json!({})),
        (&format!("{container}/image"), json!("web:2")),
        (
            &format!("{container}/resources/limits"),
            json!({"memory": "1Gi"}),
        ),
        (
            &format!("{container}/env"),
            json!([{"name": "P", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}, {"name": "A", "value": "1"}]),
        ),
        (&format!("{container}/ports"), json!([])),
        (
            "/spec/selector",
            json!({"matchLabels": {"app": "web", "b": "c"}}),
        ),
    ];
    for (pointer, value) in edits {
        let mut edited = new.clone();
        *edited.pointer_mut(pointer).unwrap() = value;
        assert!(
            matches!(no_op(&edited, &old), NoOp::Unproven(_)),
            "{pointer}"
        );
    }
}

#[test]
fn fact_1_an_update_entry_of_helm_is_client_side() {
    let new = deployment();
    let client = taken_over(
        &live(&new),
        HELM,
        &Path::fields(&["spec", "replicas"]),
        json!(2),
    );
    assert_eq!(no_op(&new, &client), NoOp::ClientSide);
    let patch = migration(&client).unwrap();
    let after = after_migration(&client);
    assert_eq!(patch[0]["value"], after["metadata"]["managedFields"]);
    assert_eq!(Entry::all(&after), Entry::all(&live(&new)));
    assert_eq!(migration(&after), None);
}

#[test]
fn fact_2_what_only_the_client_side_entry_owned_goes() {
    let old = deployment();
    let mut client = live(&old);
    client["metadata"]["managedFields"][0]["operation"] = json!("Update");
    let mut new = old.clone();
    new.pointer_mut("/spec/template/spec/containers/0/env")
        .unwrap()
        .as_array_mut()
        .unwrap()
        .remove(0);
    let schema = Schema::default();
    let at = schema.place(&gvk(&new));
    let forced = apply(Some(&client), &new, HELM, at).object;
    assert_eq!(
        forced.pointer("/spec/template/spec/containers/0/env/0/name"),
        Some(&json!("A"))
    );
    let put = canonical(without_dropped(&forced, &new, &client, at), at);
    let mut wanted = reapplied(&after_migration(&client), &new).object;
    wanted["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("managedFields");
    assert_eq!(put, wanted);
    assert!(unchanged_client_side(&old, Some(&old), &client, at));
    assert!(!unchanged_client_side(&new, Some(&old), &client, at));
}

#[test]
fn fact_5_keep_sends_the_live_value_where_helm_owns_the_path() {
    let replicas = Path::fields(&["spec", "replicas"]);
    let ours = live(&deployment());
    let mut new = deployment();
    new["spec"]["replicas"] = json!(9);
    keep(&mut new, &ours, &replicas);
    assert_eq!(new["spec"]["replicas"], 2);
    let theirs = taken_over(&ours, "kubectl", &replicas, json!(5));
    keep(&mut new, &theirs, &replicas);
    assert_eq!(new["spec"].get("replicas"), None);
    assert_eq!(reapplied(&theirs, &new).object["spec"]["replicas"], 5);
    // Given up by its last owner the field goes back to its default.
    assert_eq!(reapplied(&ours, &new).object["spec"]["replicas"], 1);
}

#[test]
fn fact_6_a_field_of_another_is_a_conflict() {
    let image = Path::parse(
        ".spec.template.spec.containers[name=\"c\"].image",
        &Value::Null,
    )
    .unwrap();
    let theirs = taken_over(
        &live(&deployment()),
        "kubectl-set",
        &image,
        json!("web:hot"),
    );
    let applied = reapplied(&theirs, &deployment());
    let found: Vec<String> = applied
        .conflicts
        .iter()
        .map(|c| format!("{} {}", c.manager(), c.path))
        .collect();
    assert_eq!(
        found,
        ["kubectl-set .spec.template.spec.containers[name=\"c\"].image"]
    );
    assert_eq!(no_op(&deployment(), &applied.object), NoOp::Proven);
    assert!(
        !Entry::all(&applied.object)
            .iter()
            .any(|e| e.manager == "kubectl-set")
    );
}

#[test]
fn fact_12_an_entry_of_another_version_proves_nothing() {
    let new = deployment();
    let mut old = live(&new);
    old["metadata"]["managedFields"][0]["apiVersion"] = json!("apps/v1beta1");
    assert_eq!(no_op(&new, &old), NoOp::NoEntry);
}

#[test]
fn removed_fields_go_and_fields_of_others_stay() {
    let old = live(&deployment());
    let label = Path::fields(&["metadata", "labels", "team"]);
    let old = taken_over(&old, "kubectl-label", &label, json!("a"));
    let mut new = deployment();
    new["metadata"].as_object_mut().unwrap().remove("labels");
    new["spec"].as_object_mut().unwrap().remove("replicas");
    let applied = reapplied(&old, &new);
    assert!(applied.conflicts.is_empty());
    assert_eq!(applied.object["metadata"]["labels"], json!({"team": "a"}));
    assert_eq!(applied.object["spec"]["replicas"], 1);
}

#[test]
fn step_3_extract_leaves_out_key_fields_that_are_not_owned() {
    let old = live(&deployment());
    let part = extract(&old, &Entry::all(&old)[0].fields);
    let ports = part.pointer("/spec/template/spec/containers/0/ports");
    assert_eq!(ports, Some(&json!([{"containerPort": 80}])));
}

fn small_deployment() -> impl Strategy<Value = Value> {
    let env = proptest::collection::vec(("[A-D]", "[0-9]"), 0..4);
    let parts = (
        1..4u8,
        env,
        proptest::option::of(0..5u8),
        "[a-c]{1,2}",
        any::<bool>(),
    );
    parts.prop_map(|(containers, env, replicas, tag, probe)| {
        let mut seen = std::collections::HashSet::new();
        let env: Vec<Value> = env
            .into_iter()
            .filter(|(name, _)| seen.insert(name.clone()))
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        let container = |at: u8| {
            let mut c =
                json!({"name": format!("c{at}"), "image": format!("web:{tag}"), "env": env});
            if probe {
                c["livenessProbe"] = json!({"httpGet": {"port": 80}});
            }
            c
        };
        let mut object = deployment();
        object["spec"]["template"]["spec"]["containers"] = (0..containers).map(container).collect();
        object["spec"]["replicas"] = json!(replicas);
        object
    })
}

/// A pointer to every value below `value`.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| (i.to_string(), item))
            .collect(),
        _ => return,
    };
    for (name, value) in below {
        let pointer = format!("{at}/{name}");
        pointers(value, &pointer, all);
        all.push(pointer);
    }
}

/// The object with some of its values made empty in one way or the other.
fn emptied(object: &Value, edits: &[(prop::sample::Index, usize)]) -> Value {
    let nothings = [
        json!(null),
        json!({}),
        json!([]),
        json!(""),
        json!({"a": null}),
    ];
    let mut object = object.clone();
    for (place, nothing) in edits {
        let mut all = Vec::new();
        for part in ["metadata", "spec"] {
            all.push(format!("/{part}"));
            pointers(&object[part], &format!("/{part}"), &mut all);
        }
        if let Some(value) = object.pointer_mut(place.get::<String>(&all)) {
            *value = nothings[*nothing].clone();
        }
    }
    object
}

proptest! {
    /// What is compared without a copy is what an apply would send.
    #[test]
    fn nothing_is_compared_as_it_is_sent(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..5usize), 1..4),
        live_too in any::<bool>(),
    ) {
        let rendered = emptied(&deployment(), &edits);
        let live = if live_too { live(&rendered) } else { live(&deployment()) };
        let schema = Schema::default();
        let mut sent = normalise(&rendered, schema.place(&gvk(&rendered)));
        for name in ["apiVersion", "kind"] {
            sent[name] = rendered[name].clone();
        }
        prop_assert_eq!(no_op(&rendered, &live), no_op(&sent, &live));
    }

    /// What lacks the marks that are live is judged as what is sent.
    #[test]
    fn marks_are_compared_without_a_copy(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..5usize), 1..4),
        metadata in 0..5usize,
        live_too in any::<bool>(),
        unowned in any::<bool>(),
    ) {
        let mut rendered = emptied(&deployment(), &edits);
        prop_assume!(rendered["metadata"].is_object());
        if let Some(map) = rendered["metadata"].as_object_mut() {
            match metadata {
                0 => drop(map.remove("labels")),
                1 => drop(map.insert("annotations".into(), json!({}))),
                2 => drop(map.insert("labels".into(), json!({MANAGED_BY: "Tiller", "a": "b"}))),
                3 => drop(map.insert("annotations".into(), json!({RELEASE_NAME: "web"}))),
                _ => {}
            }
        }
        let sent = marked(&rendered);
        let mut live = if live_too { live(&sent) } else { live(&marked(&deployment())) };
        if unowned && let Some(fields) = live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:labels"].as_object_mut() {
            fields.remove(&format!("f:{MANAGED_BY}"));
        }
        let early = no_op_marked(&rendered, &live, Marks::Live) == NoOp::Proven;
        let proven = no_op(&sent, &live) == NoOp::Proven;
        prop_assert!(proven || !early);
        let map = |name: &str| rendered["metadata"].get(name).is_none_or(|map| map.is_null() || map.is_object());
        let odd = unowned || !map("labels") || !map("annotations");
        prop_assert!(early == proven || odd, "{}", rendered["metadata"]);
    }

    #[test]
    fn applied_is_unchanged(old in small_deployment(), new in small_deployment()) {
        let first = live(&old);
        prop_assert_eq!(no_op(&old, &first), NoOp::Proven);
        let second = reapplied(&first, &new);
        prop_assert!(second.conflicts.is_empty());
        prop_assert_eq!(no_op(&new, &second.object), NoOp::Proven);
        // An apply after another leaves what a first apply makes.
        prop_assert_eq!(&second.object["spec"], &live(&new)["spec"]);
        prop_assert_eq!(reapplied(&second.object, &new).object, second.object);
    }

    #[test]
    fn what_is_extracted_and_applied_again_changes_nothing(rendered in small_deployment()) {
        let old = live(&rendered);
        let mut part = extract(&old, &Entry::all(&old)[0].fields);
        part["apiVersion"] = old["apiVersion"].clone();
        part["kind"] = old["kind"].clone();
        part["metadata"]["name"] = old["metadata"]["name"].clone();
        part["metadata"]["namespace"] = old["metadata"]["namespace"].clone();
        let again = reapplied(&old, &part).object;
        prop_assert_eq!(&again["spec"], &old["spec"]);
        prop_assert_eq!(&again["metadata"]["labels"], &old["metadata"]["labels"]);
    }
}
