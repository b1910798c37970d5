//! Who follows a run. The main types here are [`Reporter`] and [`Follower`] (for people); machines
//! read [`super::JsonLines`].

use super::ansible::Ansible;
use super::fold::Fold;
use super::live::{Board, Moment, frame};
use super::log::Log;
use super::look::Look;
use super::{JsonLines, Shown, recap, words};
use crate::diag::Diagnostics;
use crate::event::{Event, Recap, Sink};
use crate::plan::Plan;
use crate::terminal::{self, Key, Pace};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

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

/// How a run is told to people.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// Show what changes inside objects and files.
    pub diff: bool,
    /// Times before each line; `None` leaves it to the size of the wave.
    pub times: Option<bool>,
    /// After so much silence a line says that the run goes on.
    pub heartbeat: Duration,
}

impl Default for Telling {
    fn default() -> Telling {
        Telling {
            diff: false,
            times: None,
            heartbeat: Duration::from_secs(60),
        }
    }
}

/// The reporter of a format.
pub fn reporter(format: RunFormat, look: &Look, telling: Telling) -> Box<dyn Reporter> {
    match format {
        RunFormat::Text | RunFormat::Csv => Box::new(Follower::new(look, telling)),
        RunFormat::Json => Box::new(JsonLines::new(look, jiff::Timestamp::now)),
    }
}

/// Waves of at most this many targets are told in Ansible's own lines.
const FEW: usize = 10;

/// How often the live view is drawn, and how often one looks whether a heartbeat is due.
const TICK: Duration = Duration::from_millis(250);

/// Prints a run for people and folds its recap. Of a check only the plan is shown.
pub struct Follower {
    shared: Arc<Shared>,
}

struct Shared {
    look: Look,
    ansible: Ansible,
    telling: Telling,
    /// The end of the terminal shows where the run stands.
    live: bool,
    /// The log is read by a CI that folds.
    fold: Option<Fold>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    recap: Recap,
    log: Log,
    board: Board,
    few: bool,
    /// A run is under way that is no check.
    loud: bool,
    /// What waits for the next drawing.
    pending: String,
    /// When something was said last.
    said: Option<Instant>,
    /// All that is under way is shown.
    all: bool,
    /// The wave whose fold is open.
    folded: Option<usize>,
}

impl Follower {
    /// A reporter that tells so.
    pub fn new(look: &Look, telling: Telling) -> Follower {
        let shared = Shared {
            live: look.is_live(),
            fold: Fold::of(|name| std::env::var(name).ok()).filter(|_| !look.terminal),
            look: look.clone(),
            ansible: Ansible::new(look.clone(), telling.diff),
            telling,
            state: Mutex::new(State::default()),
        };
        Follower {
            shared: Arc::new(shared),
        }
    }
}

impl Drop for Follower {
    /// Whatever ended the run, nobody looks at keys any more.
    fn drop(&mut self) {
        self.shared.state().loud = false;
        terminal::restore();
    }
}

impl Sink for Follower {
    fn emit(&self, event: Event) {
        let mut state = self.shared.state();
        let now = Instant::now();
        if let Event::RunStarted(start) = &event {
            *state = State {
                log: Log::new(start.clone(), self.shared.telling.times),
                loud: !start.check,
                said: Some(now),
                ..State::default()
            };
            if state.loud && self.shared.look.verbosity >= 0 {
                tick(Arc::downgrade(&self.shared));
            }
        }
        if let Event::PlayStarted(wave) = &event {
            state.few = wave.targets.len() <= FEW || self.shared.look.verbosity > 0;
        }
        state.recap.take(&event);
        state.board.take(&event, now);
        if state.loud {
            self.shared.tell(&mut state, &event);
        }
    }
}

/// Draws, or keeps the line alive, for as long as the run goes on.
fn tick(shared: Weak<Shared>) {
    let ticking = move || {
        loop {
            std::thread::sleep(TICK);
            let Some(shared) = shared.upgrade() else {
                return;
            };
            let mut state = shared.state();
            if !state.loud {
                return;
            }
            match shared.live {
                true => {
                    shared.heed_keys(&mut state);
                    shared.draw(&mut state);
                }
                false => shared.beat(&mut state),
            }
        }
    };
    // Without a thread to draw it the run goes on unseen.
    let _ = std::thread::Builder::new()
        .name("live".to_owned())
        .spawn(ticking);
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, state: &mut State, event: &Event) {
        if let Event::RunEnded { .. } = event {
            self.end_fold(state);
            state.loud = false;
            terminal::restore();
            let text = recap::recap(&state.recap, &state.board.start, &self.look);
            let pending = std::mem::take(&mut state.pending);
            return self.look.out(&format!("{pending}{text}"));
        }
        if self.look.verbosity < 0 {
            return;
        }
        self.begin_fold(state, event);
        let mut text = match state.few {
            true => self.timed(self.ansible.text(event)),
            false => state.log.text(event, jiff::Zoned::now),
        };
        if let Event::Progress { target, text: line } = event
            && self.look.verbosity > 0
        {
            text = format!("  [{target}] {line}\n");
        }
        if !text.is_empty() {
            self.say(state, event, &text);
        }
        if let Event::WaveEnded { .. } = event {
            self.end_fold(state);
        }
    }

    /// A wave has a fold of its own, its last line included.
    fn begin_fold(&self, state: &mut State, event: &Event) {
        let (Some(fold), Event::PlayStarted(wave)) = (self.fold, event) else {
            return;
        };
        self.end_fold(state);
        let count = words::targets(wave.targets.len());
        let title = format!(
            "{}: wave {} of {} [{count}]",
            wave.play, wave.number, wave.of
        );
        let line = fold.open(wave.number, &title, jiff::Timestamp::now());
        self.look.data(&line);
        state.folded = Some(wave.number);
    }

    fn end_fold(&self, state: &mut State) {
        if let Some((fold, number)) = self.fold.zip(state.folded.take()) {
            self.look.data(&fold.close(number, jiff::Timestamp::now()));
        }
    }

    /// Ansible's lines have times where somebody asks for them.
    fn timed(&self, text: String) -> String {
        let line = text.trim_start_matches('\n');
        if line.is_empty() || self.telling.times != Some(true) {
            return text;
        }
        let gap = "\n".repeat(text.len() - line.len());
        format!("{gap}{} {line}", jiff::Zoned::now().strftime("%H:%M:%S"))
    }

    fn say(&self, state: &mut State, event: &Event, text: &str) {
        state.said = Some(Instant::now());
        match event {
            _ if self.live => state.pending.push_str(text),
            Event::Progress { .. } => self.look.err(text),
            _ => self.look.out(text),
        }
    }

    /// Does what keys say.
    fn heed_keys(&self, state: &mut State) {
        let halt = terminal::process();
        for key in terminal::pressed() {
            match key {
                Key::All => state.all = !state.all,
                Key::Pause => halt.pause(!halt.is_paused()),
                Key::Quit => terminal::interrupt(),
            }
        }
    }

    /// What was said goes up, and the view stands below it.
    fn draw(&self, state: &mut State) {
        if terminal::screen().is_asking() {
            return;
        }
        if !state.pending.is_empty() {
            self.look.out(&std::mem::take(&mut state.pending));
        }
        let (width, height) = terminal::size();
        let moment = Moment {
            now: Instant::now(),
            width,
            height,
            pace: terminal::process().pace(),
            paused: terminal::process().is_paused(),
            all: terminal::has_keys().then_some(state.all),
        };
        self.look.draw(&frame(&state.board, &moment));
    }

    /// A job without output is killed by those who run it.
    fn beat(&self, state: &mut State) {
        let now = Instant::now();
        let silent = state
            .said
            .map_or(Duration::ZERO, |said| now.duration_since(said));
        let stopping = terminal::process().pace() > Pace::Running;
        if silent >= self.telling.heartbeat && !terminal::screen().is_asking() {
            let beat = state.log.beat(&state.board, now, jiff::Zoned::now());
            let word = if stopping { "stopping, " } else { "" };
            self.look
                .out(&beat.replacen("running", &format!("{word}running"), 1));
            state.said = Some(now);
        }
    }
}

impl Reporter for Follower {
    fn listing(&self, text: &str) {
        self.shared.look.out(text);
    }

    fn plan(&self, plan: &Plan, shown: &Shown) {
        super::plan::print(plan, shown, &self.shared.look);
    }

    fn stopped(&self, why: &str) {
        self.shared.look.err(&format!("{why}\n"));
    }

    /// Faults are the last thing on stderr anyway.
    fn finish(&self, _: Option<&Diagnostics>, _: u8) {}
}
