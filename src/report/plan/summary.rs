//! The last lines: where the eye and the CI log end.

use super::super::look::{Look, paint, style};
use super::super::{labels, words};
use super::{Saved, Shown};
use crate::plan::{Action, Noise, Plan, ReleasePlan, TargetCounts, TargetPlan, Totals, totals};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The summary block; the next command is its last line.
pub fn summary(plan: &Plan, shown: &Shown, look: &Look) -> String {
    let totals = totals(plan);
    let mut text = sentence(&totals.targets, plan.targets.len());
    if super::changes(plan) {
        for (word, content) in rows(plan, &totals, shown) {
            let _ = writeln!(text, "  {word:<10} {content}");
        }
    }
    text.push_str(&warnings(plan, look));
    if let Some(saved) = &shown.saved {
        let _ = writeln!(text, "{}\n  rollbook apply {}", told(saved), saved.path);
    }
    text
}

/// `Saved sp.plan   3.1 MiB, mode 0600, sha256:c7e05a19`
fn told(saved: &Saved) -> String {
    let size = match saved.bytes {
        size @ 0..1_048_576 => format!("{} KiB", size.div_ceil(1024)),
        size => format!("{}.{} MiB", size >> 20, ((size % (1 << 20)) * 10) >> 20),
    };
    let digest = saved.digest.get(..15).unwrap_or(&saved.digest);
    format!("Saved {}   {size}, mode 0600, {digest}", saved.path)
}

fn sentence(counts: &TargetCounts, all: usize) -> String {
    let mut tail = String::new();
    if counts.skip > 0 {
        let _ = write!(tail, ", {} {} skipped", counts.skip, are(counts.skip));
    }
    if counts.error > 0 {
        let _ = write!(tail, ", {} could not be planned", counts.error);
    }
    let targets = words::targets(all);
    if counts.change == 0 {
        let rest = if tail.is_empty() {
            format!("{targets} {} as the inventory says", are(all))
        } else {
            format!("{targets}{tail}")
        };
        return format!("Plan: no changes. {rest}.\n");
    }
    let ends = if counts.change == 1 { "s" } else { "" };
    format!("Plan: {} of {targets} change{ends}{tail}.\n", counts.change)
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn rows(plan: &Plan, totals: &Totals, shown: &Shown) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("objects", objects(totals)),
        ("data", data(totals)),
        ("pods", pods(plan, totals)),
    ];
    if let Some(noise) = noise(totals) {
        let flag = if shown.noise {
            ""
        } else {
            ", not counted   --show-noise"
        };
        rows.push(("noise", format!("{noise}{flag}")));
    }
    rows.extend(conflicts(totals).map(|conflict| ("conflict", conflict)));
    if let Some(unverified) = unverified(totals) {
        rows.push(("unverified", unverified));
    }
    rows.extend(backout(plan).map(|way| ("backout", way)));
    if !plan.waves.is_empty() {
        rows.push(("waves", waves(plan)));
    }
    rows
}

fn objects(totals: &Totals) -> String {
    let actions = [
        Action::Create,
        Action::Update,
        Action::Replace,
        Action::Delete,
    ];
    let each = actions.map(|action| {
        let count = totals.objects.get(&action).copied().unwrap_or(0);
        format!("{} {}", words::number(count), labels::action(action))
    });
    each.join(" · ")
}

/// Always printed; red where something goes.
fn data(totals: &Totals) -> String {
    let mut lost: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (target, object) in &totals.data_loss {
        lost.entry(object.to_string()).or_default().insert(target);
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

fn pods(plan: &Plan, totals: &Totals) -> String {
    let ends = if totals.pods == 1 { "s" } else { "" };
    let restarts = match totals.workloads {
        0 => "no pod restarts".to_owned(),
        workloads => format!(
            "{} restart{ends}, of {} in {}",
            words::plural(totals.pods, "running pod"),
            words::plural(workloads, "workload"),
            words::targets(totals.restarting)
        ),
    };
    let scales = |target: &&TargetPlan| target.steps.iter().any(|step| &*step.module == "scale");
    match plan.targets.iter().filter(scales).count() {
        0 => restarts,
        scaled => format!(
            "{restarts}; workloads are scaled in {}",
            words::targets(scaled)
        ),
    }
}

fn noise(totals: &Totals) -> Option<String> {
    let word = |noise: &Noise| match noise {
        Noise::ChartLabel => "chart label",
        Noise::Checksum => "checksum",
        Noise::Order => "order only",
        Noise::Quantity => "equal quantity",
        Noise::NotOurs => "owned by others",
    };
    let counts = totals.noise.iter();
    let each: Vec<String> = counts
        .map(|(noise, count)| format!("{} {}", words::number(*count), word(noise)))
        .collect();
    (!each.is_empty()).then(|| each.join(" · "))
}

/// One line per path and manager.
fn conflicts(totals: &Totals) -> impl Iterator<Item = String> {
    totals.conflicts.iter().map(|(conflict, count)| {
        let targets = words::targets(*count);
        let (path, manager) = (&conflict.path, &conflict.manager);
        let policy = labels::policy(conflict.policy);
        format!("{manager} owns {path} in {targets}; policy: {policy}")
    })
}

/// What the server was not asked about, by reason.
fn unverified(totals: &Totals) -> Option<String> {
    let reasons = totals.unverified.iter();
    let each: Vec<String> = reasons
        .map(|(why, count)| format!("{}: {why}", words::plural(*count, "object")))
        .collect();
    (!each.is_empty()).then(|| each.join(" · "))
}

/// How each release could come back; `None` where none changes.
fn backout(plan: &Plan) -> Option<String> {
    let mut back: BTreeMap<String, usize> = BTreeMap::new();
    let changing = plan.targets.iter().filter(|target| target.changes());
    let releases: Vec<&ReleasePlan> = changing.filter_map(|t| t.release.as_ref()).collect();
    for release in releases {
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
    (!each.is_empty()).then(|| each.join(", "))
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
