//! `rollbook inventory`: which targets there are, what each should be, and why.

use super::Exit;
use super::fleet::FleetArgs;
use crate::diag::{Diagnostic, Diagnostics};
use crate::report::{Look, inventory as report};
use crate::state::DiskFiles;
use crate::vars::{Fleet, Templar};
use crate::yaml::nearest;
use clap::Subcommand;
use std::path::PathBuf;
use std::sync::Arc;

/// Look at the inventory.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to look at.
    #[command(subcommand)]
    view: View,
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
pub fn run(args: Args, look: &Look) -> Result<Exit, Diagnostics> {
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
            let explained = report::explain(&templar, key.as_deref(), look.verbosity > 0)?;
            match format {
                Format::Text => explained.text(),
                Format::Json => explained.json(),
            }
        }
    };
    look.out(&text);
    Ok(Exit::Done)
}

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
