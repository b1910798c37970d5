//! Bounds for walks through values, which a template can make endless.

/// How deep values are walked (printed, copied, compared): deeper than files
/// are nested, so that only a dict that was `set` into itself gets there.
pub(crate) const MAX_DEPTH: usize = 300;

/// How many values are walked. A dict that holds another twice, and that another
/// twice, and so on, is small in memory and has no end when it is walked.
const MAX_NODES: usize = 1_000_000;

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
        let goes_on = self.depth <= MAX_DEPTH && self.nodes < MAX_NODES;
        self.depth += usize::from(goes_on);
        self.nodes += 1;
        goes_on
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }
}
