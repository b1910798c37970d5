//! A run with all that it was made from: what `plan --out` saves, and what every run keeps beside
//! its journal until all of it is done. The main type here is [`Thawed`].

use super::play::{PlayArgs, Playbook, Session};
use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::files::MemoryFiles;
use crate::journal::{RunId, directory};
use crate::plan::Plan;
use crate::plan::artifact::{self, Saved};
use crate::sensitive::Sensitive;
use crate::state::{StateDir, write_private};
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

/// Reads a frozen run.
pub fn thaw(path: &Path, state: &StateDir) -> Result<Thawed, Diagnostic> {
    let at = || Location::file(path.display().to_string());
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, &e).at(at()))?;
    let saved = Saved::read(&bytes, &state.seal()?).map_err(|fault| fault.at(at()))?;
    let frozen: Frozen = saved.frozen().map_err(|fault| fault.at(at()))?;
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
    pub fn freeze(&self, plan: &Plan) -> Result<Saved, Diagnostic> {
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

    /// Keeps the plan of the run, so that it can be gone on with.
    pub(super) fn keep(&self, plan: &Plan) -> Result<(), Diagnostics> {
        let path = kept(&self.state, &self.run);
        let bytes = self.freeze(plan)?.write(&self.state.seal()?)?;
        write_private(&path, &bytes).map_err(|e| unwritable(&path, &e))?;
        Ok(())
    }
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
