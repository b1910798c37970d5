//! Events for machines.

use super::super::labels;
use super::fault::{fault, place};
use super::{Fields, map};
use crate::diag::Diagnostic;
use crate::event::{Closing, Counts, End, Event, Outcome, Recap, Start, TaskHead, Totals, Wave};
use crate::plan::Identity;
use crate::release::ClosingStep;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The name and the fields of an event; the plan has a line of its own.
pub fn fields(event: &Event) -> Option<(&'static str, Fields)> {
    let (name, fields) = match event {
        Event::RunStarted(start) => ("run_started", started(start)),
        Event::Planned(_) => return None,
        Event::PlayStarted(wave) => ("wave_started", wave_started(wave)),
        Event::TaskStarted(task) => ("task_started", json!({"task": head(task)})),
        Event::TargetBegan { target, task } => (
            "target_began",
            json!({"target": &**target, "task": head(task)}),
        ),
        Event::TaskEnded {
            target,
            task,
            outcome,
            took,
        } => ("task_ended", ended(target, task, outcome, *took)),
        Event::Retrying { target, task, left } => (
            "retrying",
            json!({"target": &**target, "task": head(task), "left": left}),
        ),
        Event::Gate { target, result } => (
            "gate",
            json!({"target": &**target, "gate": &*result.name,
                "verdict": labels::gate(result.verdict), "why": result.why,
                "condition": result.condition}),
        ),
        Event::Progress { target, text } => {
            ("progress", json!({"target": &**target, "text": text}))
        }
        Event::Closing {
            target,
            step,
            stands,
        } => ("closing", closing(target, step, stands)),
        Event::TargetEnded { target, end, took } => ("target_ended", left(target, end, *took)),
        Event::WaveEnded { wave, took } => ("wave_ended", wave_ended(wave, *took)),
        Event::Strayed { target, what } => ("strayed", json!({"target": &**target, "what": what})),
        Event::Warning(warning) => ("warning", json!({"warning": fault(warning)})),
        Event::Stopping { why } => ("stopping", json!({"why": why})),
        Event::RunEnded { took, requests } => (
            "run_ended",
            json!({"seconds": seconds(*took), "requests": requests}),
        ),
    };
    Some((name, map(fields)))
}

/// What became of every target, and the exit code.
pub fn recap(recap: &Recap, exit: u8) -> Fields {
    let targets = recap.targets.iter();
    let targets: Fields = targets
        .map(|(name, counts)| (name.to_string(), self::counts(counts)))
        .collect();
    map(json!({
        "targets": targets,
        "totals": totals(&recap.totals()),
        "open": recap.open.iter().map(|(step, why)| open(step, why)).collect::<Vec<_>>(),
        "predicted": recap.predicted().map(|p| json!({"as_planned": p.as_planned, "of": p.of})),
        "stopped": recap.stopped,
        "seconds": seconds(recap.took),
        "requests": recap.requests,
        "exit": exit,
    }))
}

/// With milliseconds.
fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}

pub(super) fn cluster(cluster: &Identity) -> Value {
    json!({"name": &*cluster.name, "server": &*cluster.server, "uid": &*cluster.uid})
}

fn closing(target: &str, step: &ClosingStep, stands: &Closing) -> Value {
    let (state, how, error) = match stands {
        Closing::Opened => ("opened", None, None),
        Closing::Closed(how) => ("closed", Some(how), None),
        Closing::Open(why) => ("open", None, Some(fault(why))),
    };
    json!({"target": target, "step": due(step), "state": state, "how": how, "error": error})
}

fn due(step: &ClosingStep) -> Value {
    json!({"object": step.object, "found": step.found, "set": step.set, "since": step.since})
}

fn open(step: &ClosingStep, why: &Diagnostic) -> Value {
    json!({"target": &*step.target, "step": due(step), "error": fault(why)})
}

fn started(start: &Start) -> Value {
    json!({
        "by": start.by,
        "reason": start.reason,
        "plan": start.plan,
        "clusters": start.clusters.iter().map(|one| cluster(one)).collect::<Vec<_>>(),
        "targets": names(&start.targets),
        "inventory_targets": start.inventory_targets,
        "inventory": start.inventory,
        "waves": start.waves,
        "planned": start.planned,
    })
}

fn names(targets: &[Arc<str>]) -> Vec<&str> {
    targets.iter().map(|target| &**target).collect()
}

fn wave_started(wave: &Wave) -> Value {
    json!({
        "play": &*wave.play,
        "wave": wave.number,
        "of": wave.of,
        "targets": names(&wave.targets),
        "allowed": wave.allowed,
    })
}

fn wave_ended(wave: &Wave, took: Duration) -> Value {
    json!({
        "play": &*wave.play,
        "wave": wave.number,
        "of": wave.of,
        "seconds": seconds(took),
    })
}

fn head(task: &TaskHead) -> Value {
    json!({
        "name": &*task.name,
        "module": &*task.module,
        "handler": task.handler,
        "at": place(&task.at),
    })
}

fn ended(target: &str, task: &TaskHead, outcome: &Outcome, took: Duration) -> Value {
    json!({
        "target": target,
        "task": head(task),
        "status": labels::status(outcome.status),
        "item": outcome.item,
        "result": outcome.result,
        "diff": outcome.diff,
        "error": outcome.error.as_ref().map(fault),
        "seconds": seconds(took),
    })
}

fn left(target: &str, end: &End, took: Duration) -> Value {
    let mut fields = how(end);
    fields.insert("target".to_owned(), target.into());
    fields.insert("seconds".to_owned(), seconds(took).into());
    fields.into()
}

/// How a target ended, with all that belongs to it.
fn how(end: &End) -> Fields {
    let more = match end {
        End::Changed { objects, tasks } => json!({"objects": objects, "tasks": tasks}),
        End::Skipped { gate, why } => json!({"gate": gate.as_deref(), "why": why}),
        End::Refused(error) | End::Failed(error) | End::Unreachable(error) => {
            json!({"error": fault(error)})
        }
        End::Unchanged | End::Stopped => json!({}),
    };
    let mut fields = map(more);
    fields.insert("end".to_owned(), labels::end(end).into());
    fields
}

fn counts(counts: &Counts) -> Value {
    json!({
        "ok": counts.ok,
        "changed": counts.changed,
        "unreachable": counts.unreachable,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "rescued": counts.rescued,
        "ignored": counts.ignored,
        "end": counts.end.as_ref().map(labels::end),
        "strays": counts.strays,
    })
}

fn totals(totals: &Totals) -> Value {
    json!({
        "changed": totals.changed,
        "unchanged": totals.unchanged,
        "skipped": totals.skipped,
        "refused": totals.refused,
        "failed": totals.failed,
        "unreachable": totals.unreachable,
        "stopped": totals.stopped,
    })
}
