//! `rollbook inventory`: which targets there are, what each should be, and why.

use super::charts::charts;
use super::fleet::FleetArgs;
use super::{Exit, Global};
use crate::cluster::{self, Opening, Policy};
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::Files;
use crate::pipeline::Planner;
use crate::pipeline::explain::{self, Behind, Explained, Sources};
use crate::release::resolve;
use crate::repo::Asked;
use crate::report::{Look, inventory as report};
use crate::sensitive::Mask;
use crate::state::DiskFiles;
use crate::vars::{Fleet, Templar};
use crate::yaml::nearest;
use clap::Subcommand;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Look at the inventory.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to look at.
    #[command(subcommand)]
    view: View,
}

impl Args {
    /// Which targets it is about.
    pub(super) fn fleet(&mut self) -> &mut FleetArgs {
        match &mut self.view {
            View::List(common)
            | View::Graph { common, .. }
            | View::Host { common, .. }
            | View::Explain { common, .. } => &mut common.fleet,
        }
    }
}

#[derive(Debug, Subcommand)]
enum View {
    /// All groups and variables as JSON, as `ansible-inventory --list` prints them
    List(Common),
    /// The tree of groups and targets
    Graph {
        #[command(flatten)]
        common: Common,
        /// Begin with this group
        #[arg(default_value = "all")]
        group: String,
    },
    /// The variables of one target as JSON, templates as written
    Host {
        #[command(flatten)]
        common: Common,
        /// The target
        host: String,
    },
    /// Where a value comes from and what it hides
    Explain {
        #[command(flatten)]
        common: Common,
        /// The target
        host: String,
        /// A variable or a part of one: release.values.api.replicas
        key: Option<String>,
        /// For people, or for machines
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    fleet: FleetArgs,
    /// The directory of the playbook, whose group_vars/ and host_vars/ count too
    #[arg(long, value_name = "DIR", help_heading = "Targets")]
    playbook_dir: Option<PathBuf>,
}

impl Common {
    fn load(&self) -> Result<Arc<Fleet>, Diagnostics> {
        self.fleet.load(&DiskFiles, self.playbook_dir.as_deref())
    }
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let text = match args.view {
        View::List(common) => {
            let fleet = common.load()?;
            let limit = common.fleet.limited(&DiskFiles, &fleet)?;
            report::list(&fleet, &limit)
        }
        View::Graph { common, group } => {
            let fleet = common.load()?;
            let inventory = fleet.inventory();
            let group = inventory.group(&group).ok_or_else(|| {
                unknown(
                    "group",
                    &group,
                    inventory.groups().map(|group| &*group.name),
                )
            })?;
            report::graph(inventory, group)
        }
        View::Host { common, host } => {
            let fleet = common.load()?;
            known(&fleet, &host)?;
            report::host(&fleet.scope(&host))
        }
        View::Explain {
            common,
            host,
            key,
            format,
        } => {
            let fleet = common.load()?;
            known(&fleet, &host)?;
            let templar = Templar::new(fleet.scope(&host));
            let explained = explained(&templar, key.as_deref(), global).await?;
            match format {
                Format::Text => {
                    look.out(&report::explain::text(&explained, look));
                    return Ok(Exit::Done);
                }
                Format::Json => report::explain::json(&explained),
            }
        }
    };
    look.data(&text);
    Ok(Exit::Done)
}

/// Explains a key; of what is part of a release, with what stands behind the release.
async fn explained(
    templar: &Templar,
    key: Option<&str>,
    global: &Global,
) -> Result<Explained, Diagnostics> {
    let part = key.is_none_or(|key| key == "release" || key.starts_with("release."));
    // A release that can't be resolved is explained all the same: that is when it is asked.
    let spec = resolve(templar, &None).ok().filter(|_| part);
    let Some(spec) = spec else {
        return explain::explain(templar, key, None);
    };
    let files: Arc<dyn Files> = Arc::new(DiskFiles);
    let charts = Arc::new(charts(files.clone(), Asked::default())?);
    let planner = Planner::new(charts, files, Default::default(), Mask::Plain)?;
    let opening = Opening {
        run: "explain".to_owned(),
        overlays: Some(global.state_path().join("overlays")),
        policy: PATIENCE,
    };
    let sources = Sources {
        planner: &planner,
        cluster: cluster::open(&spec.cluster, &opening)
            .await
            .map_err(|error| error.diagnostic()),
    };
    let behind = Behind::read(sources, spec).await;
    explain::explain(templar, key, Some(&behind))
}

/// What is live is told beside the point: nobody waits long for it.
const PATIENCE: Policy = Policy {
    tries: 1,
    pause: Duration::from_millis(250),
    budget: Duration::from_secs(5),
    patience: Duration::from_secs(5),
};

fn known(fleet: &Fleet, host: &str) -> Result<(), Diagnostic> {
    let inventory = fleet.inventory();
    match inventory.host(host) {
        Some(_) => Ok(()),
        None => Err(unknown(
            "target",
            host,
            inventory.hosts().map(|host| &*host.name),
        )),
    }
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let fault = Diagnostic::error(format!("no {kind} \"{name}\" in the inventory"));
    match nearest(name, known) {
        Some(near) => fault.hint(near),
        None => fault.hint("rollbook inventory graph"),
    }
}
