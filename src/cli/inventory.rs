//! `rollbook inventory` (owned by m1; this placeholder keeps the skeleton compiling)

use super::Exit;
use crate::diag::Diagnostics;
use crate::report::Look;

/// Look at the inventory.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_args: Args, _look: &Look) -> Result<Exit, Diagnostics> {
    Ok(Exit::Done)
}
