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
    /// What it says, templates not rendered; of a rung that cuts the value off, what it says of
    /// the part above.
    pub value: Node,
    /// It sets this part of the path, without the rest: the value is gone.
    pub cut: Option<String>,
}

impl Scope {
    /// The ladder of `release.values.rest` or any other dotted path.
    pub fn explain(&self, path: &str) -> Ladder {
        let steps: Vec<&str> = path.split('.').collect();
        let (name, below) = steps.split_first().map_or(("", &[][..]), |(n, b)| (*n, b));
        let rung = |(layer, _, node): (&super::Layer, _, &Node)| {
            let (value, cut) = match node.reach(below) {
                Ok(value) => (value, None),
                // A mapping among others that are merged says nothing of what it leaves out, and
                // of a template it is not known what it gives.
                Err((part, depth)) if is_merged(name, &below[..depth]) && is_open(part) => {
                    return None;
                }
                Err((part, depth)) => (part, Some(steps[..=depth].join("."))),
            };
            Some(Rung {
                pos: value.pos.clone(),
                level: layer.level,
                owner: layer.owner.clone(),
                value: value.clone(),
                cut,
            })
        };
        let rungs = self.ladder(name).filter_map(rung).collect();
        Ladder {
            rungs,
            merged: name == MERGED,
        }
    }
}

/// Whether the mappings of several layers are one here: `release` itself, and its `values`.
fn is_merged(name: &str, steps: &[&str]) -> bool {
    name == MERGED && steps.first().is_none_or(|field| *field == "values")
}

fn is_open(node: &Node) -> bool {
    let template = node.text().is_some_and(|text| text.contains("{{"));
    node.entries().is_some() || template
}
