//! Why a value is what it is. The main type here is [`Ladder`].

use super::level::{Level, Owner};
use super::scope::{MERGED, Scope};
use crate::yaml::{Node, Pos};

/// Every place that sets a variable or a part of one, the winner first.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// The winner, then what it hides, in falling order.
    pub rungs: Vec<Rung>,
    /// Whether the variable is merged (`release`): then a rung hides only what it names itself.
    pub merged: bool,
}

/// One place that sets the value.
#[derive(Clone, Debug)]
pub struct Rung {
    /// Where.
    pub pos: Pos,
    /// How strong it is.
    pub level: Level,
    /// Whose variables they are.
    pub owner: Owner,
    /// What it says, templates not rendered.
    pub value: Node,
}

impl Scope {
    /// The ladder of `release.values.rest` or any other dotted path.
    pub fn explain(&self, path: &str) -> Ladder {
        let mut steps = path.split('.');
        let name = steps.next().unwrap_or_default();
        let steps: Vec<&str> = steps.collect();
        let rung = |(layer, _, node): (&super::Layer, _, &Node)| {
            let value = steps
                .iter()
                .try_fold(node, |node, step| child(node, step))?;
            Some(Rung {
                pos: value.pos.clone(),
                level: layer.level,
                owner: layer.owner.clone(),
                value: value.clone(),
            })
        };
        let rungs = self.ladder(name).filter_map(rung).collect();
        Ladder {
            rungs,
            merged: name == MERGED,
        }
    }
}

/// The value under a key, or the item of that number.
fn child<'a>(node: &'a Node, step: &str) -> Option<&'a Node> {
    match node.items() {
        Some(items) => items.get(step.parse::<usize>().ok()?),
        None => node.get(step),
    }
}
