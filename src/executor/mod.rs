//! A playbook over many targets. The main types here are [`Setup`] and [`Ended`].
//!
//! There is one path: [`check`] runs it without writing and collects the [`Plan`], [`run`] runs it
//! for real, by a plan where there is one. Plays are cut into waves, a wave goes through the tasks
//! in lock step (or each target by itself), and everything that happens is told as events.

mod closing;
mod conclude;
mod drive;
mod member;
mod play;
mod prompts;
mod repeat;
mod select;
mod task;
#[cfg(test)]
mod tests;
mod wave;

pub use select::{Show, listing};

use crate::diag::{Diagnostics, Kind};
use crate::event::{End, Start};
use crate::files::Files;
use crate::inventory::Pattern;
use crate::modules::{Doors, Module};
use crate::plan::Plan;
use crate::playbook::{Playbook, Tags};
use crate::terminal::Cause;
use crate::vars::Fleet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A playbook whose tasks are bound to modules.
pub type Bound = Playbook<Box<dyn Module>>;

/// Everything that a run needs.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// The playbook.
    pub playbook: &'a Bound,
    /// The inventory with its variables.
    pub fleet: &'a Arc<Fleet>,
    /// Where `vars_files` are read from.
    pub files: &'a dyn Files,
    /// How to run.
    pub options: &'a Options,
    /// The ways to the outside.
    pub doors: Doors<'a>,
}

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How many targets are under way at once; 0 counts as 1.
    pub forks: usize,
    /// `-v`, counted.
    pub verbosity: u8,
    /// `--diff`.
    pub diff: bool,
    /// `--tags` and `--skip-tags`.
    pub tags: Tags,
    /// `--limit`.
    pub limit: Option<Pattern>,
    /// What the header of the run says; targets and counts are filled in.
    pub start: Start,
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// How every selected target ended.
    pub targets: BTreeMap<Arc<str>, End>,
    /// Why the run stopped before its end.
    pub stopped: Option<String>,
    /// Somebody said no; nothing was changed by what came after.
    pub declined: Option<String>,
    /// Targets of which something could not be put back.
    pub open: BTreeSet<Arc<str>>,
    /// Who asked the run to stop.
    pub asked: Option<Cause>,
}

impl Ended {
    /// The gravest thing that happened, which chooses the exit code; `None` is all well. Targets
    /// whose description is wrong are [`Kind::Input`].
    pub fn worst(&self) -> Option<Kind> {
        let any = |wanted: fn(&End) -> bool| self.targets.values().any(wanted);
        let open = |end: &End| matches!(end, End::Failed(fault) if fault.kind == Kind::Open);
        if !self.open.is_empty() || any(open) {
            Some(Kind::Open)
        } else if any(|end| matches!(end, End::Unreachable(_))) {
            Some(Kind::Unreachable)
        } else if self.stopped.is_some()
            || any(|end| matches!(end, End::Failed(f) if f.kind != Kind::Input))
        {
            Some(Kind::Failed)
        } else if any(|end| matches!(end, End::Failed(_))) {
            Some(Kind::Input)
        } else if any(|end| matches!(end, End::Refused(_))) {
            Some(Kind::Refused)
        } else {
            None
        }
    }
}

/// Runs the playbook without writing anything. `head` is the plan without its targets.
pub async fn check(setup: Setup<'_>, head: Plan) -> Result<(Plan, Ended), Diagnostics> {
    drive::check(setup, head).await
}

/// Runs the playbook. With a plan only the targets that it changes are touched, and as it says.
pub async fn run(setup: Setup<'_>, plan: Option<&Plan>) -> Result<Ended, Diagnostics> {
    drive::run(setup, plan).await
}
