use super::*;
use crate::manifest::schema::Schema;
use crate::manifest::{self, Gvk, Object, ObjectSet, Owner, Path};
use crate::ownership::{self, Entry, HELM};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// A cluster that answers as a recording does.
#[derive(Clone, Default)]
pub(super) struct Cluster {
    pub(super) live: ObjectSet,
    asked: Arc<std::sync::Mutex<Vec<String>>>,
    immutable: Option<&'static str>,
}

impl Cluster {
    pub(super) fn answer(&self, question: &Question) -> Answer {
        let schema = Schema::default();
        let at = schema.place(&question.gvk);
        let mut log = self.asked.lock().unwrap();
        match &question.ask {
            Ask::Apply { object, force } => {
                log.push(format!("apply {} force={force}", question.id));
                if let Some(field) = self.immutable {
                    return Answer::Invalid {
                        message: format!("{field}: Invalid value: field is immutable"),
                        immutable: vec![field.to_owned()],
                    };
                }
                let live = self.live.get(&question.id).map(|live| live.clear());
                let applied = ownership::apply(live, object.clear(), HELM, at);
                if !force && !applied.conflicts.is_empty() {
                    let conflict = |c: &ownership::Conflict| FieldConflict {
                        path: c.path.to_string(),
                        manager: c.manager(),
                        policy: Policy::Fail,
                    };
                    return Answer::Conflict(applied.conflicts.iter().map(conflict).collect());
                }
                Answer::Object(Arc::new(object.with_body(applied.object)))
            }
            Ask::Replace { object } => {
                log.push(format!("put {}", question.id));
                let body = ownership::canonical(object.clear().clone(), at);
                Answer::Object(Arc::new(object.with_body(body)))
            }
        }
    }

    fn plan(
        &self,
        desired: &ObjectSet,
        recorded: &ObjectSet,
        options: &Options,
    ) -> Result<ReleasePlan, crate::diag::Diagnostics> {
        let states = States {
            desired,
            live: &self.live,
            recorded,
        };
        let mut triage = triage(&owner(), states, Arc::new(options.clone()));
        for _ in 0..3 {
            let answers = triage.questions().iter().map(|q| self.answer(q)).collect();
            triage.resolve(answers);
        }
        build(triage, Head::default())
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Does what the plan says.
    fn apply(&mut self, plan: &ReleasePlan) {
        for change in &plan.changes {
            match change.action {
                Action::Delete => {
                    self.live.remove(&change.id);
                }
                Action::Unchanged | Action::Keep => {}
                _ => {
                    self.live.insert(change.result.clone().unwrap());
                }
            }
        }
    }
}

pub(super) fn owner() -> Owner {
    Owner {
        release: "web".into(),
        namespace: "c1".into(),
    }
}

pub(super) fn set(text: &str) -> ObjectSet {
    let objects = manifest::parse(text, "c1", &Schema::default()).unwrap();
    manifest::object_set(objects).unwrap()
}

/// The objects as they are live after an install.
pub(super) fn installed(text: &str) -> Cluster {
    let mut cluster = Cluster::default();
    let plan = cluster.plan(&set(text), &ObjectSet::default(), &Options::default());
    cluster.apply(&plan.unwrap());
    cluster.asked();
    cluster
}

fn edit(cluster: &mut Cluster, kind: &str, change: impl FnOnce(&mut Value)) {
    let object = cluster.live.iter().find(|o| &*o.id.kind == kind).unwrap();
    let mut object = Object::clone(object);
    change(object.clear_mut());
    cluster.live.insert(object);
}

/// Another manager owns `path` with `value`.
fn by_hand(cluster: &mut Cluster, kind: &str, manager: &str, path: &Path, value: Value) {
    edit(cluster, kind, |body| {
        let schema = Schema::default();
        let gvk = Gvk::new(body["apiVersion"].as_str().unwrap(), kind);
        let mut other = json!({"apiVersion": gvk.api_version(), "kind": kind, "metadata": {"name": body["metadata"]["name"]}});
        path.set(&mut other, value);
        *body = ownership::apply(Some(body), &other, manager, schema.place(&gvk)).object;
    });
}

fn shown(plan: &ReleasePlan) -> String {
    let line = |c: &ObjectChange| {
        let mut line = format!("{:?} {}", c.action, c.id);
        for (name, value) in [
            ("why", &c.why),
            ("restarts", &c.restarts),
            ("address", &c.address),
            ("unverified", &c.unverified),
        ] {
            if let Some(value) = value {
                line.push_str(&format!("; {name}: {value}"));
            }
        }
        for conflict in &c.conflicts {
            line.push_str(&format!(
                "; {} {:?} {}",
                conflict.manager, conflict.policy, conflict.path
            ));
        }
        for (path, why) in &c.not_ours {
            line.push_str(&format!("; {path}: {why}"));
        }
        if c.migrate {
            line.push_str("; migrates");
        }
        line
    };
    plan.changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) const WEB: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {a: '1'}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, ports: [{port: 80, nodePort: 31044}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: 'web:1', resources: {limits: {memory: 1024Mi}}}]}
";

#[test]
fn facts_10_and_32_what_is_proven_is_not_asked() {
    let cluster = installed(WEB);
    let plan = cluster
        .plan(&set(WEB), &set(WEB), &Options::default())
        .unwrap();
    assert!(plan.changes.iter().all(|c| c.action == Action::Unchanged));
    assert_eq!(cluster.asked(), [""; 0]);
}

#[test]
fn an_upgrade() {
    let cluster = installed(WEB);
    let new = WEB
        .replace("web:1", "web:2")
        .replace("kind: Service", "kind: Service # gone");
    let mut desired = set(&new);
    let service = desired
        .iter()
        .find(|o| &*o.id.kind == "Service")
        .unwrap()
        .id
        .clone();
    desired.remove(&service);
    let extra = set(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {rules: [{host: a.example.net}]}",
    );
    desired.insert(extra.iter().next().unwrap().clone());
    let plan = cluster
        .plan(&desired, &set(WEB), &Options::default())
        .unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    Update Deployment web; restarts: containers[name=app].image
    Create Ingress web; address: gets host a.example.net
    Delete Service web; address: gives back NodePort 31044
    Unchanged ConfigMap config
    ");
    assert_eq!(
        cluster.asked(),
        [
            "apply Deployment web force=false",
            "apply Ingress web force=false"
        ]
    );
}

#[test]
fn fact_13_what_no_dry_run_can_answer_is_unverified() {
    let options = Options {
        new_namespace: true,
        ..Options::default()
    };
    let cluster = Cluster::default();
    let plan = cluster
        .plan(&set(WEB), &ObjectSet::default(), &options)
        .unwrap();
    assert!(cluster.asked().is_empty());
    assert!(
        plan.changes
            .iter()
            .all(|c| c.unverified.as_deref() == Some("the namespace does not exist yet"))
    );
}

#[test]
fn fact_7_keep_and_take_on_one_object_need_a_second_question() {
    let mut cluster = installed(WEB);
    by_hand(
        &mut cluster,
        "Deployment",
        "kubectl-edit",
        &Path::fields(&["spec", "replicas"]),
        json!(7),
    );
    let memory = Path::parse(".spec.template.metadata.labels", &Value::Null).unwrap();
    by_hand(
        &mut cluster,
        "Deployment",
        "kubectl-label",
        &memory,
        json!({"app": "other"}),
    );
    let rule = |manager: &str, policy| ConflictRule {
        managers: vec![manager.to_owned()],
        paths: Vec::new(),
        policy,
    };
    let mut options = Options {
        conflicts: Arc::new(Conflicts {
            default: Policy::Fail,
            rules: vec![
                rule("kubectl-edit", Policy::Keep),
                rule("kubectl-label", Policy::Take),
            ],
        }),
        ..Options::default()
    };
    let plan = cluster.plan(&set(WEB), &set(WEB), &options).unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    Update Deployment web; restarts: metadata.labels.app; kubectl-label Take .spec.template.metadata.labels.app; kubectl-edit Keep .spec.replicas
    Unchanged ConfigMap config
    Unchanged Service web
    ");
    assert_eq!(
        cluster.asked(),
        [
            "apply Deployment web force=false",
            "apply Deployment web force=true"
        ]
    );
    let update = &plan.changes[0];
    assert!(update.force);
    assert_eq!(
        update.result.as_ref().unwrap().clear()["spec"]["replicas"],
        7
    );
    options.conflicts = Arc::default();
    let faults = cluster.plan(&set(WEB), &set(WEB), &options).unwrap_err();
    insta::assert_snapshot!(format!("{faults}\n{}", faults.0[0].notes.join("\n")), @r"
    Deployment web: fields that the chart sets are owned by others
    .spec.template.metadata.labels.app is owned by kubectl-label
    .spec.replicas is owned by kubectl-edit
    ");
}

fn client_side(cluster: &mut Cluster) {
    let ids: Vec<_> = cluster.live.iter().map(|o| o.id.clone()).collect();
    for id in ids {
        let mut object = Object::clone(cluster.live.get(&id).unwrap());
        object.clear_mut()["metadata"]["managedFields"][0]["operation"] = json!("Update");
        cluster.live.insert(object);
    }
}

#[test]
fn fact_1_a_client_side_release_moves_whole_or_not_at_all() {
    let mut cluster = installed(WEB);
    client_side(&mut cluster);
    let plan = cluster
        .plan(&set(WEB), &set(WEB), &Options::default())
        .unwrap();
    assert_eq!((plan.migrates, cluster.asked().len()), (0, 0));
    let plan = cluster
        .plan(
            &set(&WEB.replace("web:1", "web:2")),
            &set(WEB),
            &Options::default(),
        )
        .unwrap();
    insta::assert_snapshot!(shown(&plan), @r"
    Update Deployment web; restarts: containers[name=app].image; migrates
    Unchanged ConfigMap config; migrates
    Unchanged Service web; migrates
    ");
    assert_eq!(plan.migrates, 3);
    assert_eq!(
        cluster.asked(),
        ["apply Deployment web force=true", "put Deployment web"]
    );
}

#[test]
fn step_1f_a_fleet_asks_once() {
    let mut cluster = installed(WEB);
    // The server calls this value the same although nothing here proves it.
    edit(&mut cluster, "ConfigMap", |body| {
        body["data"]["a"] = json!("one")
    });
    let options = Options::default();
    let states = States {
        desired: &set(WEB),
        live: &cluster.live,
        recorded: &set(WEB),
    };
    for questions in [1, 0] {
        let mut triage = triage(&owner(), states, Arc::new(options.clone()));
        assert_eq!(triage.questions().len(), questions);
        let live = cluster
            .live
            .iter()
            .find(|o| &*o.id.kind == "ConfigMap")
            .unwrap();
        triage.resolve(vec![Answer::Object(live.clone()); questions]);
        assert_eq!(triage.unchanged(), 3);
    }
}

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

fn manifest_text() -> impl Strategy<Value = String> {
    let data = proptest::collection::btree_map("[a-d]", "[0-9]{1,2}", 0..4);
    (data, 1..4u8, "[a-c]", any::<bool>()).prop_map(|(data, replicas, tag, service)| {
        let data: String = data.iter().map(|(k, v)| format!("  {k}: '{v}'\n")).collect();
        let mut text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{data}---\n");
        if service {
            text.push_str("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n---\n");
        }
        text + &WEB[WEB.rfind("---").unwrap() + 3..].replace("web:1", &format!("web:{tag}")).replace("replicas: 2", &format!("replicas: {replicas}"))
    })
}

proptest! {
    /// A plan that was applied leaves nothing to plan, and the way back leads to where it began.
    #[test]
    fn applied_plans_are_done(old in manifest_text(), new in manifest_text()) {
        let mut cluster = installed(&old);
        let before = cluster.live.clone();
        let options = Options::default();
        let plan = cluster.plan(&set(&new), &set(&old), &options).unwrap();
        cluster.apply(&plan);
        let again = cluster.plan(&set(&new), &set(&new), &options).unwrap();
        prop_assert!(again.changes.iter().all(|c| c.action == Action::Unchanged));
        let back = cluster.plan(&set(&old), &set(&new), &options).unwrap();
        cluster.apply(&back);
        for object in before.iter() {
            prop_assert_eq!(cluster.live.get(&object.id).map(|o| o.clear()), Some(object.clear()));
        }
        prop_assert_eq!(cluster.live.len(), before.len());
    }

    /// Asked or not, the prediction is the same.
    #[test]
    fn local_and_asked_plans_agree(old in manifest_text(), new in manifest_text()) {
        let cluster = installed(&old);
        let local = Options { predict: Predict::Local("test".into()), ..Options::default() };
        let asked = cluster.plan(&set(&new), &set(&old), &Options::default()).unwrap();
        let local = cluster.plan(&set(&new), &set(&old), &local).unwrap();
        let results = |plan: &ReleasePlan| -> Vec<_> {
            plan.changes.iter().map(|c| (c.action, c.id.clone(), c.result.clone())).collect()
        };
        prop_assert_eq!(results(&asked), results(&local));
    }
}
