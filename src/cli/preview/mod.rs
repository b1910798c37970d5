//! `rollbook preview`: what an edit of the inventory changes, and for whom, without a cluster.
//!
//! The playbook runs in check mode over targets at rest; what it would deploy is drawn, grouped,
//! and compared with the snapshots that are kept beside the inventory.

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
use crate::modules::{Answers, Doors, Modules, RealClock};
use crate::pipeline::Planner;
use crate::plan::{Operation, Plan};
use crate::playbook;
use crate::preview::{Rendered, Snapshot, compare, snapshots};
use crate::repo::Asked;
use crate::report::preview::{Format, Preview};
use crate::report::{self, Look};
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
    fleet: FleetArgs,
    /// The playbook that brings targets to what the inventory says
    playbook: String,
    /// Keep what is shown as the new snapshots
    #[arg(long, conflicts_with = "limit")]
    accept: bool,
    /// For people, for a pull request, or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it.
pub fn run(args: &Args, look: &Look) -> Result<Exit, Diagnostics> {
    let files: Arc<dyn Files> = Arc::new(DiskFiles);
    let fleet = args
        .fleet
        .load(&*files, Path::new(&args.playbook).parent())?;
    let sheets = super::block_on(draw(args, &fleet, &files))??;
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
    look.out(&preview.print(args.format));
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
    let planner = Planner::new(charts, files.clone(), Default::default(), Mask::Plain)?;
    let easel = Easel::new(planner);
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
            prompter: &Terminal::default(),
            clock: &RealClock,
            sink: &Silent,
            journal: None,
            halt: &Halt::default(),
            answers: &Answers::default(),
        },
    };
    let (_, ended) = executor::check(setup, head(args)).await?;
    let (sheets, faults) = easel.finished();
    let ends = ended.targets.into_values().filter_map(fault);
    let faults = gathered(faults.0.into_iter().chain(ends));
    match faults.has_errors() {
        true => Err(faults),
        false => Ok(sheets),
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

/// The faults of all targets; equal ones are told once, with the others' names.
fn gathered(all: impl Iterator<Item = Diagnostic>) -> Diagnostics {
    let mut told: Vec<(Diagnostic, BTreeSet<Arc<str>>)> = Vec::new();
    for fault in all {
        let same = |known: &&mut (Diagnostic, _)| {
            known.0.message == fault.message && known.0.at == fault.at
        };
        match told.iter_mut().find(same) {
            Some((first, others)) => {
                others.extend(fault.target.filter(|t| Some(t) != first.target.as_ref()));
            }
            None => told.push((fault, BTreeSet::new())),
        }
    }
    Diagnostics(told.into_iter().map(also).collect())
}

fn also((fault, others): (Diagnostic, BTreeSet<Arc<str>>)) -> Diagnostic {
    match others.is_empty() {
        true => fault,
        false => {
            let names = report::names(others.iter().map(|target| &**target), false);
            fault.note(format!("the same for {names}"))
        }
    }
}

fn first(faults: Diagnostics) -> Diagnostic {
    let first = faults.0.into_iter().next();
    first.unwrap_or_else(|| Diagnostic::error("the target can't be rendered"))
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

/// The command that was typed, to be pasted with one more flag.
fn command(args: &Args) -> String {
    let mut words = vec!["rollbook preview".to_owned()];
    words.extend(args.fleet.inventory.iter().map(|path| format!("-i {path}")));
    words.push(args.playbook.clone());
    words.extend(
        args.fleet
            .extra_vars
            .iter()
            .map(|vars| format!("-e '{vars}'")),
    );
    words.join(" ")
}
