//! The charts of a render as Helm holds them: by pointer. The main type here is [`Graph`].
//!
//! A chart that takes part under two aliases is copied by Helm, but not to the ground: what lies
//! below is one and the same for both copies, and so are the requirements that it renames and
//! switches. What the first copy left is what the second finds, and a chart knows one parent, the
//! last that took it. Here an index is such a pointer; [`Node`] is what came of it.

use super::{Dependency, Line, Metadata, Node, Source, Table};
use std::sync::Arc;

/// The charts that are held; the first is the root.
pub(super) struct Graph {
    line: Line,
    charts: Vec<Held>,
    abouts: Vec<About>,
    pub(super) requirements: Vec<Dependency>,
}

#[derive(Clone)]
struct Held {
    source: Arc<Source>,
    values: Arc<Table>,
    about: usize,
    children: Vec<usize>,
    parent: Option<usize>,
}

/// A chart's metadata. What is written there of requirements is not looked at: they change.
#[derive(Clone)]
struct About {
    metadata: Arc<Metadata>,
    requirements: Vec<usize>,
}

impl Graph {
    /// The root's index.
    pub(super) const ROOT: usize = 0;

    /// A loaded chart, before anything is switched off or renamed.
    pub(super) fn load(source: &Arc<Source>, line: Line) -> Result<Graph, String> {
        let mut graph = Graph {
            line,
            charts: Vec::new(),
            abouts: Vec::new(),
            requirements: Vec::new(),
        };
        graph.hold(source)?;
        Ok(graph)
    }

    fn hold(&mut self, source: &Arc<Source>) -> Result<usize, String> {
        let chart = self.charts.len();
        let first = self.requirements.len();
        let written = &source.metadata.dependencies;
        self.requirements.extend(written.iter().cloned());
        self.abouts.push(About {
            metadata: source.metadata.clone(),
            requirements: (first..self.requirements.len()).collect(),
        });
        self.charts.push(Held {
            source: source.clone(),
            values: source.values_for(self.line)?.clone(),
            about: self.abouts.len() - 1,
            children: Vec::new(),
            parent: None,
        });
        let children = source.dependencies.iter().map(|child| self.hold(child));
        let children = children.collect::<Result<_, _>>()?;
        self.adopt(chart, children);
        Ok(chart)
    }

    pub(super) fn metadata(&self, chart: usize) -> &Metadata {
        &self.about(chart).metadata
    }

    pub(super) fn children(&self, chart: usize) -> &[usize] {
        &self.charts[chart].children
    }

    /// The indexes of a chart's requirements.
    pub(super) fn requirements_of(&self, chart: usize) -> &[usize] {
        &self.about(chart).requirements
    }

    pub(super) fn set_requirements(&mut self, chart: usize, requirements: Vec<usize>) {
        let about = self.charts[chart].about;
        self.abouts[about].requirements = requirements;
    }

    fn about(&self, chart: usize) -> &About {
        &self.abouts[self.charts[chart].about]
    }

    /// Makes charts the children of another, which is their parent from now on.
    pub(super) fn adopt(&mut self, parent: usize, children: Vec<usize>) {
        for &child in &children {
            self.charts[child].parent = Some(parent);
        }
        self.charts[parent].children = children;
    }

    /// A chart once more, under another name, as deep as that Helm copies it.
    pub(super) fn copy(&mut self, chart: usize, name: &str) -> usize {
        let mut about = self.about(chart).clone();
        if about.metadata.name != name {
            Arc::make_mut(&mut about.metadata).name = name.to_owned();
        }
        if self.line == Line::Four {
            let requirements = about.requirements.iter_mut();
            requirements.for_each(|requirement| *requirement = self.copy_requirement(*requirement));
        }
        self.abouts.push(about);
        let copy = self.push(Held {
            about: self.abouts.len() - 1,
            ..self.charts[chart].clone()
        });
        if self.line == Line::Four {
            // The children too, but neither what they say of themselves nor what lies below.
            let children = self.charts[chart].children.clone();
            let children = children
                .iter()
                .map(|&child| self.push(self.charts[child].clone()));
            let children = children.collect();
            self.adopt(copy, children);
        }
        copy
    }

    fn copy_requirement(&mut self, requirement: usize) -> usize {
        self.requirements
            .push(self.requirements[requirement].clone());
        self.requirements.len() - 1
    }

    fn push(&mut self, chart: Held) -> usize {
        self.charts.push(chart);
        self.charts.len() - 1
    }

    /// The chart with its children, as things stand.
    pub(super) fn node(&self, chart: usize) -> Node {
        let held = &self.charts[chart];
        let requirements = self.requirements_of(chart);
        let mut metadata = self.about(chart).metadata.clone();
        if !metadata.dependencies.is_empty() {
            let dependencies = requirements.iter().map(|&at| self.requirements[at].clone());
            Arc::make_mut(&mut metadata).dependencies = dependencies.collect();
        }
        Node {
            source: held.source.clone(),
            metadata,
            values: held.values.clone(),
            path: self.path(chart),
            children: held
                .children
                .iter()
                .map(|&child| self.node(child))
                .collect(),
            held: chart,
            requirements: requirements.to_vec(),
        }
    }

    /// Where a chart lies by what it knows of its parents.
    fn path(&self, chart: usize) -> String {
        let name = &self.metadata(chart).name;
        match self.charts[chart].parent {
            Some(parent) => format!("{}/charts/{name}", self.path(parent)),
            None => name.clone(),
        }
    }
}
