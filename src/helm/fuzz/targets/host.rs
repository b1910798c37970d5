//! What the targets share: a world in which nothing changes.

use helm::Host;
use std::cell::Cell;

/// No cluster, always the same time, and for each input the same bytes for random ones.
pub struct StillHost;

impl Host for StillHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&self, out: &mut [u8]) {
        // Every byte comes by: who waits for a certain one does not wait for ever.
        thread_local!(static NEXT: Cell<u8> = const { Cell::new(7) });
        out.fill_with(|| NEXT.replace(NEXT.get().wrapping_add(37)));
    }
}
