//! The drafts of a set, rendered in parallel and packed. The main type here is [`Drafting`].

use super::charts::Chosen;
use super::host::LiveHost;
use super::known::{Known, Releases, place};
use super::render::{self, Job, Sketch};
use super::{Desired, Planner, To};
use crate::cluster::{Capabilities, Cluster};
use crate::diag::Diagnostics;
use crate::release::ValuesFrom;
use rayon::prelude::*;
use std::collections::HashSet;
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

/// What is drawn so far: one place per target.
pub type Drawn = Vec<Option<Result<Sketch, Diagnostics>>>;

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
        let scouts: Vec<bool> = self.wanted.iter().zip(&self.charts).map(scout).collect();
        self.all(|at| {
            let scout = scouts.get(at).copied().unwrap_or_default();
            scout.then(|| self.one(at, known))
        })
    }

    /// The others too.
    pub fn rest(&self, mut drawn: Drawn, known: &Releases) -> Vec<Result<Sketch, Diagnostics>> {
        let rest = self.all(|at| match drawn.get(at) {
            Some(Some(_)) => None,
            _ => Some(self.one(at, known)),
        });
        for (place, sketch) in drawn.iter_mut().zip(rest) {
            *place = place.take().or(sketch);
        }
        drawn.into_iter().flatten().collect()
    }

    fn all(
        &self,
        one: impl Fn(usize) -> Option<Result<Sketch, Diagnostics>> + Send + Sync,
    ) -> Drawn {
        let all = || (0..self.wanted.len()).into_par_iter().map(one).collect();
        tokio::task::block_in_place(|| self.planner.pool.install(all))
    }

    fn one(&self, at: usize, known: &Releases) -> Result<Sketch, Diagnostics> {
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
        Ok(draft.pack())
    }
}
