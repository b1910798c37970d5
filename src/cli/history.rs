//! `rollbook history`: the revisions of a target's release.

use super::Exit;
use super::fleet::FleetArgs;
use crate::cluster::{self, ClusterError, Opening, Policy, RecordKey};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::release::{Record, TargetSpec, resolve};
use crate::report::{Look, history as report};
use crate::state::DiskFiles;
use crate::vars::Templar;
use crate::yaml::nearest;
use jiff::tz::TimeZone;

/// The revisions of a target's release, oldest first
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) fleet: FleetArgs,
    /// The target
    target: String,
    /// For people, or as `helm history -o json`
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs it.
pub async fn run(args: Args, look: &Look) -> Result<Exit, Diagnostics> {
    let spec = args.spec()?;
    let records = read(&spec).await?;
    if records.is_empty() {
        return Err(no_release(&spec).into());
    }
    let rows: Vec<_> = records.iter().map(report::Row::of).collect();
    match args.format {
        Format::Text => look.out(&report::table(&rows, &TimeZone::system(), look.room())),
        Format::Json => look.data(&report::json(&rows)),
    }
    Ok(Exit::Done)
}

impl Args {
    fn spec(&self) -> Result<TargetSpec, Diagnostics> {
        let fleet = self.fleet.load(&DiskFiles, None)?;
        let inventory = fleet.inventory();
        if inventory.host(&self.target).is_none() {
            let known = inventory.hosts().map(|host| &*host.name);
            let what = format!("no target \"{}\" in the inventory", self.target);
            let near = nearest(&self.target, known).unwrap_or("rollbook inventory graph");
            return Err(Diagnostic::error(what).hint(near).into());
        }
        resolve(&Templar::new(fleet.scope(&self.target)), &None)
    }
}

/// All revisions, oldest first. One that can't be read is left out, as Helm does.
async fn read(spec: &TargetSpec) -> Result<Vec<Record>, Diagnostic> {
    let opening = Opening {
        run: "history".to_owned(),
        overlays: None,
        policy: Policy::default(),
    };
    let fault = |error: ClusterError| {
        let what = format!("the history of {} can't be read: {error}", spec.name);
        Diagnostic::new(Kind::Unreachable, what)
    };
    let cluster = cluster::open(&spec.cluster, &opening)
        .await
        .map_err(fault)?;
    let metas = cluster
        .records(Some(&spec.namespace))
        .await
        .map_err(fault)?;
    let ours = metas
        .into_iter()
        .filter(|m| m.key.name == spec.release.name);
    let mut keys: Vec<RecordKey> = ours.map(|m| m.key).collect();
    keys.sort();
    let bodies = cluster.record_bodies(&keys).await.map_err(fault)?;
    let bodies = bodies.into_iter().flatten();
    Ok(bodies
        .filter_map(|body| Record::decode(&body).ok())
        .collect())
}

fn no_release(spec: &TargetSpec) -> Diagnostic {
    let (release, namespace) = (&spec.release.name, &spec.namespace);
    Diagnostic::error(format!(
        "there is no release {release} in namespace {namespace}"
    ))
    .target(spec.name.clone())
}
