//! The flags that say which targets: `-i`, `-l`, `-e` and the vault's passwords.

use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::files::Files;
use crate::inventory::{Pattern, Selection, Sources, load};
use crate::release::{ClusterRef, TargetSpec, resolve, resolve_all};
use crate::sensitive::Sensitive;
use crate::state::{DiskFiles, DiskLookups};
use crate::vars::{Fleet, Templar, Vault, extra_vars};
use crate::yaml::nearest;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
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
    /// A file with a vault password (or a program that prints it), or LABEL@FILE; may be repeated
    #[arg(
        long,
        visible_alias = "vault-id",
        value_name = "FILE",
        help_heading = "Targets"
    )]
    pub vault_password_file: Vec<String>,
    /// What Ansible reads of the environment; arguments, so that a plan freezes them.
    #[command(flatten)]
    #[serde(default)]
    pub environment: VaultEnvironment,
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

    /// The vault passwords that are named.
    pub(super) fn vault(&self, files: &dyn Files) -> Result<Vault, Diagnostic> {
        let mut vault = Vault::telling(super::known().clone());
        let list = self.environment.vault_identity_list.iter();
        let given = list
            .chain(&self.vault_password_file)
            .chain(&self.environment.default_vault_password_file);
        for source in given.map(|given| given.trim()).filter(|g| !g.is_empty()) {
            let (label, path) = match source.split_once('@') {
                Some((label, path)) => (Some(label).filter(|l| !l.is_empty()), path),
                None => (None, source),
            };
            vault.add(label, &password(label, path, files)?);
        }
        Ok(vault)
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

/// What a password file holds, or a password program prints.
fn password(
    label: Option<&str>,
    path: &str,
    files: &dyn Files,
) -> Result<Sensitive<Vec<u8>>, Diagnostic> {
    let fault = |why: String| Diagnostic::error(why).at(Location::file(path));
    if path == "prompt" {
        let hint = "--vault-password-file FILE, a file or a program that prints the password";
        return Err(fault("vault passwords are not asked for".to_owned()).hint(hint));
    }
    let file = home(path);
    if !files.is_executable(&file) {
        let content = files.read(&file);
        let content =
            content.map_err(|e| fault(format!("the vault password can't be read: {e}")))?;
        return Ok(Sensitive::new(content.to_vec()));
    }
    let args: Vec<&str> = match label.filter(|_| is_client(&file)) {
        Some(label) => vec!["--vault-id", label],
        None => Vec::new(),
    };
    let ran = files.run(&file, &args);
    let ran = ran.map_err(|e| {
        fault(format!("the vault password program can't be run: {e}"))
            .hint("remove the executable bit if it holds the password itself")
    })?;
    match ran.failed {
        // What it says of itself may hold what it was asked for.
        Some(why) => Err(fault(format!("the vault password program failed: {why}"))),
        None => Ok(Sensitive::new(ran.stdout.to_vec())),
    }
}

/// `something-client` and `something-client.py` are told which password is wanted.
fn is_client(file: &Path) -> bool {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().ends_with("-client")
}

/// `~` is the home directory, as in Ansible's environment.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}
