//! Bounds for walks through values, which a template can make endless.
//!
//! Every walk (printing, writing, copying, comparing, merging) counts what it meets. The sum is
//! kept per thread, as values are, until the executor of templates asks for it after a call.

use std::cell::Cell;

/// How deep values are walked (printed, copied, compared): deeper than files
/// are nested, so that only a dict that was `set` into itself gets there.
pub(crate) const MAX_DEPTH: usize = 300;

/// How many values are walked. A dict that holds another twice, and that another
/// twice, and so on, is small in memory and has no end when it is walked.
pub(crate) const MAX_NODES: usize = 1_000_000;

/// What walks came to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Walked {
    /// How many values were met.
    pub nodes: u64,
    /// Whether one of the walks met more than [`MAX_NODES`], and stopped.
    pub endless: bool,
}

thread_local! {
    static WALKED: Cell<Walked> = const { Cell::new(Walked { nodes: 0, endless: false }) };
}

/// What the walks of this thread came to since it was asked last.
pub(crate) fn take_walked() -> Walked {
    WALKED.take()
}

/// Where a walk is.
#[derive(Default)]
pub(crate) struct Walk {
    depth: usize,
    nodes: usize,
}

impl Walk {
    /// Goes into one more value; `false` where the walk must stop. Every
    /// successful step in is followed by [`Walk::leave`], or the walk ends.
    pub fn enter(&mut self) -> bool {
        let goes_on = self.depth <= MAX_DEPTH && self.count();
        self.depth += usize::from(goes_on);
        goes_on
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Counts one more value; `false` where the walk must stop.
    pub fn count(&mut self) -> bool {
        self.nodes += 1;
        self.nodes <= MAX_NODES
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        WALKED.with(|walked| {
            let Walked { nodes, endless } = walked.get();
            walked.set(Walked {
                nodes: nodes + self.nodes as u64,
                endless: endless || self.nodes > MAX_NODES,
            });
        });
    }
}
