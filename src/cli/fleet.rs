//! The flags that say which targets: `-i`, `-l`, `-e` and the vault's passwords.

use super::passwords::Typed;
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::Files;
use crate::inventory::{Pattern, Selection, Sources, load};
use crate::release::{ClusterRef, TargetSpec, resolve, resolve_all};
use crate::state::{DiskFiles, DiskLookups};
use crate::vars::{Fleet, Templar, extra_vars};
use crate::yaml::nearest;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// Which targets, with which variables.
#[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
pub struct FleetArgs {
    /// An inventory: a file, a directory, or names with a comma; may be repeated
    #[arg(short, long, value_name = "PATH", help_heading = "Targets")]
    pub inventory: Vec<String>,
    /// Only these targets: a pattern such as 'canary', 'prod:!dbs', 'c2*', '@FILE'
    #[arg(short, long, value_name = "PATTERN", help_heading = "Targets")]
    pub limit: Option<String>,
    /// A variable: key=value, {"key": value}, or @FILE; may be repeated
    #[arg(short = 'e', long, value_name = "VARS", help_heading = "Targets")]
    pub extra_vars: Vec<String>,
    /// A file with a vault password (or a program that prints it), or LABEL@FILE; "prompt" in the
    /// place of a file asks for it; may be repeated
    #[arg(
        long,
        visible_alias = "vault-id",
        value_name = "FILE",
        help_heading = "Targets"
    )]
    pub vault_password_file: Vec<String>,
    /// Ask for the vault password
    #[arg(
        short = 'J',
        long,
        visible_alias = "ask-vault-password",
        help_heading = "Targets"
    )]
    #[serde(default)]
    pub ask_vault_pass: bool,
    /// What Ansible reads of the environment; arguments, so that a plan freezes them.
    #[command(flatten)]
    #[serde(default)]
    pub environment: VaultEnvironment,
    /// What was asked for.
    #[arg(skip)]
    #[serde(skip)]
    pub typed: Typed,
}

/// Vault passwords that the environment names, beside those of the flags.
#[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
pub struct VaultEnvironment {
    /// LABEL@FILE, several with commas
    #[arg(
        long,
        hide = true,
        env = "ANSIBLE_VAULT_IDENTITY_LIST",
        value_delimiter = ','
    )]
    pub vault_identity_list: Vec<String>,
    /// FILE
    #[arg(long, hide = true, env = "ANSIBLE_VAULT_PASSWORD_FILE")]
    pub default_vault_password_file: Option<String>,
}

impl FleetArgs {
    /// Reads the inventory with all its variables.
    pub fn load(
        &self,
        files: &dyn Files,
        playbook_dir: Option<&Path>,
    ) -> Result<Arc<Fleet>, Diagnostics> {
        if self.inventory.is_empty() {
            return Err(Diagnostic::error("no inventory is named")
                .hint("-i PATH")
                .into());
        }
        let vault = self.vault(files)?;
        let sources = Sources {
            sources: &self.inventory,
            playbook_dir,
            unseal: &vault,
        };
        let inventory = load(files, &sources)?;
        let extra = extra_vars(files, &vault, &self.extra_vars)?;
        let lookups = DiskLookups::beside(playbook_dir.unwrap_or(Path::new("")));
        Fleet::with_lookups(inventory, extra, Arc::new(vault), Arc::new(lookups))
    }

    /// The targets that `-l` leaves: all without it.
    pub fn limited(&self, files: &dyn Files, fleet: &Fleet) -> Result<Selection, Diagnostics> {
        let pattern = match &self.limit {
            Some(limit) => Pattern::limit(files, limit)?,
            None => Pattern::parse("all"),
        };
        Ok(pattern.select(fleet.inventory())?)
    }

    /// The targets that `-l` leaves, fully resolved; `context` stands for their clusters.
    pub fn specs(
        &self,
        context: Option<&str>,
    ) -> Result<(Arc<Fleet>, Vec<TargetSpec>), Diagnostics> {
        let fleet = self.load(&DiskFiles, None)?;
        let names: Vec<Arc<str>> = self.limited(&DiskFiles, &fleet)?.into_iter().collect();
        let specs = resolve_all(&fleet, &names, &ClusterRef::of_flag(context))?;
        Ok((fleet, specs))
    }

    /// One target by its name, fully resolved.
    pub fn target(&self, name: &str) -> Result<TargetSpec, Diagnostics> {
        let fleet = self.load(&DiskFiles, None)?;
        let inventory = fleet.inventory();
        if inventory.host(name).is_none() {
            let known = inventory.hosts().map(|host| &*host.name);
            let what = format!("no target \"{name}\" in the inventory");
            let near = nearest(name, known).unwrap_or("rollbook inventory graph");
            return Err(Diagnostic::error(what).hint(near).into());
        }
        resolve(&Templar::new(fleet.scope(name)), &None)
    }
}

/// The targets of each cluster.
pub fn by_cluster(specs: &[TargetSpec]) -> IndexMap<Arc<ClusterRef>, Vec<&TargetSpec>> {
    let mut clusters: IndexMap<Arc<ClusterRef>, Vec<&TargetSpec>> = IndexMap::new();
    for spec in specs {
        let of_cluster = clusters.entry(spec.cluster.clone()).or_default();
        of_cluster.push(spec);
    }
    clusters
}
