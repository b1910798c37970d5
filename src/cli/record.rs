//! `rollbook record`: a directory of YAML that stands for a cluster, without its secrets.

use super::Exit;
use super::fleet::FleetArgs;
use crate::cluster::{self, Opening, Policy, Scope};
use crate::diag::{Diagnostic, Diagnostics};
use crate::release::{ClusterRef, TargetSpec};
use crate::report::Look;
use std::path::PathBuf;
use std::sync::Arc;

/// Write what plans read of a cluster into files: for previews in CI, for tests, for a bug report
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) fleet: FleetArgs,
    /// Record this context of the kubeconfig, whatever cluster the inventory names
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    pub(super) context: Option<String>,
    /// The directory to write; one that holds a recording is brought up to date
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs it.
pub async fn run(args: Args, look: &Look) -> Result<Exit, Diagnostics> {
    let (fleet, specs) = args.fleet.specs(args.context.as_deref())?;
    let cluster = only_cluster(&specs)?;
    let scope = Scope {
        namespaces: specs.iter().map(|spec| spec.namespace.clone()).collect(),
        known: fleet.vault().known().clone(),
    };
    let count = record(&cluster, &scope, &args.out).await;
    let count = count.map_err(|error| error.diagnostic())?;
    let (targets, out) = (scope.namespaces.len(), args.out.display());
    look.out(&format!("recorded {count} objects of {targets} namespaces in {out}; values of Secrets are left out\n"));
    Ok(Exit::Done)
}

/// The one cluster of all targets.
fn only_cluster(specs: &[TargetSpec]) -> Result<Arc<ClusterRef>, Diagnostic> {
    let Some(first) = specs.first() else {
        return Err(Diagnostic::error("there is no target to record"));
    };
    match specs.iter().find(|spec| spec.cluster != first.cluster) {
        None => Ok(first.cluster.clone()),
        Some(other) => Err(Diagnostic::error(format!(
            "{} and {} are on two clusters, and a recording stands for one",
            first.name, other.name
        ))
        .hint("-l PATTERN, once for each cluster")),
    }
}

async fn record(
    cluster: &ClusterRef,
    scope: &Scope,
    out: &std::path::Path,
) -> Result<usize, cluster::ClusterError> {
    let opening = Opening {
        run: "record".to_owned(),
        overlays: None,
        policy: Policy::default(),
    };
    let cluster = cluster::open(cluster, &opening).await?;
    cluster::record(cluster.as_ref(), scope, out).await
}
