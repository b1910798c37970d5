//! Runs and plans for machines: one JSON object per line (`--format json`). The main type here is
//! [`JsonLines`].
//!
//! Every line has `time` (RFC 3339, UTC, when it was written), `event`, `run` (empty before there
//! is one) and `check` (nothing is written to a cluster), and by its `event`:
//!
//! ```text
//! run_started   by reason plan clusters[] targets[] inventory_targets inventory[]
//!               waves[] planned
//! wave_started  play wave of targets[] allowed            wave_ended  play wave of seconds
//! task_started  task{name module handler at}              retrying    target task left
//! target_began  target task{…}     a task begins on a target
//! task_ended    target task status item result diff error seconds
//! gate          target gate verdict why condition         progress    target text
//! closing       target step{object found set since} state how error    what must be put back:
//!               opened, closed or (for good) open
//! target_ended  target end objects tasks gate why error seconds
//! strayed       target what        something did not become what the plan had predicted
//! warning       warning          stopping  why            run_ended   seconds requests
//! plan          plan             saved     path bytes sha256
//! listing       text             what --list-hosts, --list-tasks and --list-tags say
//! error         error            what ended the program, each fault on a line
//! recap         targets{NAME: {ok changed …, end, strays[]}} totals open[] predicted{as_planned of}
//!               stopped seconds requests exit
//! ```
//!
//! `recap` is the last line, unless a signal ends the program before anything was changed, and
//! `exit` the exit code. `status` and `end` are
//! the words of Ansible's recap; an error (`error`, `warning`) has `severity kind message at
//! excerpt target notes[] hint` and, where something in the cluster failed, `evidence[]` by the
//! names of [`crate::diag::Evidence`]; `at` is `{file line column}`. A plan has the fields of
//! [`crate::plan::Plan`] by their names, and its `totals`; it is never folded, and secrets are
//! masked: `(secret 9f3c)`. Fields may be added; none changes its meaning.

mod event;
mod fault;
mod plan;
#[cfg(test)]
mod tests;

pub use fault::fault;
pub use plan::plan;

use super::{Look, Reporter, Shown};
use crate::diag::Diagnostics;
use crate::event::{Event, Recap, Sink};
use crate::plan::Plan;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The fields of a line or of an object in it.
type Fields = Map<String, Value>;

/// Tells a run as one JSON object per line.
pub struct JsonLines {
    look: Look,
    clock: fn() -> Timestamp,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    run: String,
    check: bool,
    recap: Recap,
}

/// What every line begins with.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    event: &'a str,
    run: &'a str,
    check: bool,
    #[serde(flatten)]
    fields: &'a Fields,
}

impl JsonLines {
    /// A reporter on stdout; `clock` says the time of each line.
    pub fn new(look: &Look, clock: fn() -> Timestamp) -> JsonLines {
        JsonLines {
            look: look.clone(),
            clock,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, state: &State, event: &str, fields: &Fields) {
        let fields = &self.look.veil().hide_map(fields);
        let line = Line {
            time: (self.clock)().to_string(),
            event,
            run: &state.run,
            check: state.check,
            fields,
        };
        // Texts, numbers and maps with text keys always serialise.
        let text = serde_json::to_string(&line).unwrap_or_default();
        self.look.data(&format!("{text}\n"));
    }

    fn tell(&self, event: &str, fields: Value) {
        self.line(&self.state(), event, &map(fields));
    }
}

impl Sink for JsonLines {
    fn emit(&self, event: Event) {
        let mut state = self.state();
        if let Event::RunStarted(start) = &event {
            *state = State {
                run: start.run.to_string(),
                check: start.check,
                recap: Recap::default(),
            };
        }
        state.recap.take(&event);
        if let Some((name, fields)) = event::fields(&event) {
            self.line(&state, name, &fields);
        }
    }
}

impl Reporter for JsonLines {
    fn listing(&self, text: &str) {
        self.tell("listing", json!({"text": text}));
    }

    fn plan(&self, plan: &Plan, shown: &Shown) {
        self.tell("plan", json!({"plan": self::plan(plan, &shown.mask)}));
        if let Some(saved) = &shown.saved {
            let fields = json!({"path": saved.path, "bytes": saved.bytes, "sha256": saved.digest});
            self.tell("saved", fields);
        }
    }

    fn stopped(&self, why: &str) {
        self.tell("stopping", json!({"why": why}));
    }

    fn finish(&self, faults: Option<&Diagnostics>, exit: u8) {
        for one in faults.iter().flat_map(|faults| &faults.0) {
            self.tell("error", json!({"error": fault(one)}));
        }
        let recap = event::recap(&self.state().recap, exit);
        self.line(&self.state(), "recap", &recap);
    }
}

/// The entries of a literal map.
fn map(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}
