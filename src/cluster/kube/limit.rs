//! How many requests are in flight. The main type here is [`Limit`].
//!
//! Requests in flight, not targets, are what hurts an API server: 8 at first, growing to 32
//! while latency stays flat, halved when the server says 429.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

const FIRST: usize = 8;
const MOST: usize = 32;
const STEP: usize = 4;

/// Lets a number of requests through that follows the server's answers.
pub(super) struct Limit {
    semaphore: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pace: Pace,
    /// Permits to take out of use when they come back.
    surplus: usize,
}

/// The right to have one request in flight.
pub(super) struct Permit<'a> {
    limit: &'a Limit,
    permit: Option<SemaphorePermit<'a>>,
}

impl Limit {
    /// With the first limit.
    pub(super) fn new() -> Limit {
        Limit {
            semaphore: Semaphore::new(FIRST),
            state: Mutex::default(),
        }
    }

    /// Waits for a free place.
    pub(super) async fn enter(&self) -> Permit<'_> {
        Permit {
            limit: self,
            // The semaphore is never closed, so there is always a permit.
            permit: self.semaphore.acquire().await.ok(),
        }
    }

    /// A short request was answered after `latency`.
    pub(super) fn answered(&self, latency: Duration) {
        self.adjust(|pace| pace.answered(latency));
    }

    /// The server said 429.
    pub(super) fn throttled(&self) {
        self.adjust(Pace::throttled);
    }

    fn adjust(&self, change: impl FnOnce(&mut Pace)) {
        let mut state = self.state();
        let before = state.pace.allowed;
        change(&mut state.pace);
        let after = state.pace.allowed;
        state.surplus += before.saturating_sub(after);
        let grown = after.saturating_sub(before);
        let kept = grown.min(state.surplus);
        state.surplus -= kept;
        self.semaphore.add_permits(grown - kept);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.limit.state();
        if state.surplus > 0
            && let Some(permit) = self.permit.take()
        {
            state.surplus -= 1;
            permit.forget();
        }
    }
}

/// The arithmetic: no clock, no requests.
struct Pace {
    allowed: usize,
    /// The best mean latency of a window so far.
    best: Option<Duration>,
    sum: Duration,
    count: u32,
    /// It was halved in this window already.
    halved: bool,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            allowed: FIRST,
            best: None,
            sum: Duration::ZERO,
            count: 0,
            halved: false,
        }
    }
}

impl Pace {
    fn answered(&mut self, latency: Duration) {
        self.sum += latency;
        self.count += 1;
        if self.count as usize >= 2 * self.allowed {
            self.close_window();
        }
    }

    fn close_window(&mut self) {
        let mean = self.sum / self.count.max(1);
        let best = self.best.map_or(mean, |best| best.min(mean));
        if !self.halved && mean <= best * 3 / 2 {
            self.allowed = (self.allowed + STEP).min(MOST);
        }
        *self = Pace {
            allowed: self.allowed,
            best: Some(best),
            ..Pace::default()
        };
    }

    /// Halves once per window: the other requests of that moment say the same thing.
    fn throttled(&mut self) {
        if !self.halved {
            self.allowed = (self.allowed / 2).max(1);
            self.halved = true;
            self.sum = Duration::ZERO;
            self.count = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(pace: &mut Pace, milliseconds: u64) {
        for _ in 0..2 * pace.allowed {
            pace.answered(Duration::from_millis(milliseconds));
        }
    }

    #[test]
    fn grows_to_the_most_while_latency_stays_flat() {
        let mut pace = Pace::default();
        for _ in 0..20 {
            window(&mut pace, 3);
        }
        assert_eq!(pace.allowed, MOST);
    }

    #[test]
    fn stays_when_latency_rises() {
        let mut pace = Pace::default();
        window(&mut pace, 3);
        let grown = pace.allowed;
        window(&mut pace, 9);
        assert_eq!(pace.allowed, grown);
    }

    #[test]
    fn halves_once_per_window() {
        let mut pace = Pace::default();
        pace.throttled();
        pace.throttled();
        assert_eq!(pace.allowed, FIRST / 2);
        window(&mut pace, 3);
        pace.throttled();
        assert_eq!(pace.allowed, FIRST / 4);
    }

    #[tokio::test]
    async fn takes_places_out_of_use_when_throttled() {
        let limit = Limit::new();
        let busy = limit.enter().await;
        limit.throttled();
        drop(busy);
        assert_eq!(limit.semaphore.available_permits(), FIRST - 1);
        assert_eq!(limit.state().surplus, FIRST / 2 - 1);
        for _ in 0..FIRST / 2 - 1 {
            drop(limit.enter().await);
        }
        assert_eq!(limit.semaphore.available_permits(), FIRST / 2);
    }
}
