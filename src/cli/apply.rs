//! `rollbook apply`: does what a plan says, and nothing else.

use super::plan::{Frozen, ShownArgs};
use super::play::{PlayArgs, Playbook, Session, warn};
use super::{Exit, Global, limits};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::plan::artifact::{self, Saved};
use crate::plan::{Operation, Plan};
use crate::report::{self, Follower, Look, Shown};
use crate::state::{DiskFiles, StateDir};
use crate::terminal::{self, Prompt, Prompter, Reply, Terminal};
use std::path::Path;
use std::sync::Arc;

/// Apply a saved plan, or plan, ask and apply
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A saved plan; with -i a playbook
    pub plan: Option<String>,
    /// The flags of a play.
    #[command(flatten)]
    pub play: PlayArgs,
    /// The flags of a plan's screen.
    #[command(flatten)]
    pub shown: ShownArgs,
    /// Only say what would happen
    #[arg(short = 'C', long, help_heading = "Tasks")]
    pub check: bool,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    match (&args.plan, args.play.fleet.inventory.is_empty()) {
        (Some(path), true) => saved(path, &args, global.state()?, look).await,
        _ => planned(args, global.state()?, look).await,
    }
}

/// Applies a saved plan; never asks.
async fn saved(path: &str, args: &Args, state: StateDir, look: &Look) -> Result<Exit, Diagnostics> {
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    let saved =
        Saved::read(&bytes, &state.seal()?).map_err(|fault| fault.at(Location::file(path)))?;
    let frozen: Frozen = saved
        .frozen()
        .map_err(|fault| fault.at(Location::file(path)))?;
    let mut play = frozen.args;
    (play.forks, play.diff, play.yes) = (args.play.forks, args.play.diff, true);
    let session = Session::new(play, &frozen.playbook, Arc::new(saved.files), state)?;
    let digest = artifact::digest(&bytes);
    let from = format!("{path} {}", digest.get(..15).unwrap_or(&digest));
    go(&session, &saved.plan, Some(from), look).await
}

/// Plans, shows the plan, asks, and applies it.
async fn planned(args: Args, state: StateDir, look: &Look) -> Result<Exit, Diagnostics> {
    let playbook = Playbook::named(args.plan.as_ref(), Playbook::Update);
    let session = Session::new(args.play.clone(), &playbook, Arc::new(DiskFiles), state)?;
    propose(&session, Operation::Update, &args.shown, args.check, look).await
}

/// The part that `apply` and `backout` share: plan, show, ask, go.
pub async fn propose(
    session: &Session,
    operation: Operation,
    shown: &ShownArgs,
    check: bool,
    look: &Look,
) -> Result<Exit, Diagnostics> {
    if let Some(listing) = session.listing()? {
        look.out(&listing);
        return Ok(Exit::Done);
    }
    warn(&session.playbook, look);
    let follower = Follower::new(look, session.args.diff).silent();
    let (plan, ended) = session.check(operation, &follower).await?;
    let shown = Shown {
        diff: shown.detail,
        gates: shown.gates,
        noise: shown.show_noise,
        saved: None,
        next: None,
        mask: session.mask.clone(),
    };
    look.out(&report::plan(&plan, &shown, look));
    if check || !report::changes(&plan) {
        return Ok(Exit::of_run(&ended));
    }
    if !session.asks() && !confirmed(session, operation).await? {
        return Ok(stopped(operation, look));
    }
    go(session, &plan, None, look).await
}

fn name(operation: Operation) -> &'static str {
    match operation {
        Operation::Update => "Apply",
        Operation::Backout => "Backout",
    }
}

/// Only `y`, `yes`, `n`, `no` count; end of input is a no.
async fn confirmed(session: &Session, operation: Operation) -> Result<bool, Diagnostic> {
    let verb = name(operation).to_lowercase();
    if session.is_answered() {
        return Ok(true);
    }
    let text = format!("Do you want to {verb}? (y/n)");
    let terminal = Terminal::default();
    if !terminal.attended() {
        return Err(Diagnostic::error(format!(
            "this run would ask \"{text}\" and there is no terminal"
        ))
        .hint("-e no_interactive=True, or -y"));
    }
    let prompt = Prompt {
        title: "Please confirm".to_owned(),
        text,
        note: None,
        kind: terminal::Kind::Question,
    };
    Ok(terminal::ask(&terminal, &prompt).await == Reply::Yes)
}

async fn go(
    session: &Session,
    plan: &Plan,
    from: Option<String>,
    look: &Look,
) -> Result<Exit, Diagnostics> {
    if let Some(fault) = limits::exceeded(plan, session)? {
        return Err(fault.into());
    }
    let follower = Follower::new(look, session.args.diff);
    let ended = session.run(plan, from, &follower).await?;
    match ended.declined {
        Some(_) => Ok(stopped(plan.operation, look)),
        None => Ok(Exit::of_run(&ended)),
    }
}

fn stopped(operation: Operation, look: &Look) -> Exit {
    look.err(&format!(
        "{}: stopped by you. Nothing was changed.\n",
        name(operation)
    ));
    Exit::Input
}

fn unreadable(path: &str, error: &std::io::Error) -> Diagnostic {
    let fault = Diagnostic::new(Kind::Input, format!("the plan can't be read: {error}"));
    let exists = Path::new(path).exists();
    let hint = if exists {
        "check its mode and owner"
    } else {
        "rollbook plan -i INVENTORY PLAYBOOK --out FILE makes one"
    };
    fault.at(Location::file(path)).hint(hint)
}
