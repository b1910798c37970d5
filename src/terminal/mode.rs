//! How the terminal hands over what is typed. The main entry points are [`enter`] and [`restore`].
//!
//! Whatever was found is put back on every way out of the program. Only whoever is in the
//! foreground may look or change anything: the terminal stops all others.

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use std::io::{Stdin, stdin};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Another way than line by line, with an echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Each key at once, unseen, and nobody waits for one.
    Keys,
    /// A line that nobody sees.
    Unseen,
}

/// As it was found; `None` while it is so.
fn found() -> MutexGuard<'static, Option<Termios>> {
    static FOUND: Mutex<Option<Termios>> = Mutex::new(None);
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Enters a mode; false where that can't be done.
pub(super) fn enter(mode: Mode) -> bool {
    let stdin = stdin();
    if !in_foreground(&stdin) {
        return false;
    }
    let Ok(now) = tcgetattr(&stdin) else {
        return false;
    };
    let mut found = found();
    let wanted = changed(found.as_ref().unwrap_or(&now), mode);
    // A shell that let us go on may have put its own modes back.
    let same = found.is_some() && now.local_modes == wanted.local_modes;
    if !same && tcsetattr(&stdin, OptionalActions::Now, &wanted).is_err() {
        return false;
    }
    found.get_or_insert(now);
    true
}

/// Puts back what was found. Does nothing where nothing was changed.
pub fn restore() {
    let mut found = found();
    let stdin = stdin();
    if in_foreground(&stdin)
        && let Some(before) = found.take()
    {
        // The terminal may be gone: then there is nothing to put back.
        let _ = tcsetattr(&stdin, OptionalActions::Now, &before);
    }
}

fn in_foreground(stdin: &Stdin) -> bool {
    tcgetpgrp(stdin).is_ok_and(|group| group == getpgrp())
}

fn changed(found: &Termios, mode: Mode) -> Termios {
    let mut wanted = found.clone();
    wanted.local_modes.remove(LocalModes::ECHO);
    if mode == Mode::Keys {
        wanted.local_modes.remove(LocalModes::ICANON);
        wanted.special_codes[SpecialCodeIndex::VMIN] = 0;
        wanted.special_codes[SpecialCodeIndex::VTIME] = 0;
    }
    wanted
}
