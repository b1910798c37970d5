//! A scale leaves every manager's set of fields as it found it, whoever owns the replicas; so does
//! what puts them back, and a recording does as the server.

mod runs;

use crate::controlplane::{self, ControlPlane};
use crate::deploy::site::{Site, chart, ways};
use rollbook::cluster::{Cluster, Recording};
use rollbook::deploy::{self, Closings, Options, Order, Place};
use rollbook::event::Closing;
use rollbook::journal::OpenSteps;
use rollbook::manifest::{Gvk, ObjectId};
use rollbook::release::ClosingStep;
use rollbook::terminal::Halt;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Who owns the replicas of a workload, and how that comes to be.
const OWNERS: [(&str, &[&str]); 7] = [
    ("helm/Apply", &["apply --server-side --field-manager=helm"]),
    ("helm/Update", &["create --field-manager=helm"]),
    ("nobody", &["apply --server-side --field-manager=helm BARE"]),
    (
        "kubectl scale",
        &[
            "apply --server-side --field-manager=helm",
            "scale --replicas=4",
        ],
    ),
    (
        "kubectl scale of helm/Update",
        &["create --field-manager=helm", "scale --replicas=4"],
    ),
    (
        "nobody, after a stop",
        &[
            "apply --server-side --field-manager=helm",
            "scale --replicas=0",
            "scale --replicas=4",
        ],
    ),
    (
        "two who applied",
        &[
            "apply --server-side --field-manager=helm",
            "apply --server-side --field-manager=argocd",
        ],
    ),
];

const KINDS: [&str; 2] = ["Deployment", "StatefulSet"];

fn manifest(kind: &str, bare: bool) -> String {
    let mut body = json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{
                "name": "web", "image": "registry.example.net/web:1",
                "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}],
                "env": [{"name": "A", "value": "1"}],
            }]}},
        },
    });
    if kind == "StatefulSet" {
        body["spec"]["serviceName"] = "web".into();
    }
    if bare {
        body["spec"].as_object_mut().unwrap().remove("replicas");
    }
    body.to_string()
}

/// A workload with this owner, in a namespace of its own.
fn made(plane: &ControlPlane, kind: &str, steps: &[&str]) -> String {
    let namespace = plane.namespace("scale");
    for step in steps {
        let mut words: Vec<&str> = step.split(' ').collect();
        let bare = words.last() == Some(&"BARE");
        if bare {
            words.pop();
        }
        let named = format!("{kind}/web");
        match words.first() {
            Some(&"scale") => words.push(&named),
            _ => words.extend(["-f", "-"]),
        }
        words.extend(["-n", &namespace]);
        plane.kubectl_with(&words, &manifest(kind, bare));
    }
    // Drift by others stays, and stays theirs.
    let label = ["label", kind, "web", "by=hand", "-n", &namespace];
    plane.kubectl(&label);
    namespace
}

/// One workload on a cluster, and the steps that are open of it.
struct Bench<'c> {
    cluster: &'c dyn Cluster,
    gvk: Gvk,
    id: ObjectId,
    open: OpenSteps,
    told: Mutex<Vec<Closing>>,
}

impl<'c> Bench<'c> {
    fn new(cluster: &'c dyn Cluster, kind: &str, namespace: &str) -> Bench<'c> {
        let gvk = Gvk::new("apps/v1", kind);
        Bench {
            cluster,
            id: ObjectId {
                group: "apps".into(),
                kind: kind.into(),
                namespace: Some(namespace.into()),
                name: "web".into(),
            },
            gvk,
            open: OpenSteps::default(),
            told: Mutex::default(),
        }
    }

    async fn body(&self) -> Value {
        let live = self
            .cluster
            .get(&self.gvk, &self.id)
            .await
            .unwrap()
            .unwrap();
        serde_json::from_str(live.raw.get()).unwrap()
    }

    /// What every manager owns; what controllers report is theirs.
    async fn sets(&self) -> Vec<Value> {
        sets(&self.body().await)
    }

    async fn replicas(&self) -> i64 {
        self.body().await["spec"]["replicas"].as_i64().unwrap()
    }

    fn place(&self) -> Place {
        let namespace = self.id.namespace.clone().unwrap();
        Place {
            target: namespace.clone(),
            namespace,
            release: "web".into(),
            cluster: Arc::new(self.cluster.identity().clone()),
        }
    }

    async fn scale(&self, replicas: i64, opens: bool) {
        let workload = deploy::named(self.cluster, &self.gvk, &self.id).await;
        let order = Order {
            workload: &workload.unwrap().unwrap(),
            replicas,
            opens,
            waits: false,
        };
        let (halt, tell) = (Halt::default(), self.tell());
        let closings = Closings {
            open: &self.open,
            tell: &tell,
        };
        let ways = ways(self.cluster, &halt, &|_| {});
        let options = Options::new("scale-run");
        let scaled = deploy::scale(ways, &self.place(), order, &options, closings).await;
        assert_eq!(scaled.unwrap().warnings, []);
    }

    async fn close(&self) {
        let (halt, tell) = (Halt::default(), self.tell());
        let closings = Closings {
            open: &self.open,
            tell: &tell,
        };
        let ways = ways(self.cluster, &halt, &|_| {});
        deploy::close(ways, &self.place(), &Options::new("scale-run"), closings).await;
    }

    fn tell(&self) -> impl Fn(ClosingStep, Closing) + Send + Sync + '_ {
        |_, stands| self.told.lock().unwrap().push(stands)
    }

    /// What is kept of open steps in the cluster.
    async fn kept(&self) -> Vec<ClosingStep> {
        let (gvk, namespace) = (Gvk::new("v1", "Secret"), self.id.namespace.as_deref());
        let secrets = self.cluster.list(&gvk, namespace, Some("owner=rollbook"));
        let secrets = secrets.await.unwrap();
        secrets.iter().flat_map(ClosingStep::read).collect()
    }
}

fn sets(body: &Value) -> Vec<Value> {
    let entries = body["metadata"]["managedFields"].as_array();
    let entries = entries.into_iter().flatten().cloned();
    let mut sets: Vec<Value> = entries
        .filter(|entry| entry["subresource"] != "status")
        .map(|mut entry| {
            entry.as_object_mut().unwrap().remove("time");
            entry
        })
        .collect();
    // A manager's deployment controller counts revisions on the main resource.
    sets.retain(|entry| entry["manager"] != "kube-controller-manager");
    sets.sort_by_key(Value::to_string);
    sets
}

/// To 0 and back, to another number and back.
async fn there_and_back(bench: &Bench<'_>, what: &str) {
    let (before, found) = (bench.sets().await, bench.replicas().await);
    for number in [0, 5] {
        bench.scale(number, true).await;
        assert_eq!(bench.replicas().await, number, "{what}");
        assert_eq!(bench.sets().await, before, "{what}: {found} → {number}");
        let kept = bench.kept().await;
        let kept: Vec<(i64, i64)> = kept.iter().map(|step| (step.found, step.set)).collect();
        assert_eq!(kept, [(found, number)], "{what}");

        bench.close().await;
        assert_eq!(bench.replicas().await, found, "{what}");
        assert_eq!(bench.sets().await, before, "{what}: {number} → {found}");
        assert_eq!(bench.kept().await, [], "{what}");
        let told = std::mem::take(&mut *bench.told.lock().unwrap());
        let back = Closing::Closed(format!("scaled back {number} → {found}"));
        assert_eq!(told, [Closing::Opened, back], "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_managers_set_stays_as_found() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let cluster = Site::kube(plane, "scale").await;
    for kind in KINDS {
        for (owner, steps) in OWNERS {
            let namespace = made(plane, kind, steps);
            let bench = Bench::new(&cluster, kind, &namespace);
            there_and_back(&bench, &format!("{kind} of {owner}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_does_as_the_server() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let cluster = Site::kube(plane, "scale").await;
    for kind in KINDS {
        for (owner, steps) in OWNERS {
            let namespace = made(plane, kind, steps);
            let bench = Bench::new(&cluster, kind, &namespace);
            let root = tempfile::tempdir().unwrap();
            record(root.path(), &namespace, &bench.body().await);
            let overlay = root.path().join("overlay");
            let recording = Recording::open(root.path(), Some(overlay)).unwrap();
            let recorded = Bench::new(&recording, kind, &namespace);
            assert_eq!(
                recorded.sets().await,
                bench.sets().await,
                "{kind} of {owner}"
            );
            there_and_back(&recorded, &format!("recorded {kind} of {owner}")).await;
        }
    }
}

fn record(root: &Path, namespace: &str, body: &Value) {
    let directory = root.join(namespace);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("web.yaml"), body.to_string()).unwrap();
}

/// One of the real Helms.
type Helm = fn(&ControlPlane, &[&str]) -> String;

#[tokio::test(flavor = "multi_thread")]
async fn helm_upgrades_right_after_a_scale() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let cluster = Site::kube(plane, "scale").await;
    let chart = chart().display().to_string();
    let helms: [(&str, Helm); 2] = [
        ("helm3", ControlPlane::helm3),
        ("helm4", ControlPlane::helm4),
    ];
    for (born, install) in helms {
        for (after, upgrade) in helms {
            let namespace = plane.name("scale");
            let place = ["web", &*chart, "-n", &*namespace];
            install(
                plane,
                &[&["install"], &place[..], &["--create-namespace"]].concat(),
            );
            let bench = Bench::new(&cluster, "Deployment", &namespace);
            bench.scale(0, true).await;
            let said = upgrade(plane, &[&["upgrade"], &place[..]].concat());
            assert!(said.contains("STATUS: deployed"), "{born}, {after}: {said}");
            bench.close().await;
            assert_eq!(bench.replicas().await, 1, "{born}, {after}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_set_or_made_since_stays() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let cluster = Site::kube(plane, "scale").await;
    let namespace = made(plane, "Deployment", OWNERS[0].1);
    let bench = Bench::new(&cluster, "Deployment", &namespace);
    bench.scale(0, true).await;
    plane.kubectl(&["scale", "deployment/web", "--replicas=2", "-n", &namespace]);
    bench.close().await;
    assert_eq!(bench.replicas().await, 2);
    bench.scale(0, true).await;
    plane.kubectl(&["delete", "deployment/web", "-n", &namespace]);
    let again = ["apply", "--server-side", "-f", "-", "-n", &namespace];
    plane.kubectl_with(&again, &manifest("Deployment", false));
    bench.close().await;
    assert_eq!(bench.replicas().await, 3);
    let told = std::mem::take(&mut *bench.told.lock().unwrap());
    let closed = |how: &str| Closing::Closed(how.to_owned());
    let stays = closed("was set to 2 since, which stays");
    let anew = closed("gone, or made anew");
    assert_eq!(told, [Closing::Opened, stays, Closing::Opened, anew]);
    assert_eq!(bench.kept().await, []);
}
