//! The log of a fleet off a terminal: one plain line per target, greppable by its name. The main
//! type here is [`Log`].
//!
//! Waves of more than ten targets are told so; smaller ones in Ansible's own lines. A failure is
//! told in full when it happens, not when its wave is over.

use super::live::Board;
use super::look::{paint, style};
use super::{diagnostic, words};
use crate::diag::Diagnostic;
use crate::event::{End, Event, Start, Status, Wave};
use crate::plan::Identity;
use jiff::Zoned;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where a wave stands.
#[derive(Default)]
pub struct Log {
    start: Arc<Start>,
    /// No times before lines.
    timeless: bool,
    wave: Arc<Wave>,
    ended: usize,
    counts: [usize; 3],
    /// Targets whose failure is told.
    told: BTreeSet<Arc<str>>,
}

impl Log {
    /// The log of a run that begins; `times` is on unless somebody says otherwise.
    pub fn new(start: Arc<Start>, times: Option<bool>) -> Log {
        Log {
            start,
            timeless: times == Some(false),
            ..Log::default()
        }
    }

    /// The text of one event.
    pub fn text(&mut self, event: &Event, clock: impl Fn() -> Zoned) -> String {
        match event {
            Event::PlayStarted(wave) => self.start(wave),
            Event::TaskEnded {
                target, outcome, ..
            } => {
                let word = match outcome.status {
                    Status::Failed => "FAILED!",
                    Status::Unreachable => "UNREACHABLE!",
                    _ => return String::new(),
                };
                let Some(fault) = outcome.error.as_ref().filter(|_| outcome.item.is_none()) else {
                    return String::new();
                };
                self.told.insert(target.clone());
                self.timed(&clock(), &whole(word, target, fault))
            }
            Event::TargetEnded { target, end, took } => {
                let text = self.target(target, end, *took);
                if text.is_empty() {
                    return text;
                }
                self.timed(&clock(), &text)
            }
            Event::Closing {
                target,
                step,
                stands,
            } => match words::closing(target, step, stands) {
                text if text.is_empty() => text,
                text => self.timed(&clock(), &text),
            },
            Event::WaveEnded { wave, took } => {
                let text = self.wave_line(wave, *took);
                self.timed(&clock(), &text)
            }
            Event::Warning(warning) => diagnostic::fault(warning),
            Event::Stopping { why } => format!("{}\n", paint(style::FAILED, why)),
            _ => String::new(),
        }
    }

    /// The line that says that the run goes on.
    pub fn beat(&self, board: &Board, now: Instant, clock: Zoned) -> String {
        let slowest = board.slowest();
        let Some((target, flight)) = slowest.first() else {
            let lasted = words::duration(board.lasted(now));
            return self.timed(&clock, &format!("running for {lasted}\n"));
        };
        let time = words::duration(now.duration_since(flight.since));
        let what = match flight.text.as_str() {
            "" => &*flight.task.name,
            text => text,
        };
        let count = slowest.len();
        let line = format!("running {count}, slowest {target} {time}: {what}\n");
        self.timed(&clock, &line)
    }

    fn timed(&self, clock: &Zoned, text: &str) -> String {
        match self.timeless {
            true => text.to_owned(),
            false => format!("{} {text}", clock.strftime("%H:%M:%S")),
        }
    }

    fn start(&mut self, wave: &Arc<Wave>) -> String {
        self.ended = 0;
        self.counts = [0; 3];
        let mut text = String::new();
        if self.wave.play != wave.play {
            let _ = writeln!(text, "{}\n", banner(&format!("PLAY [{}]", wave.play)));
            text.push_str(&header(&self.start));
        }
        let (number, of) = (wave.number, wave.of);
        let title = format!(
            "WAVE {number} of {of} [{}]",
            words::targets(wave.targets.len())
        );
        let _ = writeln!(text, "{}", banner(&title));
        self.wave = wave.clone();
        text
    }

    fn target(&mut self, target: &Arc<str>, end: &End, took: Duration) -> String {
        self.ended += 1;
        let at = match end {
            End::Changed { .. } => 0,
            End::Skipped { .. } => 1,
            End::Failed(_) | End::Unreachable(_) | End::Refused(_) => 2,
            End::Unchanged | End::Stopped => self.counts.len(),
        };
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        if self.told.remove(target) {
            return String::new();
        }
        let count = match self.wave.targets.len() {
            // The plan's word on targets that no wave has.
            0 => String::new(),
            all => format!(" ({}/{all})", self.ended),
        };
        target_line(target, end, &words::duration(took), &count)
    }

    fn wave_line(&self, wave: &Wave, took: Duration) -> String {
        let (number, of) = (wave.number, wave.of);
        let [changed, skipped, failed] = self.counts;
        let took = words::duration(took);
        format!(
            "wave {number} of {of}: {changed} changed, {skipped} skipped, {failed} failed in {took}\n"
        )
    }
}

/// Where the run is, and who runs it.
fn header(start: &Start) -> String {
    let mut lines = vec![format!("run {}", start.run)];
    lines.extend(start.clusters.iter().map(|cluster| place(cluster)));
    let plan = start.plan.as_ref().map(|plan| format!("plan {plan}"));
    let reason = start
        .reason
        .as_ref()
        .map(|reason| format!("reason {reason}"));
    let rest = [
        plan,
        Some(words::targets(start.targets.len())),
        Some(format!("by {}", start.by)),
        reason,
    ];
    let rest: Vec<String> = rest.into_iter().flatten().collect();
    format!("{}\n{}\n", lines.join("  "), rest.join("  "))
}

fn place(cluster: &Identity) -> String {
    let id: String = cluster.uid.chars().take(8).collect();
    format!("cluster {} {} id {id}", cluster.name, cluster.server)
}

fn banner(text: &str) -> String {
    format!(
        "\n{text} {}",
        "*".repeat(79usize.saturating_sub(text.chars().count()).max(3))
    )
}

fn target_line(target: &str, end: &End, took: &str, count: &str) -> String {
    match end {
        End::Changed { objects, tasks } => {
            let (objects, tasks) = (
                words::plural(*objects, "object"),
                words::plural(*tasks, "task"),
            );
            let line = format!("changed: [{target}] {objects}, {tasks}, {took}{count}");
            format!("{}\n", paint(style::CHANGED, &line))
        }
        End::Unchanged => format!("{}\n", paint(style::OK, &format!("ok: [{target}]{count}"))),
        End::Skipped { gate, why } => {
            let gate = gate
                .as_ref()
                .map_or(String::new(), |gate| format!("gate {gate}: "));
            let line = format!("skipping: [{target}] {gate}{why}{count}");
            format!("{}\n", paint(style::SKIPPED, &line))
        }
        End::Failed(fault) => whole("FAILED!", target, fault),
        End::Unreachable(fault) => whole("UNREACHABLE!", target, fault),
        End::Refused(fault) => whole("REFUSED", target, fault),
        End::Stopped => format!("stopped: [{target}] not finished{count}\n"),
    }
}

fn whole(word: &str, target: &str, fault: &Diagnostic) -> String {
    let line = format!("fatal: [{target}]: {word} => {}", fault.message);
    format!(
        "{}\n{}",
        paint(style::FAILED, &line),
        diagnostic::details(fault)
    )
}
