//! Bounds for walks through values, which a template can make endless.

use super::Value;

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

impl Value {
    /// Why the value can't be written: it has more parts than a walk may see. Nothing for a value
    /// that only nests too deep, which Go calls a cycle.
    pub fn excess(&self) -> Option<String> {
        let mut walk = Walk::default();
        count(self, &mut walk);
        (walk.nodes >= MAX_NODES).then(|| {
            format!("the value has more than {MAX_NODES} parts, counting each place it is in")
        })
    }
}

fn count(value: &Value, walk: &mut Walk) {
    if !walk.enter() {
        return;
    }
    match value {
        Value::List(list) => list
            .items
            .borrow()
            .iter()
            .for_each(|item| count(item, walk)),
        Value::Map(map) => map
            .entries
            .borrow()
            .iter()
            .for_each(|(_, item)| count(item, walk)),
        _ => {}
    }
    walk.leave();
}
