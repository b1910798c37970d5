//! The flags that say which targets: `-i`, `-l`, `-e` and the vault's passwords.

use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::files::Files;
use crate::inventory::{Pattern, Selection, Sources, load};
use crate::sensitive::Sensitive;
use crate::state::DiskLookups;
use crate::vars::{Fleet, Vault, extra_vars};
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
    /// A file with a vault password, or LABEL@FILE; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Targets")]
    pub vault_password_file: Vec<String>,
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

    fn vault(&self, files: &dyn Files) -> Result<Vault, Diagnostic> {
        let mut vault = Vault::default();
        for given in &self.vault_password_file {
            let (label, path) = match given.split_once('@') {
                Some((label, path)) => (Some(label), PathBuf::from(path)),
                None => (None, PathBuf::from(given)),
            };
            let content = files.read(&path).map_err(|error| {
                let message = format!("the vault password can't be read: {error}");
                Diagnostic::error(message).at(Location::file(path.display().to_string()))
            })?;
            vault.add(label, &Sensitive::new(content.to_vec()));
        }
        Ok(vault)
    }
}
