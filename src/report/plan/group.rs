//! The changes of one group, told on its first target; later groups as their difference from A.

use super::super::look::{Look, paint, style};
use super::super::{labels, words};
use super::{DiffDetail, Shown};
use crate::diff::Hunk;
use crate::plan::{Action, Group, HookPlan, ObjectChange, Plan, ReleasePlan, TargetPlan};
use crate::sensitive::Veil;
use std::collections::BTreeMap;

/// How many objects of a group are told with their diff before the rest is counted.
const TOLD: usize = 8;

/// One group's block; `first` is group A, against which later ones are told.
pub fn block(
    plan: &Plan,
    group: &Group,
    first: Option<&Group>,
    shown: &Shown,
    look: &Look,
) -> String {
    let Some(target) = super::sample(plan, group) else {
        return String::new();
    };
    let against = first
        .filter(|first| *first != group)
        .and_then(|first| super::sample(plan, first));
    let mut text = match plan.targets.len() {
        1 => String::new(),
        _ => rule(group, against.is_some(), look),
    };
    text.push_str(&steps(target, against));
    if let Some(release) = &target.release {
        text.push_str(&format!("  release: {}\n", counts(release)));
        text.push_str(&beside(target, release, look));
        text.push_str(&objects(release, against.map(|_| group), shown, look));
    }
    text.push_str(&lacks(group));
    text.push('\n');
    target.veil(&shown.mask).hide(&text).into_owned()
}

fn rule(group: &Group, also: bool, look: &Look) -> String {
    let also = if also {
        ", where it differs from A"
    } else {
        ""
    };
    let targets = words::targets(group.targets.len());
    let title = format!("{}  {targets}{also}  ", group.name);
    let dashes = "-".repeat(look.width.saturating_sub(title.chars().count()));
    format!("{title}{dashes}\n")
}

fn steps(target: &TargetPlan, against: Option<&TargetPlan>) -> String {
    if target.steps.is_empty() || against.is_some_and(|a| a.steps == target.steps) {
        return String::new();
    }
    let count = match target.steps.len() {
        1 => "1 step that changes".to_owned(),
        count => format!("{} that change", words::plural(count, "step")),
    };
    let mut text = format!("  {count} something\n");
    for step in &target.steps {
        let closing = step
            .closing
            .as_deref()
            .map_or(String::new(), |c| format!("   closing step: {c}"));
        text.push_str(&format!("    {:<14} {}{closing}\n", step.module, step.text));
    }
    text.push('\n');
    text
}

/// What changes beside objects: the namespace, ownership, values, hooks.
fn beside(target: &TargetPlan, release: &ReleasePlan, look: &Look) -> String {
    let mut text = String::new();
    if release.creates_namespace {
        text.push_str(&format!(
            "  {} Namespace {}\n",
            paint(style::OK, "+"),
            target.namespace
        ));
    }
    if let Some(pending) = &release.recover {
        let (revision, status) = (pending.revision, &pending.status);
        text.push_str(&format!(
            "  ! revision {revision} is {status} and is marked failed first: {}\n",
            pending.why
        ));
    }
    if release.migrates > 0 {
        let objects = words::plural(release.migrates, "object");
        text.push_str(&format!(
            "    ownership of {objects} moves to server-side apply\n"
        ));
    }
    if !release.values_diff.is_empty() && release.revision > 0 {
        text.push_str("  ~ values\n");
        text.push_str(&coloured(release.values_diff.lines()));
    }
    for hook in &release.hooks {
        text.push_str(&hook_line(hook, look));
    }
    text
}

/// What group A changes and this one does not.
fn lacks(group: &Group) -> String {
    if group.lacks.is_empty() {
        return String::new();
    }
    let names: Vec<String> = group.lacks.iter().map(ToString::to_string).collect();
    format!("    not here: {}\n", names.join(", "))
}

/// `1 create, 17 update, 15 unchanged`
fn counts(release: &ReleasePlan) -> String {
    let mut counts: BTreeMap<Action, usize> = BTreeMap::new();
    for change in &release.changes {
        *counts.entry(change.action).or_default() += 1;
    }
    let each: Vec<String> = counts
        .iter()
        .map(|(action, count)| format!("{count} {}", labels::action(*action)))
        .collect();
    each.join(", ")
}

fn hook_line(hook: &HookPlan, look: &Look) -> String {
    let mut notes = vec![format!("weight {}", hook.weight)];
    if hook
        .delete_policies
        .iter()
        .any(|policy| policy == "hook-succeeded")
    {
        notes.push("deleted when it succeeded".to_owned());
    }
    noted(
        &format!("  > {} {}", hook.event, hook.id),
        &notes.join(", "),
        look,
    )
}

/// A line with a note on the right, or on a line of its own where it is narrow.
fn noted(left: &str, note: &str, look: &Look) -> String {
    if note.is_empty() {
        return format!("{left}\n");
    }
    let width = left.chars().count();
    if width + 3 + note.chars().count() > look.width {
        return format!("{left}\n        {note}\n");
    }
    let gap = 56usize.saturating_sub(width).max(3);
    let gap = gap.min(look.width - width - note.chars().count());
    format!("{left}{}{note}\n", " ".repeat(gap))
}

fn is_diffed(action: Action) -> bool {
    matches!(action, Action::Update | Action::Replace)
}

fn objects(release: &ReleasePlan, only: Option<&Group>, shown: &Shown, look: &Look) -> String {
    let full = shown.diff == DiffDetail::Full;
    let mut text = String::new();
    let mut same: BTreeMap<String, usize> = BTreeMap::new();
    let mut told: Vec<String> = Vec::new();
    let mut rest = 0;
    let veil = release.hidden.veil(&shown.mask);
    for change in visible(release, shown) {
        if only.is_some_and(|group| !group.differs.contains(&change.id)) {
            continue;
        }
        let lines = lines(change, &veil, shown.noise);
        let repeated = is_diffed(change.action) && told.contains(&lines.join("\n"));
        match (full, repeated, told.len() < TOLD) {
            (true, _, _) | (false, false, true) => text.push_str(&object(change, &lines, look)),
            (false, true, _) => *same.entry(change.id.kind.to_string()).or_default() += 1,
            (false, false, false) => rest += 1,
        }
        told.push(lines.join("\n"));
    }
    text.push_str(&folded(&same, rest));
    text
}

fn lines(change: &ObjectChange, veil: &Veil, noise: bool) -> Vec<String> {
    if !is_diffed(change.action) {
        return Vec::new();
    }
    change
        .hunks(veil, noise)
        .iter()
        .flat_map(Hunk::lines)
        .collect()
}

/// What is neither unchanged nor mere noise, deletes and creates included.
fn visible<'a>(
    release: &'a ReleasePlan,
    shown: &'a Shown,
) -> impl Iterator<Item = &'a ObjectChange> {
    release.changes.iter().filter(|change| {
        change.action != Action::Unchanged && (shown.noise || change.noise.is_none())
    })
}

fn folded(same: &BTreeMap<String, usize>, rest: usize) -> String {
    let mut parts: Vec<String> = same
        .iter()
        .map(|(kind, count)| format!("{} as above", words::plural(*count, kind)))
        .collect();
    if rest > 0 {
        parts.push(words::plural(rest, "other"));
    }
    let count = same.values().sum::<usize>() + rest;
    if count == 0 {
        return String::new();
    }
    let note = format!(
        "  … {} more: {}        --show full",
        count,
        parts.join(", ")
    );
    format!("{}\n", paint(style::DIM, &note))
}

fn object(change: &ObjectChange, lines: &[String], look: &Look) -> String {
    let mark = match change.action {
        Action::Create => paint(style::OK, "+"),
        Action::Update => paint(style::CHANGED, "~"),
        Action::Replace => paint(style::FAILED, "-/+"),
        Action::Delete => paint(style::FAILED, "-"),
        Action::Keep | Action::Unchanged => "=".to_owned(),
    };
    let mut text = noted(&format!("  {mark} {}", change.id), &notes(change), look);
    text.push_str(&coloured(lines.iter().map(String::as_str)));
    text.push_str(&conflicts(change));
    text
}

fn notes(change: &ObjectChange) -> String {
    let restart = change.restarts.as_ref().map(|why| {
        if why.is_empty() {
            "restarts pods".to_owned()
        } else {
            format!("restarts pods: {why}")
        }
    });
    let parts = [change.why.clone(), restart, change.address.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Diff lines are never wrapped.
fn coloured<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    let line = |line: &str| {
        let painted = match line.as_bytes().first() {
            Some(b'+') => paint(style::OK, line),
            Some(b'-') => paint(style::FAILED, line),
            Some(b'@') => paint(style::SKIPPED, line),
            _ => line.to_owned(),
        };
        format!("      {painted}\n")
    };
    lines.map(line).collect()
}

fn conflicts(change: &ObjectChange) -> String {
    let line = |conflict: &crate::plan::FieldConflict| {
        let policy = labels::policy(conflict.policy);
        let (manager, path) = (&conflict.manager, &conflict.path);
        format!("      ! conflict: {manager} owns {path}; policy: {policy}\n")
    };
    change.conflicts.iter().map(line).collect()
}
