//! How a run is asked to end. The main type here is [`Halt`].
//!
//! In two steps: *stop* (no new target starts, those in flight finish) and *leave* (the truth is
//! written, what is open is closed, and the program ends). Whoever starts something looks at
//! [`Halt::pace`]; whoever waits for something long also waits for [`Halt::leaving`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How fast the run is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// It goes on.
    #[default]
    Running,
    /// What is in flight finishes, nothing new starts.
    Stopping,
    /// Now.
    Leaving,
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM: a CI agent, a container runtime.
    Terminate,
    /// The terminal has gone.
    HangUp,
    /// The parent process has gone: a shell that got the signal in our place.
    Orphaned,
    /// `rollbook stop`, with its author.
    Asked(Arc<str>),
}

impl Cause {
    /// The number of the signal, which chooses the exit code; none for `rollbook stop`.
    pub fn signal(&self) -> Option<u8> {
        match self {
            Cause::HangUp => Some(1),
            Cause::Interrupt => Some(2),
            Cause::Terminate | Cause::Orphaned => Some(15),
            Cause::Asked(_) => None,
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cause::Interrupt => f.write_str("interrupted by SIGINT"),
            Cause::Terminate => f.write_str("stopped by SIGTERM"),
            Cause::HangUp => f.write_str("the terminal has gone (SIGHUP)"),
            Cause::Orphaned => f.write_str("the parent process has gone"),
            Cause::Asked(by) => write!(f, "stopped by {by}"),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct State {
    pace: Pace,
    cause: Option<Cause>,
    /// Nothing new starts until somebody says so.
    paused: bool,
    /// When leaving began.
    left: Option<Instant>,
}

/// The two steps, for everybody who has to know.
#[derive(Debug)]
pub struct Halt {
    state: watch::Sender<State>,
    /// Something may be half done: the first step does not end the program.
    armed: AtomicBool,
    /// How long what is in flight may take to finish; `None` is as long as it wants.
    grace: Mutex<Option<Duration>>,
}

/// The one of this process: its signals are its own.
pub fn process() -> &'static Arc<Halt> {
    static PROCESS: OnceLock<Arc<Halt>> = OnceLock::new();
    PROCESS.get_or_init(Arc::default)
}

impl Default for Halt {
    fn default() -> Halt {
        Halt {
            state: watch::Sender::new(State::default()),
            armed: AtomicBool::new(false),
            grace: Mutex::default(),
        }
    }
}

impl Halt {
    /// Asks to stop. Once asked, it stays so; the first cause is the one that is told.
    pub fn stop(&self, cause: Cause) {
        self.reach(Pace::Stopping, cause);
    }

    /// Asks to leave now.
    pub fn leave(&self, cause: Cause) {
        self.reach(Pace::Leaving, cause);
    }

    fn reach(&self, pace: Pace, cause: Cause) {
        self.state.send_if_modified(|state| {
            let further = pace > state.pace;
            state.pace = state.pace.max(pace);
            state.cause.get_or_insert(cause);
            if state.pace == Pace::Leaving {
                state.left.get_or_insert_with(Instant::now);
            }
            further
        });
    }

    /// Starts nothing new for now, or goes on.
    pub fn pause(&self, paused: bool) {
        self.state.send_modify(|state| state.paused = paused);
    }

    /// Whether nothing new starts for now.
    pub fn is_paused(&self) -> bool {
        self.state.borrow().paused
    }

    /// Returns when something new may start, or nothing ever will.
    pub async fn may_start(&self) {
        let mut state = self.state.subscribe();
        // The sender lives as long as `self`, so the wait ends only when it is so.
        let free = |state: &State| !state.paused || state.pace >= Pace::Stopping;
        let _ = state.wait_for(free).await;
    }

    /// How fast the run is to end.
    pub fn pace(&self) -> Pace {
        self.state.borrow().pace
    }

    /// Why; `None` while it goes on.
    pub fn cause(&self) -> Option<Cause> {
        self.state.borrow().cause.clone()
    }

    /// Whether nothing new may start.
    pub fn is_stopping(&self) -> bool {
        self.pace() >= Pace::Stopping
    }

    /// Returns when somebody asks to stop.
    pub async fn stopping(&self) {
        self.until(Pace::Stopping).await;
    }

    /// Returns when somebody asks to leave.
    pub async fn leaving(&self) {
        self.until(Pace::Leaving).await;
    }

    /// Returns when `time` has passed since somebody asked to leave.
    pub async fn left_for(&self, time: Duration) {
        self.leaving().await;
        let left = self.state.borrow().left;
        tokio::time::sleep_until(left.unwrap_or_else(Instant::now) + time).await;
    }

    async fn until(&self, pace: Pace) {
        let mut state = self.state.subscribe();
        // The sender lives as long as `self`, so the wait ends only when it is so.
        let _ = state.wait_for(|state| state.pace >= pace).await;
    }

    /// Returns when somebody asks to stop while nothing can be half done.
    pub async fn idle(&self) -> Cause {
        self.stopping().await;
        match self.cause().filter(|_| !self.is_armed()) {
            Some(cause) => cause,
            None => std::future::pending().await,
        }
    }

    /// From here on something may be half done; after the first step it has `grace` to finish.
    pub fn arm(&self, grace: Option<Duration>) {
        *self.grace.lock().unwrap_or_else(PoisonError::into_inner) = grace;
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Nothing is half done any more.
    pub fn disarm(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    /// How long what is in flight may take to finish.
    pub(super) fn grace(&self) -> Option<Duration> {
        *self.grace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something may be half done.
    pub fn is_armed(&self) -> bool {
        self.armed.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pause_ends_when_somebody_says_so_or_the_run_stops() {
        let halt = Halt::default();
        halt.may_start().await;
        halt.pause(true);
        assert!(halt.is_paused());
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, halt.may_start()).await.is_err());
        halt.pause(false);
        halt.may_start().await;
        halt.pause(true);
        halt.stop(Cause::Interrupt);
        halt.may_start().await;
    }

    #[tokio::test]
    async fn the_first_cause_stays_and_there_is_no_way_back() {
        let halt = Halt::default();
        assert_eq!((halt.pace(), halt.cause()), (Pace::Running, None));
        halt.stop(Cause::Terminate);
        halt.stopping().await;
        assert!(halt.is_stopping());
        halt.leave(Cause::Interrupt);
        halt.stop(Cause::HangUp);
        halt.leaving().await;
        assert_eq!(halt.pace(), Pace::Leaving);
        assert_eq!(halt.cause(), Some(Cause::Terminate));
    }
}
