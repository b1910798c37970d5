//! A release in a fresh namespace, planned as the pipeline plans it. The main type here is
//! [`Site`].

use crate::controlplane::ControlPlane;
use helm::chart::{Chart, Profile, UserValues};
use helm::engine::{RenderOptions, Rendered, on_large_stack, render};
use rollbook::cluster::{
    Cluster, KubeCluster, Policy, RecordKey, RecordMeta, Recording, View, ViewRequest,
};
use rollbook::deploy::{self, Done, Options, Ways};
use rollbook::diag::Diagnostic;
use rollbook::manifest::schema::Schema;
use rollbook::manifest::{self, Gvk, ObjectId, ObjectSet, Owner};
use rollbook::plan::{
    ChartRef, Head, HookPlan, ReleasePlan, States, TargetPlan, Verdict, build, triage,
};
use rollbook::release::{Connection, Parts, Record, Recover, chart_json};
use rollbook::terminal::Halt;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The chart of these tests.
pub fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deploy/shop")
}

/// One release, `shop`, of the chart.
pub struct Site {
    pub cluster: Arc<dyn Cluster>,
    pub namespace: String,
    /// What was told while deploying.
    pub told: Mutex<Vec<String>>,
}

/// Without a journal.
pub fn ways<'a>(
    cluster: &'a dyn Cluster,
    halt: &'a Halt,
    progress: &'a deploy::Progress<'a>,
) -> Ways<'a> {
    Ways {
        cluster,
        journal: None,
        halt,
        progress,
    }
}

/// Nothing of the world goes into the charts of these tests.
struct Nowhere;

impl helm::Host for Nowhere {
    fn now(&self) -> jiff::Zoned {
        jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn random(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

impl Site {
    /// In a namespace that does not exist yet.
    pub async fn new(plane: &ControlPlane, stem: &str) -> Site {
        let namespace = plane.name(stem);
        let cluster = Arc::new(Site::kube(plane, &namespace).await);
        Site::on(cluster, namespace)
    }

    /// By way of a proxy.
    pub async fn through(kubeconfig: &Path, namespace: &str, policy: Policy) -> Site {
        let connection = Connection::Context {
            context: Some("test".into()),
            kubeconfig: Some(kubeconfig.to_string_lossy().into()),
        };
        let cluster = KubeCluster::open(&connection, namespace, policy).await;
        Site::on(Arc::new(cluster.unwrap()), namespace.to_owned())
    }

    /// Another one, by the same door.
    pub fn beside(&self, namespace: String) -> Site {
        Site::on(self.cluster.clone(), namespace)
    }

    /// The message that the live ConfigMap has.
    pub async fn message(&self) -> String {
        let id = ObjectId {
            group: "".into(),
            kind: "ConfigMap".into(),
            namespace: Some(self.namespace.as_str().into()),
            name: "shop".into(),
        };
        let live = self.cluster.get(&Gvk::new("v1", "ConfigMap"), &id).await;
        let body: Value = serde_json::from_str(live.unwrap().unwrap().raw.get()).unwrap();
        body["data"]["message"].as_str().unwrap().to_owned()
    }

    /// In an empty recording.
    pub fn recorded(root: &Path) -> Site {
        let recording = Recording::open(root, Some(root.join("overlay"))).unwrap();
        Site::on(Arc::new(recording), "shop".to_owned())
    }

    /// The control plane, with requests counted.
    pub async fn kube(plane: &ControlPlane, run: &str) -> KubeCluster {
        let connection = Connection::Context {
            context: Some("test".into()),
            kubeconfig: Some(plane.kubeconfig().to_string_lossy().into()),
        };
        let cluster = KubeCluster::open(&connection, run, Policy::default()).await;
        cluster.expect("the control plane answers")
    }

    fn on(cluster: Arc<dyn Cluster>, namespace: String) -> Site {
        Site {
            cluster,
            namespace,
            told: Mutex::default(),
        }
    }

    /// The records that are there.
    pub async fn records(&self) -> Vec<RecordMeta> {
        let mut records = self.cluster.records(Some(&self.namespace)).await.unwrap();
        records.sort_by_key(|r| r.key.revision);
        records
    }

    /// `1 superseded, 2 deployed`.
    pub async fn history(&self) -> String {
        let records = self.records().await;
        let told = records
            .iter()
            .map(|r| format!("{} {}", r.key.revision, r.status));
        told.collect::<Vec<_>>().join(", ")
    }

    /// One record, decoded.
    pub async fn record(&self, revision: u32) -> Record {
        let key = RecordKey {
            namespace: self.namespace.as_str().into(),
            name: "shop".into(),
            revision,
        };
        let bodies = self.cluster.record_bodies(&[key]).await.unwrap();
        Record::decode(bodies[0].as_deref().unwrap()).unwrap()
    }

    /// The plan towards these values.
    pub async fn plan(&self, values: Value) -> TargetPlan {
        let last = self.records().await.pop();
        let revision = last.as_ref().map_or(0, |l| l.key.revision);
        let rendered = self.render(&values, revision);
        let manifest = rendered.manifest_text(false);
        let parts = Parts::of(&rendered, Arc::new(chart_json(&rendered.program)), values);
        let record = Record::compose("shop", &self.namespace, revision + 1, parts);
        let event = if revision == 0 {
            "pre-install"
        } else {
            "pre-upgrade"
        };
        let head = Head {
            revision,
            recover: last.as_ref().and_then(stuck),
            status: last.map_or_else(|| "".into(), |l| l.status),
            from: (revision > 0).then(chart_ref),
            to: Some(chart_ref()),
            hooks: hooks(&record, event),
            creates_namespace: revision == 0,
            record: Some(Arc::new(record)),
            ..Head::default()
        };
        self.planned(&manifest, head).await
    }

    /// The plan to have no release.
    pub async fn plan_absent(&self) -> TargetPlan {
        let last = self.records().await.pop().unwrap();
        let head = Head {
            revision: last.key.revision,
            status: last.status,
            from: Some(chart_ref()),
            ..Head::default()
        };
        self.planned("", head).await
    }

    /// Does a plan.
    pub async fn deploy(&self, plan: &TargetPlan, run: &str) -> Result<Done, Diagnostic> {
        self.deploy_as(plan, Options::new(run)).await
    }

    /// Does a plan in this way.
    pub async fn deploy_as(&self, plan: &TargetPlan, options: Options) -> Result<Done, Diagnostic> {
        let tell = |line| self.told.lock().unwrap().push(line);
        deploy::run(
            ways(&*self.cluster, &Halt::default(), &tell),
            plan,
            &options,
        )
        .await
    }

    /// Plans and does it.
    pub async fn update(&self, values: Value, run: &str) -> Result<Done, Diagnostic> {
        let plan = self.plan(values).await;
        self.deploy(&plan, run).await
    }

    fn render(&self, values: &Value, revision: u32) -> Rendered {
        let chart = Chart::open(&chart()).unwrap();
        let mut user = UserValues::default();
        user.merge(values.as_object().unwrap().clone());
        let options = RenderOptions {
            revision: i64::from(revision) + 1,
            is_upgrade: revision > 0,
            ..RenderOptions::new("shop", self.namespace.as_str(), Profile::HELM_3)
        };
        let rendered = on_large_stack(|| render(&chart, &user, &options, &Nowhere));
        rendered.unwrap().unwrap()
    }

    async fn planned(&self, manifest: &str, head: Head) -> TargetPlan {
        let desired = self.objects(manifest);
        let recorded = match head.revision {
            0 => ObjectSet::default(),
            revision => self.objects(self.record(revision).await.manifest.reveal()),
        };
        let live = self.live(&[&desired, &recorded]).await;
        let owner = Owner {
            release: "shop".into(),
            namespace: self.namespace.as_str().into(),
        };
        let options = Arc::new(rollbook::plan::Options {
            new_namespace: head.creates_namespace,
            ..rollbook::plan::Options::default()
        });
        let states = States {
            definitions: &ObjectSet::default(),
            desired: &desired,
            live: &live,
            recorded: &recorded,
        };
        let mut triage = triage(&owner, states, options);
        while !triage.questions().is_empty() {
            let answers = self.cluster.answer(&triage.questions()).await.unwrap();
            triage.resolve(answers);
        }
        self.target(build(triage, head).unwrap())
    }

    fn target(&self, release: ReleasePlan) -> TargetPlan {
        TargetPlan {
            target: self.namespace.as_str().into(),
            namespace: self.namespace.as_str().into(),
            cluster: Arc::new(self.cluster.identity().clone()),
            verdict: Verdict::Change,
            gates: Vec::new(),
            steps: Vec::new(),
            release: Some(release),
            warnings: Vec::new(),
        }
    }

    fn objects(&self, manifest: &str) -> ObjectSet {
        let objects = manifest::parse(manifest, &self.namespace, &Schema::default());
        manifest::object_set(objects.unwrap()).unwrap()
    }

    /// What the executor reads for a wave before it applies.
    pub async fn view(&self, release: &ReleasePlan) -> Arc<View> {
        let request = ViewRequest {
            namespaces: [self.namespace.as_str().into()].into(),
            kinds: release.changes.iter().map(|c| c.gvk.clone()).collect(),
            ..ViewRequest::default()
        };
        Arc::new(self.cluster.view(&request).await.unwrap())
    }

    async fn live(&self, sets: &[&ObjectSet]) -> ObjectSet {
        let all = || sets.iter().flat_map(|set| set.iter());
        let request = ViewRequest {
            namespaces: [self.namespace.as_str().into()].into(),
            kinds: all().map(|o| o.gvk.clone()).collect(),
            objects: all().map(|o| (o.id.clone(), o.gvk.clone())).collect(),
        };
        let view = self.cluster.view(&request).await.unwrap();
        let objects = view.objects.values().map(|live| {
            let (id, gvk) = (live.id.clone(), live.gvk.clone());
            Arc::new(manifest::decode(id, gvk, live.raw.get()).unwrap())
        });
        objects.collect()
    }
}

/// Of a run that these tests have ended.
fn stuck(last: &RecordMeta) -> Option<Recover> {
    last.status.starts_with("pending").then(|| Recover {
        revision: last.key.revision,
        status: last.status.clone(),
        why: "its run has ended".to_owned(),
    })
}

fn chart_ref() -> ChartRef {
    ChartRef {
        name: "shop".into(),
        version: "1.4.2".into(),
        digest: None,
    }
}

fn hooks(record: &Record, event: &str) -> Vec<HookPlan> {
    let hooks = record
        .hooks
        .reveal()
        .as_array()
        .cloned()
        .unwrap_or_default();
    let runs = |h: &&Value| {
        h["events"]
            .as_array()
            .is_some_and(|e| e.contains(&json!(event)))
    };
    let planned = hooks.iter().filter(runs).map(|hook| {
        let text = hook["manifest"].as_str().unwrap();
        let objects = manifest::parse(text, &record.namespace, &Schema::default());
        let policies = hook["delete_policies"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        HookPlan {
            event: event.into(),
            id: objects.unwrap().remove(0).id,
            weight: hook["weight"].as_i64().unwrap_or(0),
            delete_policies: policies
                .iter()
                .filter_map(|p| p.as_str().map(str::to_owned))
                .collect(),
        }
    });
    planned.collect()
}
