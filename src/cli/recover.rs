//! `rollbook recover`: what runs left open (pending revisions, leases of the dead, closing steps),
//! and after a yes its repair. What closing steps say is put back; no object is touched otherwise: a
//! plan follows, or a backout.

mod open;

use super::fleet::{FleetArgs, by_cluster};
use super::question::confirmed;
use super::{Exit, Global};
use crate::cluster::{self, Cluster, ClusterError};
use crate::deploy::{self, Lock, Ways};
use crate::diag::Diagnostics;
use crate::journal::{self, RunId};
use crate::pipeline::known::{self, Known, place};
use crate::pipeline::left as remains;
use crate::plan::{ReleasePlan, TargetPlan, Verdict};
use crate::release::{Holder, OnPending, TargetSpec};
use crate::report::recover::{self as report, Left};
use crate::report::{self as screens, Look};
use crate::state::{Operator, is_free};
use crate::terminal;
use open::Due;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Put right what runs left: pending revisions, leases, workloads that they stopped
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) fleet: FleetArgs,
    /// This context of the kubeconfig instead of the inventory's cluster
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    pub(super) context: Option<String>,
    /// Answer the question with yes
    #[arg(short = 'y', long, help_heading = "Questions")]
    yes: bool,
    /// Why this is done: kept in the lease while it is done
    #[arg(long, value_name = "TEXT", help_heading = "Run")]
    reason: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let run = RunId::fresh();
    let found = find(&args, global, &run).await?;
    if found.is_empty() {
        look.out("Nothing was left open.\n");
        return Ok(Exit::Done);
    }
    let told: Vec<Left> = found.iter().map(|one| one.left.clone()).collect();
    look.out(&report::list(&told, look));
    let due: Vec<&Found> = found.iter().filter(|one| one.left.repair.is_ok()).collect();
    if due.is_empty() {
        return Ok(Exit::Open);
    }
    look.out(&report::summary(due.len()));
    if !args.yes && !confirmed("Do you want to repair? (y/n)", "-y").await? {
        look.out("Recover: stopped by you. Nothing was changed.\n");
        return Ok(Exit::Input);
    }
    let failed = repair(&due, &args, &run, (global.state_path(), look)).await;
    Ok(match failed || due.len() < found.len() {
        true => Exit::Open,
        false => Exit::Done,
    })
}

/// Something left open, and how it would be repaired.
struct Found {
    left: Left,
    cluster: Arc<dyn Cluster>,
    repair: Repair,
}

/// What a repair does.
enum Repair {
    /// Marks a revision failed, or frees a lease.
    Release(Box<TargetPlan>),
    /// Puts back what was set for a time.
    Steps(Due),
}

async fn find(args: &Args, global: &Global, run: &RunId) -> Result<Vec<Found>, Diagnostics> {
    let (_, mut specs) = args.fleet.specs(args.context.as_deref())?;
    for spec in &mut specs {
        // The command itself is the yes that `recover: ask` waits for.
        spec.guard.recovery.policy = OnPending::MarkFailed;
    }
    let opening = global.opening(run.as_str());
    let mut found = Vec::new();
    for (wanted, specs) in by_cluster(&specs) {
        let cluster = cluster::open(&wanted, &opening).await;
        let cluster = cluster.map_err(|e| e.diagnostic())?;
        let some = find_in(&cluster, &specs, global.state_path()).await;
        found.extend(some.map_err(|e| e.diagnostic())?);
    }
    Ok(found)
}

async fn find_in(
    cluster: &Arc<dyn Cluster>,
    specs: &[&TargetSpec],
    state: &Path,
) -> Result<Vec<Found>, ClusterError> {
    let known = known::releases(&**cluster, specs).await?;
    let namespaces: BTreeSet<&Arc<str>> = specs.iter().map(|spec| &spec.namespace).collect();
    let holders = remains::holders(&**cluster, &namespaces).await?;
    let holders = holders.into_iter();
    let holders: BTreeMap<known::Place, Holder> = holders
        .map(|(namespace, holder)| ((namespace, holder.release.clone()), holder))
        .collect();
    let nothing = Known::default();
    let found = |spec: &&TargetSpec| {
        let place = place(spec);
        let known = known.get(&place).unwrap_or(&nothing);
        let holder = holders.get(&place);
        let left = left(spec, known, holder, state)?;
        Some(Found {
            left,
            cluster: cluster.clone(),
            repair: Repair::Release(Box::new(repair_plan(spec, known, cluster))),
        })
    };
    let due = Due::find(&**cluster, specs).await?;
    let steps = due.into_iter().filter_map(|due| {
        let first = due.steps.first()?;
        let holder = holders.get(&(first.namespace.clone(), first.release.clone()));
        Some(Found {
            left: due.left(holder)?,
            cluster: cluster.clone(),
            repair: Repair::Steps(due),
        })
    });
    // A revision first: its repair frees the lease that the steps need.
    Ok(specs.iter().filter_map(found).chain(steps).collect())
}

fn left(spec: &TargetSpec, known: &Known, holder: Option<&Holder>, state: &Path) -> Option<Left> {
    let meta = known.metas.iter().max_by_key(|meta| meta.key.revision);
    let run = meta.and_then(|meta| meta.run.clone());
    let run = run.or_else(|| holder.map(|holder| holder.run.clone()));
    let (what, repair) = match (&known.recover, &known.stuck, holder) {
        (Some(recover), _, _) => (
            format!("revision {} {}", recover.revision, recover.status),
            Ok("mark failed".to_owned()),
        ),
        (None, Some(stuck), _) => {
            let last = known.history.last()?;
            let what = format!("revision {} {}", last.number, last.status);
            (what, Err(stuck.clone().target(spec.name.clone())))
        }
        (None, None, Some(holder)) if is_free(holder) => {
            ("a lease".to_owned(), Ok("free it".to_owned()))
        }
        (None, None, _) => return None,
    };
    let by = match (holder, &run) {
        (Some(holder), _) => holder.named(),
        (None, Some(run)) => format!("run {}", run.rsplit('-').next().unwrap_or(run)),
        (None, None) => "helm, or somebody else".to_owned(),
    };
    Some(Left {
        target: spec.name.clone(),
        what,
        by,
        doing: doing(state, run.as_deref(), &spec.name).unwrap_or_default(),
        repair,
    })
}

/// The last step of the run, where its journal is here.
fn doing(state: &Path, run: Option<&str>, target: &str) -> Option<String> {
    let run = journal::find(state, run?).ok()?;
    let mut touched = run.touched.iter().rev();
    let touched = touched.find(|one| one.before.target == target)?;
    Some(touched.steps.last()?.step.to_string())
}

/// The plan to mark failed what `known` says, and nothing else.
fn repair_plan(spec: &TargetSpec, known: &Known, cluster: &Arc<dyn Cluster>) -> TargetPlan {
    let recover = known.recover.clone();
    TargetPlan {
        target: spec.name.clone(),
        namespace: spec.namespace.clone(),
        cluster: Arc::new(cluster.identity().clone()),
        verdict: Verdict::Change,
        gates: Vec::new(),
        steps: Vec::new(),
        release: Some(ReleasePlan {
            name: spec.release.name.clone(),
            revision: recover.as_ref().map_or(0, |recover| recover.revision),
            status: recover
                .as_ref()
                .map_or_else(|| "".into(), |r| r.status.clone()),
            recover,
            ..ReleasePlan::default()
        }),
        warnings: Vec::new(),
    }
}

/// Repairs them one after the other; whether one failed.
async fn repair(due: &[&Found], args: &Args, run: &RunId, (state, look): (&Path, &Look)) -> bool {
    let options = deploy::Options {
        reason: args.reason.clone(),
        lock: Lock {
            operator: Operator::here(),
            ..Lock::default()
        },
        ..deploy::Options::new(run.as_str())
    };
    let halt = terminal::process();
    halt.arm(None);
    let mut failed = false;
    for found in due {
        let ways = Ways {
            cluster: &*found.cluster,
            journal: None,
            halt,
            progress: &|_| {},
        };
        let done = match &found.repair {
            Repair::Release(plan) => deploy::repair(ways, plan, &options).await,
            Repair::Steps(due) => due.close(&*found.cluster, &options, (halt, state)).await,
        };
        let Left { target, what, .. } = &found.left;
        match done {
            Ok(()) => look.out(&format!("{target}: {what}: repaired\n")),
            Err(fault) => {
                failed = true;
                look.err(&screens::fault(&fault));
            }
        }
    }
    halt.disarm();
    failed
}
