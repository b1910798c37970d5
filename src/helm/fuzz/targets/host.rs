//! What the targets share: a world in which nothing changes.

use helm::Host;

/// No randomness, no cluster, always the same time.
pub struct StillHost;

impl Host for StillHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&self, out: &mut [u8]) {
        out.fill(7);
    }
}
