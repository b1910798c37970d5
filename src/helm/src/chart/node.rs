//! A chart in its place of one render. The main type here is [`Node`].

use super::{Line, Metadata, Source, Table};
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
    pub fn new(source: &Arc<Source>, line: Line) -> Result<Node, String> {
        let children = source.dependencies.iter();
        Ok(Node {
            source: source.clone(),
            metadata: source.metadata.clone(),
            values: source.values_for(line)?.clone(),
            children: children
                .map(|child| Node::new(child, line))
                .collect::<Result<_, _>>()?,
        })
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
