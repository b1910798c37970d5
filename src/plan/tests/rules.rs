//! Removal, replace, adoption, duplicates, what is not ours, fingerprints.

use super::*;
use crate::ownership::Entry;

#[test]
fn data_and_kept_objects_are_not_deleted() {
    let text = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce]}\n---\n\
        apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}\n---\n\
        apiVersion: v1\nkind: ConfigMap\nmetadata: {name: taken}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
    let mut cluster = installed(text);
    let taken = cluster
        .live
        .iter()
        .find(|o| &*o.id.name == "taken")
        .unwrap();
    let mut taken = Object::clone(taken);
    taken.clear_mut()["metadata"]["annotations"]["meta.helm.sh/release-name"] = json!("other");
    cluster.live.insert(taken);
    let none = ObjectSet::default();
    let mut options = Options::default();
    insta::assert_snapshot!(shown(&cluster.plan(&none, &set(text), &options).unwrap()), @r"
    Delete Secret s
    Keep PersistentVolumeClaim data; why: holds data; only data_loss: allow deletes it
    Keep ConfigMap kept; why: helm.sh/resource-policy: keep
    Keep ConfigMap taken; why: belongs to release other by now
    ");
    options.data_loss = true;
    let plan = cluster.plan(&none, &set(text), &options).unwrap();
    assert_eq!(plan.changes[0].id.to_string(), "PersistentVolumeClaim data");
    assert_eq!(plan.changes[0].action, Action::Delete);
}

#[test]
fn an_immutable_field_is_replaced_only_when_allowed() {
    let mut cluster = installed(WEB);
    cluster.immutable = Some("spec.selector");
    let new = set(&WEB.replace("app: web}}", "app: web2}}"));
    let mut options = Options::default();
    let faults = cluster.plan(&new, &set(WEB), &options).unwrap_err();
    assert_eq!(
        faults.to_string(),
        "Deployment web: spec.selector can't be changed"
    );
    options.replace = true;
    let plan = cluster.plan(&new, &set(WEB), &options).unwrap();
    insta::assert_snapshot!(shown(&plan).lines().next().unwrap(), @"Replace Deployment web; why: spec.selector is immutable; restarts: replaced; unverified: a dry run can't delete first");
}

#[test]
fn an_object_that_an_earlier_task_deletes_is_replaced() {
    let cluster = installed(WEB);
    let id = set(WEB).iter().last().unwrap().id.clone();
    let options = Options {
        deleted: [id].into(),
        ..Options::default()
    };
    let plan = cluster.plan(&set(WEB), &set(WEB), &options).unwrap();
    assert!(
        shown(&plan)
            .starts_with("Replace Deployment web; why: an earlier task deletes it; restarts")
    );
}

#[test]
fn an_object_of_somebody_else_is_not_adopted_unasked() {
    let mut cluster = installed(WEB);
    edit(&mut cluster, "ConfigMap", |body| {
        body["metadata"].as_object_mut().unwrap().remove("labels");
    });
    let none = ObjectSet::default();
    let faults = cluster
        .plan(&set(WEB), &none, &Options::default())
        .unwrap_err();
    insta::assert_snapshot!(faults, @r#"Unable to continue with install: ConfigMap "config" in namespace "c1" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm""#);
    let options = Options {
        take_ownership: true,
        ..Options::default()
    };
    let plan = cluster.plan(&set(WEB), &none, &options).unwrap();
    assert_eq!(plan.changes[0].action, Action::Update);
}

#[test]
fn fact_9_duplicate_keys() {
    let text = WEB.replace(
        "image: 'web:1'",
        "image: 'web:1', env: [{name: A, value: '1'}, {name: A, value: '2'}]",
    );
    let text = format!(
        "# Source: web/templates/deployment.yaml{}",
        &text[text.rfind("---").unwrap() + 3..]
    );
    let mut options = Options::default();
    let cluster = Cluster::default();
    let faults = cluster
        .plan(&set(&text), &ObjectSet::default(), &options)
        .unwrap_err();
    assert_eq!(
        faults.to_string(),
        "Deployment web: spec.template.spec.containers[name=app].env[name=A] is there twice (web/templates/deployment.yaml)"
    );
    options.duplicates = Duplicates::Last;
    let plan = cluster
        .plan(&set(&text), &ObjectSet::default(), &options)
        .unwrap();
    let sent = plan.changes[0].send.as_ref().unwrap();
    assert_eq!(
        sent.clear().pointer("/spec/template/spec/containers/0/env"),
        Some(&json!([{"name": "A", "value": "2"}]))
    );
}

#[test]
fn fact_5_replicas_of_an_autoscaler_and_of_a_sleeper_stay() {
    let mut cluster = installed(WEB);
    edit(&mut cluster, "Deployment", |body| {
        // After a scale to 0 nobody owns the field.
        body["spec"]["replicas"] = json!(0);
        let mut entries = Entry::all(body);
        entries[0]
            .fields
            .remove(&Path::fields(&["spec", "replicas"]));
        body["metadata"]["managedFields"] = json!([entries[0].json()]);
    });
    let plan = cluster
        .plan(&set(WEB), &set(WEB), &Options::default())
        .unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    Unchanged ConfigMap config
    Unchanged Service web
    Unchanged Deployment web; .spec.replicas: asleep: somebody holds it at 0
    ");
    edit(&mut cluster, "Deployment", |body| {
        body["spec"]["replicas"] = json!(9)
    });
    let hpa = set(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
    );
    let scaled = ownership::scale_targets(hpa.iter().map(|o| &**o)).collect();
    let options = Options {
        not_ours: Arc::new(ownership::NotOurs {
            scaled,
            rules: Vec::new(),
        }),
        ..Options::default()
    };
    let plan = cluster.plan(&set(WEB), &set(WEB), &options).unwrap();
    assert!(plan.changes.iter().all(|c| c.action == Action::Unchanged));
    let plan = cluster
        .plan(&set(WEB), &set(WEB), &Options::default())
        .unwrap();
    assert_eq!(plan.changes[0].action, Action::Update);
}

#[test]
fn step_2_what_moves_a_fingerprint_and_what_does_not() {
    let cluster = installed(WEB);
    let plan = cluster
        .plan(
            &set(&WEB.replace("web:1", "web:2")),
            &set(WEB),
            &Options::default(),
        )
        .unwrap();
    let now = |cluster: &Cluster| fingerprint(&Read::default(), &plan.changes, &cluster.live);
    assert_eq!(now(&cluster), plan.fingerprint);
    let mut same = cluster.clone();
    edit(&mut same, "Deployment", |body| {
        body["status"] = json!({"replicas": 2});
        body["metadata"]["resourceVersion"] = json!("77");
        body["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("3");
        body["metadata"]["annotations"]["somebody/else"] = json!("3");
        body["metadata"]["managedFields"][0]["time"] = json!("2026-01-01T00:00:00Z");
    });
    assert_eq!(now(&same), plan.fingerprint);
    assert_eq!(moved(&plan.changes, &same.live), None);
    let mut other = cluster.clone();
    by_hand(
        &mut other,
        "Deployment",
        "kubectl-edit",
        &Path::fields(&["spec", "replicas"]),
        json!(7),
    );
    assert_ne!(now(&other), plan.fingerprint);
    insta::assert_snapshot!(moved(&plan.changes, &other.live).unwrap(), @"Deployment web: spec.replicas has changed since the plan (owner kubectl-edit, was helm)");
    let mut gone = cluster.clone();
    gone.live.remove(&plan.changes[0].id);
    insta::assert_snapshot!(moved(&plan.changes, &gone.live).unwrap(), @"Deployment web is gone since the plan");
}
