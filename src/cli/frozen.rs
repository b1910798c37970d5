//! A run with all that it was made from: what `plan --out` saves, and what every run keeps beside
//! its journal until all of it is done. The main type here is [`Thawed`].

use super::fleet::FleetArgs;
use super::play::{PlayArgs, Playbook, Session};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::files::MemoryFiles;
use crate::journal::{RunId, directory};
use crate::plan::Plan;
use crate::plan::artifact::{self, Saved, Seal};
use crate::sensitive::Sensitive;
use crate::state::{DiskFiles, StateDir, write_private};
use crate::vars::Vault;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The command line that a plan was made with.
#[derive(Serialize, Deserialize)]
struct Frozen {
    args: PlayArgs,
    playbook: Playbook,
}

/// A run as it is read back.
pub struct Thawed {
    /// The command line.
    pub args: PlayArgs,
    /// The playbook.
    pub playbook: Playbook,
    /// The plan.
    pub plan: Plan,
    /// The files that inventory, playbook and charts were read from.
    pub files: MemoryFiles,
    /// `sha256:…` of the file.
    pub digest: String,
}

/// Reads a frozen run; one that is a vault with the passwords that `fleet` names. Passwords that
/// were typed for it are no part of it: those of `fleet` take their place, else they are asked for.
pub async fn thaw(path: &Path, state: &StateDir, fleet: &FleetArgs) -> Result<Thawed, Diagnostic> {
    let at = || Location::file(path.display().to_string());
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e).at(at()))?;
    let plain = match bytes.starts_with(b"$ANSIBLE_VAULT") {
        true => opened(&bytes, &fleet.vault(&DiskFiles)?).map_err(|fault| fault.at(at()))?,
        false => bytes.clone(),
    };
    let saved = Saved::read(&plain, &state.seal()?).map_err(|fault| fault.at(at()))?;
    let mut frozen: Frozen = saved.frozen().map_err(|fault| fault.at(at()))?;
    frozen.args.fleet.answer_passwords(fleet).await?;
    Ok(Thawed {
        args: frozen.args,
        playbook: frozen.playbook,
        plan: saved.plan,
        files: saved.files,
        digest: artifact::digest(&bytes),
    })
}

/// Where the plan of a run is kept.
pub fn kept(state: &StateDir, run: &RunId) -> PathBuf {
    directory(state.path(), run).join("plan")
}

impl Session {
    /// A plan with all that it was made from.
    fn freeze(&self, plan: &Plan) -> Result<Saved, Diagnostic> {
        let frozen = Frozen {
            args: self.args.clone(),
            playbook: self.named.clone(),
        };
        let extra = serde_json::to_value(&frozen).map_err(|e| Diagnostic::error(e.to_string()))?;
        Ok(Saved {
            plan: plan.clone(),
            files: self.files.recorded(),
            extra: Sensitive::new(extra),
        })
    }

    /// The plan as bytes: sealed, or a vault where `--encrypt` says so.
    pub fn frozen(&self, plan: &Plan, seal: &Seal) -> Result<Vec<u8>, Diagnostic> {
        let saved = self.freeze(plan)?;
        match self.args.encrypt {
            true => closed(&saved.write(&Seal::Clear)?, self.fleet.vault()),
            false => saved.write(seal),
        }
    }

    /// Keeps the plan of the run, so that it can be gone on with.
    pub(super) fn keep(&self, plan: &Plan) -> Result<(), Diagnostics> {
        let path = kept(&self.state, &self.run);
        let bytes = self.frozen(plan, &self.state.seal()?)?;
        write_private(&path, &bytes).map_err(|e| unwritable(&path, &e))?;
        Ok(())
    }
}

/// Nothing can be encrypted.
pub fn no_password() -> Diagnostic {
    Diagnostic::error("--encrypt, and no vault password")
        .hint("--vault-password-file FILE, whose password encrypts the plan")
}

fn closed(plan: &[u8], vault: &Vault) -> Result<Vec<u8>, Diagnostic> {
    let text = vault.close(plan).ok_or_else(no_password)?;
    let text = text.map_err(|why| Diagnostic::new(Kind::Internal, why))?;
    Ok(text.into_bytes())
}

fn opened(bytes: &[u8], vault: &Vault) -> Result<Vec<u8>, Diagnostic> {
    let plain = vault.open_bytes(&String::from_utf8_lossy(bytes));
    let plain =
        plain.map_err(|why| Diagnostic::error(format!("the plan can't be opened: {why}")))?;
    plain.ok_or_else(|| {
        let fault = match vault.is_empty() {
            true => Diagnostic::error("the plan is encrypted, and no vault password was given"),
            false => Diagnostic::error("no vault password given opens the plan"),
        };
        fault.hint("--vault-password-file FILE, with the password that it was made with")
    })
}

/// A plan that could not be written.
pub fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(format!("the plan can't be saved: {error}"))
        .at(Location::file(path.display().to_string()))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let fault = Diagnostic::error(format!("the plan can't be read: {error}"));
    let hint = match path.exists() {
        true => "check its mode and owner",
        false => "rollbook plan -i INVENTORY PLAYBOOK --out FILE makes one",
    };
    fault.hint(hint)
}
