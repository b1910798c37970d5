//! PLAY RECAP and the sentence that counts every target once.

use super::look::{Look, paint, style};
use super::words;
use crate::diag::{Diagnostic, Kind};
use crate::event::{Counts, End, Predicted, Recap, Start};
use crate::release::ClosingStep;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// The recap of a run: Ansible's lines, then what happened in one sentence and by cause.
pub fn recap(recap: &Recap, start: &Start, look: &Look) -> String {
    let width = if look.terminal {
        look.width.max(80)
    } else {
        80
    };
    let mut text = format!("\nPLAY RECAP {}\n", "*".repeat(width - 12));
    text.push_str(&lines(recap, look));
    let _ = write!(text, "\n{}", sentence(recap, &start.run));
    text.push_str(&causes(recap));
    text.push_str(&next(recap, start));
    text
}

/// What must be done next, as commands that can be pasted.
fn next(recap: &Recap, start: &Start) -> String {
    let mut text = String::new();
    let steps = recap.open.iter().map(|(step, _)| &*step.target);
    let open = open(recap).map(|(target, _)| target).chain(steps);
    let open: Vec<&str> = open.collect::<BTreeSet<_>>().into_iter().collect();
    let inventory = start.inventory.iter().map(|i| format!(" -i {i}"));
    if !open.is_empty() {
        let (inventory, limit) = (inventory.collect::<String>(), open.join(","));
        let _ = writeln!(
            text,
            "\nClose what is open:   rollbook recover{inventory} -l {limit}"
        );
    }
    if recap.totals().stopped > 0 && !start.run.is_empty() {
        let gap = if text.is_empty() { "\n" } else { "" };
        let run = short(&start.run);
        let _ = writeln!(text, "{gap}Go on with the rest:  rollbook resume {run}");
    }
    text
}

/// One line per target off a terminal, with `-v`, or for 20 targets or fewer; else equal lines
/// are folded, those with trouble never.
fn lines(recap: &Recap, look: &Look) -> String {
    let all = !look.terminal || look.verbosity > 0 || recap.targets.len() <= 20;
    let mut text = String::new();
    let mut folded: BTreeMap<String, usize> = BTreeMap::new();
    for (target, counts) in &recap.targets {
        if all || trouble(counts) {
            let _ = writeln!(
                text,
                "{} : {}",
                painted_name(target, counts),
                counters(counts)
            );
        } else {
            *folded.entry(counters(counts)).or_default() += 1;
        }
    }
    for (counters, count) in folded {
        let _ = writeln!(text, "{:<26} : {counters}", words::targets(count));
    }
    text
}

fn trouble(counts: &Counts) -> bool {
    counts.failed + counts.unreachable > 0
}

fn painted_name(target: &str, counts: &Counts) -> String {
    let name = format!("{target:<26}");
    let style = match () {
        () if counts.unreachable > 0 => style::ALARM,
        () if counts.failed > 0 => style::FAILED,
        () if counts.changed > 0 => style::CHANGED,
        () => style::OK,
    };
    paint(style, &name)
}

/// Ansible's counters, trailing blanks and all.
fn counters(counts: &Counts) -> String {
    let counters = [
        ("ok", counts.ok),
        ("changed", counts.changed),
        ("unreachable", counts.unreachable),
        ("failed", counts.failed),
        ("skipped", counts.skipped),
        ("rescued", counts.rescued),
        ("ignored", counts.ignored),
    ];
    counters
        .map(|(word, count)| format!("{word}={count:<4}"))
        .join(" ")
}

/// `Run 7k2f: 414 of 420 done, 4 failed, 2 refused, 18 skipped, in 1h03m.   unreachable=0 failed=4`
fn sentence(recap: &Recap, run: &str) -> String {
    let totals = recap.totals();
    let selected = recap.targets.len() - totals.skipped;
    let done = totals.changed + totals.unchanged;
    let mut text = format!("Run {}: {done} of {selected} done", short(run));
    let rest = [
        (totals.failed, "failed"),
        (totals.unreachable, "unreachable"),
        (totals.refused, "refused"),
        (totals.stopped, "not reached"),
        (totals.skipped, "skipped"),
    ];
    for (count, word) in rest.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(text, ", {count} {word}");
    }
    let took = words::duration(recap.took);
    let (unreachable, failed) = (totals.unreachable, totals.failed);
    let _ = writeln!(
        text,
        ", in {took}.   unreachable={unreachable} failed={failed}"
    );
    text
}

/// `7k2f` of `20260312-2204-7k2f`.
pub fn short(run: &str) -> &str {
    run.rsplit('-').next().unwrap_or(run)
}

fn causes(recap: &Recap) -> String {
    let mut causes: BTreeMap<(&str, String), Vec<&Arc<str>>> = BTreeMap::new();
    for (target, counts) in &recap.targets {
        if let Some((word, why)) = counts.end.as_ref().and_then(|end| cause(end, target)) {
            causes.entry((word, why)).or_default().push(target);
        }
    }
    for (target, counts) in &recap.targets {
        for what in &counts.strays {
            let what = what.replace(&**target, "<target>");
            causes.entry(("strayed", what)).or_default().push(target);
        }
    }
    let mut text = predicted(recap);
    for ((word, why), targets) in causes {
        let names = words::names(targets.iter().map(|t| &***t), false);
        let _ = writeln!(text, "  {word:<10} {} {why} ({names})", targets.len());
    }
    if let Some(why) = &recap.stopped {
        let _ = writeln!(text, "  {:<10} {why}", "stopped");
    }
    text.push_str(&opened(recap));
    let requests = recap.requests.and_then(|count| usize::try_from(count).ok());
    if let Some(requests) = requests.filter(|count| *count > 0) {
        let _ = writeln!(
            text,
            "  {:<10} {}",
            "load",
            words::plural(requests, "request")
        );
    }
    text
}

/// Whether the preview could be trusted.
fn predicted(recap: &Recap) -> String {
    recap
        .predicted()
        .map_or_else(String::new, |Predicted { as_planned, of }| {
            let (as_planned, of) = (words::number(as_planned), words::number(of));
            format!(
                "  {:<10} {as_planned} of {of} changed exactly as planned\n",
                "predicted"
            )
        })
}

/// The targets that something is left open of, and what.
fn open<'r>(recap: &'r Recap) -> impl Iterator<Item = (&'r str, &'r Diagnostic)> {
    let open = |(target, counts): (&'r Arc<str>, &'r Counts)| match &counts.end {
        Some(End::Failed(fault)) if fault.kind == Kind::Open => Some((&**target, fault)),
        _ => None,
    };
    recap.targets.iter().filter_map(open)
}

/// What is still open, never folded.
fn opened(recap: &Recap) -> String {
    let line =
        |(target, fault): (&str, &Diagnostic)| format!("{:13}{target}  {}\n", "", fault.message);
    let targets: Vec<String> = open(recap).map(line).collect();
    let steps: Vec<String> = recap.open.iter().map(due).collect();
    let count = match (targets.len(), steps.len()) {
        (0, 0) => return format!("  {:<10} nothing\n", "OPEN"),
        (0, steps) => words::plural(steps, "closing step"),
        (targets, 0) => words::targets(targets),
        (targets, steps) => {
            let steps = words::plural(steps, "closing step");
            format!("{}, {steps}", words::targets(targets))
        }
    };
    let word = paint(style::ALARM, &format!("{:<10}", "OPEN"));
    format!("  {word} {count}\n{}{}", targets.concat(), steps.concat())
}

/// What is to be put back still, and why it was not.
fn due((step, why): &(Arc<ClosingStep>, Diagnostic)) -> String {
    let since: Option<jiff::Timestamp> = step.since.parse().ok();
    let since = since.map(|since| since.to_zoned(jiff::tz::TimeZone::system()));
    let since = since.map_or_else(String::new, |at| at.strftime(" since %H:%M").to_string());
    let (target, why) = (&step.target, &why.message);
    format!("{:13}{target}  {step}{since}: {why}\n", "")
}

fn cause(end: &End, target: &str) -> Option<(&'static str, String)> {
    let same = |text: &str| text.replace(target, "<target>");
    match end {
        End::Failed(fault) => match fault.evidence.first() {
            Some(proof) => Some(("failed", same(&proof.cause))),
            None => Some(("failed", same(&fault.message))),
        },
        End::Unreachable(fault) => Some(("failed", same(&fault.message))),
        End::Refused(fault) => Some(("refused", same(&fault.message))),
        End::Skipped { why, .. } => Some(("skipped", same(why))),
        End::Changed { .. } | End::Unchanged | End::Stopped => None,
    }
}
