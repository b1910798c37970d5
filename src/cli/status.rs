//! `rollbook status`: how the fleet stands, read from release records alone.

use super::charts::charts;
use super::fleet::{FleetArgs, by_cluster};
use super::{Exit, Global};
use crate::cluster::{self, Cluster, ClusterError, Opening, RecordKey, RecordMeta};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::files::Files;
use crate::pipeline::known::{self, Known, place};
use crate::pipeline::left;
use crate::pipeline::{self, Desired, Planner, To};
use crate::plan::{Action, ObjectChange};
use crate::release::{
    ClusterRef, Connection, Holder, Record, ReleaseState, TargetSpec, is_pending,
};
use crate::repo::Asked;
use crate::report::Look;
use crate::report::status::{self, Drift, Format, Row, Running, Standing, Status};
use crate::sensitive::Mask;
use crate::state::DiskFiles;
use crate::vars::Fleet;
use futures_util::future::join_all;
use helm::semver::{Constraint, Version};
use indexmap::IndexMap;
use jiff::{Timestamp, Zoned};
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
        (Some(context), true) => everything(context, &args, &opening, look).await,
        _ => fleet(&args, &opening, look).await,
    }
}

/// The targets of an inventory.
async fn fleet(args: &Args, opening: &Opening, look: &Look) -> Result<Exit, Diagnostics> {
    let (fleet, specs) = args.fleet.specs(args.context.as_deref())?;
    let by_cluster = by_cluster(&specs);
    let reads = by_cluster
        .iter()
        .map(|(cluster, specs)| read(cluster, specs, opening));
    let mut rows = BTreeMap::new();
    let mut silent = Vec::new();
    let mut running = Vec::new();
    for ((cluster, specs), known) in by_cluster.iter().zip(join_all(reads).await) {
        let (name, known) = match known {
            Ok((name, known, held)) => {
                running.extend(runs(&name, specs, held));
                (name, Some(known))
            }
            Err(error) => {
                let name: Arc<str> = name_of(cluster).into();
                silent.push((name.clone(), error.to_string(), specs.len()));
                (name, None)
            }
        };
        rows.extend(specs.iter().map(|spec| {
            let release = known.as_ref().map(|known| known.get(&place(spec)));
            (spec.name.clone(), row(spec, &fleet, &name, release))
        }));
    }
    if args.drift {
        for (target, drift) in drifts(&by_cluster, opening).await? {
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
        running: &running,
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

/// How far each target is from what the inventory says; of clusters that can't be opened nothing.
async fn drifts(
    by_cluster: &IndexMap<Arc<ClusterRef>, Vec<&TargetSpec>>,
    opening: &Opening,
) -> Result<Vec<(Arc<str>, Drift)>, Diagnostic> {
    let files: Arc<dyn Files> = Arc::new(DiskFiles);
    let charts = Arc::new(charts(files.clone(), Asked::default())?);
    let planner = Planner::new(charts, files, Default::default(), Mask::Plain)?;
    let mut drifts = Vec::new();
    for (wanted, specs) in by_cluster {
        let Ok(cluster) = cluster::open(wanted, opening).await else {
            continue;
        };
        let desired: Vec<Desired> = specs.iter().map(|spec| as_inventory(spec)).collect();
        let outcomes = pipeline::plan(&planner, &cluster, &desired, None).await;
        let named = specs.iter().map(|spec| spec.name.clone());
        drifts.extend(named.zip(outcomes.iter().map(drift)));
    }
    Ok(drifts)
}

/// What somebody else set is drift too: it refuses nothing here.
fn as_inventory(spec: &TargetSpec) -> Desired {
    let mut spec = spec.clone();
    spec.guard.conflicts.count_as_ours();
    Desired::new(spec, To::Inventory)
}

fn drift(outcome: &pipeline::Outcome) -> Drift {
    let differs =
        |change: &&ObjectChange| !matches!(change.action, Action::Keep | Action::Unchanged);
    match outcome {
        Ok(plan) => Drift {
            objects: plan.changes.iter().filter(differs).count(),
            unknown: None,
        },
        Err(fault) => Drift {
            objects: 0,
            unknown: Some(fault.message.clone()),
        },
    }
}

type Releases = BTreeMap<known::Place, Known>;

/// A namespace, and who holds a release in it.
type Held = (Arc<str>, Holder);

/// The cluster's name, and what it knows of these releases.
pub(super) async fn read(
    wanted: &ClusterRef,
    specs: &[&TargetSpec],
    opening: &Opening,
) -> Result<(Arc<str>, Releases, Vec<Held>), ClusterError> {
    let cluster = cluster::open(wanted, opening).await?;
    let mut known = known::histories(&*cluster, specs).await?;
    known::bodies(&*cluster, &mut known, &BTreeMap::new()).await?;
    let namespaces: BTreeSet<&Arc<str>> = specs.iter().map(|spec| &spec.namespace).collect();
    // Who may not read leases sees the rest all the same.
    let held = left::holders(&*cluster, &namespaces).await;
    let held = held.or_else(|error| match error {
        ClusterError::Forbidden(_) => Ok(Vec::new()),
        other => Err(other),
    })?;
    Ok((cluster.identity().name.clone(), known, held))
}

/// The runs that hold targets of this cluster, each once, with the names of its targets.
fn runs(cluster: &Arc<str>, specs: &[&TargetSpec], held: Vec<Held>) -> Vec<Running> {
    let now = Timestamp::now();
    let mut runs: BTreeMap<(Arc<str>, bool), Running> = BTreeMap::new();
    for (namespace, holder) in held {
        let is = |spec: &&&TargetSpec| {
            spec.namespace == namespace && spec.release.name == holder.release
        };
        let Some(spec) = specs.iter().find(is) else {
            continue;
        };
        let gone = holder.has_expired(now);
        let run = runs.entry((holder.run.clone(), gone)).or_insert(Running {
            run: holder.run,
            by: holder.by,
            reason: holder.reason,
            cluster: cluster.clone(),
            targets: Vec::new(),
            since: holder.taken,
            gone,
        });
        run.since = run.since.min(holder.taken);
        run.targets.push(spec.name.clone());
    }
    runs.into_values().collect()
}

/// `release` is `None` where the cluster could not be read.
fn row(
    spec: &TargetSpec,
    fleet: &Fleet,
    cluster: &Arc<str>,
    release: Option<Option<&Known>>,
) -> Row {
    let known = release.flatten();
    let last = known.and_then(|known| known.history.last());
    let base = known.and_then(|known| known.base.as_deref());
    let field = |field: &str| base.map_or("", |base| base.chart_field(field)).to_owned();
    let newest = known.and_then(|known| known.metas.iter().max_by_key(|meta| meta.key.revision));
    let mut row = Row {
        target: spec.name.clone(),
        group: group(fleet, &spec.name),
        cluster: cluster.clone(),
        namespace: spec.namespace.clone(),
        release: spec.release.name.clone(),
        revision: last.map_or(0, |last| last.number),
        status: last.map_or_else(|| "".into(), |last| last.status.clone()),
        chart: field("name"),
        version: field("version"),
        desired: spec.release.version.as_deref().unwrap_or("").to_owned(),
        updated: newest.and_then(|meta| meta.modified),
        standing: Standing::Unknown,
        drift: None,
    };
    if release.is_some() {
        row.standing = standing(&row, spec.release.state);
    }
    row
}

fn standing(row: &Row, wanted: ReleaseState) -> Standing {
    let absent = matches!(&*row.status, "" | "uninstalled");
    match (wanted, absent) {
        _ if is_pending(&row.status) => Standing::Pending,
        _ if &*row.status == "failed" => Standing::Failed,
        (ReleaseState::Present, true) => Standing::Absent,
        (ReleaseState::Absent, false) => Standing::Behind,
        (ReleaseState::Absent, true) => Standing::AtDesired,
        (ReleaseState::Present, false) => match fits(&row.version, &row.desired) {
            true => Standing::AtDesired,
            false => Standing::Behind,
        },
    }
}

/// Whether a version is the wanted one, or in the wanted range; nothing wanted fits all.
fn fits(version: &str, wanted: &str) -> bool {
    wanted.is_empty() || is_version(version, wanted)
}

/// Whether a version is this one, or in this range.
pub(super) fn is_version(version: &str, wanted: &str) -> bool {
    let range = Constraint::parse(wanted)
        .ok()
        .zip(Version::parse(version).ok());
    version == wanted || range.is_some_and(|(range, version)| range.check(&version))
}

/// The deepest group that lists the target: where it is counted.
fn group(fleet: &Fleet, target: &str) -> Arc<str> {
    let inventory = fleet.inventory();
    let host = inventory.host(target);
    let groups = host
        .map(|host| inventory.groups_of(host))
        .unwrap_or_default();
    groups
        .last()
        .map_or_else(|| "all".into(), |group| group.name.clone())
}

/// All releases of a cluster, without any inventory.
async fn everything(
    context: &str,
    args: &Args,
    opening: &Opening,
    look: &Look,
) -> Result<Exit, Diagnostics> {
    let fault = |e: ClusterError| {
        Diagnostic::new(
            Kind::Unreachable,
            format!("the releases of {context} can't be read: {e}"),
        )
    };
    let cluster = cluster::open(&ClusterRef::of_context(context), opening)
        .await
        .map_err(fault)?;
    let rows = releases(&*cluster).await.map_err(fault)?;
    let text = status::cluster(cluster.identity(), &rows, args.format, look.room());
    print(args.format, &text, look);
    Ok(Exit::Done)
}

/// A screen for people, a document for everybody else.
fn print(format: Format, text: &str, look: &Look) {
    match format {
        Format::Text => look.out(text),
        Format::Json | Format::Csv | Format::Markdown => look.data(text),
    }
}

async fn releases(cluster: &dyn Cluster) -> Result<Vec<Row>, ClusterError> {
    let mut newest: BTreeMap<known::Place, RecordMeta> = BTreeMap::new();
    for meta in cluster.records(None).await? {
        let place = (meta.key.namespace.clone(), meta.key.name.clone());
        match newest.get(&place) {
            Some(known) if known.key.revision > meta.key.revision => {}
            _ => drop(newest.insert(place, meta)),
        }
    }
    let keys: Vec<RecordKey> = newest.values().map(|meta| meta.key.clone()).collect();
    let bodies = cluster.record_bodies(&keys).await?;
    let row = |(meta, body): (&RecordMeta, Option<String>)| {
        let record = body.and_then(|body| Record::decode(&body).ok());
        let field = |field: &str| {
            record
                .as_ref()
                .map_or("?", |r| r.chart_field(field))
                .to_owned()
        };
        Row {
            target: meta.key.name.clone(),
            group: "".into(),
            cluster: cluster.identity().name.clone(),
            namespace: meta.key.namespace.clone(),
            release: meta.key.name.clone(),
            revision: meta.key.revision,
            status: meta.status.clone(),
            chart: field("name"),
            version: field("version"),
            desired: String::new(),
            updated: meta.modified,
            standing: match &*meta.status {
                "failed" => Standing::Failed,
                status if is_pending(status) => Standing::Pending,
                _ => Standing::AtDesired,
            },
            drift: None,
        }
    };
    Ok(newest.values().zip(bodies).map(row).collect())
}

/// What people call a cluster that could not be opened.
fn name_of(cluster: &ClusterRef) -> &str {
    match &cluster.connection {
        Connection::Context { context, .. } => context.as_deref().unwrap_or("(current context)"),
        Connection::InCluster => "in-cluster",
        Connection::Recording(path) => path,
    }
}
