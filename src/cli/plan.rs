//! `rollbook plan`: exactly what would change in the live cluster.

use super::limits;
use super::play::{PlayArgs, Playbook, Session, warn};
use super::{Exit, Global};
use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::files::MemoryFiles;
use crate::plan::artifact::{self, Saved, Seal};
use crate::plan::{Operation, Plan};
use crate::report::{self, DiffDetail, Follower, Look, Shown};
use crate::sensitive::Sensitive;
use crate::state::{DiskFiles, Recorder, write_private};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Show what would change, and save it for `apply`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The playbook; the shipped update where none is named
    pub playbook: Option<String>,
    /// The flags of a play.
    #[command(flatten)]
    pub play: PlayArgs,
    /// The flags of a plan's screen.
    #[command(flatten)]
    pub shown: ShownArgs,
    /// Save the plan here, mode 0600, secrets sealed with the key of the state directory
    #[arg(long, value_name = "FILE", help_heading = "Plan")]
    pub out: Option<PathBuf>,
    /// Save secrets in the clear: a plan that is applied with another state directory
    #[arg(long, requires = "out", help_heading = "Plan")]
    pub clear_secrets: bool,
    /// Exit with 3 where something would change
    #[arg(long, help_heading = "Plan")]
    pub detailed_exitcode: bool,
}

/// What is shown of a plan.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ShownArgs {
    /// How much of each object's diff is shown
    #[arg(
        long = "show",
        value_enum,
        default_value = "some",
        value_name = "DETAIL",
        help_heading = "Plan"
    )]
    pub detail: DiffDetail,
    /// The gates matrix instead of the changes
    #[arg(long, help_heading = "Plan")]
    pub gates: bool,
    /// Show changes that are mere noise
    #[arg(long, help_heading = "Plan")]
    pub show_noise: bool,
}

/// The command line that a plan was made with.
#[derive(Serialize, Deserialize)]
pub struct Frozen {
    /// The flags.
    pub args: PlayArgs,
    /// The playbook.
    pub playbook: Playbook,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let files = Arc::new(Recorder::new(DiskFiles));
    let playbook = Playbook::named(args.playbook.as_ref(), Playbook::Update);
    let session = Session::new(args.play.clone(), &playbook, files.clone(), global.state()?)?;
    if let Some(listing) = session.listing()? {
        look.out(&listing);
        return Ok(Exit::Done);
    }
    warn(&session.playbook, look);
    let follower = Follower::new(look, args.play.diff).silent();
    let (plan, ended) = session.check(Operation::Update, &follower).await?;
    let saved = save(&args, &session, &playbook, &plan, &files.recorded())?;
    look.out(&report::plan(&plan, &shown(&args, &session, saved), look));
    let over = limits::exceeded(&plan, &session)?;
    if let Some(warning) = over {
        look.err(&report::fault(&warning));
    }
    let exit = Exit::of_run(&ended);
    let pending = args.detailed_exitcode && report::changes(&plan);
    Ok(if exit == Exit::Done && pending {
        Exit::Changes
    } else {
        exit
    })
}

fn save(
    args: &Args,
    session: &Session,
    playbook: &Playbook,
    plan: &Plan,
    files: &MemoryFiles,
) -> Result<Option<String>, Diagnostics> {
    let Some(path) = &args.out else {
        return Ok(None);
    };
    let frozen = Frozen {
        args: args.play.clone(),
        playbook: playbook.clone(),
    };
    let extra = serde_json::to_value(&frozen).map_err(|e| Diagnostic::error(e.to_string()))?;
    let saved = Saved {
        plan: plan.clone(),
        files: files.clone(),
        extra: Sensitive::new(extra),
    };
    let seal = if args.clear_secrets {
        Seal::Clear
    } else {
        session.state.seal()?
    };
    let bytes = saved.write(&seal)?;
    write_private(path, &bytes).map_err(|e| unwritable(path, &e))?;
    Ok(Some(told(path, &bytes)))
}

/// `Saved sp.plan   3.1 MiB, mode 0600, sha256:c7e05a19`
fn told(path: &Path, bytes: &[u8]) -> String {
    let size = bytes.len();
    let size = match size {
        0..1_048_576 => format!("{} KiB", size.div_ceil(1024)),
        _ => format!("{}.{} MiB", size >> 20, ((size % (1 << 20)) * 10) >> 20),
    };
    let digest = artifact::digest(bytes);
    format!(
        "Saved {}   {size}, mode 0600, {}",
        path.display(),
        digest.get(..15).unwrap_or(&digest)
    )
}

fn shown(args: &Args, session: &Session, saved: Option<String>) -> Shown {
    let path = args.out.as_ref().map(|path| path.display().to_string());
    Shown {
        diff: args.shown.detail,
        gates: args.shown.gates,
        noise: args.shown.show_noise,
        next: path.map(|path| format!("rollbook apply {path}")),
        mask: session.mask.clone(),
        saved,
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(format!("the plan can't be saved: {error}"))
        .at(Location::file(path.display().to_string()))
}
