//! How far what is live is from the inventory. The main entry point is [`drifts`].

use crate::cli::charts::charts;
use crate::cluster::{self, Opening};
use crate::diag::Diagnostic;
use crate::files::Files;
use crate::pipeline::{self, Desired, Planner, To};
use crate::plan::{Action, ObjectChange};
use crate::release::{ClusterRef, TargetSpec};
use crate::repo::Asked;
use crate::report::status::Drift;
use crate::sensitive::Mask;
use crate::state::DiskFiles;
use indexmap::IndexMap;
use std::sync::Arc;

/// How far each target is from what the inventory says; of clusters that can't be opened nothing.
pub(super) async fn drifts(
    by_cluster: &IndexMap<Arc<ClusterRef>, Vec<&TargetSpec>>,
    opening: &Opening,
) -> Result<Vec<(Arc<str>, Drift)>, Diagnostic> {
    let files: Arc<dyn Files> = Arc::new(DiskFiles);
    let charts = Arc::new(charts(files.clone(), Asked::default())?);
    let planner = Planner::new(charts, files, Default::default(), Mask::Plain)?;
    let mut drifts = Vec::new();
    for (wanted, specs) in by_cluster {
        let Ok(cluster) = cluster::open(wanted, opening).await else {
            continue;
        };
        let desired: Vec<Desired> = specs.iter().map(|spec| as_inventory(spec)).collect();
        let outcomes = pipeline::plan(&planner, &cluster, &desired, None).await;
        let named = specs.iter().map(|spec| spec.name.clone());
        drifts.extend(named.zip(outcomes.iter().map(drift)));
    }
    Ok(drifts)
}

/// What somebody else set is drift too: it refuses nothing here.
fn as_inventory(spec: &TargetSpec) -> Desired {
    let mut spec = spec.clone();
    spec.guard.conflicts.count_as_ours();
    Desired::new(spec, To::Inventory)
}

fn drift(outcome: &pipeline::Outcome) -> Drift {
    let differs =
        |change: &&ObjectChange| !matches!(change.action, Action::Keep | Action::Unchanged);
    match outcome {
        Ok(plan) => Drift {
            objects: plan.changes.iter().filter(differs).count(),
            unknown: None,
        },
        Err(fault) => Drift {
            objects: 0,
            unknown: Some(fault.message.clone()),
        },
    }
}
