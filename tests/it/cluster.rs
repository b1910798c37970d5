//! The door to a live cluster, against a real API server.

use crate::controlplane::{self, ControlPlane};
use rollbook::cluster::{
    Cluster, ClusterError, KindIn, KubeCluster, Policy, RecordKey, ViewRequest, Write,
};
use rollbook::manifest::{Gvk, Object, ObjectId};
use rollbook::plan::{Answer, Ask, Question};
use rollbook::release::{Connection, Record};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// A connection as somebody; `run` tells this test's requests from those of others.
async fn open(kubeconfig: &Path, run: &str) -> KubeCluster {
    let connection = Connection::Context {
        context: Some("test".into()),
        kubeconfig: Some(kubeconfig.to_string_lossy().into()),
    };
    let opened = KubeCluster::open(&connection, run, Policy::default()).await;
    opened.expect("the control plane answers")
}

/// The control plane, a connection as its administrator, and a namespace of the test's own.
async fn door(run: &str) -> Option<(&'static ControlPlane, KubeCluster, String)> {
    let plane = controlplane::require()?;
    let cluster = open(&plane.kubeconfig(), run).await;
    Some((plane, cluster, plane.namespace("door")))
}

fn object(body: Value) -> Arc<Object> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let gvk = Gvk::new(text("/apiVersion"), text("/kind"));
    let id = ObjectId {
        group: gvk.group.clone(),
        kind: gvk.kind.clone(),
        namespace: Some(text("/metadata/namespace").into()),
        name: text("/metadata/name").into(),
    };
    Arc::new(Object::new(id, gvk, body))
}

fn config_map(namespace: &str, name: &str, value: &str) -> Arc<Object> {
    object(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": name, "labels": {"app.kubernetes.io/managed-by": "Helm"}},
        "data": {"key": value},
    }))
}

fn apply(object: &Arc<Object>, uid: Option<Arc<str>>) -> Write {
    Write::Apply {
        object: object.clone(),
        force: false,
        uid,
    }
}

fn question(object: &Arc<Object>) -> Question {
    Question {
        id: object.id.clone(),
        gvk: object.gvk.clone(),
        ask: Ask::Apply {
            object: object.clone(),
            force: false,
        },
    }
}

fn request(namespace: &str, kinds: &[Gvk]) -> ViewRequest {
    ViewRequest {
        namespaces: [namespace.into()].into(),
        kinds: kinds.iter().cloned().collect(),
        ..ViewRequest::default()
    }
}

#[tokio::test]
async fn writes_sees_asks_and_deletes() {
    let Some((plane, cluster, namespace)) = door("round-trip").await else {
        return;
    };
    let first = config_map(&namespace, "settings", "one");
    let written = cluster.write(&apply(&first, None)).await.unwrap();
    assert!(written.created);
    let again = cluster.write(&apply(&first, None)).await;
    assert!(matches!(again, Err(ClusterError::Moved(_))), "{again:?}");

    let mut wanted = request(
        &namespace,
        &[first.gvk.clone(), Gvk::new("extensions/v1beta1", "Ingress")],
    );
    plane.kubectl(&["-n", &namespace, "create", "configmap", "unlabelled"]);
    let unlabelled = config_map(&namespace, "unlabelled", "");
    wanted
        .objects
        .insert(unlabelled.id.clone(), unlabelled.gvk.clone());
    let view = cluster.view(&wanted).await.unwrap();
    assert!(view.namespaces[namespace.as_str()].exists);
    assert_eq!(view.objects.len(), 2, "one by label, one by name");
    assert_eq!(view.unserved.len(), 1);
    let seen = cluster.get(&first.gvk, &first.id).await.unwrap().unwrap();
    assert_eq!(seen.raw.get(), view.objects[&first.id].raw.get());

    let changed = config_map(&namespace, "settings", "two");
    let answers = cluster
        .answer(&[question(&first), question(&changed)])
        .await
        .unwrap();
    let [Answer::Object(same), Answer::Object(other)] = answers.as_slice() else {
        panic!("two objects: {answers:?}");
    };
    assert_eq!(
        (&same.clear()["data"]["key"], &other.clear()["data"]["key"]),
        (&json!("one"), &json!("two"))
    );

    let delete = |uid: &str| Write::Delete {
        gvk: first.gvk.clone(),
        id: first.id.clone(),
        uid: Some(uid.into()),
        version: None,
    };
    let moved = cluster.write(&delete("another")).await;
    assert!(matches!(moved, Err(ClusterError::Moved(_))), "{moved:?}");
    cluster.write(&delete(&seen.uid)).await.unwrap();
    assert!(cluster.get(&first.gvk, &first.id).await.unwrap().is_none());
}

/// A status that a controller writes after the object was read is no reason not to know.
#[tokio::test]
async fn what_a_replacement_would_do_is_known_after_a_write_in_between() {
    let Some((plane, cluster, namespace)) = door("replacement").await else {
        return;
    };
    let settings = config_map(&namespace, "settings", "one");
    cluster.write(&apply(&settings, None)).await.unwrap();
    let seen = cluster.get(&settings.gvk, &settings.id).await;
    let seen: serde_json::Value = serde_json::from_str(seen.unwrap().unwrap().raw.get()).unwrap();
    let label = [
        "label",
        "configmap",
        "settings",
        "since=then",
        "-n",
        &namespace,
    ];
    plane.kubectl(&label);
    let object = Arc::new(settings.with_body(seen));
    let question = Question {
        ask: Ask::Replace { object },
        ..question(&settings)
    };
    let answers = cluster.answer(&[question]).await.unwrap();
    let [Answer::Object(result)] = answers.as_slice() else {
        panic!("an object: {answers:?}");
    };
    assert_eq!(result.clear()["metadata"]["labels"]["since"], json!(null));
}

#[tokio::test]
async fn a_write_to_an_object_that_was_replaced_has_moved() {
    let Some((_, cluster, namespace)) = door("moved").await else {
        return;
    };
    let settings = config_map(&namespace, "settings", "one");
    let gone = cluster.write(&apply(&settings, Some("gone".into()))).await;
    assert!(matches!(gone, Err(ClusterError::Moved(_))), "{gone:?}");
    cluster.write(&apply(&settings, None)).await.unwrap();
    let other = cluster.write(&apply(&settings, Some("other".into()))).await;
    assert!(matches!(other, Err(ClusterError::Moved(_))), "{other:?}");
    let exists = cluster.write(&Write::Create(settings)).await;
    assert!(
        matches!(exists, Err(ClusterError::AlreadyExists(_))),
        "{exists:?}"
    );
}

#[tokio::test]
async fn names_the_owner_of_each_conflicting_field() {
    let Some((plane, cluster, namespace)) = door("conflict").await else {
        return;
    };
    cluster
        .write(&apply(&config_map(&namespace, "settings", "one"), None))
        .await
        .unwrap();
    let patch = r#"{"data": {"key": "by hand"}}"#;
    plane.kubectl(&[
        "-n",
        &namespace,
        "patch",
        "configmap",
        "settings",
        "-p",
        patch,
    ]);
    let changed = config_map(&namespace, "settings", "two");
    let answers = cluster.answer(&[question(&changed)]).await.unwrap();
    let [Answer::Conflict(fields)] = answers.as_slice() else {
        panic!("a conflict: {answers:?}");
    };
    assert_eq!(
        (fields[0].path.as_str(), fields[0].manager.as_str()),
        (".data.key", "kubectl-patch")
    );
}

#[tokio::test]
async fn refusals_about_a_secret_do_not_quote_it() {
    let Some((_, cluster, namespace)) = door("secret").await else {
        return;
    };
    let secret = object(json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace, "name": "pin"},
        "stringData": {"pin": 471_147, "b": "x"}, "data": {"bad key!": "aHVudGVyMg=="},
    }));
    let answers = cluster.answer(&[question(&secret)]).await.unwrap();
    let [Answer::Invalid { message, .. }] = answers.as_slice() else {
        panic!("invalid: {answers:?}");
    };
    assert!(!message.contains("471147"), "{message}");
    assert!(!message.contains("aHVudGVyMg"), "{message}");
}

#[tokio::test]
async fn reads_the_records_of_both_helms() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let cluster = open(&plane.kubeconfig(), "records").await;
    let chart = tempfile::tempdir().unwrap();
    tiny_chart(chart.path());
    let chart = chart.path().to_string_lossy();
    let (three, four) = (plane.namespace("door"), plane.namespace("door"));
    plane.helm3(&["-n", &three, "install", "shop", &chart]);
    plane.helm4(&["-n", &four, "install", "shop", &chart]);
    plane.helm4(&["-n", &four, "upgrade", "shop", &chart, "--set", "key=two"]);

    let all = cluster.records(None).await.unwrap();
    for (namespace, revisions) in [(&three, 1), (&four, 2)] {
        let here = all.iter().filter(|meta| *meta.key.namespace == **namespace);
        assert_eq!(here.count(), revisions);
    }
    let metas = cluster.records(Some(&four)).await.unwrap();
    let gone = RecordKey {
        namespace: four.as_str().into(),
        name: "shop".into(),
        revision: 3,
    };
    let keys: Vec<_> = metas
        .iter()
        .map(|meta| meta.key.clone())
        .chain([gone])
        .collect();
    let bodies = cluster.record_bodies(&keys).await.unwrap();
    let record = Record::decode(bodies[1].as_deref().unwrap()).unwrap();
    assert_eq!(
        (&*record.name, record.revision, &*record.info.status),
        ("shop", 2, "deployed")
    );
    assert!(bodies[2].is_none());
    let config_map = Gvk::new("v1", "ConfigMap");
    let view = cluster.view(&request(&four, &[config_map])).await.unwrap();
    assert_eq!(view.objects.len(), 1, "Helm labels what it installs");
}

fn tiny_chart(directory: &Path) {
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).unwrap();
    std::fs::create_dir_all(directory.join("templates")).unwrap();
    write("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    write("values.yaml", "key: one\n");
    write(
        "templates/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {key: \"{{ .Values.key }}\"}\n",
    );
}

#[tokio::test]
async fn tells_what_is_there_and_wakes_when_it_changes() {
    let Some((_, cluster, namespace)) = door("watch").await else {
        return;
    };
    let kinds = ["v1 ConfigMap", "apps/v1 Deployment"].map(|kind| {
        let (version, kind) = kind.split_once(' ').unwrap();
        KindIn {
            gvk: Gvk::new(version, kind),
            namespace: Some(namespace.as_str().into()),
        }
    });
    let mut follow = cluster.follow(&kinds).await.unwrap();
    let settings = config_map(&namespace, "settings", "one");
    cluster.write(&apply(&settings, None)).await.unwrap();
    let is_settings = |object: &Arc<Value>| object["metadata"]["name"] == "settings";
    loop {
        let objects = follow.objects().await.unwrap();
        assert_eq!(objects.len(), 2);
        if let Some(settings) = objects[0].iter().find(|o| is_settings(o)) {
            assert!(settings["data"].is_null(), "nobody waits for its contents");
            break;
        }
        follow.changed().await;
    }
}

#[tokio::test]
async fn a_read_account_sees_everything_and_alice_is_told_what_is_missing() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let namespace = plane.namespace("door");
    let admin = open(&plane.kubeconfig(), "admin").await;
    let settings = config_map(&namespace, "settings", "one");
    admin.write(&apply(&settings, None)).await.unwrap();
    let reader = open(&plane.kubeconfig_of("read"), "reader").await;
    assert_eq!(admin.identity().uid, reader.identity().uid);
    let seen = reader
        .view(&request(&namespace, std::slice::from_ref(&settings.gvk)))
        .await
        .unwrap();
    assert_eq!(seen.objects.len(), 1);
    let asked = reader.answer(&[question(&settings)]).await.unwrap();
    assert!(
        matches!(&asked[..], [Answer::Failed(why)] if why.contains("not allowed")),
        "{asked:?}"
    );
    assert_eq!(writes(plane, "run reader"), 0);
    let alice = connect_as_alice(plane).await;
    assert!(
        matches!(alice, Err(ClusterError::Forbidden(_))),
        "{:?}",
        alice.err()
    );
}

/// Alice may not even read the cluster's identity.
async fn connect_as_alice(plane: &ControlPlane) -> Result<KubeCluster, ClusterError> {
    let connection = Connection::Context {
        context: None,
        kubeconfig: Some(plane.kubeconfig_of_alice().to_string_lossy().into()),
    };
    KubeCluster::open(&connection, "alice", Policy::default()).await
}

/// How many accepted requests of a client changed something.
fn writes(plane: &ControlPlane, agent: &str) -> usize {
    let requests = plane.audit(agent);
    assert!(!requests.is_empty(), "{agent} sent something");
    requests
        .iter()
        .filter(|r| r.writes() && r.code < 300)
        .count()
}
