//! A chart in its place of one render. The main type here is [`Node`].

use super::{Metadata, Source, Table};
use std::sync::Arc;

/// A chart among its parents and children, under the name it has there.
#[derive(Clone, Debug)]
pub struct Node {
    /// The loaded chart.
    pub source: Arc<Source>,
    /// Its metadata: the alias as name, only enabled dependencies.
    pub metadata: Arc<Metadata>,
    /// Its default values, after imports from its children.
    pub values: Arc<Table>,
    /// The children that take part.
    pub children: Vec<Node>,
}

impl Node {
    /// The tree of a loaded chart, before anything is switched off or renamed.
    pub fn new(source: &Arc<Source>) -> Node {
        Node {
            source: source.clone(),
            metadata: source.metadata.clone(),
            values: source.values.clone(),
            children: source.dependencies.iter().map(Node::new).collect(),
        }
    }

    /// The name in this place.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The child under `name`.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name() == name)
    }
}
