//! The drafts of a set, rendered in parallel. The main type here is [`Drafting`].
//!
//! While the cluster is listing, targets are drawn, and from some number on put away; what is not
//! drawn when the lists are there is drawn when its turn comes.

use super::charts::Chosen;
use super::host::LiveHost;
use super::known::{Known, Releases, place};
use super::render::{self, Draft, Job, Sketch};
use super::{Desired, Planner, To};
use crate::cluster::{Capabilities, Cluster};
use crate::diag::Diagnostics;
use crate::manifest::Gvk;
use crate::plan::ChartRef;
use crate::release::ValuesFrom;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What the targets of a set are rendered with.
pub struct Drafting<'a> {
    /// Policies and threads.
    pub planner: &'a Planner,
    /// Where templates look things up.
    pub cluster: &'a Arc<dyn Cluster>,
    /// The targets.
    pub wanted: &'a [Desired],
    /// The chart of each.
    pub charts: Vec<Chosen>,
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// Where lookups are answered while the threads wait.
    pub runtime: tokio::runtime::Handle,
}

/// What is drawn so far, by the place of the target.
pub type Drawn = HashMap<usize, Result<Waiting, Diagnostics>>;

/// A draft that waits for its turn.
pub enum Waiting {
    /// As it is.
    Whole(Box<Draft>),
    /// Put away: it takes a fifth of the memory.
    Packed(Box<Sketch>),
}

impl Waiting {
    /// The kinds of its objects, definitions included.
    pub fn kinds(&self) -> BTreeSet<Gvk> {
        match self {
            Waiting::Whole(draft) => draft.all().map(|object| object.gvk.clone()).collect(),
            Waiting::Packed(sketch) => {
                let objects = sketch.definitions.iter().chain(&sketch.objects);
                objects.map(|object| object.gvk.clone()).collect()
            }
        }
    }
}

/// So many drafts of a set wait as they are; those after them are put away.
const WHOLE: usize = 384;

/// How many targets are decoded at once, so that memory does not grow with what a fleet renders
/// and has.
const BATCH: usize = 64;

impl Drafting<'_> {
    /// One target of each chart, of those that can be rendered before any record is decoded.
    pub fn scouts(&self, known: &Releases) -> Drawn {
        let mut seen = HashSet::new();
        let early = |one: &Desired| {
            one.to == To::Inventory && one.spec.release.values_from == ValuesFrom::Inventory
        };
        let scout = |(one, chart): (&Desired, &Chosen)| match chart {
            Some(Ok(chart)) => early(one) && seen.insert(Arc::as_ptr(chart)),
            _ => false,
        };
        let scouts = self.wanted.iter().zip(&self.charts).map(scout);
        let scouts: Vec<usize> = scouts
            .enumerate()
            .filter_map(|(at, scout)| scout.then_some(at))
            .collect();
        let mut drawn = Drawn::new();
        self.draw(&scouts, &mut drawn, known);
        drawn
    }

    /// The targets in the order in which they are decided, some at a time: one of each chart, then
    /// the others.
    pub fn batches(&self, known: &Releases) -> Vec<Vec<usize>> {
        let mut charts = HashSet::new();
        let (first, rest): (Vec<usize>, Vec<usize>) =
            (0..self.wanted.len()).partition(|at| charts.insert(self.chart(*at, known)));
        let batches = first.chunks(BATCH).chain(rest.chunks(BATCH));
        batches.map(<[usize]>::to_vec).collect()
    }

    /// The chart that a target will have.
    fn chart(&self, at: usize, known: &Releases) -> Option<ChartRef> {
        match self.charts.get(at) {
            Some(Some(chart)) => chart.as_ref().ok().map(|chart| chart.reference.clone()),
            _ => {
                let known = known.get(&place(&self.wanted.get(at)?.spec))?;
                known.target.as_deref().map(render::chart_of)
            }
        }
    }

    /// Draws these targets before their turn.
    pub fn draw(&self, batch: &[usize], drawn: &mut Drawn, known: &Releases) {
        let open: Vec<usize> = batch
            .iter()
            .copied()
            .filter(|at| !drawn.contains_key(at))
            .collect();
        let whole = drawn.len() + open.len() <= WHOLE;
        let keep = |draft: Draft| match whole {
            true => Waiting::Whole(Box::new(draft)),
            false => Waiting::Packed(Box::new(draft.pack())),
        };
        drawn.extend(self.all(open, |at| (at, self.one(at, known).map(keep))));
    }

    /// The drafts of these targets: what was drawn before, or is now.
    pub fn take(
        &self,
        batch: &[usize],
        drawn: &mut Drawn,
        known: &Releases,
    ) -> Vec<Result<Draft, Diagnostics>> {
        let taken: Vec<_> = batch.iter().map(|at| (*at, drawn.remove(at))).collect();
        self.all(taken, |(at, waiting)| match waiting {
            Some(Ok(Waiting::Whole(draft))) => Ok(*draft),
            Some(Ok(Waiting::Packed(sketch))) => Ok(sketch.unpack()?),
            Some(Err(faults)) => Err(faults),
            None => self.one(at, known),
        })
    }

    fn all<T: Send, R: Send>(&self, of: Vec<T>, one: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        let all = || of.into_par_iter().map(one).collect();
        tokio::task::block_in_place(|| self.planner.pool.install(all))
    }

    fn one(&self, at: usize, known: &Releases) -> Result<Draft, Diagnostics> {
        let nothing = Known::default();
        let desired = &self.wanted[at];
        let job = Job {
            desired,
            known: known.get(&place(&desired.spec)).unwrap_or(&nothing),
            chart: self.charts[at]
                .as_ref()
                .map(Result::as_ref)
                .transpose()
                .map_err(Clone::clone)?
                .map(|chart| &**chart),
            capabilities: &self.capabilities,
            files: &*self.planner.files,
            schema: &self.planner.options.schema,
        };
        let now = self.planner.now.clone();
        let host = LiveHost::new(self.cluster.clone(), self.runtime.clone(), now);
        let mut draft = render::draft(&job, &host)?;
        draft.looked = host.looked();
        Ok(draft)
    }
}
