//! A recording must not hide fakes: it shows and answers what the API server it was made of does.

use crate::controlplane::{self, ControlPlane};
use rollbook::cluster::{
    Cluster, KubeCluster, Policy, Recording, Scope, View, ViewRequest, record,
};
use rollbook::diff;
use rollbook::manifest::schema::Schema;
use rollbook::manifest::{Object, ObjectId, Owner, parse};
use rollbook::plan::{Answer, Ask, Question};
use rollbook::release::{Connection, Record};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A client of the demo's chart in a namespace of its own, live and recorded.
struct Client {
    namespace: String,
    live: KubeCluster,
    recording: Recording,
    directory: tempfile::TempDir,
}

impl Client {
    async fn install(plane: &ControlPlane, run: &str) -> Client {
        let namespace = plane.namespace("recorded");
        let set = values(&namespace);
        plane.helm4(&[
            "-n",
            &namespace,
            "install",
            "client",
            &chart("2.4.1"),
            // Controllers have said by then what they say of what they find.
            "--wait",
            "--set",
            &set,
        ]);
        let connection = Connection::Context {
            context: None,
            kubeconfig: Some(plane.kubeconfig().to_string_lossy().into()),
        };
        let live = KubeCluster::open(&connection, run, Policy::default())
            .await
            .unwrap();
        let directory = tempfile::tempdir().unwrap();
        let recording = recorded(&live, &namespace, directory.path()).await;
        Client {
            namespace,
            live,
            recording,
            directory,
        }
    }

    /// What the release is made of.
    async fn manifest(&self) -> Vec<Object> {
        let metas = self.live.records(Some(&self.namespace)).await.unwrap();
        let keys: Vec<_> = metas.into_iter().map(|meta| meta.key).collect();
        let bodies = self.live.record_bodies(&keys).await.unwrap();
        let record = Record::decode(bodies[0].as_deref().unwrap()).unwrap();
        parse(
            record.manifest.reveal(),
            &self.namespace,
            &Schema::default(),
        )
        .unwrap()
    }

    fn request(&self, objects: &[Object]) -> ViewRequest {
        ViewRequest {
            namespaces: [self.namespace.as_str().into()].into(),
            kinds: objects.iter().map(|object| object.gvk.clone()).collect(),
            objects: objects
                .iter()
                .map(|object| (object.id.clone(), object.gvk.clone()))
                .collect(),
        }
    }
}

fn values(namespace: &str) -> String {
    format!("client.name={namespace},api.replicas=2,database.password=hunter2-hunter2")
}

fn chart(version: &str) -> String {
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/charts");
    charts
        .join(format!("webapp-{version}"))
        .to_string_lossy()
        .into_owned()
}

async fn recorded(live: &KubeCluster, namespace: &str, directory: &Path) -> Recording {
    let scope = Scope {
        namespaces: [namespace.into()].into(),
        ..Scope::default()
    };
    record(live, &scope, directory).await.unwrap();
    Recording::open(directory, None).unwrap()
}

/// Bodies without what a recording leaves out, and without what moves by itself.
fn bodies(view: &View) -> BTreeMap<ObjectId, Value> {
    let bodies = view.objects.iter().map(|(id, live)| {
        let body: Value = serde_json::from_str(live.raw.get()).unwrap();
        (id.clone(), comparable(body))
    });
    bodies.collect()
}

fn comparable(mut body: Value) -> Value {
    let metadata = body["metadata"].as_object_mut().unwrap();
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation"] {
        metadata.remove(field);
    }
    if let Some(entries) = metadata
        .get_mut("managedFields")
        .and_then(Value::as_array_mut)
    {
        entries.retain(|entry| entry["subresource"] != "status");
        for entry in &mut *entries {
            entry.as_object_mut().unwrap().remove("time");
        }
        entries.sort_by_key(ToString::to_string);
    }
    body.as_object_mut().unwrap().remove("status");
    if body["kind"] == "Secret" {
        let data = body["data"].as_object_mut().into_iter().flatten();
        data.for_each(|(_, value)| *value = json!("(secret)"));
    }
    body
}

#[tokio::test]
async fn a_recording_shows_what_the_server_shows() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let client = Client::install(plane, "shows").await;
    let request = client.request(&client.manifest().await);
    let live = client.live.view(&request).await.unwrap();
    let recorded = client.recording.view(&request).await.unwrap();
    assert!(live.objects.len() > 10, "{}", live.objects.len());
    assert_eq!(bodies(&live), bodies(&recorded));
    assert_eq!(live.namespaces, recorded.namespaces);
    assert_eq!(
        (&live.unserved, &live.cluster_scoped),
        (&recorded.unserved, &recorded.cluster_scoped)
    );
    let served = client.live.capabilities().await.unwrap();
    let mut versions = served.api_versions.to_vec();
    versions.sort();
    let said = client.recording.capabilities().await.unwrap();
    assert_eq!(
        (served.kube_version, versions),
        (said.kube_version, said.api_versions.to_vec())
    );
}

#[tokio::test]
async fn a_recording_keeps_records_without_their_secrets() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let client = Client::install(plane, "records").await;
    let (live, recorded) = (
        client.live.records(Some(&client.namespace)).await.unwrap(),
        client
            .recording
            .records(Some(&client.namespace))
            .await
            .unwrap(),
    );
    assert_eq!(live[0].key, recorded[0].key);
    assert_eq!(
        (&live[0].status, live[0].modified),
        (&recorded[0].status, recorded[0].modified)
    );
    let keys = [live[0].key.clone()];
    let masked = client.recording.record_bodies(&keys).await.unwrap();
    let masked = Record::decode(masked[0].as_deref().unwrap()).unwrap();
    assert_eq!(masked.chart_field("version"), "2.4.1");
    assert_eq!(masked.config.reveal()["api"]["replicas"], 2);
    let objects = parse(
        masked.manifest.reveal(),
        &client.namespace,
        &Schema::default(),
    )
    .unwrap();
    assert_eq!(objects.len(), client.manifest().await.len());
    for secret in client
        .manifest()
        .await
        .iter()
        .filter(|o| &*o.id.kind == "Secret")
    {
        assert_hidden(client.directory.path(), secret);
    }
}

/// No file below `directory` holds a value of this Secret, encoded or not.
fn assert_hidden(directory: &Path, secret: &Object) {
    let texts = files(directory)
        .into_iter()
        .map(|path| std::fs::read_to_string(path).unwrap());
    let everything: String = texts.collect();
    for field in ["data", "stringData"] {
        let values = secret.clear()[field].as_object().into_iter().flatten();
        for value in values
            .filter_map(|(_, value)| value.as_str())
            .filter(|v| v.len() > 8)
        {
            assert!(
                !everything.contains(value),
                "a value of {} is in the recording",
                secret.id
            );
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let nested = entries.map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    nested.flatten().collect()
}

#[tokio::test]
async fn recorded_twice_the_bytes_are_the_same() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let client = Client::install(plane, "twice").await;
    plane.kubectl(&[
        "-n",
        &client.namespace,
        "rollout",
        "status",
        "deployment",
        "--timeout=60s",
    ]);
    recorded(&client.live, &client.namespace, client.directory.path()).await;
    let read = || {
        let files = files(client.directory.path()).into_iter();
        files
            .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
            .collect::<BTreeMap<_, _>>()
    };
    let first = read();
    recorded(&client.live, &client.namespace, client.directory.path()).await;
    assert_eq!(first, read());
}

#[tokio::test]
async fn a_recording_answers_what_the_server_answers() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let client = Client::install(plane, "answers").await;
    let set = values(&client.namespace);
    let rendered = plane.helm4(&[
        "-n",
        &client.namespace,
        "template",
        "client",
        &chart("2.5.0"),
        "--no-hooks",
        "--set",
        &set,
    ]);
    let objects = parse(&rendered, &client.namespace, &Schema::default()).unwrap();
    let owner = Owner {
        release: "client".into(),
        namespace: client.namespace.as_str().into(),
    };
    let questions: Vec<Question> = objects
        .iter()
        .map(|object| {
            let mut object = object.clone();
            owner.mark(&mut object);
            question(&object)
        })
        .collect();
    let asked = client.live.answer(&questions).await.unwrap();
    let computed = client.recording.answer(&questions).await.unwrap();
    let mut wrong = Vec::new();
    for ((question, asked), computed) in questions.iter().zip(&asked).zip(&computed) {
        if !same(asked, computed) {
            wrong.push(format!("{}: {}", question.id, difference(asked, computed)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        questions.len(),
        wrong.join("\n")
    );
}

fn question(object: &Object) -> Question {
    Question {
        id: object.id.clone(),
        gvk: object.gvk.clone(),
        ask: Ask::Apply {
            object: Arc::new(object.clone()),
            force: false,
        },
    }
}

/// Content, not ownership: what a plan shows.
fn content(answer: &Answer) -> Value {
    let (Answer::Object(object) | Answer::Local(object, _)) = answer else {
        return json!(format!("{answer:?}"));
    };
    let mut body = diff::content(&comparable(object.clear().clone()));
    if body["kind"] == "Service" {
        // Addresses that the server deals out to a new Service are known only to it.
        let spec = body["spec"].as_object_mut().unwrap();
        spec.retain(|name, _| !["clusterIP", "clusterIPs"].contains(&name.as_str()));
    }
    body
}

fn same(asked: &Answer, computed: &Answer) -> bool {
    content(asked) == content(computed)
}

fn difference(asked: &Answer, computed: &Answer) -> String {
    let mut found = Vec::new();
    differ("", &content(asked), &content(computed), &mut found);
    found.join("; ")
}

fn differ(path: &str, asked: &Value, computed: &Value, found: &mut Vec<String>) {
    match (asked, computed) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for name in names {
                differ(
                    &format!("{path}.{name}"),
                    &asked[name],
                    &computed[name],
                    found,
                );
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differ(&format!("{path}[{at}]"), a, b, found);
            }
        }
        _ if asked == computed => {}
        _ => found.push(format!("{path}: server {asked}, recording {computed}")),
    }
}
