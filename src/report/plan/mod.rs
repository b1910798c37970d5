//! The plan of a fleet, equal changes grouped. The main entry point here is [`plan`].
//!
//! Top to bottom as it is read: where we are (header), how many of what (overview), each group's
//! changes, and the summary, whose last line is the next command.

mod group;
mod header;
mod summary;
mod table;

use super::Look;
use crate::plan::{Group, Plan, TargetPlan};
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
    pub gates: bool,
    /// Count and show noise.
    pub noise: bool,
    /// `Saved sp.plan …`, where it was saved.
    pub saved: Option<String>,
    /// The next command to paste.
    pub next: Option<String>,
    /// How secrets are shown.
    pub mask: Mask,
}

/// The whole screen.
pub fn plan(plan: &Plan, shown: &Shown, look: &Look) -> String {
    if shown.gates {
        return super::gates::matrix(plan, look);
    }
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
