//! The clusters and charts of a run, as the modules see them. The main type here is [`Site`].

use super::charts::charts;
use crate::cluster::{self, Access, Cluster, ClusterError, Opening, Policy, View};
use crate::deploy::{self, Ways};
use crate::diag::{Diagnostic, Kind};
use crate::files::Files;
use crate::manifest::Gvk;
use crate::modules::{Deployed, Doors, Look, Releases, Scope, Terms, Wanted};
use crate::pipeline::glance::{self, Glance, Shelf};
use crate::pipeline::known::{self, place};
use crate::pipeline::left::{self, Rest};
use crate::pipeline::{self, Desired, Planner, shut};
use crate::plan::{self, Identity, Plan, Predict, ReleasePlan, TargetPlan};
use crate::release::{ClusterFlag, ClusterRef, Driver, Rollout, TargetSpec, resolve};
use crate::repo::Asked;
use crate::report::Course;
use crate::sensitive::Mask;
use crate::state::StateDir;
use crate::vars::{Fleet, Templar};
use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Everything outside that a run works on.
pub struct Site {
    pub(super) run: Arc<str>,
    reason: Option<String>,
    lock: deploy::Lock,
    driver: Driver,
    pub(super) cluster: ClusterFlag,
    pub(super) planner: Planner,
    pub(super) fleet: Arc<Fleet>,
    opening: Opening,
    clusters: Mutex<HashMap<Arc<ClusterRef>, Arc<dyn Cluster>>>,
    shelf: Shelf,
    /// How far the run is.
    pub(super) course: Course,
}

/// How a site is set up.
pub struct Plot<'a> {
    /// The run's id.
    pub run: Arc<str>,
    /// `--reason`.
    pub reason: Option<String>,
    /// Who works on targets, and what is done about somebody else.
    pub lock: deploy::Lock,
    /// Where the records of new releases are kept.
    pub driver: Driver,
    /// `--context`, which replaces the inventory's cluster.
    pub cluster: ClusterFlag,
    /// The targets and their variables.
    pub fleet: Arc<Fleet>,
    /// The files that values are read from.
    pub files: Arc<dyn Files>,
    /// Where caches and overlays are.
    pub state: &'a StateDir,
    /// Who predicts.
    pub predict: Predict,
    /// How secrets are shown.
    pub mask: Mask,
}

impl Site {
    /// A site on which nothing is open yet.
    pub fn new(plot: Plot<'_>) -> Result<Site, Diagnostic> {
        let charts = charts(Arc::new(crate::state::DiskFiles), Asked::default())?;
        let options = plan::Options {
            predict: plot.predict,
            ..plan::Options::default()
        };
        let known = plot.fleet.vault().known().clone();
        let planner = Planner::new(Arc::new(charts), plot.files, options, plot.mask)?;
        Ok(Site {
            opening: Opening {
                run: plot.run.to_string(),
                overlays: Some(plot.state.path().join("overlays")),
                policy: Policy::default(),
            },
            run: plot.run,
            reason: plot.reason,
            lock: plot.lock,
            driver: plot.driver,
            cluster: plot.cluster,
            fleet: plot.fleet,
            planner: Planner { known, ..planner },
            clusters: Mutex::default(),
            shelf: Shelf::default(),
            course: Course::default(),
        })
    }

    /// The door to a cluster, opened once.
    pub async fn open(&self, wanted: &Arc<ClusterRef>) -> Result<Arc<dyn Cluster>, Diagnostic> {
        let mut clusters = self.clusters.lock().await;
        if let Some(cluster) = clusters.get(wanted) {
            return Ok(cluster.clone());
        }
        let opened = cluster::open(wanted, &self.opening).await;
        let opened = opened.map_err(|error| unopened(wanted, &error))?;
        clusters.insert(wanted.clone(), opened.clone());
        Ok(opened)
    }

    async fn plan_on(
        &self,
        cluster: &Arc<ClusterRef>,
        wanted: &[Desired],
        check: bool,
    ) -> Vec<pipeline::Outcome> {
        match self.open(cluster).await {
            Ok(cluster) => {
                let glance = self.shelf.take(&cluster).filter(|_| check);
                pipeline::plan(&self.planner, &cluster, wanted, glance).await
            }
            Err(fault) => wanted
                .iter()
                .map(|one| Err(fault.clone().target(one.spec.name.clone())))
                .collect(),
        }
    }

    /// What the run still has to do on these targets, in order.
    pub async fn rests(&self, specs: &[TargetSpec]) -> Vec<Result<Rest, Diagnostic>> {
        self.left(specs, async |cluster, some| {
            left::rests(cluster, &self.run, some).await
        })
        .await
    }

    /// Frees the leases that the run left on these targets when it died.
    pub async fn free(&self, specs: &[TargetSpec]) -> Vec<Result<(), Diagnostic>> {
        self.left(specs, async |cluster, some| {
            left::free(cluster, &self.run, some).await?;
            Ok(vec![(); some.len()])
        })
        .await
    }

    /// Whether a run saved the state of these targets, in order.
    pub async fn saved_by(&self, run: &str, specs: &[TargetSpec]) -> Vec<Result<bool, Diagnostic>> {
        self.left(specs, async |cluster, some| {
            left::saved_by(cluster, run, some).await
        })
        .await
    }

    pub(super) async fn left<T: Clone>(
        &self,
        specs: &[TargetSpec],
        read: impl AsyncFn(&dyn Cluster, &[TargetSpec]) -> Result<Vec<T>, ClusterError>,
    ) -> Vec<Result<T, Diagnostic>> {
        let (read, of) = (&read, |spec: &TargetSpec| spec.cluster.clone());
        by_cluster(specs, of, |cluster, some| async move {
            let all = async {
                let cluster = self.open(&cluster).await?;
                let read = read(&*cluster, &some).await;
                read.map_err(|e| shut(&*cluster, "reading what the run left", &e))
            };
            match all.await {
                Ok(all) => all.into_iter().map(Ok).collect(),
                Err(fault) => vec![Err(fault); some.len()],
            }
        })
        .await
    }

    async fn look_on(
        &self,
        cluster: &Arc<ClusterRef>,
        wanted: &[Wanted],
        check: bool,
    ) -> Vec<Result<Look, Diagnostic>> {
        let looked = async {
            let cluster = self.open(cluster).await?;
            let shut = |e| shut(&*cluster, "reading live state", &e);
            let specs: Vec<&TargetSpec> = wanted.iter().map(|one| &one.spec).collect();
            let before = self.shelf.take(&cluster).filter(|_| check);
            let glance = match check {
                true => glance::ahead(&self.planner, &cluster, &specs, before).await,
                false => glance::of(&cluster, &specs).await,
            };
            let glance = glance.map_err(shut)?;
            let looks = looks(&cluster, wanted, &glance).await.map_err(shut)?;
            if check {
                self.shelf.keep(glance);
            }
            Ok::<_, Diagnostic>(looks)
        };
        match looked.await {
            Ok(looks) => looks,
            Err(fault) => wanted
                .iter()
                .map(|one| Err(fault.clone().target(one.spec.name.clone())))
                .collect(),
        }
    }
}

#[async_trait]
impl Releases for Site {
    fn spec(&self, _target: &Arc<str>, scope: &Scope) -> Result<TargetSpec, Diagnostic> {
        let spec = resolve(&Templar::new(scope.vars().clone()), &self.cluster);
        spec.map_err(|faults| faults.into_one("can't be resolved"))
    }

    async fn identity(&self, cluster: &ClusterRef) -> Result<Arc<Identity>, Diagnostic> {
        let opened = self.open(&Arc::new(cluster.clone())).await?;
        Ok(Arc::new(opened.identity().clone()))
    }

    async fn plan_all(
        &self,
        desired: &[Desired],
        check: bool,
    ) -> Vec<Result<ReleasePlan, Diagnostic>> {
        let of = |one: &Desired| one.spec.cluster.clone();
        by_cluster(desired, of, |cluster, some| async move {
            self.plan_on(&cluster, &some, check).await
        })
        .await
    }

    async fn see(&self, plans: &[&TargetPlan]) -> Vec<Option<Arc<View>>> {
        let mut views: HashMap<&Identity, Arc<View>> = HashMap::new();
        for (identity, plans) in by_identity(plans.iter().copied()) {
            if let Ok(cluster) = self.of(identity).await
                && let Ok(view) = cluster.view(&deploy::reads(plans)).await
            {
                views.insert(identity, Arc::new(view));
            }
        }
        let view = |plan: &&TargetPlan| views.get(&*plan.cluster).cloned();
        plans.iter().map(view).collect()
    }

    async fn deploy(
        &self,
        target: &TargetPlan,
        terms: &Terms,
        doors: &Doors<'_>,
        progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic> {
        let cluster = self.of(&target.cluster).await?;
        let options = deploy::Options {
            view: terms.view.clone(),
            ..self.deploying(terms.rollout.clone())
        };
        let ways = Ways {
            cluster: &*cluster,
            journal: doors.journal,
            halt: doors.halt,
            progress,
        };
        let done = match deploy::run(ways, target, &options).await {
            Ok(done) => done,
            Err(fault) => return Err(self.blame(&target.target, fault).await),
        };
        Ok(Deployed {
            revision: done.revision,
            changed: done.changed,
            warnings: done.warnings,
            strays: done.strays,
        })
    }

    async fn look(&self, wanted: &[Wanted], check: bool) -> Vec<Result<Look, Diagnostic>> {
        let of = |one: &Wanted| one.spec.cluster.clone();
        by_cluster(wanted, of, |cluster, some| async move {
            self.look_on(&cluster, &some, check).await
        })
        .await
    }
}

impl Site {
    /// Refuses a plan that this account may not carry out, before anything is written.
    pub async fn check_rights(&self, plan: &Plan) -> Result<(), Diagnostic> {
        let changing = plan.targets.iter().filter(|target| target.changes());
        for (identity, targets) in by_identity(changing) {
            let cluster = self.of(identity).await?;
            let denied = cluster.denied(&deploy::needs(targets, self.driver)).await;
            let denied =
                denied.map_err(|e| shut(&*cluster, "asking what this account may do", &e))?;
            if !denied.is_empty() {
                return Err(not_allowed(&denied, identity));
            }
        }
        Ok(())
    }

    /// How this run works on targets.
    pub(super) fn deploying(&self, rollout: Rollout) -> deploy::Options {
        deploy::Options {
            rollout,
            reason: self.reason.clone(),
            lock: self.lock.clone(),
            driver: self.driver,
            progress: self.course.told(),
            ..deploy::Options::new(self.run.clone())
        }
    }

    /// The cluster with this UID, where it is open.
    pub(super) async fn opened(&self, uid: &str) -> Option<Arc<dyn Cluster>> {
        let clusters = self.clusters.lock().await;
        let mut clusters = clusters.values();
        clusters.find(|one| *one.identity().uid == *uid).cloned()
    }

    /// The open cluster that a plan was made for; another one is refused, whatever it is called.
    pub(super) async fn of(&self, identity: &Identity) -> Result<Arc<dyn Cluster>, Diagnostic> {
        let clusters = self.clusters.lock().await;
        let same = |cluster: &&Arc<dyn Cluster>| {
            let here = cluster.identity();
            here.server == identity.server && here.uid == identity.uid
        };
        clusters.values().find(same).cloned().ok_or_else(|| {
            let here: Vec<String> = clusters
                .values()
                .map(|cluster| named(cluster.identity()))
                .collect();
            Diagnostic::new(
                Kind::Refused,
                "the plan was made for another cluster; nothing was changed",
            )
            .note(format!("plan     {}", named(identity)))
            .note(format!("here     {}", here.join(", ")))
            .hint("select the kubeconfig that the plan was made with, or plan again")
        })
    }
}

/// Verb and kind, each with the namespaces where it is missing.
fn not_allowed(denied: &[Access], identity: &Identity) -> Diagnostic {
    let mut missing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for Access {
        verb,
        gvk,
        namespace,
    } in denied
    {
        let group = match &*gvk.group {
            "" => String::new(),
            group => format!(".{group}"),
        };
        let right = format!("{verb} {}{group}", gvk.kind);
        missing
            .entry(right)
            .or_default()
            .extend(namespace.as_deref());
    }
    let what = "this account may not do what the plan holds; nothing was changed";
    let fault = Diagnostic::new(Kind::Refused, what).note(format!("cluster {}", identity.name));
    let fault = missing.iter().fold(fault, |fault, (right, namespaces)| {
        let place = match namespaces.as_slice() {
            [] => "in the cluster".to_owned(),
            [one] => format!("in namespace {one}"),
            [first, rest @ ..] => format!("in namespace {first} and {} more", rest.len()),
        };
        fault.note(format!("missing {right} {place}"))
    });
    fault.hint("fixtures/rbac/apply.yaml has these rights; kubectl auth can-i --list shows yours")
}

fn named(identity: &Identity) -> String {
    let id: String = identity.uid.chars().take(8).collect();
    format!("{}  {}  id {id}", identity.name, identity.server)
}

/// The plans of each cluster.
fn by_identity<'p>(
    plans: impl IntoIterator<Item = &'p TargetPlan>,
) -> HashMap<&'p Identity, Vec<&'p TargetPlan>> {
    let mut clusters: HashMap<&Identity, Vec<&TargetPlan>> = HashMap::new();
    for plan in plans {
        clusters.entry(&plan.cluster).or_default().push(plan);
    }
    clusters
}

fn unopened(wanted: &ClusterRef, error: &ClusterError) -> Diagnostic {
    let name = match &wanted.connection {
        crate::release::Connection::Context { context, .. } => {
            context.as_deref().unwrap_or("of the kubeconfig")
        }
        crate::release::Connection::InCluster => "this pod runs in",
        crate::release::Connection::Recording(path) => path,
    };
    let mut fault = error.diagnostic();
    fault.message = format!("cluster {name} can't be opened: {error}");
    fault
}

/// Splits a set by cluster, works on each at once, and puts the results back in order.
async fn by_cluster<T, R, F>(
    all: &[T],
    cluster: impl Fn(&T) -> Arc<ClusterRef>,
    work: impl Fn(Arc<ClusterRef>, Vec<T>) -> F,
) -> Vec<Result<R, Diagnostic>>
where
    T: Clone,
    F: Future<Output = Vec<Result<R, Diagnostic>>>,
{
    let mut places: HashMap<Arc<ClusterRef>, Vec<usize>> = HashMap::new();
    for (at, one) in all.iter().enumerate() {
        places.entry(cluster(one)).or_default().push(at);
    }
    let works = places.iter().map(|(cluster, places)| {
        let some = places.iter().map(|at| all[*at].clone()).collect();
        work(cluster.clone(), some)
    });
    let done = join_all(works).await;
    let placed = places
        .values()
        .flatten()
        .copied()
        .zip(done.into_iter().flatten());
    placed
        .collect::<BTreeMap<usize, Result<R, Diagnostic>>>()
        .into_values()
        .collect()
}

async fn looks(
    cluster: &Arc<dyn Cluster>,
    wanted: &[Wanted],
    glance: &Glance,
) -> Result<Vec<Result<Look, Diagnostic>>, ClusterError> {
    let mut looks = Vec::new();
    for one in wanted {
        let namespace = glance.namespaces.get(&one.spec.namespace);
        let namespace = namespace.cloned().unwrap_or_default();
        let known = glance.known.get(&place(&one.spec));
        if let Some(fault) = known.and_then(|known| known.fault.clone()) {
            looks.push(Err(fault.target(one.spec.name.clone())));
            continue;
        }
        let mut look = live(known);
        look.exists = namespace.exists;
        look.labels = namespace.labels;
        look.annotations = namespace.annotations;
        for resource in &one.resources {
            look.objects
                .extend(objects(cluster, &one.spec, resource).await?);
        }
        looks.push(Ok(look));
    }
    Ok(looks)
}

fn live(known: Option<&known::Known>) -> Look {
    let Some(known) = known else {
        return Look::default();
    };
    let last = known.history.last();
    let base = known.base.as_deref();
    Look {
        version: base.map_or_else(String::new, |base| base.chart_field("version").to_owned()),
        chart: base.map_or_else(String::new, |base| base.chart_field("name").to_owned()),
        status: last.map_or_else(String::new, |last| last.status.to_string()),
        revision: last.map_or(0, |last| last.number),
        pending: known
            .stuck
            .as_ref()
            .map_or_else(String::new, |stuck| stuck.notes.join("; ")),
        ..Look::default()
    }
}

async fn objects(
    cluster: &Arc<dyn Cluster>,
    spec: &TargetSpec,
    resource: &Value,
) -> Result<Vec<Value>, ClusterError> {
    let text = |field: &str| resource[field].as_str();
    let gvk = Gvk::new(
        text("api_version").unwrap_or("v1"),
        text("kind").unwrap_or_default(),
    );
    let namespace = text("namespace").unwrap_or(&spec.namespace);
    let mut found = cluster
        .list(&gvk, Some(namespace), text("label_selector"))
        .await?;
    if let Some(name) = text("name") {
        found.retain(|object| object["metadata"]["name"] == name);
    }
    Ok(found)
}
