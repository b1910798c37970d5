//! Signals, and the death of the parent, as steps of a [`Halt`]. The main entry point is
//! [`listen`].
//!
//! The first signal stops, a second one leaves. A CI agent often signals only the shell that
//! started us; its death counts as a signal too, but only as a first one: it may be the echo of
//! the very signal that we got ourselves. Where SIGHUP is ignored from the start (`nohup`),
//! neither a hang-up nor the parent's death means anything.

use super::halt::{Cause, Halt, Pace};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often the parent is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// A terminal that goes away is told twice or thrice at once.
const ECHO: Duration = Duration::from_secs(1);

/// Listens from now on. While nothing can be half done a second signal ends the program at once.
pub fn listen(halt: &Arc<Halt>) -> std::io::Result<()> {
    let attached = !hang_up_is_ignored();
    let sources = Sources {
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
        hang_up: attached.then(|| signal(SignalKind::hangup())).transpose()?,
        parent: attached.then(parent).flatten(),
    };
    tokio::spawn(follow(sources, halt.clone()));
    Ok(())
}

/// What Ctrl-C does.
pub fn interrupt() {
    use rustix::process::{Signal, getpid, kill_process};
    // One may always send oneself a signal.
    let _ = kill_process(getpid(), Signal::INT);
}

struct Sources {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Option<Signal>,
    /// The parent at the start; none for the first process of a container.
    parent: Option<rustix::process::Pid>,
}

async fn follow(mut sources: Sources, halt: Arc<Halt>) {
    let first = sources.next().await;
    let soft = matches!(first, Cause::HangUp | Cause::Orphaned);
    halt.stop(first);
    let began = tokio::time::Instant::now();
    let over = async {
        match halt.grace() {
            Some(grace) => tokio::time::sleep(grace).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(over);
    while halt.pace() < Pace::Leaving {
        tokio::select! {
            () = &mut over => halt.leave(Cause::Terminate),
            cause = sources.next() => {
                let echo = cause == Cause::HangUp && soft && began.elapsed() < ECHO;
                if echo || cause == Cause::Orphaned {
                    continue;
                }
                if !halt.is_armed() {
                    super::restore();
                    std::process::exit(128 + i32::from(cause.signal().unwrap_or(0)));
                }
                halt.leave(cause);
            }
        }
    }
}

impl Sources {
    async fn next(&mut self) -> Cause {
        let (hang_up, parent) = (&mut self.hang_up, &mut self.parent);
        tokio::select! {
            _ = self.interrupt.recv() => Cause::Interrupt,
            _ = self.terminate.recv() => Cause::Terminate,
            () = received(hang_up) => Cause::HangUp,
            () = orphaned(parent) => {
                self.parent = None;
                Cause::Orphaned
            }
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

async fn orphaned(parent: &Option<rustix::process::Pid>) {
    let Some(parent) = parent else {
        return std::future::pending().await;
    };
    while rustix::process::getppid() == Some(*parent) {
        tokio::time::sleep(LOOK).await;
    }
}

/// The parent, unless it is none whose death means anything: `init`, or nobody in this namespace.
fn parent() -> Option<rustix::process::Pid> {
    rustix::process::getppid().filter(|parent| parent.as_raw_nonzero().get() > 1)
}

/// Whether SIGHUP was ignored before we came (`nohup`).
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Bit 0 is signal 1.
    mask.is_some_and(|mask| mask & 1 == 1)
}
