//! A set of targets becomes plans: the file to read first.
//!
//! Over a set, not one by one: what is cheaper done together (records, charts, lists, dry runs) is
//! asked once for all; everything between is pure. One target is a set of one. [`plan`] is the
//! story; each of its steps is one line there and one file below.

pub mod charts;
pub mod decide;
pub mod draw;
pub mod explain;
pub mod fault;
pub mod host;
pub mod known;
pub mod left;
pub mod offline;
pub mod render;
pub mod store;
pub mod values;

use crate::cluster::{Cluster, ClusterError, View, ViewRequest};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::files::Files;
use crate::manifest::Gvk;
use crate::plan::{ChartRef, Memo, Options, ReleasePlan, Triage};
use crate::release::{self, TargetSpec};
use crate::repo::ChartSource;
use crate::sensitive::Mask;
use charts::Library;
use decide::Undecided;
use host::LiveHost;
use known::{Known, Place, place};
use rayon::prelude::*;
use render::{Draft, Job, Loaded};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What one target should become.
#[derive(Clone, Debug)]
pub struct Desired {
    /// What the inventory says of it.
    pub spec: TargetSpec,
    /// Towards what.
    pub to: To,
}

/// The state that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// What the inventory says.
    Inventory,
    /// A recorded revision.
    Recorded {
        /// The revision.
        revision: u32,
    },
    /// The state before the run that last changed it.
    Previous,
    /// What an interrupted run was bringing it to: the revision that it opened, once more.
    Again {
        /// That revision.
        revision: u32,
        /// What it was.
        operation: release::Operation,
        /// The revision that it went back to, where it was a backout.
        back_to: Option<u32>,
    },
    /// No release.
    Absent,
}

/// What all plans of a run share.
pub struct Planner {
    /// Where charts come from, each loaded once.
    pub charts: Library,
    /// The files of the inventory.
    pub files: Arc<dyn Files>,
    /// Policies.
    pub options: Options,
    /// What the server proved equal in this run, by chart and version.
    pub memos: Mutex<BTreeMap<String, Arc<Memo>>>,
    /// The time that templates see.
    pub now: jiff::Zoned,
    /// How secrets are shown.
    pub mask: Mask,
    /// Threads with the stack that templates need.
    pub pool: rayon::ThreadPool,
}

/// The plan of one target, or why there is none.
pub type Outcome = Result<ReleasePlan, Diagnostic>;

impl Planner {
    /// A planner that reads charts from `source`.
    pub fn new(
        source: Arc<dyn ChartSource>,
        files: Arc<dyn Files>,
        options: Options,
        mask: Mask,
    ) -> Result<Planner, Diagnostic> {
        let no_threads = |e: rayon::ThreadPoolBuildError| {
            Diagnostic::new(Kind::Internal, format!("no threads to render on: {e}"))
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .stack_size(helm::engine::STACK)
            .build()
            .map_err(no_threads)?;
        Ok(Planner {
            charts: Library::new(source),
            files,
            options,
            memos: Mutex::default(),
            now: jiff::Zoned::now(),
            mask,
            pool,
        })
    }

    /// The memo of a chart: what is proven for one version says nothing of another.
    fn memo(&self, chart: Option<&ChartRef>) -> Arc<Memo> {
        let key = chart.map_or(String::new(), |chart| {
            format!("{} {}", chart.name, chart.version)
        });
        let mut memos = self.memos.lock().unwrap_or_else(PoisonError::into_inner);
        memos.entry(key).or_default().clone()
    }
}

/// Plans a set of targets of one cluster: one outcome per desired, in order.
pub async fn plan(
    planner: &Planner,
    cluster: &Arc<dyn Cluster>,
    wanted: &[Desired],
) -> Vec<Outcome> {
    let outcomes = async {
        let wanted = left::resolve(&**cluster, wanted).await;
        let wanted = wanted.map_err(|e| shut(&**cluster, "reading saved states", &e))?;
        let set = Set {
            planner,
            cluster,
            wanted: &wanted,
        };
        set.plan().await
    };
    match outcomes.await {
        Ok(outcomes) => outcomes,
        Err(fault) => wanted
            .iter()
            .map(|one| Err(fault.clone().target(one.spec.name.clone())))
            .collect(),
    }
}

/// The targets that are planned together.
struct Set<'a> {
    planner: &'a Planner,
    cluster: &'a Arc<dyn Cluster>,
    wanted: &'a [Desired],
}

/// The chart of a target; `None` where none is needed.
type Chosen = Option<Result<Arc<Loaded>, Diagnostic>>;

impl Set<'_> {
    async fn plan(&self) -> Result<Vec<Outcome>, Diagnostic> {
        let known = self.releases().await?;
        let charts = self.planner.charts.all(self.wanted).await;
        let drafts = self.drafts(&known, &charts).await?;
        let view = self.look(&drafts, &known).await?;
        let mut undecided = decide::triage_all(self.planner, self.wanted, drafts, &known, &view);
        ask(&**self.cluster, &mut undecided).await?;
        Ok(decide::build_all(
            self.planner,
            self.cluster.identity(),
            undecided,
        ))
    }

    /// What the cluster knows of the releases, with the bodies that are needed.
    async fn releases(&self) -> Result<BTreeMap<Place, Known>, Diagnostic> {
        let specs: Vec<&TargetSpec> = self.wanted.iter().map(|one| &one.spec).collect();
        let revisions = self.wanted.iter().filter_map(|one| match one.to {
            To::Recorded { revision } | To::Again { revision, .. } => {
                Some((place(&one.spec), revision))
            }
            To::Inventory | To::Previous | To::Absent => None,
        });
        let read = async {
            let mut known = known::histories(&**self.cluster, &specs).await?;
            known::recover(&**self.cluster, &specs, &mut known).await?;
            known::bodies(&**self.cluster, &mut known, &revisions.collect()).await?;
            Ok(known)
        };
        read.await
            .map_err(|e: ClusterError| self.shut("reading release records", &e))
    }

    /// Renders all targets, in parallel by target.
    async fn drafts(
        &self,
        known: &BTreeMap<Place, Known>,
        charts: &[Chosen],
    ) -> Result<Vec<Result<Draft, Diagnostics>>, Diagnostic> {
        let capabilities = self.cluster.capabilities().await;
        let capabilities =
            capabilities.map_err(|e| self.shut("reading what the cluster serves", &e))?;
        let host = |_: &Desired| LiveHost::new(self.cluster.clone(), self.planner.now.clone());
        let hosts: Vec<LiveHost> = self.wanted.iter().map(host).collect();
        let nothing = Known::default();
        let one = |at: usize| {
            let desired = &self.wanted[at];
            let job = Job {
                desired,
                known: known.get(&place(&desired.spec)).unwrap_or(&nothing),
                chart: charts[at]
                    .as_ref()
                    .map(Result::as_ref)
                    .transpose()
                    .map_err(Clone::clone)?
                    .map(|chart| &**chart),
                capabilities: &capabilities,
                files: &*self.planner.files,
                schema: &self.planner.options.schema,
            };
            let draft = render::draft(&job, &hosts[at])?;
            Ok(Draft {
                looked: hosts[at].looked(),
                ..draft
            })
        };
        let all = || (0..self.wanted.len()).into_par_iter().map(one).collect();
        Ok(tokio::task::block_in_place(|| {
            self.planner.pool.install(all)
        }))
    }

    /// Lists the kinds that anybody renders or recorded, each once.
    async fn look(
        &self,
        drafts: &[Result<Draft, Diagnostics>],
        known: &BTreeMap<Place, Known>,
    ) -> Result<View, Diagnostic> {
        let mut request = ViewRequest::default();
        request
            .namespaces
            .extend(self.wanted.iter().map(|one| one.spec.namespace.clone()));
        for object in drafts
            .iter()
            .flatten()
            .flat_map(|draft| draft.objects.iter())
        {
            request.kinds.insert(object.gvk.clone());
            request.objects.insert(object.id.clone());
        }
        let bases = known
            .values()
            .flat_map(|known| [&known.base, &known.last])
            .flatten();
        request
            .kinds
            .extend(bases.flat_map(|base| kinds(base.manifest.reveal())));
        request.kinds.extend(decide::autoscalers());
        let answer = self.cluster.view(&request).await;
        answer.map_err(|e| self.shut("listing live objects", &e))
    }

    fn shut(&self, doing: &str, error: &ClusterError) -> Diagnostic {
        shut(&**self.cluster, doing, error)
    }
}

/// The kinds of a manifest text, without reading it whole.
fn kinds(manifest: &str) -> Vec<Gvk> {
    let field = |document: &str, name: &str| {
        let line = document.lines().find_map(|line| {
            line.strip_prefix(name)
                .map(|rest| rest.trim().trim_matches(['"', '\'']))
        });
        line.map(str::to_owned)
    };
    let documents = manifest.split("\n---");
    documents
        .filter_map(|text| {
            Some(Gvk::new(
                &field(text, "apiVersion:")?,
                &field(text, "kind:")?,
            ))
        })
        .collect()
}

/// Asks until nobody has a question left. A second round comes after conflicts.
async fn ask(cluster: &dyn Cluster, undecided: &mut [Undecided<'_>]) -> Result<(), Diagnostic> {
    loop {
        let counts: Vec<usize> = undecided
            .iter()
            .map(|one| one.triage.as_ref().map_or(0, |t| t.questions().len()))
            .collect();
        let questions: Vec<_> = undecided
            .iter()
            .flat_map(|one| one.triage.iter().flat_map(Triage::questions))
            .collect();
        if questions.is_empty() {
            return Ok(());
        }
        let answers = cluster.answer(&questions).await;
        let mut answers = answers
            .map_err(|e| shut(cluster, "asking for dry runs", &e))?
            .into_iter();
        for (one, count) in undecided.iter_mut().zip(counts) {
            let own = answers.by_ref().take(count).collect();
            if let Ok(triage) = &mut one.triage {
                triage.resolve(own);
            }
        }
    }
}

/// A door that is shut for the whole set.
pub fn shut(cluster: &dyn Cluster, doing: &str, error: &ClusterError) -> Diagnostic {
    let mut fault = error.diagnostic();
    if fault.kind == Kind::Input {
        fault.kind = Kind::Failed;
    }
    fault.message = format!("{doing}: {error}");
    let identity = cluster.identity();
    fault.note(format!("cluster {} ({})", identity.name, identity.server))
}
