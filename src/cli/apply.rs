//! `rollbook apply`: does what a plan says, and nothing else.

use super::frozen::thaw;
use super::play::{Playbook, Session, warn};
use super::question::confirmed;
use super::shown::{Flags, finished, planned};
use super::{Exit, Global, limits};
use crate::diag::Diagnostics;
use crate::plan::{Operation, Plan};
use crate::report::{self, Look, Reporter};
use crate::state::DiskFiles;
use std::path::Path;
use std::sync::Arc;

/// Apply a saved plan, or plan, ask and apply
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A saved plan; with -i a playbook
    pub plan: Option<String>,
    /// The flags of a play.
    #[command(flatten)]
    pub flags: Flags,
    /// Only say what would happen
    #[arg(short = 'C', long, help_heading = "Tasks")]
    pub check: bool,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let reporter = args.flags.reporter(look)?;
    let ended = match (&args.plan, args.flags.play.fleet.inventory.is_empty()) {
        (Some(path), true) => saved(path, &args.flags, global, &*reporter).await,
        _ => fresh(&args, global, look, &*reporter).await,
    };
    finished(&*reporter, ended)
}

/// Applies a saved plan; never asks.
async fn saved(
    path: &str,
    flags: &Flags,
    global: &Global,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    let state = global.state()?;
    let thawed = thaw(Path::new(path), &state, &flags.play.fleet).await?;
    let mut play = thawed.args;
    (play.forks, play.diff, play.yes) = (flags.play.forks, flags.play.diff, true);
    let session = Session::new(None, play, &thawed.playbook, Arc::new(thawed.files), state)?;
    let digest = thawed.digest.get(..15).unwrap_or(&thawed.digest);
    let from = format!("{path} {digest}");
    go(&session, &thawed.plan, Some(from), reporter).await
}

/// Plans, shows the plan, asks, and applies it.
async fn fresh(
    args: &Args,
    global: &Global,
    look: &Look,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    let playbook = Playbook::named(args.plan.as_ref(), Playbook::Update);
    let play = args.flags.play.clone();
    let session = Session::new(None, play, &playbook, Arc::new(DiskFiles), global.state()?)?;
    let proposal = Proposal {
        operation: Operation::Update,
        flags: &args.flags,
        check: args.check,
    };
    propose(&session, &proposal, look, reporter).await
}

/// What is proposed, and whether it stays a proposal.
pub struct Proposal<'a> {
    /// Forward or back.
    pub operation: Operation,
    /// What is shown of it.
    pub flags: &'a Flags,
    /// Nothing is done.
    pub check: bool,
}

/// The part that `apply` and `backout` share: plan, show, ask, go.
pub async fn propose(
    session: &Session,
    proposal: &Proposal<'_>,
    look: &Look,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    if let Some(listing) = session.listing()? {
        reporter.listing(&listing);
        return Ok(Exit::Done);
    }
    warn(&session.playbook, look);
    let (plan, ended) = session.check(proposal.operation, reporter).await?;
    let plan = match session.again {
        true => session.rest(plan, None).await?,
        false => plan,
    };
    planned(&plan)?;
    reporter.plan(&plan, &proposal.flags.shown(&session.mask, None));
    let idle = !report::changes(&plan) && session.left_open(&plan).await?.is_empty();
    if proposal.check || idle {
        return Ok(Exit::of_run(&ended, false));
    }
    let answered = session.asks() || session.is_answered();
    let verb = name(proposal.operation).to_lowercase();
    let question = format!("Do you want to {verb}? (y/n)");
    if !answered && !confirmed(&question, "-e no_interactive=True, or -y").await? {
        return Ok(stopped(proposal.operation, reporter));
    }
    go(session, &plan, None, reporter).await
}

fn name(operation: Operation) -> &'static str {
    match operation {
        Operation::Update => "Apply",
        Operation::Backout => "Backout",
    }
}

/// Does it, within the limits.
pub async fn go(
    session: &Session,
    plan: &Plan,
    from: Option<String>,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    if let Some(fault) = limits::exceeded(plan, session)? {
        return Err(fault.into());
    }
    let ended = session.run(plan, from, reporter).await?;
    match ended.declined {
        Some(_) => Ok(stopped(plan.operation, reporter)),
        None => Ok(Exit::of_run(&ended, true)),
    }
}

fn stopped(operation: Operation, reporter: &dyn Reporter) -> Exit {
    let name = name(operation);
    reporter.stopped(&format!("{name}: stopped by you. Nothing was changed."));
    Exit::Input
}
