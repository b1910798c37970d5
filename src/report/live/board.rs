//! Where a run stands. The main type here is [`Board`], folded from the events; the time is
//! handed in.

use crate::event::{Closing, End, Event, Start, Status, TaskHead, Wave};
use crate::plan::GateVerdict;
use crate::report::words;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Fewer ended targets foretell nothing.
const TELLING: usize = 3;

/// A run that is under way.
#[derive(Default)]
pub struct Board {
    /// How it began.
    pub start: Arc<Start>,
    /// The play that is under way.
    pub play: Arc<str>,
    /// When.
    pub began: Option<Instant>,
    /// The waves of the present play, those to come as well where their sizes are known.
    pub waves: Vec<Standing>,
    /// What is done now, by target.
    pub flight: IndexMap<Arc<str>, Flight>,
    /// What failed, in the order in which it did.
    pub failed: Vec<Failure>,
    /// How many closing steps are due.
    pub due: usize,
    /// How long tasks took, by their place.
    took: BTreeMap<String, Vec<Duration>>,
    at: usize,
}

/// How a wave stands.
#[derive(Default)]
pub struct Standing {
    /// How many targets it has.
    pub size: usize,
    /// How many may fail.
    pub allowed: Option<usize>,
    /// It has begun.
    pub began: bool,
    /// How long it took; `None` while it is not over.
    pub took: Option<Duration>,
    /// Targets that are through with the task that is under way, or with the wave.
    pub through: BTreeSet<Arc<str>>,
    /// Targets that changed something.
    pub changed: BTreeSet<Arc<str>>,
    /// Targets that are left out.
    pub skipped: BTreeSet<Arc<str>>,
    /// Targets that failed, are out of reach or were refused.
    pub failed: BTreeSet<Arc<str>>,
    ended: BTreeSet<Arc<str>>,
}

/// A target that something is done on.
pub struct Flight {
    /// The task.
    pub task: Arc<TaskHead>,
    /// What it said last.
    pub text: String,
    /// Since when.
    pub since: Instant,
}

/// Something that failed.
pub struct Failure {
    /// The target.
    pub target: Arc<str>,
    /// `FAILED`, `UNREACHABLE`, `REFUSED`.
    pub word: &'static str,
    /// The task, where one failed.
    pub task: Option<Arc<str>>,
    /// Why, in one line.
    pub why: String,
}

impl Board {
    /// Takes one more event.
    pub fn take(&mut self, event: &Event, now: Instant) {
        match event {
            Event::RunStarted(start) => {
                *self = Board {
                    start: start.clone(),
                    began: Some(now),
                    ..Board::default()
                };
            }
            Event::PlayStarted(wave) => self.wave(wave),
            Event::TaskStarted(task) if !task.handler => {
                if let Some(wave) = self.waves.get_mut(self.at) {
                    wave.through = wave.ended.clone();
                }
            }
            Event::TargetBegan { target, task } => {
                let flight = Flight {
                    task: task.clone(),
                    text: String::new(),
                    since: now,
                };
                self.flight.insert(target.clone(), flight);
            }
            Event::Progress { target, text } => {
                if let Some(flight) = self.flight.get_mut(target) {
                    flight.text.clone_from(text);
                }
            }
            Event::TaskEnded { .. } | Event::Gate { .. } | Event::TargetEnded { .. } => {
                self.ended(event);
            }
            Event::Closing { stands, .. } => match stands {
                Closing::Opened => self.due += 1,
                Closing::Closed(_) | Closing::Open(_) => self.due = self.due.saturating_sub(1),
            },
            Event::WaveEnded { took, .. } => {
                if let Some(wave) = self.waves.get_mut(self.at) {
                    wave.took = Some(*took);
                }
                self.flight.clear();
            }
            _ => {}
        }
    }

    fn wave(&mut self, wave: &Arc<Wave>) {
        self.at = wave.number.saturating_sub(1);
        self.play = wave.play.clone();
        if self.at == 0 {
            let known = Some(&self.start.waves).filter(|sizes| sizes.len() == wave.of);
            let size = |at| known.and_then(|sizes| sizes.get(at).copied()).unwrap_or(0);
            let standing = |at| Standing {
                size: size(at),
                ..Standing::default()
            };
            self.waves = (0..wave.of).map(standing).collect();
        }
        if let Some(standing) = self.waves.get_mut(self.at) {
            standing.began = true;
            standing.size = wave.targets.len();
            standing.allowed = wave.allowed;
        }
    }

    fn ended(&mut self, event: &Event) {
        let Some(wave) = self.waves.get_mut(self.at) else {
            return;
        };
        match event {
            Event::Gate { target, result } if result.verdict == GateVerdict::Skip => {
                wave.skipped.insert(target.clone());
            }
            Event::TaskEnded {
                target,
                task,
                outcome,
                took,
            } if outcome.item.is_none() => {
                self.flight.swap_remove(target);
                wave.through.insert(target.clone());
                let times = self.took.entry(task.at.to_string()).or_default();
                times.push(*took);
                match outcome.status {
                    Status::Changed => drop(wave.changed.insert(target.clone())),
                    Status::Failed | Status::Unreachable | Status::Refused => {
                        wave.failed.insert(target.clone());
                        let why = outcome.error.as_ref().map(super::line::cause);
                        self.failed.push(Failure {
                            target: target.clone(),
                            word: word(outcome.status),
                            task: Some(task.name.clone()),
                            why: why.unwrap_or_default(),
                        });
                    }
                    _ => {}
                }
            }
            Event::TargetEnded { target, end, .. } => {
                self.flight.swap_remove(target);
                wave.through.insert(target.clone());
                wave.ended.insert(target.clone());
                match end {
                    End::Changed { .. } => drop(wave.changed.insert(target.clone())),
                    End::Skipped { .. } => drop(wave.skipped.insert(target.clone())),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Those under way, the slowest first.
    pub fn slowest(&self) -> Vec<(&Arc<str>, &Flight)> {
        let mut flight: Vec<_> = self.flight.iter().collect();
        flight.sort_by_key(|(_, flight)| flight.since);
        flight
    }

    /// Whether this takes over twice as long as the others took.
    pub fn is_slow(&self, flight: &Flight, now: Instant) -> bool {
        let took = self.took.get(&flight.task.at.to_string());
        let Some(took) = took.filter(|took| took.len() >= TELLING) else {
            return false;
        };
        let mut took = took.clone();
        took.sort();
        let median = took.get(took.len() / 2).copied().unwrap_or_default();
        now.duration_since(flight.since) > 2 * median.max(Duration::from_secs(1))
    }

    /// Releases that are being changed: each has a pending record.
    pub fn open(&self) -> usize {
        let open = |flight: &&Flight| flight.task.module.ends_with("release");
        self.flight.values().filter(open).count()
    }

    /// How long it has lasted.
    pub fn lasted(&self, now: Instant) -> Duration {
        self.began
            .map_or(Duration::ZERO, |began| now.duration_since(began))
    }

    /// `wave 3 of 4, 181/438, 31m00s left`; `None` before the first wave.
    pub fn progress(&self, now: Instant) -> Option<String> {
        self.waves.get(self.at).filter(|wave| wave.began)?;
        let mut told = format!("wave {} of {}", self.at + 1, self.waves.len());
        if self.waves.iter().all(|wave| wave.size > 0) {
            let all: usize = self.waves.iter().map(|wave| wave.size).sum();
            let through: usize = self.waves.iter().map(|wave| wave.through.len()).sum();
            told += &format!(", {through}/{all}");
        }
        if let Some(left) = self.left(now) {
            told += &format!(", {} left", words::duration(left));
        }
        Some(told)
    }

    /// About how long it will last, by those that are through.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        let all: usize = self.waves.iter().map(|wave| wave.size).sum();
        let through: usize = self.waves.iter().map(|wave| wave.through.len()).sum();
        let rest = all.saturating_sub(through);
        let known = through >= TELLING && self.waves.iter().all(|wave| wave.size > 0);
        let each = self.lasted(now) / u32::try_from(through).ok().filter(|_| known)?;
        (rest > 0).then(|| each * u32::try_from(rest).unwrap_or(u32::MAX))
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Unreachable => "UNREACHABLE",
        Status::Refused => "REFUSED",
        _ => "FAILED",
    }
}
