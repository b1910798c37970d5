//! Releases without a cluster: a playbook runs over them, and what it would deploy is drawn.
//! The main type here is [`Easel`].

use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::modules::{Deployed, Look, Releases, Rollout, Scope, Wanted};
use crate::pipeline::draw::{Drawn, draw};
use crate::pipeline::{Desired, Planner};
use crate::plan::{Identity, ReleasePlan, TargetPlan};
use crate::preview::Rendered;
use crate::release::{ClusterRef, TargetSpec, resolve};
use crate::vars::Templar;
use async_trait::async_trait;
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
    sheets: Mutex<Sheets>,
    faults: Mutex<Diagnostics>,
}

impl Easel {
    /// Nothing is drawn yet.
    pub fn new(planner: Planner) -> Easel {
        Easel {
            planner,
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

    fn fail(&self, faults: Diagnostics) -> Diagnostic {
        let first = super::first(faults);
        let mut all = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(first.clone());
        first
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
        let spec = resolve(&Templar::new(scope.vars().clone()), &None);
        spec.map_err(super::first)
    }

    async fn identity(&self, _cluster: &ClusterRef) -> Result<Arc<Identity>, Diagnostic> {
        Ok(Arc::new(Identity {
            name: "no cluster".into(),
            server: "".into(),
            uid: "".into(),
        }))
    }

    async fn plan_all(&self, desired: &[Desired]) -> Vec<Result<ReleasePlan, Diagnostic>> {
        let drawn = draw(&self.planner, desired).await;
        let keep = |(desired, drawn): (&Desired, Result<Drawn, _>)| match drawn {
            Ok(drawn) => Ok(self.keep(&desired.spec, drawn)),
            Err(faults) => Err(self.fail(faults)),
        };
        desired.iter().zip(drawn).map(keep).collect()
    }

    async fn deploy(
        &self,
        _target: &TargetPlan,
        _rollout: &Rollout,
        _progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic> {
        let what = "a preview has no cluster to write to";
        Err(Diagnostic::new(Kind::Internal, what))
    }

    /// Targets at rest: nothing is known that could leave one out.
    async fn look(&self, wanted: &[Wanted]) -> Vec<Result<Look, Diagnostic>> {
        wanted.iter().map(|_| Ok(Look::default())).collect()
    }
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
        changes: Vec::new(),
        hooks: Vec::new(),
        migrates: 0,
        creates_namespace: false,
        record: None,
        lookups: Vec::new(),
        warnings: Vec::new(),
        fingerprint: String::new(),
        values_diff: String::new(),
    }
}
