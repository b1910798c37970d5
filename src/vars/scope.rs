//! What one target sees. The main type here is [`Scope`]: layers, lowest first.

use super::fleet::Fleet;
use super::level::{Level, Owner};
use super::merge::merge_release;
use crate::inventory::Vars;
use crate::yaml::{Data, Key, Node, Pos, Source};
use std::sync::Arc;

/// The variable that is merged field by field; every other one is replaced whole.
pub const MERGED: &str = "release";

/// Variables from one place.
#[derive(Clone, Debug)]
pub struct Layer {
    /// How strong it is.
    pub level: Level,
    /// Whose it is.
    pub owner: Owner,
    /// The variables.
    pub vars: Vars,
}

/// All layers that one target sees. Cheap to clone; `with` makes a new one.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(super) host: Arc<str>,
    pub(super) fleet: Arc<Fleet>,
    layers: Vec<Layer>,
    /// What rollbook sets; wins over everything.
    magic: Arc<Vec<(Arc<str>, Node)>>,
}

impl Scope {
    pub(super) fn new(fleet: Arc<Fleet>, host: Arc<str>, layers: Vec<Layer>) -> Scope {
        let magic = Arc::default();
        Scope {
            host,
            fleet,
            layers,
            magic,
        }
    }

    /// The target.
    pub fn host(&self) -> &Arc<str> {
        &self.host
    }

    /// The fleet that the target belongs to.
    pub fn fleet(&self) -> &Arc<Fleet> {
        &self.fleet
    }

    /// The layers, lowest first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The scope with one more layer; within its level it is the strongest.
    #[must_use]
    pub fn with(&self, level: Level, vars: Vars) -> Scope {
        let mut scope = self.clone();
        let above = scope.layers.partition_point(|layer| layer.level <= level);
        let owner = Owner::Level(level);
        scope.layers.insert(above, Layer { level, owner, vars });
        scope
    }

    /// The scope with a variable that nothing hides: a loop's item.
    #[must_use]
    pub fn with_loop(&self, name: &str, value: &serde_json::Value) -> Scope {
        let pos = Pos::start(&Source::new(Level::Loop.name(), ""));
        let key = Key {
            name: name.into(),
            pos: pos.clone(),
        };
        let vars = Arc::new(vec![(key, Node::from_json(value, &pos))]);
        self.with(Level::Loop, vars)
    }

    /// The scope with a variable that rollbook sets: one of [`super::MAGIC`].
    #[must_use]
    pub fn with_magic(&self, name: &str, value: &serde_json::Value) -> Scope {
        let pos = Pos::start(&Source::new("rollbook", ""));
        let mut scope = self.clone();
        let magic = Arc::make_mut(&mut scope.magic);
        magic.retain(|(known, _)| &**known != name);
        magic.push((name.into(), Node::from_json(value, &pos)));
        scope
    }

    /// The value of a variable, its templates not rendered.
    pub fn get(&self, name: &str) -> Option<Node> {
        if let Some((_, node)) = self.magic.iter().find(|(known, _)| &**known == name) {
            return Some(node.clone());
        }
        if name == MERGED {
            return self.merged();
        }
        let found = self.ladder(name).next().map(|(_, _, node)| node.clone());
        found.or_else(|| self.fleet.magic(&self.host, name))
    }

    /// Every layer that sets a variable, the winner first.
    pub fn ladder<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a Layer, &'a Key, &'a Node)> {
        let find = move |layer: &'a Layer| {
            let (key, node) = layer.vars.iter().find(|(key, _)| &*key.name == name)?;
            Some((layer, key, node))
        };
        self.layers.iter().rev().filter_map(find)
    }

    /// The names of all variables, each once, those of the lowest layer first.
    pub fn names(&self) -> indexmap::IndexSet<Arc<str>> {
        let keys = self.layers.iter().flat_map(|layer| layer.vars.iter());
        keys.map(|(key, _)| key.name.clone()).collect()
    }

    /// All variables, the winner of each, their templates not rendered.
    pub fn all(&self) -> Node {
        let entry = |name: Arc<str>| {
            let (_, key, _) = self.ladder(&name).next()?;
            Some((key.clone(), self.get(&name)?))
        };
        let entries = self.names().into_iter().filter_map(entry).collect();
        let pos = Pos::start(&Source::new("vars", ""));
        Node {
            data: Data::Map(Arc::new(entries)),
            pos,
        }
    }

    fn merged(&self) -> Option<Node> {
        let written: Vec<&Node> = self.ladder(MERGED).map(|(_, _, node)| node).collect();
        let (lowest, above) = written.split_last()?;
        let merge = |lower: Node, upper: &&Node| merge_release(&lower, upper);
        Some(above.iter().rev().fold((*lowest).clone(), merge))
    }
}
