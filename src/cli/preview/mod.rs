//! `rollbook preview`: what an edit of the inventory changes, and for whom, without a cluster.
//!
//! The playbook runs in check mode over targets at rest; what it would deploy is drawn, grouped,
//! and compared with the snapshots that are kept beside the inventory. A recording (the
//! inventory's, or `--recording`) says which releases are there already.

mod door;
mod places;
mod store;

use super::charts::charts;
use super::{Exit, FleetArgs};
use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::event::{End, Event, Sink};
use crate::executor::{self, Options, Setup};
use crate::files::Files;
use crate::inventory::Pattern;
use crate::journal::OpenSteps;
use crate::modules::{Answers, Doors, Foreseen, Modules, RealClock};
use crate::pipeline::Planner;
use crate::plan::{Operation, Plan};
use crate::playbook;
use crate::preview::{Rendered, Snapshot, compare, snapshots};
use crate::release::{ClusterFlag, ClusterRef, Connection};
use crate::repo::Asked;
use crate::report::Look;
use crate::report::preview::{Format, Preview};
use crate::sensitive::Mask;
use crate::state::DiskFiles;
use crate::terminal::{Halt, Terminal};
use crate::vars::Fleet;
use crate::yaml::Source;
use door::{Easel, Sheets};
use places::Places;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use store::Store;

/// What an edit of the inventory changes, and for whom.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) fleet: FleetArgs,
    /// The playbook that brings targets to what the inventory says
    playbook: String,
    /// This recording stands for the cluster of every target
    #[arg(long, value_name = "DIR", help_heading = "Targets")]
    recording: Option<String>,
    /// Keep what is shown as the new snapshots
    #[arg(long, conflicts_with = "limit")]
    accept: bool,
    /// For people, for a pull request, or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it.
pub async fn run(args: &Args, look: &Look) -> Result<Exit, Diagnostics> {
    let files: Arc<dyn Files> = Arc::new(DiskFiles);
    let fleet = args
        .fleet
        .load(&*files, Path::new(&args.playbook).parent())?;
    let sheets = draw(args, &fleet, &files).await?;
    let inventory = args.fleet.inventory.first().map_or("", String::as_str);
    let store = Store::beside(inventory, &*files);
    let kept = among(store.read(&*files)?, &sheets, args.fleet.limit.is_some());
    let rendered: Vec<Rendered> = sheets.values().filter_map(|s| s.rendered.clone()).collect();
    let today = snapshots(rendered, &kept);
    let findings = compare(&kept, &today);
    let places = Places {
        fleet: &fleet,
        sheets: &sheets,
        files: &*files,
    };
    let preview = Preview {
        command: command(args),
        inventory,
        recordings: recordings(&sheets),
        causes: findings
            .iter()
            .map(|finding| places.causes(finding))
            .collect(),
        findings: &findings,
        today: &today,
    };
    if args.accept {
        store.write(&today, &*files)?;
        look.out(&preview.accepted());
        return Ok(Exit::Done);
    }
    match args.format {
        Format::Text => look.out(&preview.print(args.format)),
        Format::Markdown | Format::Json => look.data(&preview.print(args.format)),
    }
    Ok(match findings.is_empty() {
        true => Exit::Done,
        false => Exit::Changes,
    })
}

/// Runs the playbook over the easel.
async fn draw(
    args: &Args,
    fleet: &Arc<Fleet>,
    files: &Arc<dyn Files>,
) -> Result<Sheets, Diagnostics> {
    let bound = playbook::load(&source(&args.playbook, &**files)?, &Modules)?;
    let limit = args.fleet.limit.as_deref();
    let limit = limit
        .map(|limit| Pattern::limit(&**files, limit))
        .transpose()?;
    let charts = Arc::new(charts(files.clone(), Asked::default())?);
    let mut planner = Planner::new(charts, files.clone(), Default::default(), Mask::Plain)?;
    planner.known = fleet.vault().known().clone();
    let easel = Easel::new(planner, args.recorded());
    let options = Options {
        forks: usize::MAX,
        limit,
        ..Options::default()
    };
    let setup = Setup {
        playbook: &bound,
        fleet,
        files: &**files,
        options: &options,
        doors: Doors {
            releases: &easel,
            workloads: &easel,
            open: &OpenSteps::default(),
            foreseen: &Foreseen::default(),
            prompter: &Terminal::default(),
            clock: &RealClock,
            sink: &Silent,
            journal: None,
            halt: &Halt::default(),
            answers: &Answers::default(),
        },
    };
    let (_, ended) = executor::check(setup, head(args)).await?;
    let (sheets, mut faults) = easel.finished();
    let drawn: BTreeSet<Option<Arc<str>>> = faults.0.iter().map(|f| f.target.clone()).collect();
    let ends = ended.targets.into_iter();
    let others = ends.filter(|(target, _)| !drawn.contains(&Some(target.clone())));
    faults
        .0
        .extend(others.filter_map(|(target, end)| Some(fault(end)?.target(target))));
    match faults.has_errors() {
        true => Err(faults),
        false => Ok(sheets),
    }
}

impl Args {
    fn recorded(&self) -> ClusterFlag {
        let path = self.recording.as_deref()?;
        Some(Arc::new(ClusterRef {
            connection: Connection::Recording(path.into()),
            uid: None,
        }))
    }
}

/// Nobody listens: what counts is what was drawn.
struct Silent;

impl Sink for Silent {
    fn emit(&self, _event: Event) {}
}

fn source(path: &str, files: &dyn Files) -> Result<Arc<Source>, Diagnostic> {
    let bytes = files.read(Path::new(path)).map_err(|e| {
        Diagnostic::error(format!("the playbook can't be read: {e}")).at(Location::file(path))
    })?;
    Ok(Source::new(path, &*String::from_utf8_lossy(&bytes)))
}

fn head(args: &Args) -> Plan {
    Plan {
        title: String::new(),
        operation: Operation::Update,
        created: jiff::Timestamp::UNIX_EPOCH,
        reason: None,
        inventory: args.fleet.inventory.clone(),
        playbook: args.playbook.clone(),
        limit: args.fleet.limit.clone(),
        inventory_targets: 0,
        targets: Vec::new(),
        waves: Vec::new(),
    }
}

fn fault(end: End) -> Option<Diagnostic> {
    match end {
        End::Failed(fault) | End::Refused(fault) | End::Unreachable(fault) => Some(fault),
        _ => None,
    }
}

/// With `-l` only the limited targets are compared.
fn among(mut kept: Vec<Snapshot>, sheets: &Sheets, limited: bool) -> Vec<Snapshot> {
    if limited {
        let drawn: BTreeSet<&Arc<str>> = sheets.keys().collect();
        for snapshot in &mut kept {
            snapshot.targets.retain(|target| drawn.contains(target));
        }
        kept.retain(|snapshot| !snapshot.targets.is_empty());
    }
    kept
}

/// The recordings that were drawn from.
fn recordings(sheets: &Sheets) -> BTreeSet<Arc<str>> {
    let recording = |sheet: &door::Sheet| match &sheet.spec.cluster.connection {
        Connection::Recording(path) => Some(path.clone()),
        Connection::Context { .. } | Connection::InCluster => None,
    };
    sheets.values().filter_map(recording).collect()
}

/// The command that was typed, to be pasted with one more flag.
fn command(args: &Args) -> String {
    let mut words = vec!["rollbook preview".to_owned()];
    words.extend(args.fleet.inventory.iter().map(|path| format!("-i {path}")));
    words.push(args.playbook.clone());
    words.extend(
        args.recording
            .iter()
            .map(|path| format!("--recording {path}")),
    );
    words.extend(
        args.fleet
            .extra_vars
            .iter()
            .map(|vars| format!("-e '{vars}'")),
    );
    words.join(" ")
}
