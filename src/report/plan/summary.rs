//! The last lines: where the eye and the CI log end.

use super::super::look::{Look, paint, style};
use super::super::{diagnostic, words};
use super::Shown;
use crate::plan::{Action, Noise, Plan, TargetCounts, Totals, Verdict, totals};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// The summary block; the next command is its last line.
pub fn summary(plan: &Plan, shown: &Shown, look: &Look) -> String {
    let mut text = errors(plan);
    let totals = totals(plan);
    text.push_str(&sentence(totals.targets));
    if totals.targets.change > 0 {
        for (word, content) in rows(plan, &totals, shown) {
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

fn sentence(targets: TargetCounts) -> String {
    let mut tail = String::new();
    if targets.skip > 0 {
        let _ = write!(tail, ", {} skipped", verb(targets.skip));
    }
    if targets.error > 0 {
        let _ = write!(tail, ", {} could not be planned", targets.error);
    }
    let all = words::targets(targets.all());
    if targets.change == 0 {
        let rest = if tail.is_empty() {
            format!("{all} {} as the inventory says", are(targets.all()))
        } else {
            format!("{all}{tail}")
        };
        return format!("Plan: no changes. {rest}.\n");
    }
    let end = if targets.change == 1 { "s" } else { "" };
    format!("Plan: {} of {all} change{end}{tail}.\n", targets.change)
}

fn verb(count: usize) -> String {
    format!("{count} {}", are(count))
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn rows(plan: &Plan, totals: &Totals, shown: &Shown) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("objects", objects(totals)),
        ("data", data(totals)),
        ("pods", pods(totals)),
    ];
    if let Some(noise) = noise(totals) {
        let flag = if shown.noise {
            ""
        } else {
            ", not counted   --show-noise"
        };
        rows.push(("noise", format!("{noise}{flag}")));
    }
    if let Some(unverified) = unverified(totals) {
        rows.push(("unverified", unverified));
    }
    rows.push(("backout", backout(totals)));
    if !plan.waves.is_empty() {
        rows.push(("waves", waves(plan)));
    }
    rows
}

fn objects(totals: &Totals) -> String {
    let words = [
        (Action::Create, "create"),
        (Action::Update, "update"),
        (Action::Replace, "replace"),
        (Action::Delete, "delete"),
    ];
    let count = |action| totals.objects.get(&action).copied().unwrap_or_default();
    let each = words.map(|(action, word)| format!("{} {word}", words::number(count(action))));
    each.join(" · ")
}

/// Always printed; red where something goes.
fn data(totals: &Totals) -> String {
    if totals.data_loss.is_empty() {
        return "no volume claim, volume, namespace or CRD is deleted".to_owned();
    }
    let lost = totals.data_loss.iter().map(|(id, targets)| {
        let names = targets.iter().map(|name| &**name);
        format!("{id} ({})", words::names(names, false))
    });
    let lost: Vec<String> = lost.collect();
    paint(style::ALARM, &format!("DATA LOSS  {}", lost.join(", ")))
}

fn pods(totals: &Totals) -> String {
    if totals.restarts == 0 {
        return "no pod restarts".to_owned();
    }
    let workloads = words::plural(totals.restarts, "workload");
    format!(
        "the pods of {workloads} in {} restart",
        words::targets(totals.restarting.len())
    )
}

fn noise(totals: &Totals) -> Option<String> {
    let word = |noise: &Noise| match noise {
        Noise::ChartLabel => "chart label",
        Noise::Checksum => "checksum",
        Noise::Order => "order only",
        Noise::Quantity => "equal quantity",
        Noise::NotOurs => "owned by others",
    };
    let each = totals
        .noise
        .iter()
        .map(|(noise, count)| format!("{} {}", words::number(*count), word(noise)));
    listed(each.collect(), " · ")
}

/// What the server was not asked about, by reason.
fn unverified(totals: &Totals) -> Option<String> {
    let each = totals
        .unverified
        .iter()
        .map(|(why, count)| format!("{}: {why}", words::plural(*count, "object")));
    listed(each.collect(), " · ")
}

fn listed(each: Vec<String>, between: &str) -> Option<String> {
    (!each.is_empty()).then(|| each.join(between))
}

fn backout(totals: &Totals) -> String {
    let way = |(back, count): (&Option<Arc<str>>, &usize)| match back {
        Some(version) => format!("{count} can go back to {version}"),
        None => format!("{count} would be uninstalled"),
    };
    let back = totals.backout.iter().filter(|(back, _)| back.is_some());
    let gone = totals.backout.iter().filter(|(back, _)| back.is_none());
    let each: Vec<String> = back.chain(gone).map(way).collect();
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
