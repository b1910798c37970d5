//! How far a run is, for those who see only what it writes. The main type here is [`Course`].

use super::Board;
use crate::event::Event;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A run that is under way, folded from its events.
#[derive(Default)]
pub struct Course(Mutex<Board>);

impl Course {
    /// Takes one more event.
    pub fn take(&self, event: &Event) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.take(event, Instant::now());
    }

    /// `wave 3 of 4, 181/438, 31m00s left`; `None` before the first wave.
    pub fn told(&self) -> Option<String> {
        let board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.progress(Instant::now())
    }
}
