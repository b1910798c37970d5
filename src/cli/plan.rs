//! `rollbook plan`: exactly what would change in the live cluster.

use super::frozen::unwritable;
use super::limits;
use super::play::{Playbook, Session, warn};
use super::shown::{Flags, finished, planned};
use super::{Exit, Global};
use crate::diag::Diagnostics;
use crate::plan::artifact::{self, Seal};
use crate::plan::{Operation, Plan};
use crate::report::{self, Look, Reporter};
use crate::state::{DiskFiles, write_private};
use std::path::PathBuf;
use std::sync::Arc;

/// Show what would change, and save it for `apply`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The playbook; the shipped update where none is named
    pub playbook: Option<String>,
    /// The flags of a play.
    #[command(flatten)]
    pub flags: Flags,
    /// Save the plan here, mode 0600, sealed with the key of the state directory
    #[arg(long, value_name = "FILE", help_heading = "Plan")]
    pub out: Option<PathBuf>,
    /// Save the plan in the clear, secrets and all: it can be applied with any state directory
    #[arg(
        long,
        requires = "out",
        conflicts_with = "encrypt",
        help_heading = "Plan"
    )]
    pub clear_secrets: bool,
    /// Exit with 3 where something would change
    #[arg(long, help_heading = "Plan")]
    pub detailed_exitcode: bool,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let reporter = args.flags.reporter(look)?;
    let ended = plan(&args, global, look, &*reporter).await;
    finished(&*reporter, ended)
}

async fn plan(
    args: &Args,
    global: &Global,
    look: &Look,
    reporter: &dyn Reporter,
) -> Result<Exit, Diagnostics> {
    let playbook = Playbook::named(args.playbook.as_ref(), Playbook::Update);
    let play = args.flags.play.clone();
    let session = Session::new(None, play, &playbook, Arc::new(DiskFiles), global.state()?)?;
    if let Some(listing) = session.listing()? {
        reporter.listing(&listing);
        return Ok(Exit::Done);
    }
    warn(&session.playbook, look);
    let (plan, ended) = session.check(Operation::Update, reporter).await?;
    planned(&plan)?;
    let saved = save(args, &session, &plan)?;
    reporter.plan(&plan, &args.flags.shown(&session.mask, saved));
    let over = limits::exceeded(&plan, &session)?;
    if let Some(warning) = over {
        look.err(&report::fault(&warning));
    }
    let exit = Exit::of_run(&ended, false);
    let pending = args.detailed_exitcode && report::changes(&plan);
    // The program ends: a plan of thousands of targets need not be taken apart first.
    std::mem::forget((plan, ended));
    Ok(if exit == Exit::Done && pending {
        Exit::Changes
    } else {
        exit
    })
}

fn save(args: &Args, session: &Session, plan: &Plan) -> Result<Option<report::Saved>, Diagnostics> {
    let Some(path) = &args.out else {
        return Ok(None);
    };
    let seal = match args.clear_secrets {
        true => Seal::Clear,
        false => session.state.seal()?,
    };
    let bytes = session.frozen(plan, &seal)?;
    write_private(path, &bytes).map_err(|e| unwritable(path, &e))?;
    Ok(Some(report::Saved {
        path: path.display().to_string(),
        bytes: bytes.len(),
        digest: artifact::digest(&bytes),
    }))
}
