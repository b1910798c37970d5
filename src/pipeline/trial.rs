//! The `test` hooks of a release, as a plan of nothing but them. The main entry point is [`trial`].

use super::known::{self, place};
use super::render;
use super::shut;
use crate::cluster::Cluster;
use crate::diag::{Diagnostic, Kind};
use crate::manifest::schema::Schema;
use crate::plan::{HookPlan, ReleasePlan, TargetPlan, Verdict};
use crate::release::{Record, TargetSpec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which tests: Helm's `--filter`. Empty lists are all, and none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// `name=…`
    pub names: Vec<String>,
    /// `!name=…`
    pub not: Vec<String>,
}

impl Only {
    fn takes(&self, hook: &HookPlan) -> bool {
        let is = |name: &String| *name == *hook.id.name;
        (self.names.is_empty() || self.names.iter().any(is)) && !self.not.iter().any(is)
    }
}

/// Reads the newest revision of a release and plans its tests.
pub async fn trial(
    cluster: &dyn Cluster,
    spec: &TargetSpec,
    only: &Only,
) -> Result<TargetPlan, Diagnostic> {
    let fault = |e| shut(cluster, "reading release records", &e);
    let mut known = known::histories(cluster, &[spec]).await.map_err(fault)?;
    known::bodies(cluster, &mut known, &BTreeMap::new())
        .await
        .map_err(fault)?;
    let release = known.remove(&place(spec)).unwrap_or_default();
    match (release.last, release.fault) {
        (Some(last), _) => planned(cluster, spec, &last, only),
        (None, Some(fault)) => Err(fault),
        (None, None) => Err(missing(spec)),
    }
}

fn planned(
    cluster: &dyn Cluster,
    spec: &TargetSpec,
    last: &Arc<Record>,
    only: &Only,
) -> Result<TargetPlan, Diagnostic> {
    let (hooks, namespace) = (last.hooks.reveal(), &spec.namespace);
    let mut hooks = render::hooks_on(hooks, "test", namespace, &Schema::default())
        .map_err(|faults| faults.into_one("has tests that can't be read"))?;
    hooks.retain(|hook| only.takes(hook));
    let chart = render::chart_of(last);
    let release = ReleasePlan {
        name: spec.release.name.clone(),
        revision: last.revision,
        status: last.info.status.clone(),
        from: Some(chart.clone()),
        to: Some(chart),
        hooks,
        ..ReleasePlan::default()
    };
    Ok(TargetPlan {
        target: spec.name.clone(),
        namespace: namespace.clone(),
        cluster: Arc::new(cluster.identity().clone()),
        verdict: Verdict::Change,
        gates: Vec::new(),
        steps: Vec::new(),
        release: Some(release),
        warnings: Vec::new(),
    })
}

fn missing(spec: &TargetSpec) -> Diagnostic {
    let (release, namespace) = (&spec.release.name, &spec.namespace);
    let what = format!("there is no release {release} in namespace {namespace}");
    Diagnostic::new(Kind::Input, what).target(spec.name.clone())
}
