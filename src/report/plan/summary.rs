//! The last lines: where the eye and the CI log end.

use super::super::look::{Look, paint, style};
use super::super::{diagnostic, words};
use super::Shown;
use crate::plan::{Action, Noise, ObjectChange, Plan, ReleasePlan, TargetPlan, Verdict, is_data};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The summary block; the next command is its last line.
pub fn summary(plan: &Plan, shown: &Shown, look: &Look) -> String {
    let mut text = errors(plan);
    text.push_str(&sentence(plan));
    if super::changes(plan) {
        for (word, content) in rows(plan, shown) {
            let _ = writeln!(text, "  {word:<10} {content}");
        }
    }
    text.push_str(&warnings(plan, look));
    for line in shown.saved.iter() {
        let _ = writeln!(text, "{line}");
    }
    if let Some(next) = &shown.next {
        let _ = writeln!(text, "  {next}");
    }
    text
}

fn errors(plan: &Plan) -> String {
    let mut told = BTreeMap::new();
    for target in &plan.targets {
        if let Verdict::Error(fault) = &target.verdict {
            let mut fault = fault.clone();
            fault.target = None;
            let text = diagnostic::fault(&fault).replace(&*target.target, "<target>");
            told.entry(text)
                .or_insert_with(Vec::new)
                .push(&*target.target);
        }
    }
    let block = |(text, names): (String, Vec<&str>)| {
        let listed = words::names(names.iter().copied(), false);
        let text = match names.as_slice() {
            [name] => text.replace("<target>", name),
            _ => text,
        };
        format!("{}: {listed}\n{text}\n", words::targets(names.len()))
    };
    told.into_iter().map(block).collect()
}

fn sentence(plan: &Plan) -> String {
    let count =
        |wanted: fn(&Verdict) -> bool| plan.targets.iter().filter(|t| wanted(&t.verdict)).count();
    let changing = count(|v| matches!(v, Verdict::Change));
    let skipped = count(|v| matches!(v, Verdict::Skip(_)));
    let failed = count(|v| matches!(v, Verdict::Error(_)));
    let mut tail = String::new();
    if skipped > 0 {
        let _ = write!(tail, ", {} skipped", verb(skipped));
    }
    if failed > 0 {
        let _ = write!(tail, ", {failed} could not be planned");
    }
    let all = words::targets(plan.targets.len());
    if changing == 0 {
        let rest = if skipped + failed == 0 {
            format!("{all} {} as the inventory says", are(plan.targets.len()))
        } else {
            format!("{all}{tail}")
        };
        return format!("Plan: no changes. {rest}.\n");
    }
    format!(
        "Plan: {changing} of {all} change{}{tail}.\n",
        if changing == 1 { "s" } else { "" }
    )
}

fn verb(count: usize) -> String {
    format!("{count} {}", are(count))
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn rows(plan: &Plan, shown: &Shown) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("objects", objects(plan)),
        ("data", data(plan)),
        ("pods", pods(plan)),
    ];
    if let Some(noise) = noise(plan) {
        let flag = if shown.noise {
            ""
        } else {
            ", not counted   --show-noise"
        };
        rows.push(("noise", format!("{noise}{flag}")));
    }
    if let Some(unverified) = unverified(plan) {
        rows.push(("unverified", unverified));
    }
    rows.push(("backout", backout(plan)));
    if !plan.waves.is_empty() {
        rows.push(("waves", waves(plan)));
    }
    rows
}

fn releases(plan: &Plan) -> impl Iterator<Item = (&TargetPlan, &ReleasePlan)> {
    let changing = plan.targets.iter().filter(|t| t.changes());
    changing.filter_map(|t| t.release.as_ref().map(|release| (t, release)))
}

fn all_changes(plan: &Plan) -> impl Iterator<Item = (&TargetPlan, &ObjectChange)> {
    releases(plan).flat_map(|(t, release)| release.changes.iter().map(move |c| (t, c)))
}

fn objects(plan: &Plan) -> String {
    let words = [
        (Action::Create, "create"),
        (Action::Update, "update"),
        (Action::Replace, "replace"),
        (Action::Delete, "delete"),
    ];
    let count = |action| {
        all_changes(plan)
            .filter(|(_, c)| c.action == action && c.noise.is_none())
            .count()
    };
    let each = words.map(|(action, word)| format!("{} {word}", words::number(count(action))));
    each.join(" · ")
}

/// Always printed; red where something goes.
fn data(plan: &Plan) -> String {
    let mut lost: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (target, change) in all_changes(plan) {
        let goes = matches!(change.action, Action::Delete | Action::Replace);
        if goes && is_data(&change.id) {
            lost.entry(change.id.to_string())
                .or_default()
                .insert(&target.target);
        }
    }
    if lost.is_empty() {
        return "no volume claim, volume, namespace or CRD is deleted".to_owned();
    }
    let each: Vec<String> = lost
        .iter()
        .map(|(id, names)| format!("{id} ({})", words::names(names.iter().copied(), false)))
        .collect();
    paint(style::ALARM, &format!("DATA LOSS  {}", each.join(", ")))
}

fn pods(plan: &Plan) -> String {
    let mut workloads = 0;
    let mut targets = BTreeSet::new();
    for (target, _) in all_changes(plan).filter(|(_, c)| c.restarts.is_some()) {
        workloads += 1;
        targets.insert(&target.target);
    }
    if workloads == 0 {
        return "no pod restarts".to_owned();
    }
    let workloads = words::plural(workloads, "workload");
    format!(
        "the pods of {workloads} in {} restart",
        words::targets(targets.len())
    )
}

fn noise(plan: &Plan) -> Option<String> {
    let mut counts: BTreeMap<Noise, usize> = BTreeMap::new();
    for (_, change) in all_changes(plan) {
        if let Some(noise) = change.noise {
            *counts.entry(noise).or_default() += 1;
        }
    }
    let word = |noise: &Noise| match noise {
        Noise::ChartLabel => "chart label",
        Noise::Checksum => "checksum",
        Noise::Order => "order only",
        Noise::Quantity => "equal quantity",
        Noise::NotOurs => "owned by others",
    };
    let each: Vec<String> = counts
        .iter()
        .map(|(noise, count)| format!("{} {}", words::number(*count), word(noise)))
        .collect();
    (!each.is_empty()).then(|| each.join(" · "))
}

/// What the server was not asked about, by reason.
fn unverified(plan: &Plan) -> Option<String> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for why in all_changes(plan).filter_map(|(_, change)| change.unverified.as_deref()) {
        *reasons.entry(why).or_default() += 1;
    }
    let each = reasons
        .iter()
        .map(|(why, count)| format!("{}: {why}", words::plural(*count, "object")));
    let each: Vec<String> = each.collect();
    (!each.is_empty()).then(|| each.join(" · "))
}

fn backout(plan: &Plan) -> String {
    let mut back: BTreeMap<String, usize> = BTreeMap::new();
    for (_, release) in releases(plan) {
        let way = match (&release.from, release.revision) {
            (Some(from), 1..) => format!("can go back to {}", from.version),
            _ => "would be uninstalled".to_owned(),
        };
        *back.entry(way).or_default() += 1;
    }
    let each: Vec<String> = back
        .iter()
        .map(|(way, count)| format!("{count} {way}"))
        .collect();
    each.join(", ")
}

fn waves(plan: &Plan) -> String {
    let sizes: Vec<String> = plan.waves.iter().map(usize::to_string).collect();
    format!(
        "{} of {}",
        words::plural(plan.waves.len(), "wave"),
        sizes.join(", ")
    )
}

fn warnings(plan: &Plan, look: &Look) -> String {
    let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for target in &plan.targets {
        for warning in &target.warnings {
            told.entry(&warning.message)
                .or_default()
                .push(&target.target);
        }
    }
    let line = |(message, names): (&str, Vec<&str>)| {
        let listed = words::names(names.iter().copied(), look.verbosity > 0);
        format!(
            "  {:<10} {}: {message}: {listed}\n",
            "warning",
            words::targets(names.len())
        )
    };
    told.into_iter().map(line).collect()
}
