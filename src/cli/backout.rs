//! `rollbook backout`: back to an earlier recorded state.

use super::apply::{Proposal, propose};
use super::play::{PlayArgs, Playbook, Session};
use super::shown::{Flags, finished};
use super::{Exit, Global};
use crate::diag::{Diagnostic, Diagnostics};
use crate::journal;
use crate::plan::Operation;
use crate::report::{Look, Reporter};
use crate::state::{DiskFiles, StateDir};
use std::sync::Arc;

/// Bring targets back to an earlier recorded state
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The playbook; the shipped backout where none is named
    pub playbook: Option<String>,
    /// The flags of a play.
    #[command(flatten)]
    pub flags: Flags,
    /// The targets that this run changed
    #[arg(long, value_name = "RUN", help_heading = "Targets")]
    pub run: Option<String>,
    /// All targets of the inventory
    #[arg(long, conflicts_with = "run", help_heading = "Targets")]
    pub all: bool,
    /// Where to: previous, or revision:N
    #[arg(
        long,
        value_name = "STATE",
        default_value = "previous",
        help_heading = "Plan"
    )]
    pub to: String,
    /// Only say what would happen
    #[arg(short = 'C', long, help_heading = "Tasks")]
    pub check: bool,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let reporter = args.flags.reporter(look)?;
    let ended = back(&args, global, look, &*reporter).await;
    finished(&*reporter, ended)
}

async fn back(
    args: &Args,
    global: &Global,
    look: &Look,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    let state = global.state()?;
    let play = limited(args, &state)?;
    let playbook = Playbook::named(args.playbook.as_ref(), Playbook::Backout);
    let session = Session::new(play, &playbook, Arc::new(DiskFiles), state)?;
    let proposal = Proposal {
        operation: Operation::Backout,
        flags: &args.flags,
        check: args.check,
    };
    propose(&session, &proposal, look, reporter).await
}

/// A backout never begins without somebody having said of what.
fn limited(args: &Args, state: &StateDir) -> Result<PlayArgs, Diagnostics> {
    let mut play = args.flags.play.clone();
    play.fleet.extra_vars.insert(0, format!("to={}", args.to));
    if let Some(run) = &args.run {
        let run = journal::find(state.path(), run)?;
        let touched: Vec<String> = run
            .touched
            .iter()
            .map(|one| one.before.target.clone())
            .collect();
        if touched.is_empty() {
            return Err(
                Diagnostic::error(format!("run {} changed no target", run.id.as_str())).into(),
            );
        }
        let own = touched.join(",");
        play.fleet.limit = Some(match play.fleet.limit {
            Some(limit) => format!("{own},&{limit}"),
            None => own,
        });
    }
    if play.fleet.limit.is_none() && !args.all {
        return Err(Diagnostic::error(
            "backout without a limit would touch all targets of the inventory",
        )
        .hint("-l PATTERN, --run RUN, or --all")
        .into());
    }
    Ok(play)
}
