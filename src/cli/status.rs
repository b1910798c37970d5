//! `rollbook status`: how the fleet stands, read from release records alone.

mod cluster;
mod drifts;
mod rows;
mod work;

pub(super) use rows::is_version;

use self::work::{Held, Work};
use super::fleet::{FleetArgs, by_cluster};
use super::{Exit, Global};
use crate::cluster::{self as door, Cluster, ClusterError, Opening};
use crate::diag::Diagnostics;
use crate::pipeline::known::{self, Releases, place};
use crate::pipeline::left;
use crate::pipeline::others::{self, Claim};
use crate::release::{ClusterRef, Connection, TargetSpec};
use crate::report::Look;
use crate::report::status::{Format, Row, Status};
use futures_util::future::{join_all, join3};
use jiff::Zoned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How the fleet stands: versions, failures, what is stuck.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) fleet: FleetArgs,
    /// This context of the kubeconfig: instead of the inventory's cluster, or without an inventory
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    pub(super) context: Option<String>,
    /// For people, for machines, for a spreadsheet, or for a handover note
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Render every release too, and say how many objects are not as the inventory says
    #[arg(long)]
    drift: bool,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let opening = global.opening("status");
    match (&args.context, args.fleet.inventory.is_empty()) {
        (Some(context), true) => cluster::everything(context, &args, &opening, look).await,
        _ => fleet(&args, &opening, look).await,
    }
}

/// The targets of an inventory.
async fn fleet(args: &Args, opening: &Opening, look: &Look) -> Result<Exit, Diagnostics> {
    let (fleet, specs) = args.fleet.specs(args.context.as_deref())?;
    let by_cluster = by_cluster(&specs);
    let reads = by_cluster
        .iter()
        .map(|(cluster, specs)| Seen::read(cluster, specs, opening));
    let mut rows = BTreeMap::new();
    let mut silent = Vec::new();
    let mut work = Work::default();
    for ((cluster, specs), seen) in by_cluster.iter().zip(join_all(reads).await) {
        let (name, known) = match seen {
            Ok(seen) => {
                work.take(&seen, specs);
                (seen.name, Some(seen.known))
            }
            Err(error) => {
                let name: Arc<str> = name_of(cluster).into();
                silent.push((name.clone(), error.to_string(), specs.len()));
                (name, None)
            }
        };
        rows.extend(specs.iter().map(|spec| {
            let release = known.as_ref().map(|known| known.get(&place(spec)));
            (spec.name.clone(), rows::row(spec, &fleet, &name, release))
        }));
    }
    if args.drift {
        for (target, drift) in drifts::drifts(&by_cluster, opening).await? {
            if let Some(row) = rows.get_mut(&target) {
                row.drift = Some(drift);
            }
        }
    }
    let names = specs.iter().map(|spec| &spec.name);
    let rows: Vec<Row> = names.filter_map(|name| rows.remove(name)).collect();
    let status = Status {
        inventory: &args.fleet.inventory.join(" "),
        rows: &rows,
        running: &work.running,
        left: &work.left,
        others: &work.others,
        silent: &silent,
        now: Zoned::now(),
    };
    let each = look.verbosity > 0 || args.fleet.limit.is_some();
    print(
        args.format,
        &status.print(args.format, each, look.room()),
        look,
    );
    Ok(match silent.is_empty() {
        true => Exit::Done,
        false => Exit::Unreachable,
    })
}

/// What a cluster tells of some targets.
struct Seen {
    name: Arc<str>,
    known: Releases,
    held: Vec<Held>,
    claims: BTreeMap<Claim, usize>,
}

impl Seen {
    async fn read(
        wanted: &ClusterRef,
        specs: &[&TargetSpec],
        opening: &Opening,
    ) -> Result<Seen, ClusterError> {
        let cluster = door::open(wanted, opening).await?;
        let namespaces: BTreeSet<&Arc<str>> = specs.iter().map(|spec| &spec.namespace).collect();
        let (known, held, claims) = join3(
            releases(&*cluster, specs),
            left::holders(&*cluster, &namespaces),
            others::claims(&*cluster, &namespaces),
        )
        .await;
        Ok(Seen {
            name: cluster.identity().name.clone(),
            known: known?,
            // Who may not read leases sees the rest all the same.
            held: match held {
                Err(ClusterError::Forbidden(_)) => Vec::new(),
                held => held?,
            },
            claims: claims?,
        })
    }
}

/// What a cluster knows of these releases.
pub(super) async fn read(
    wanted: &ClusterRef,
    specs: &[&TargetSpec],
    opening: &Opening,
) -> Result<Releases, ClusterError> {
    releases(&*door::open(wanted, opening).await?, specs).await
}

async fn releases(cluster: &dyn Cluster, specs: &[&TargetSpec]) -> Result<Releases, ClusterError> {
    let mut known = known::histories(cluster, specs).await?;
    known::bodies(cluster, &mut known, &BTreeMap::new()).await?;
    Ok(known)
}

/// A screen for people, a document for everybody else.
fn print(format: Format, text: &str, look: &Look) {
    match format {
        Format::Text => look.out(text),
        Format::Json | Format::Csv | Format::Markdown => look.data(text),
    }
}

/// What people call a cluster that could not be opened.
fn name_of(cluster: &ClusterRef) -> &str {
    match &cluster.connection {
        Connection::Context { context, .. } => context.as_deref().unwrap_or("(current context)"),
        Connection::InCluster => "in-cluster",
        Connection::Recording(path) => path,
    }
}
