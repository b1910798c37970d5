//! `rollbook resume`: goes on with a run that was stopped or killed.
//!
//! On the machine of the run the plan that it kept is taken up again: what is done stays done,
//! what was begun is planned anew towards the same revision, the rest is as it was planned. On
//! another machine the inventory says what should be, and the cluster how far the run came.

use super::apply::{Proposal, go, propose};
use super::backout;
use super::frozen::{kept, thaw};
use super::play::{Playbook, Session};
use super::shown::{Flags, finished};
use super::{Exit, Global};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::journal::{self, Run, RunId, Touched};
use crate::modules::Releases;
use crate::pipeline::Desired;
use crate::pipeline::left::Rest;
use crate::plan::{Operation, Plan, TargetPlan, Verdict};
use crate::release::{TargetSpec, resolve_all};
use crate::report::{Look, Reporter};
use crate::state::{DiskFiles, is_gone};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Go on with a run that was stopped or killed
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The run: its id, or any part of it that no other has; with -i (on another machine) the
    /// whole id
    pub run: String,
    /// With -i: the playbook of the run; the shipped update where none is named
    pub playbook: Option<String>,
    /// Bring back what it changed instead
    #[arg(long)]
    pub undo: bool,
    /// The flags of a play.
    #[command(flatten)]
    pub flags: Flags,
}

/// A dead run of another machine is known by its lease, which must have run out.
const PATIENCE: Duration = Duration::from_secs(150);

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    if args.undo {
        let back = backout::Args::of_run(args.run, args.flags);
        return backout::run(back, global, look).await;
    }
    let reporter = args.flags.reporter(look)?;
    let ended = match args.flags.play.fleet.inventory.is_empty() {
        true => here(&args, global, &*reporter).await,
        false => elsewhere(&args, global, look, &*reporter).await,
    };
    finished(&*reporter, ended)
}

/// With the plan that the run kept.
async fn here(args: &Args, global: &Global, reporter: &dyn Reporter) -> Result<Exit, Diagnostics> {
    let state = global.state()?;
    let run = journal::find(state.path(), &args.run)
        .map_err(|fault| fault.hint("on another machine: -i INVENTORY and the whole id"))?;
    dead(&run)?;
    if run.unfinished().is_empty() {
        reporter.stopped(&format!("Run {} has nothing left to do.", run.id.short()));
        return Ok(Exit::Done);
    }
    let path = kept(&state, &run.id);
    let thawed = thaw(&path, &state, &args.flags.play.fleet).await?;
    let mut play = thawed.args;
    (play.forks, play.diff, play.yes) = (args.flags.play.forks, args.flags.play.diff, true);
    play.break_lock = args.flags.play.break_lock;
    play.grace = args.flags.play.grace;
    play.lock_timeout = args.flags.play.lock_timeout.max(PATIENCE);
    let files = Arc::new(thawed.files);
    let session = Session::new(Some(run.id.clone()), play, &thawed.playbook, files, state)?;
    let done = run.touched.iter().filter(|touched| touched.is_done());
    let done = done.map(|touched: &Touched| touched.before.target.as_str());
    let plan = session.rest(thawed.plan, Some(&done.collect())).await?;
    go(&session, &plan, run.opened.plan.clone(), reporter).await
}

/// With the inventory that is named.
async fn elsewhere(
    args: &Args,
    global: &Global,
    look: &Look,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    let state = global.state()?;
    let run = match journal::find(state.path(), &args.run) {
        Ok(run) => {
            dead(&run)?;
            run.id
        }
        Err(_) => RunId::parse(&args.run).ok_or_else(|| whole_id(&args.run))?,
    };
    let mut play = args.flags.play.clone();
    play.lock_timeout = play.lock_timeout.max(PATIENCE);
    let playbook = Playbook::named(args.playbook.as_ref(), Playbook::Update);
    let session = Session::new(Some(run), play, &playbook, Arc::new(DiskFiles), state)?;
    let proposal = Proposal {
        operation: Operation::Update,
        flags: &args.flags,
        check: false,
    };
    propose(&session, &proposal, look, reporter).await
}

/// Nobody goes on with what is under way.
fn dead(run: &Run) -> Result<(), Diagnostic> {
    match run.ended.is_some() || is_gone(&run.process) {
        true => Ok(()),
        false => Err(Diagnostic::new(
            Kind::Refused,
            format!("run {} of {} is under way", run.id.short(), run.opened.by),
        )
        .hint(format!("rollbook stop {}", run.id))),
    }
}

fn whole_id(run: &str) -> Diagnostic {
    Diagnostic::error(format!("\"{run}\" is not the whole id of a run"))
        .note("this machine has no journal of it")
        .hint("rollbook status shows the runs that are open: 20260312-2204-7k2f")
}

impl Session {
    /// The targets for which a run left a saved state in their clusters.
    pub(super) async fn touched_by(&self, run: &RunId) -> Result<Vec<Arc<str>>, Diagnostics> {
        let hosts = self.fleet.inventory().hosts();
        let names: Vec<Arc<str>> = hosts.map(|host| host.name.clone()).collect();
        let specs = resolve_all(&self.fleet, &names, &self.args.cluster())?;
        let saved = self.site.saved_by(run.as_str(), &specs).await;
        let mut touched = Vec::new();
        for (spec, saved) in specs.into_iter().zip(saved) {
            if saved? {
                touched.push(spec.name);
            }
        }
        Ok(touched)
    }

    /// What the run still has to do of `plan`. `done` are the targets that its journal knows to be
    /// done; without a journal the cluster alone tells.
    pub(super) async fn rest(
        &self,
        mut plan: Plan,
        done: Option<&BTreeSet<&str>>,
    ) -> Result<Plan, Diagnostics> {
        let is_done = |target: &TargetPlan| done.is_some_and(|d| d.contains(&*target.target));
        for target in plan.targets.iter_mut().filter(|target| is_done(target)) {
            target.verdict = Verdict::Skip(DONE.to_owned());
        }
        let open =
            |target: &&TargetPlan| matches!(target.verdict, Verdict::Change | Verdict::Error(_));
        let names = plan.targets.iter().filter(open).map(|t| t.target.clone());
        let names: Vec<Arc<str>> = names.collect();
        let specs = resolve_all(&self.fleet, &names, &self.args.cluster())?;
        let rests = self.site.rests(&specs).await;
        let mut verdicts = BTreeMap::new();
        let mut again = Vec::new();
        let is_done = |(_, rest): &(_, &_)| matches!(rest, Ok(Rest::Done));
        let through = specs.iter().zip(&rests).filter(is_done);
        let through: Vec<TargetSpec> = through.map(|(spec, _)| spec.clone()).collect();
        for (spec, freed) in through.iter().zip(self.site.free(&through).await) {
            if let Err(fault) = freed {
                verdicts.insert(spec.name.clone(), Verdict::Error(fault));
            }
        }
        for (spec, rest) in specs.into_iter().zip(rests) {
            match rest {
                Ok(Rest::Begin) => {}
                // The release is done; what the play does after it may not be.
                Ok(Rest::Done) if done.is_some() => {}
                Ok(Rest::Done) => drop(verdicts.insert(spec.name, Verdict::Skip(DONE.to_owned()))),
                Ok(Rest::Overtaken) => {
                    verdicts.insert(spec.name, Verdict::Skip(OVERTAKEN.to_owned()));
                }
                Ok(Rest::Again(to)) => again.push(Desired::new(spec, to)),
                Err(fault) => drop(verdicts.insert(spec.name, Verdict::Error(fault))),
            }
        }
        let plans = self.site.plan_all(&again, false).await;
        let mut releases = BTreeMap::new();
        for (one, release) in again.into_iter().zip(plans) {
            match release {
                Ok(release) => drop(releases.insert(one.spec.name, release)),
                Err(fault) => drop(verdicts.insert(one.spec.name, Verdict::Error(fault))),
            }
        }
        for target in &mut plan.targets {
            if let Some(verdict) = verdicts.remove(&target.target) {
                target.verdict = verdict;
            }
            if let Some(release) = releases.remove(&target.target) {
                target.verdict = Verdict::Change;
                target.release = Some(release);
            }
        }
        Ok(plan)
    }
}

const DONE: &str = "this run has done it";
const OVERTAKEN: &str = "somebody else has changed it since";
