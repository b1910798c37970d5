//! The overview: one row per group, one for what is skipped, one for what failed to plan.

use super::super::look::{Look, paint, style};
use super::super::words;
use crate::plan::{Group, Plan, TargetPlan, Verdict};
use std::collections::BTreeMap;

/// What stands before the names.
const MARGIN: usize = 21;

/// `412  A  update   c2a7dv c2b0qx … 407 more`
pub fn overview(plan: &Plan, groups: &[Group], look: &Look) -> String {
    let mut text = String::new();
    for group in groups.iter().take(10) {
        text.push_str(&row(
            group.targets.len(),
            &group.name,
            &listing(plan, group, look),
        ));
    }
    let left = plan
        .targets
        .iter()
        .filter(|t| matches!(t.verdict, Verdict::Unchanged))
        .count();
    if left > 0 {
        text.push_str(&row(left, " ", "same     as the inventory says"));
    }
    text.push_str(&skipped(plan));
    text.push_str(&failed(plan, look));
    text.push('\n');
    text
}

/// The groups beyond the tenth, a line each.
pub fn folded(plan: &Plan, rest: &[Group], look: &Look) -> String {
    let line = |group: &Group| {
        row(
            group.targets.len(),
            &group.name,
            &listing(plan, group, look),
        )
    };
    let lines: String = rest.iter().map(line).collect();
    format!("{} more\n{lines}\n", words::plural(rest.len(), "group"))
}

fn row(count: usize, letter: &str, content: &str) -> String {
    format!("{:>7}  {letter}  {content}\n", words::number(count))
}

fn listing(plan: &Plan, group: &Group, look: &Look) -> String {
    let targets = group.targets.iter().filter_map(|at| plan.targets.get(*at));
    let targets: Vec<&str> = targets.map(|t| &*t.target).collect();
    let names = match look.verbosity > 0 {
        true => words::names(targets.into_iter(), true),
        false => words::fitting(&targets, look.room().saturating_sub(MARGIN)),
    };
    let word = super::sample(plan, group).map_or("", word);
    format!("{word:<8} {names}")
}

/// `install`, `update`, `back`, `remove`, or `tasks` where only tasks change something.
fn word(target: &TargetPlan) -> &'static str {
    match &target.release {
        Some(release) if release.back_to.is_some() => "back",
        Some(release) if release.to.is_none() => "remove",
        Some(release) if release.revision == 0 => "install",
        Some(release) if release.changes() => "update",
        _ => "tasks",
    }
}

fn skipped(plan: &Plan) -> String {
    let reasons = reasons(plan);
    let count: usize = reasons.values().sum();
    if count == 0 {
        return String::new();
    }
    row(
        count,
        " ",
        &paint(
            style::SKIPPED,
            &format!("skip     {}        --gates", listed(&reasons)),
        ),
    )
}

/// How many targets each reason leaves out.
pub fn reasons(plan: &Plan) -> BTreeMap<&str, usize> {
    let mut reasons = BTreeMap::new();
    for target in &plan.targets {
        if let Verdict::Skip(why) = &target.verdict {
            *reasons.entry(why.as_str()).or_default() += 1;
        }
    }
    reasons
}

fn listed(reasons: &BTreeMap<&str, usize>) -> String {
    let mut reasons: Vec<_> = reasons.iter().collect();
    reasons.sort_by_key(|(why, count)| (std::cmp::Reverse(**count), **why));
    let each: Vec<String> = reasons
        .iter()
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    each.join(" · ")
}

fn failed(plan: &Plan, look: &Look) -> String {
    let broken = |t: &&TargetPlan| matches!(t.verdict, Verdict::Error(_));
    let names: Vec<&str> = plan
        .targets
        .iter()
        .filter(broken)
        .map(|t| &*t.target)
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let listed = words::names(names.iter().copied(), look.verbosity > 0);
    row(
        names.len(),
        " ",
        &paint(style::FAILED, &format!("FAILED   {listed}")),
    )
}
