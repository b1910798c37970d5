use super::*;
use crate::manifest::parse;
use crate::manifest::schema::Schema;
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {app.kubernetes.io/managed-by: Helm}\nspec:\n  replicas: 2\n";

/// A recording made by hand, and a place for changes.
fn opened() -> (TempDir, Recording) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("r/c1")).unwrap();
    fs::write(directory.path().join("r/c1/web.yaml"), DEPLOYMENT).unwrap();
    let recording = reopened(&directory);
    (directory, recording)
}

fn reopened(directory: &TempDir) -> Recording {
    let overlay = Some(directory.path().join("overlay"));
    Recording::open(&directory.path().join("r"), overlay).unwrap()
}

fn object(text: &str) -> Arc<Object> {
    Arc::new(parse(text, "c1", &Schema::default()).unwrap().remove(0))
}

fn apply(object: &Arc<Object>, uid: Option<&str>) -> Write {
    Write::Apply {
        object: object.clone(),
        force: false,
        uid: uid.map(Arc::from),
    }
}

async fn seen(recording: &Recording, id: &ObjectId) -> Option<Value> {
    let live = recording.get(&Gvk::new("", ""), id).await.unwrap()?;
    Some(serde_json::from_str(live.raw.get()).unwrap())
}

#[tokio::test]
async fn sees_what_is_written_by_hand() {
    let (_directory, recording) = opened();
    let request = ViewRequest {
        namespaces: ["c1".into(), "c2".into()].into(),
        kinds: [
            Gvk::new("apps/v1", "Deployment"),
            Gvk::new("example.net/v1", "Widget"),
        ]
        .into(),
        ..ViewRequest::default()
    };
    let view = recording.view(&request).await.unwrap();
    assert_eq!(view.objects.len(), 1);
    assert!(view.namespaces["c1"].exists && !view.namespaces["c2"].exists);
    assert_eq!(view.unserved.len(), 1);
    let lists = |selector| recording.list(request.kinds.first().unwrap(), Some("c1"), selector);
    assert_eq!(
        lists(Some("app.kubernetes.io/managed-by=Helm"))
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(lists(Some("app=db")).await.unwrap().len(), 0);
}

#[tokio::test]
async fn writes_outlive_the_process_and_leave_the_recording_alone() {
    let (directory, recording) = opened();
    let web = object(&DEPLOYMENT.replace("replicas: 2", "replicas: 5"));
    let before = recording.get(&web.gvk, &web.id).await.unwrap().unwrap();
    let written = recording
        .write(&apply(&web, Some(&before.uid)))
        .await
        .unwrap();
    assert!(!written.created);
    let after = seen(&reopened(&directory), &web.id).await.unwrap();
    assert_eq!(after["spec"]["replicas"], 5);
    assert_eq!(after["metadata"]["generation"], 2);
    assert_eq!(
        after["status"]["readyReplicas"], 5,
        "workloads get ready at once"
    );
    let file = fs::read_to_string(directory.path().join("r/c1/web.yaml")).unwrap();
    assert_eq!(file, DEPLOYMENT);

    let delete = Write::Delete {
        gvk: web.gvk.clone(),
        id: web.id.clone(),
        uid: Some(before.uid),
        version: None,
    };
    recording.write(&delete).await.unwrap();
    assert_eq!(seen(&reopened(&directory), &web.id).await, None);
    recording.write(&apply(&web, None)).await.unwrap();
    assert!(seen(&reopened(&directory), &web.id).await.is_some());
}

#[tokio::test]
async fn refuses_as_a_server_does() {
    let (_directory, recording) = opened();
    let web = object(DEPLOYMENT);
    let errors = [
        recording.write(&apply(&web, None)).await,
        recording.write(&apply(&web, Some("another"))).await,
        recording.write(&Write::Create(web.clone())).await,
        recording
            .write(&apply(
                &object("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: c9}\n"),
                None,
            ))
            .await,
    ];
    let texts: Vec<String> = errors
        .into_iter()
        .map(|e| e.unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_field_of_another_manager_is_a_conflict() {
    let (directory, _) = opened();
    let owned = "managedFields: [{manager: kubectl-edit, operation: Update, apiVersion: apps/v1, fieldsType: FieldsV1, fieldsV1: {'f:spec': {'f:replicas': {}}}}]";
    let text = DEPLOYMENT.replace("  name: web\n", &format!("  name: web\n  {owned}\n"));
    fs::write(directory.path().join("r/c1/web.yaml"), text).unwrap();
    let recording = reopened(&directory);
    let web = object(&DEPLOYMENT.replace("replicas: 2", "replicas: 5"));
    let ask = |force| Question {
        id: web.id.clone(),
        gvk: web.gvk.clone(),
        ask: Ask::Apply {
            object: web.clone(),
            force,
        },
    };
    let answers = recording.answer(&[ask(false), ask(true)]).await.unwrap();
    let [Answer::Conflict(fields), Answer::Local(forced, why)] = answers.as_slice() else {
        panic!("a conflict and an object: {answers:?}");
    };
    assert_eq!(
        (fields[0].path.as_str(), fields[0].manager.as_str()),
        (".spec.replicas", "kubectl-edit")
    );
    assert_eq!(
        (&forced.clear()["spec"]["replicas"], why.as_str()),
        (&json!(5), COMPUTED)
    );
    let asked = seen(&recording, &web.id).await.unwrap();
    assert_eq!(asked["spec"]["replicas"], 2, "a question changes nothing");
}

#[tokio::test]
async fn patches_scale_and_a_namespace_takes_its_objects_with_it() {
    let (directory, recording) = opened();
    let web = object(DEPLOYMENT);
    let patch = Write::Patch {
        gvk: web.gvk.clone(),
        id: web.id.clone(),
        subresource: Some("scale".to_owned()),
        patch: json!({"spec": {"replicas": 0}}),
        manager: "rollbook".to_owned(),
    };
    recording.write(&patch).await.unwrap();
    assert_eq!(
        seen(&recording, &web.id).await.unwrap()["spec"]["replicas"],
        0
    );
    let namespace = object("apiVersion: v1\nkind: Namespace\nmetadata: {name: c1}\n");
    recording
        .write(&Write::Create(namespace.clone()))
        .await
        .unwrap();
    let delete = Write::Delete {
        gvk: namespace.gvk.clone(),
        id: namespace.id.clone(),
        uid: None,
        version: None,
    };
    recording.write(&delete).await.unwrap();
    assert_eq!(seen(&recording, &web.id).await, None);
    assert_eq!(seen(&reopened(&directory), &web.id).await, None);
}

#[tokio::test]
async fn without_a_place_for_changes_nothing_is_written() {
    let (directory, _) = opened();
    let recording = Recording::open(&directory.path().join("r"), None).unwrap();
    let made = object("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let error = recording.write(&apply(&made, None)).await.unwrap_err();
    assert!(matches!(error, ClusterError::Forbidden(_)), "{error}");
}

#[tokio::test]
async fn a_new_service_has_the_address_families_of_the_others() {
    let service = |spec: &str| {
        object(&format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {spec}\n"
        ))
    };
    let (directory, _) = opened();
    let other = "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None, ipFamilies: [IPv6], selector: {a: b}}\n";
    fs::write(directory.path().join("r/c1/db.yaml"), other).unwrap();
    let recording = reopened(&directory);
    // As a server of one family answers.
    for (spec, policy, families) in [
        (
            "{ports: [{port: 80}]}",
            json!("SingleStack"),
            json!(["IPv6"]),
        ),
        (
            "{clusterIP: None, ports: [{port: 80}]}",
            json!("RequireDualStack"),
            json!(["IPv6", "IPv4"]),
        ),
        (
            "{clusterIP: None, ipFamilyPolicy: SingleStack}",
            json!("SingleStack"),
            json!(["IPv6"]),
        ),
        (
            "{type: ExternalName, externalName: a.example.net}",
            Value::Null,
            Value::Null,
        ),
    ] {
        let object = service(spec);
        let question = Question {
            id: object.id.clone(),
            gvk: object.gvk.clone(),
            ask: Ask::Apply {
                object,
                force: false,
            },
        };
        let answers = recording.answer(&[question]).await.unwrap();
        let [Answer::Local(object, _)] = answers.as_slice() else {
            panic!("{answers:?}");
        };
        let made = &object.clear()["spec"];
        assert_eq!(
            (&made["ipFamilyPolicy"], &made["ipFamilies"]),
            (&policy, &families),
            "{spec}"
        );
    }
}
