//! Keys that somebody presses while a run is watched. The main entry point is [`pressed`].

use super::mode::{self, Mode};
use super::screen::screen;
use std::io::{IsTerminal, stdin};

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `v`: show all, or not.
    All,
    /// `p`: start nothing new, or go on.
    Pause,
    /// `q`: as Ctrl-C.
    Quit,
}

/// Whether there is a keyboard to look at.
pub fn has_keys() -> bool {
    stdin().is_terminal()
}

/// The keys that were pressed since somebody looked last. While a question is asked nobody looks:
/// what is typed is its answer.
pub fn pressed() -> Vec<Key> {
    // Held until all is read, so that no question begins meanwhile.
    let screen = screen();
    if screen.is_asking() || !has_keys() || !mode::enter(Mode::Keys) {
        return Vec::new();
    }
    let mut typed = [0; 64];
    let read = rustix::io::read(stdin(), &mut typed).unwrap_or(0);
    let typed = typed.iter().take(read);
    typed.filter_map(|byte| key(*byte)).collect()
}

fn key(byte: u8) -> Option<Key> {
    match byte.to_ascii_lowercase() {
        b'v' => Some(Key::All),
        b'p' => Some(Key::Pause),
        b'q' => Some(Key::Quit),
        _ => None,
    }
}
