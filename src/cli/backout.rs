//! `rollbook backout`: back to an earlier recorded state.

use super::apply::{Proposal, propose};
use super::frozen::{kept, thaw};
use super::play::{PlayArgs, Playbook, Session};
use super::shown::{Flags, finished};
use super::{Exit, Global};
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::Files;
use crate::journal::{self, Run, RunId};
use crate::plan::Operation;
use crate::report::{Look, Reporter};
use crate::state::{DiskFiles, StateDir};
use std::collections::BTreeSet;
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

impl Args {
    /// Back from what a run did.
    pub fn of_run(run: String, flags: Flags) -> Args {
        Args {
            playbook: None,
            flags,
            run: Some(run),
            all: false,
            to: "previous".to_owned(),
            check: false,
        }
    }
}

async fn back(
    args: &Args,
    global: &Global,
    look: &Look,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    let state = global.state()?;
    let mut play = args.flags.play.clone();
    play.fleet.extra_vars.insert(0, format!("to={}", args.to));
    let known = args
        .run
        .as_deref()
        .map(|run| journal::find(state.path(), run));
    let files = match &known {
        Some(Ok(run)) if play.fleet.inventory.is_empty() => {
            as_it_was(run, &mut play, &state).await?
        }
        _ => Arc::new(DiskFiles),
    };
    if args.run.is_none() && play.fleet.limit.is_none() && !args.all {
        return Err(unlimited().into());
    }
    let playbook = Playbook::named(args.playbook.as_ref(), Playbook::Backout);
    let mut session = Session::new(None, play, &playbook, files, state)?;
    if let (Some(run), Some(known)) = (&args.run, known) {
        let touched = touched(&session, run, known).await?;
        session.narrow(&touched)?;
    }
    let proposal = Proposal {
        operation: Operation::Backout,
        flags: &args.flags,
        check: args.check,
    };
    propose(&session, &proposal, look, reporter).await
}

/// The inventory that the run was made with, where none is named and the run still has it.
async fn as_it_was(
    run: &Run,
    play: &mut PlayArgs,
    state: &StateDir,
) -> Result<Arc<dyn Files>, Diagnostic> {
    let path = kept(state, &run.id);
    if !path.exists() {
        let inventory = run.opened.inventory.join(" -i ");
        return Err(Diagnostic::error("no inventory is named").hint(format!("-i {inventory}")));
    }
    let thawed = thaw(&path, state, &play.fleet).await?;
    let extra = std::mem::take(&mut play.fleet.extra_vars);
    let limit = play.fleet.limit.take();
    play.fleet = thawed.args.fleet;
    play.fleet.limit = limit;
    play.fleet.extra_vars.extend(extra);
    play.context = play.context.take().or(thawed.args.context);
    Ok(Arc::new(thawed.files))
}

/// The targets that a run changed. Its journal knows those of this machine; the clusters know all:
/// another machine may have gone on with it.
async fn touched(
    session: &Session,
    run: &str,
    known: Result<Run, Diagnostic>,
) -> Result<Vec<Arc<str>>, Diagnostics> {
    let (id, journalled) = match (known, RunId::parse(run)) {
        (Ok(run), _) => (run.id, run.touched),
        (Err(_), Some(id)) => (id, Vec::new()),
        (Err(fault), None) => return Err(fault.into()),
    };
    let journalled = journalled.iter().map(|one| &one.before.target);
    let mut touched: BTreeSet<Arc<str>> = journalled.map(|name| name.as_str().into()).collect();
    touched.extend(session.touched_by(&id).await?);
    match touched.is_empty() {
        true => Err(Diagnostic::error(format!("run {run} changed no target")).into()),
        false => Ok(touched.into_iter().collect()),
    }
}

/// A backout never begins without somebody having said of what.
fn unlimited() -> Diagnostic {
    Diagnostic::error("backout without a limit would touch all targets of the inventory")
        .hint("-l PATTERN, --run RUN, or --all")
}
