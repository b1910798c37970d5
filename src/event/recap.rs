//! The recap, folded from the events. The main type here is [`Recap`].
//!
//! Counters are Ansible's: `ok` includes changed and ignored, `failed` counts final failures only.
//! Every selected target has exactly one line, also when no task ran on it.

use super::{Closing, End, Event, Outcome, Status};
use crate::diag::Diagnostic;
use crate::release::ClosingStep;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What became of every target, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Recap {
    /// One line per target.
    pub targets: BTreeMap<Arc<str>, Counts>,
    /// What could not be put back, and why.
    pub open: Vec<(Arc<ClosingStep>, Diagnostic)>,
    /// It did what a plan said.
    pub planned: bool,
    /// Why the run stopped early.
    pub stopped: Option<String>,
    /// How long the run took.
    pub took: Duration,
    /// Requests that were sent, where counted.
    pub requests: Option<u64>,
}

/// The line of one target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Tasks that went well, those that changed something or were ignored included.
    pub ok: usize,
    /// Tasks that changed something.
    pub changed: usize,
    /// 1 where the cluster did not answer.
    pub unreachable: usize,
    /// Tasks that failed for good.
    pub failed: usize,
    /// Tasks that were left out.
    pub skipped: usize,
    /// Failures that a `rescue` took over.
    pub rescued: usize,
    /// Failures that `ignore_errors` passed over.
    pub ignored: usize,
    /// What did not become as the plan had predicted.
    pub strays: Vec<String>,
    /// How the target ended; `None` while it has not, or where no play selected it.
    pub end: Option<End>,
}

/// How many targets ended how; every target is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Changed as wanted.
    pub changed: usize,
    /// Nothing to do.
    pub unchanged: usize,
    /// Left out by a gate.
    pub skipped: usize,
    /// Not touched for safety.
    pub refused: usize,
    /// Failed.
    pub failed: usize,
    /// The cluster did not answer.
    pub unreachable: usize,
    /// Not reached, or not finished, before the run stopped.
    pub stopped: usize,
}

/// Whether the preview could be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Predicted {
    /// Targets that changed exactly as planned.
    pub as_planned: usize,
    /// Targets that changed, or should have.
    pub of: usize,
}

impl Recap {
    /// Folds all of `events`.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Recap {
        let mut recap = Recap::default();
        for event in events {
            recap.take(event);
        }
        recap
    }

    /// Folds one more event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::RunStarted(start) => {
                self.planned = start.planned && !start.check;
                self.open(&start.targets);
            }
            Event::Strayed { target, what } => self.line(target).strays.push(what.clone()),
            Event::TaskEnded {
                target, outcome, ..
            } => self.line(target).count(outcome),
            Event::TargetEnded { target, end, .. } => self.line(target).end(end),
            Event::Closing {
                step,
                stands: Closing::Open(why),
                ..
            } => self.open.push((step.clone(), why.clone())),
            Event::Stopping { why } => self.stopped = Some(why.clone()),
            Event::RunEnded { took, requests } => {
                self.took = *took;
                self.requests = *requests;
            }
            _ => {}
        }
    }

    /// Counts the targets by how they ended.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for counts in self.targets.values() {
            *totals.of(counts.end.as_ref()) += 1;
        }
        totals
    }

    /// Of the targets that should have changed, how many changed exactly as planned; `None` where
    /// there was no plan, or nothing that it changed.
    pub fn predicted(&self) -> Option<Predicted> {
        let should = |counts: &&Counts| match counts.end {
            Some(End::Changed { .. }) => true,
            Some(End::Unchanged) => !counts.strays.is_empty(),
            _ => false,
        };
        let lines = self.targets.values().filter(should);
        let mut predicted = Predicted::default();
        for counts in lines {
            predicted.of += 1;
            predicted.as_planned += usize::from(counts.strays.is_empty());
        }
        Some(predicted).filter(|predicted| self.planned && predicted.of > 0)
    }

    fn open(&mut self, targets: &[Arc<str>]) {
        for target in targets {
            self.line(target);
        }
    }

    fn line(&mut self, target: &Arc<str>) -> &mut Counts {
        self.targets.entry(target.clone()).or_default()
    }
}

impl Counts {
    fn count(&mut self, outcome: &Outcome) {
        if outcome.item.is_some() {
            return;
        }
        match outcome.status {
            Status::Ok => self.ok += 1,
            Status::Changed => (self.ok, self.changed) = (self.ok + 1, self.changed + 1),
            Status::Skipped => self.skipped += 1,
            Status::Failed => self.failed += 1,
            Status::Rescued => self.rescued += 1,
            Status::Unreachable => self.unreachable += 1,
            Status::Refused => {}
            Status::Ignored => self.ignore(outcome),
        }
    }

    fn ignore(&mut self, outcome: &Outcome) {
        self.ok += 1;
        self.ignored += 1;
        self.changed += usize::from(outcome.result["changed"] == true);
    }

    /// A later play does not hide what an earlier one did: the graver end stays.
    fn end(&mut self, end: &End) {
        match (&mut self.end, end) {
            (
                Some(End::Changed { objects, tasks }),
                End::Changed {
                    objects: o,
                    tasks: t,
                },
            ) => {
                (*objects, *tasks) = (*objects + o, *tasks + t);
            }
            (Some(known), _) if gravity(known) >= gravity(end) => {}
            _ => self.end = Some(end.clone()),
        }
    }
}

fn gravity(end: &End) -> u8 {
    match end {
        End::Unchanged => 0,
        End::Skipped { .. } => 1,
        End::Changed { .. } => 2,
        End::Stopped => 3,
        End::Refused(_) => 4,
        End::Failed(_) => 5,
        End::Unreachable(_) => 6,
    }
}

impl Totals {
    fn of(&mut self, end: Option<&End>) -> &mut usize {
        match end {
            Some(End::Changed { .. }) => &mut self.changed,
            Some(End::Unchanged) => &mut self.unchanged,
            Some(End::Skipped { .. }) => &mut self.skipped,
            Some(End::Refused(_)) => &mut self.refused,
            Some(End::Failed(_)) => &mut self.failed,
            Some(End::Unreachable(_)) => &mut self.unreachable,
            Some(End::Stopped) | None => &mut self.stopped,
        }
    }

    /// How many targets were counted.
    pub fn all(&self) -> usize {
        let ended = self.changed + self.unchanged + self.skipped + self.refused;
        ended + self.failed + self.unreachable + self.stopped
    }
}
