//! Targets that change alike. The main type here is [`Group`].

use super::{ObjectChange, Plan, TargetPlan, Verdict};
use crate::diff::{self, Hunk, neutral};
use crate::manifest::ObjectId;
use crate::sensitive::{Mask, Veil};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Targets that change alike, their own names aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `A` for the biggest, then `B`, …, `Z`, `AA`.
    pub name: String,
    /// Indexes into the plan's targets, in play order; the first one stands for all.
    pub targets: Vec<usize>,
    /// The objects that change otherwise than in group A, or only here; empty for A itself.
    pub differs: Vec<ObjectId>,
    /// The objects that change in A and not here, in A's names.
    pub lacks: Vec<ObjectId>,
}

/// The groups of targets that change, biggest first.
pub fn groups(plan: &Plan, mask: &Mask) -> Vec<Group> {
    let mut found: IndexMap<String, Vec<usize>> = IndexMap::new();
    for (index, target) in plan.targets.iter().enumerate() {
        if matches!(target.verdict, Verdict::Change) {
            let signature = signature(target, mask);
            found.entry(signature).or_default().push(index);
        }
    }
    let mut found: Vec<Vec<usize>> = found.into_values().collect();
    found.sort_by_key(|targets| std::cmp::Reverse(targets.len()));
    let standing = |targets: &[usize]| targets.first().and_then(|at| plan.targets.get(*at));
    let first = found.first().and_then(|targets| standing(targets));
    let first = first
        .map(|target| changes(target, mask))
        .unwrap_or_default();
    let group = |(at, targets): (usize, Vec<usize>)| {
        let own = standing(&targets)
            .map(|target| changes(target, mask))
            .unwrap_or_default();
        let ids = |from: &Changes, other: &Changes| {
            let differs = |(name, (_, text)): &(&String, &(ObjectId, String))| {
                other.get(*name).map(|(_, text)| text) != Some(text)
            };
            from.iter()
                .filter(differs)
                .map(|(_, (id, _))| id.clone())
                .collect()
        };
        let lacks = first.iter().filter(|(name, _)| !own.contains_key(*name));
        Group {
            name: name(at),
            differs: ids(&own, &first),
            lacks: lacks.map(|(_, (id, _))| id.clone()).collect(),
            targets,
        }
    };
    found.into_iter().enumerate().map(group).collect()
}

type Changes = BTreeMap<String, (ObjectId, String)>;

fn names(target: &TargetPlan) -> Vec<&str> {
    let release = target.release.as_ref().map(|release| &*release.name);
    let names = [Some(&*target.target), Some(&*target.namespace), release];
    names.into_iter().flatten().collect()
}

/// Everything that is shown of a target, without its names.
fn signature(target: &TargetPlan, mask: &Mask) -> String {
    let mut text = String::new();
    for step in &target.steps {
        let _ = writeln!(text, "{} {} {:?}", step.module, step.text, step.closing);
    }
    if let Some(release) = &target.release {
        let chart = |chart: &Option<super::ChartRef>| {
            chart.as_ref().map(|c| format!("{}-{}", c.name, c.version))
        };
        let (from, to) = (chart(&release.from), chart(&release.to));
        let _ = writeln!(
            text,
            "{from:?} {to:?} {} {}",
            release.creates_namespace,
            release.migrates > 0
        );
        let hooks = release
            .hooks
            .iter()
            .map(|h| format!("{} {}\n", h.event, h.id));
        text.extend(hooks);
        text.push_str(&release.values_diff);
    }
    let warnings: BTreeSet<&String> = target.warnings.iter().map(|w| &w.message).collect();
    let _ = writeln!(text, "{warnings:?}");
    let mut text = neutral(&text, &names(target));
    for (name, (_, change)) in changes(target, mask) {
        let _ = writeln!(text, "{name}\n{change}");
    }
    text
}

/// The changes of a target by neutral identity, each as neutral text.
fn changes(target: &TargetPlan, mask: &Mask) -> Changes {
    let names = names(target);
    let veil = target.veil(mask);
    let changes = target.release.iter().flat_map(|release| &release.changes);
    let acts = changes.filter(|change| super::build::acts(change) && change.noise.is_none());
    let entry = |change: &ObjectChange| {
        let key = neutral(&format!("{} {}", change.id.group, change.id), &names);
        (
            key,
            (change.id.clone(), neutral(&shown(change, &veil), &names)),
        )
    };
    acts.map(entry).collect()
}

fn shown(change: &ObjectChange, veil: &Veil) -> String {
    let mut text = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}\n",
        change.action, change.why, change.restarts, change.address, change.conflicts, change.noise
    );
    for line in change.hunks(veil, false).iter().flat_map(Hunk::lines) {
        text.push_str(&line);
        text.push('\n');
    }
    if let (None, Some(_)) = (&change.live, &change.result) {
        let seen = change.seen(veil).result;
        text.push_str(&seen.as_ref().map(diff::yaml).unwrap_or_default());
    }
    text
}

/// `A`, `B`, …, `Z`, `AA`, …
fn name(index: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    match index / 26 {
        0 => letter.to_string(),
        more => format!("{}{letter}", name(more - 1)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn group_names_count_on() {
        let names: Vec<String> = [0, 25, 26, 51, 52, 702]
            .into_iter()
            .map(super::name)
            .collect();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "AAA"]);
    }
}
