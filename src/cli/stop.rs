//! `rollbook stop`: asks a run to end in order, from another shell or another machine.

use super::fleet::{FleetArgs, by_cluster};
use super::{Exit, Global};
use crate::cluster::{self, Cluster, ClusterError, Opening, Write};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::journal::{self, Run};
use crate::pipeline::left;
use crate::release::{ClusterRef, Holder, STOP};
use crate::report::Look;
use crate::state::{Operator, is_gone};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Ask a run to stop: what is in flight finishes, nothing new starts
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The run: its id, or any part of it that no other has
    run: String,
    /// A run of another machine: it hears of it by its leases in these targets' clusters
    #[command(flatten)]
    pub(super) fleet: FleetArgs,
    /// This context of the kubeconfig: instead of the inventory's cluster, or without an inventory
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    pub(super) context: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let by = Operator::here().by;
    if args.context.is_none() && args.fleet.inventory.is_empty() {
        let state = global.state_path();
        let run = journal::find(state, &args.run).map_err(|fault| {
            fault.hint("a run of another machine: --context NAME, or -i INVENTORY")
        })?;
        alive(&run)?;
        let asked = journal::ask_to_stop(state, &run.id, &by);
        asked.map_err(|e| Diagnostic::error(format!("the run can't be told: {e}")))?;
        look.out(&told(run.id.as_str()));
        return Ok(Exit::Done);
    }
    look.out(&told(&ask(&args, &by, global).await?));
    Ok(Exit::Done)
}

fn told(run: &str) -> String {
    format!("Run {run} is asked to stop: targets in flight finish, no other one starts.\n")
}

fn alive(run: &Run) -> Result<(), Diagnostic> {
    let way = format!("rollbook resume {}", run.id);
    let (what, way) = match (&run.ended, is_gone(&run.process)) {
        (None, false) => return Ok(()),
        (Some(_), _) => (format!("run {} has ended", run.id), None),
        (None, true) => (format!("run {} was killed", run.id), Some(way)),
    };
    let fault = Diagnostic::new(Kind::Input, what);
    Err(match way {
        Some(way) => fault.hint(way),
        None => fault,
    })
}

/// A cluster, and the namespaces to look at: all of them where `None`.
type Ground = (Arc<ClusterRef>, Option<BTreeSet<Arc<str>>>);

fn grounds(args: &Args) -> Result<Vec<Ground>, Diagnostics> {
    let context = args.context.as_deref();
    if let (Some(context), true) = (context, args.fleet.inventory.is_empty()) {
        return Ok(vec![(Arc::new(ClusterRef::of_context(context)), None)]);
    }
    let (_, specs) = args.fleet.specs(context)?;
    let grounds = by_cluster(&specs).into_iter().map(|(cluster, specs)| {
        let namespaces = specs.iter().map(|spec| spec.namespace.clone());
        (cluster, Some(namespaces.collect()))
    });
    Ok(grounds.collect())
}

/// A lease of a run.
struct Held {
    cluster: Arc<dyn Cluster>,
    namespace: Arc<str>,
    holder: Holder,
}

/// The leases on this ground of runs whose id holds `run`.
async fn held(
    (wanted, namespaces): &Ground,
    run: &str,
    opening: &Opening,
) -> Result<Vec<Held>, ClusterError> {
    let cluster = cluster::open(wanted, opening).await?;
    let holders = match namespaces {
        Some(namespaces) => left::holders(&*cluster, &namespaces.iter().collect()).await?,
        None => left::all_holders(&*cluster).await?,
    };
    let ours = holders
        .into_iter()
        .filter(|(_, holder)| holder.run.contains(run));
    let held = |(namespace, holder)| Held {
        cluster: cluster.clone(),
        namespace,
        holder,
    };
    Ok(ours.map(held).collect())
}

/// Leaves word on all leases of a run; gives back its id.
async fn ask(args: &Args, by: &str, global: &Global) -> Result<Arc<str>, Diagnostics> {
    journal::names_a_run(&args.run)?;
    let opening = global.opening("stop");
    let mut all = Vec::new();
    for ground in grounds(args)? {
        let held = held(&ground, &args.run, &opening).await;
        all.extend(held.map_err(|e| e.diagnostic())?);
    }
    let runs: BTreeSet<Arc<str>> = all.iter().map(|held| held.holder.run.clone()).collect();
    let runs: Vec<Arc<str>> = runs.into_iter().collect();
    let [run] = runs.as_slice() else {
        return Err(not_one(&args.run, &runs).into());
    };
    for held in &all {
        match leave_word(held, by).await {
            // It was given back meanwhile: that target is through.
            Ok(()) | Err(ClusterError::NotFound(_)) => {}
            Err(error) => return Err(error.diagnostic().into()),
        }
    }
    Ok(run.clone())
}

fn not_one(asked: &str, runs: &[Arc<str>]) -> Diagnostic {
    if runs.is_empty() {
        let what = format!("no run called \"{asked}\" holds a lease there");
        return Diagnostic::error(what).hint("rollbook status shows the runs that are under way");
    }
    Diagnostic::error(format!("\"{asked}\" fits {} runs", runs.len())).note(runs.join(" "))
}

async fn leave_word(held: &Held, by: &str) -> Result<(), ClusterError> {
    let write = Write::Patch {
        gvk: Holder::gvk(),
        id: Holder::place(&held.namespace, &held.holder.release),
        subresource: None,
        patch: json!({"metadata": {"annotations": {STOP: by}}}),
        manager: "rollbook".to_owned(),
    };
    held.cluster.write(&write).await.map(drop)
}
