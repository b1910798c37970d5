//! The engine's door to the world where there is no cluster. The main types here are [`Offline`]
//! (this machine's clock and randomness) and [`Still`] (always the same answers).

use jiff::{Timestamp, Zoned, tz::TimeZone};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// Clock and randomness of this machine; `lookup` finds nothing, as in `helm template`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl helm::Host for Offline {
    fn now(&self) -> Zoned {
        Zoned::now()
    }

    fn random(&self, out: &mut [u8]) {
        // The system's source does not fail once the kernel has started.
        if SystemRandom::new().fill(out).is_err() {
            out.fill(0);
        }
    }
}

/// The same time and the same numbers in every render, so that its bytes can be kept.
#[derive(Debug, Default)]
pub struct Still {
    drawn: AtomicU64,
}

impl helm::Host for Still {
    fn now(&self) -> Zoned {
        Zoned::new(Timestamp::UNIX_EPOCH, TimeZone::UTC)
    }

    /// Blocks of a hash over a counter: templates draw until they like a number.
    fn random(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let block = Sha256::digest(self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use helm::Host;

    #[test]
    fn every_render_draws_the_same_numbers() {
        let draw = || {
            let (still, mut bytes) = (Still::default(), [[0; 40]; 2]);
            bytes.iter_mut().for_each(|bytes| still.random(bytes));
            bytes
        };
        let [first, second] = draw();
        assert_eq!(draw(), [first, second]);
        assert_ne!(first, second);
    }
}
