//! Releases without a cluster: a playbook runs over them, and what it would deploy is drawn.
//! The main type here is [`Easel`].
//!
//! A recording tells what is installed; without one every release is a first install. Gates are
//! about the moment (held, asleep, at work): a preview is about what a target should be, so they
//! see a target at rest and leave nobody out.

use crate::cluster::{self, Cluster, Opening, Policy};
use crate::deploy::{Place, Workload};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::modules::{
    Deployed, Doors, Look, Releases, Scope, Terms, Wanted, Which, Wish, Workloads,
};
use crate::pipeline::draw::{Drawn, draw};
use crate::pipeline::{Desired, Planner};
use crate::plan::{Identity, ReleasePlan, TargetPlan};
use crate::preview::Rendered;
use crate::release::{ClusterFlag, ClusterRef, Connection, TargetSpec, resolve};
use crate::vars::Templar;
use async_trait::async_trait;
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What was drawn, by target.
pub type Sheets = BTreeMap<Arc<str>, Sheet>;

/// One target as it would be.
pub struct Sheet {
    /// The preview; `None` for a target that should have no release.
    pub rendered: Option<Rendered>,
    /// What it was drawn from, with the places of its values.
    pub spec: TargetSpec,
}

/// Draws whatever is planned.
pub struct Easel {
    planner: Planner,
    /// `--recording`, which stands for the cluster of every target.
    recording: ClusterFlag,
    sheets: Mutex<Sheets>,
    faults: Mutex<Diagnostics>,
}

impl Easel {
    /// Nothing is drawn yet.
    pub fn new(planner: Planner, recording: ClusterFlag) -> Easel {
        Easel {
            planner,
            recording,
            sheets: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    /// All that was drawn, and what could not be.
    pub fn finished(self) -> (Sheets, Diagnostics) {
        let sheets = self.sheets.into_inner();
        let faults = self.faults.into_inner();
        (
            sheets.unwrap_or_else(PoisonError::into_inner),
            faults.unwrap_or_else(PoisonError::into_inner),
        )
    }

    async fn draw(
        &self,
        cluster: &ClusterRef,
        wanted: &[Desired],
    ) -> Vec<Result<Drawn, Diagnostics>> {
        match recording(cluster).await {
            Ok(recording) => draw(&self.planner, recording.as_ref(), wanted).await,
            Err(fault) => wanted
                .iter()
                .map(|one| Err(fault.clone().target(one.spec.name.clone()).into()))
                .collect(),
        }
    }

    fn fail(&self, spec: &TargetSpec, faults: Diagnostics) -> Diagnostic {
        let fault = faults.into_one("the target can't be rendered");
        let fault = fault.target(spec.name.clone());
        let mut all = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(fault.clone());
        fault
    }

    fn keep(&self, spec: &TargetSpec, drawn: Drawn) -> ReleasePlan {
        let plan = unchanged(spec, &drawn);
        let sheet = Sheet {
            rendered: drawn.rendered,
            spec: spec.clone(),
        };
        let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
        sheets.insert(spec.name.clone(), sheet);
        plan
    }
}

#[async_trait]
impl Releases for Easel {
    fn spec(&self, _target: &Arc<str>, scope: &Scope) -> Result<TargetSpec, Diagnostic> {
        let spec = resolve(&Templar::new(scope.vars().clone()), &self.recording);
        spec.map_err(|faults| faults.into_one("can't be resolved"))
    }

    async fn identity(&self, _cluster: &ClusterRef) -> Result<Arc<Identity>, Diagnostic> {
        Ok(Arc::new(Identity {
            name: "no cluster".into(),
            server: "".into(),
            uid: "".into(),
        }))
    }

    async fn plan_all(
        &self,
        desired: &[Desired],
        _check: bool,
    ) -> Vec<Result<ReleasePlan, Diagnostic>> {
        let mut plans: BTreeMap<usize, Result<ReleasePlan, Diagnostic>> = BTreeMap::new();
        for (cluster, places) in by_cluster(desired) {
            let some: Vec<Desired> = places.iter().map(|at| desired[*at].clone()).collect();
            let drawn = self.draw(&cluster, &some).await;
            for ((at, one), drawn) in places.into_iter().zip(&some).zip(drawn) {
                let plan = match drawn {
                    Ok(drawn) => Ok(self.keep(&one.spec, drawn)),
                    Err(faults) => Err(self.fail(&one.spec, faults)),
                };
                plans.insert(at, plan);
            }
        }
        plans.into_values().collect()
    }

    async fn deploy(
        &self,
        _target: &TargetPlan,
        _terms: &Terms,
        _doors: &Doors<'_>,
        _progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic> {
        let what = "a preview has no cluster to write to";
        Err(Diagnostic::new(Kind::Internal, what))
    }

    /// Targets at rest: nothing is known that could leave one out.
    async fn look(&self, wanted: &[Wanted], _check: bool) -> Vec<Result<Look, Diagnostic>> {
        wanted.iter().map(|_| Ok(Look::default())).collect()
    }
}

/// Workloads are about the moment too: there are none to scale.
#[async_trait]
impl Workloads for Easel {
    async fn find(&self, _: &ClusterRef, _: &Which) -> Result<Vec<Workload>, Diagnostic> {
        Ok(Vec::new())
    }

    async fn scale(
        &self,
        _place: &Place,
        _wish: Wish<'_>,
        _doors: &Doors<'_>,
        _progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic> {
        let what = "a preview has no cluster to write to";
        Err(Diagnostic::new(Kind::Internal, what))
    }

    async fn close(&self, _target: &Arc<str>, _doors: &Doors<'_>) {}
}

fn by_cluster(desired: &[Desired]) -> IndexMap<Arc<ClusterRef>, Vec<usize>> {
    let mut places: IndexMap<Arc<ClusterRef>, Vec<usize>> = IndexMap::new();
    for (at, one) in desired.iter().enumerate() {
        places.entry(one.spec.cluster.clone()).or_default().push(at);
    }
    places
}

/// The recording that stands for a cluster, as it was written: overlays of this machine do not
/// count. A preview opens nothing else.
async fn recording(cluster: &ClusterRef) -> Result<Option<Arc<dyn Cluster>>, Diagnostic> {
    let Connection::Recording(path) = &cluster.connection else {
        return Ok(None);
    };
    let opening = Opening {
        run: "preview".to_owned(),
        overlays: None,
        policy: Policy::default(),
    };
    let opened = cluster::open(cluster, &opening).await;
    opened.map(Some).map_err(|error| {
        let what = format!("the recording {path} can't be opened: {error}");
        Diagnostic::new(error.diagnostic().kind, what)
    })
}

/// A plan by which the tasks after the release find nothing to do.
fn unchanged(spec: &TargetSpec, drawn: &Drawn) -> ReleasePlan {
    ReleasePlan {
        name: spec.release.name.clone(),
        revision: 0,
        status: "".into(),
        from: None,
        to: drawn.chart.clone(),
        back_to: None,
        arrived: None,
        config_map: false,
        recover: None,
        changes: Vec::new(),
        hooks: Vec::new(),
        migrates: 0,
        creates_namespace: false,
        record: None,
        lookups: Vec::new(),
        warnings: Vec::new(),
        fingerprint: String::new(),
        values_diff: String::new(),
        hidden: Default::default(),
    }
}
