//! Quotas against whole plans. The main entry point is [`check`].

use super::reach::everywhere;
use super::{Desired, Outcome};
use crate::cluster::{Cluster, ClusterError};
use crate::diag::Diagnostic;
use crate::manifest::Gvk;
use crate::plan::{Action, ReleasePlan, exceeded};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Adds a warning to each plan that needs more than its namespace's quotas leave. Nothing is asked
/// where nothing is written.
pub async fn check(cluster: &dyn Cluster, wanted: &[Desired], outcomes: &mut [Outcome]) {
    let mut plans: BTreeMap<&str, &mut ReleasePlan> = BTreeMap::new();
    for (one, outcome) in wanted.iter().zip(outcomes) {
        if let Ok(plan) = outcome
            && grows(plan)
        {
            plans.insert(&one.spec.namespace, plan);
        }
    }
    match quotas(cluster, &plans.keys().copied().collect()).await {
        Ok(quotas) => {
            for (namespace, plan) in plans {
                let own = |quota: &&Value| quota["metadata"]["namespace"] == *namespace;
                let told = exceeded(&plan.changes, quotas.iter().filter(own));
                plan.warnings.extend(told);
            }
        }
        Err(error) => {
            let told = Diagnostic::warning(format!("quotas can't be read: {error}"));
            plans
                .into_values()
                .for_each(|plan| plan.warnings.push(told.clone()));
        }
    }
}

/// Whether it may take more in a namespace that is there.
fn grows(plan: &ReleasePlan) -> bool {
    let more = |action| matches!(action, Action::Create | Action::Update | Action::Replace);
    !plan.creates_namespace && plan.changes.iter().any(|change| more(change.action))
}

async fn quotas(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&str>,
) -> Result<Vec<Value>, ClusterError> {
    let kind = Gvk::new("v1", "ResourceQuota");
    everywhere(namespaces, |namespace| cluster.list(&kind, namespace, None)).await
}
