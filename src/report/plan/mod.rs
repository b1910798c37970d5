//! The plan of a fleet, equal changes grouped. The main entry point here is [`print`].
//!
//! Top to bottom as it is read: where we are (header), how many of what (overview), each group's
//! changes, and the summary, whose last line is the next command.

mod group;
mod header;
mod summary;
mod table;

use super::Look;
use crate::diag::Diagnostics;
use crate::plan::{Group, Plan, TargetPlan, Verdict};
use crate::sensitive::Mask;

/// How much of each object's diff is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum DiffDetail {
    /// Overview and summary only
    None,
    /// The first objects of each group, the rest counted
    #[default]
    Some,
    /// Every object
    Full,
}

/// What the screen shows beyond the plan itself.
#[derive(Clone, Debug)]
pub struct Shown {
    /// How much of each diff.
    pub diff: DiffDetail,
    /// The gates matrix instead of the groups.
    pub gates: Gates,
    /// Count and show noise.
    pub noise: bool,
    /// The file that it was saved to.
    pub saved: Option<Saved>,
    /// How secrets are shown.
    pub mask: Mask,
}

/// Whether the gates matrix is shown, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gates {
    /// The plan is shown.
    #[default]
    No,
    /// For people.
    Matrix,
    /// For a spreadsheet.
    Csv,
}

/// A saved plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The file as typed.
    pub path: String,
    /// Its size.
    pub bytes: usize,
    /// `sha256:…` of its bytes.
    pub digest: String,
}

/// Prints the plan, then what could not be planned, as the last thing on stderr.
pub fn print(plan: &Plan, shown: &Shown, look: &Look) {
    match shown.gates {
        Gates::No => look.out(&screen(plan, shown, look)),
        Gates::Matrix => look.out(&super::gates::matrix(plan, look)),
        Gates::Csv => look.data(&super::gates::csv(plan)),
    }
    look.err(&super::faults(&unplanned(plan)));
}

/// Why targets could not be planned.
pub fn unplanned(plan: &Plan) -> Diagnostics {
    let fault = |target: &TargetPlan| match &target.verdict {
        Verdict::Error(fault) => Some(fault.clone().target(target.target.clone())),
        Verdict::Change | Verdict::Unchanged | Verdict::Skip(_) => None,
    };
    Diagnostics(plan.targets.iter().filter_map(fault).collect())
}

fn screen(plan: &Plan, shown: &Shown, look: &Look) -> String {
    let groups = crate::plan::groups(plan, &shown.mask);
    let mut text = header::header(plan, look);
    if changes(plan) && look.verbosity >= 0 {
        text.push_str(&table::overview(plan, &groups, look));
        text.push_str(&blocks(plan, &groups, shown, look));
    }
    text.push_str(&summary::summary(plan, shown, look));
    text
}

fn blocks(plan: &Plan, groups: &[Group], shown: &Shown, look: &Look) -> String {
    if shown.diff == DiffDetail::None {
        return String::new();
    }
    let block = |group: &Group| group::block(plan, group, groups.first(), shown, look);
    let (told, rest) = groups.split_at(groups.len().min(10));
    let mut text: String = told.iter().map(block).collect();
    if !rest.is_empty() {
        text.push_str(&table::folded(plan, rest, look));
    }
    text
}

/// Whether any target changes.
pub fn changes(plan: &Plan) -> bool {
    plan.targets.iter().any(TargetPlan::changes)
}

/// The target that stands for its group.
fn sample<'a>(plan: &'a Plan, group: &Group) -> Option<&'a TargetPlan> {
    plan.targets.get(*group.targets.first()?)
}
