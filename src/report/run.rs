//! Follows a run. The main types here are [`Follower`] (people) and [`JsonLines`] (machines).

use super::ansible::Ansible;
use super::log::Log;
use super::look::Look;
use super::recap;
use crate::event::{Event, Recap, Sink};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waves of at most this many targets are told in Ansible's own lines.
const FEW: usize = 10;

/// Prints a run for people and folds its recap.
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
    /// Plays that take place for the plan's sake are not told: the plan is.
    silent: bool,
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

    /// Tells nothing of the tasks: `plan` shows the plan instead.
    #[must_use]
    pub fn silent(self) -> Follower {
        self.state().silent = true;
        self
    }

    /// The recap so far.
    pub fn recap(&self) -> Recap {
        self.state().recap.clone()
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
        state.recap.take(&event);
        if state.silent {
            return;
        }
        match &event {
            Event::RunStarted(start) => state.run = start.run.to_string(),
            Event::PlayStarted(wave) => {
                state.few = wave.targets.len() <= FEW || self.look.verbosity > 0;
            }
            Event::RunEnded { .. } => {
                let text = recap::recap(&state.recap, &state.run, &self.look);
                return self.look.out(&text);
            }
            _ => {}
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
