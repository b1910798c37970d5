//! A chart in its place of one render. The main type here is [`Node`].

use super::graph::Graph;
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
    /// `root/charts/child`: what its files are named by. Where a chart above takes part under two
    /// aliases, Helm may name them by the other one or by neither.
    pub path: String,
    /// The children that take part.
    pub children: Vec<Node>,
    /// Which of Helm's charts this is: the same in all places that share one.
    pub(super) held: usize,
    /// Which of Helm's requirements it has, one for each of its metadata.
    pub(super) requirements: Vec<usize>,
}

impl Node {
    /// The tree of a loaded chart, before anything is switched off or renamed.
    pub fn new(source: &Arc<Source>, line: Line) -> Result<Node, String> {
        Ok(Graph::load(source, line)?.node(Graph::ROOT))
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
