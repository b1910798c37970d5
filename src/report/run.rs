//! Who follows a run. The main types here are [`Reporter`] and [`Follower`] (for people); machines
//! read [`super::JsonLines`].

use super::ansible::Ansible;
use super::log::Log;
use super::look::Look;
use super::{JsonLines, Shown, recap};
use crate::diag::Diagnostics;
use crate::event::{Event, Recap, Sink};
use crate::plan::Plan;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tells a run while it happens, its plan, and how it ended.
pub trait Reporter: Sink {
    /// Lists the targets, tasks or tags of a playbook, instead of a run.
    fn listing(&self, text: &str);

    /// Shows the plan that a check found.
    fn plan(&self, plan: &Plan, shown: &Shown);

    /// Somebody said no.
    fn stopped(&self, why: &str);

    /// The last word: what ended the program, where something did, and its exit code.
    fn finish(&self, faults: Option<&Diagnostics>, exit: u8);
}

/// `--format` of what runs a playbook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum RunFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object per line, the plan and the recap included
    Json,
    /// With --gates: one line per target, for a spreadsheet
    Csv,
}

/// The reporter of a format; `diff` shows what changes inside objects.
pub fn reporter(format: RunFormat, look: &Look, diff: bool) -> Box<dyn Reporter> {
    match format {
        RunFormat::Text | RunFormat::Csv => Box::new(Follower::new(look, diff)),
        RunFormat::Json => Box::new(JsonLines::new(look, jiff::Timestamp::now)),
    }
}

/// Waves of at most this many targets are told in Ansible's own lines.
const FEW: usize = 10;

/// Prints a run for people and folds its recap. Of a check only the plan is shown.
pub struct Follower {
    look: Look,
    ansible: Ansible,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    recap: Recap,
    run: String,
    log: Log,
    few: bool,
    /// A run is under way that is no check.
    loud: bool,
}

impl Follower {
    /// A reporter that shows diffs where `diff`.
    pub fn new(look: &Look, diff: bool) -> Follower {
        Follower {
            look: look.clone(),
            ansible: Ansible::new(look.clone(), diff),
            state: Mutex::new(State::default()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self, event: &Event) {
        if let Event::Progress { target, text } = event
            && self.look.verbosity > 0
        {
            self.look.err(&format!("  [{target}] {text}\n"));
        }
    }
}

impl Sink for Follower {
    fn emit(&self, event: Event) {
        let mut state = self.state();
        match &event {
            Event::RunStarted(start) => {
                *state = State {
                    run: start.run.to_string(),
                    loud: !start.check,
                    ..State::default()
                };
            }
            Event::PlayStarted(wave) => {
                state.few = wave.targets.len() <= FEW || self.look.verbosity > 0;
            }
            _ => {}
        }
        state.recap.take(&event);
        if !state.loud {
            return;
        }
        if let Event::RunEnded { .. } = event {
            let text = recap::recap(&state.recap, &state.run, &self.look);
            return self.look.out(&text);
        }
        let text = if state.few {
            self.ansible.text(&event)
        } else {
            state.log.text(&event)
        };
        if !text.is_empty() && self.look.verbosity >= 0 {
            self.look.out(&text);
        }
        self.progress(&event);
    }
}

impl Reporter for Follower {
    fn listing(&self, text: &str) {
        self.look.out(text);
    }

    fn plan(&self, plan: &Plan, shown: &Shown) {
        super::plan::print(plan, shown, &self.look);
    }

    fn stopped(&self, why: &str) {
        self.look.err(&format!("{why}\n"));
    }

    /// Faults are the last thing on stderr anyway.
    fn finish(&self, _: Option<&Diagnostics>, _: u8) {}
}
