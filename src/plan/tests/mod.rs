//! A cluster that answers as a recording does, and plans against it.

mod properties;
mod rules;

use super::*;
use crate::manifest::schema::Schema;
use crate::manifest::{self, Gvk, Object, ObjectSet, Owner, Path};
use crate::ownership::{self, HELM};
use crate::release::{ConflictRule, Conflicts, OnConflict};
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
                        policy: OnConflict::Fail,
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
            definitions: &ObjectSet::default(),
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
        managers: vec![manager.into()],
        paths: Vec::new(),
        policy,
    };
    let mut options = Options {
        conflicts: Arc::new(Conflicts {
            default: OnConflict::Fail,
            rules: vec![
                rule("kubectl-edit", OnConflict::Keep),
                rule("kubectl-label", OnConflict::Take),
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
        definitions: &ObjectSet::default(),
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
