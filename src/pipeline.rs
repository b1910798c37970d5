//! A set of targets becomes plans: the file to read first.
//!
//! Over a set, not one by one: what is cheaper done together (records, charts, lists, dry runs) is
//! asked once for all; everything between is pure. One target is a set of one. [`plan`] is the
//! story; each of its steps is one line there and one file below.

pub mod charts;
pub mod decide;
pub mod drafts;
pub mod draw;
pub mod explain;
pub mod fault;
pub mod glance;
pub mod host;
pub mod known;
pub mod left;
pub mod looks;
pub mod offline;
pub mod others;
pub mod quotas;
pub mod reach;
pub mod render;
mod rest;
mod secrets;
pub mod settle;
pub mod store;
pub mod trial;
pub mod values;

use crate::cluster::{Cluster, ClusterError};
use crate::diag::{Diagnostic, Kind};
use crate::files::Files;
use crate::manifest::{ObjectId, Owner};
use crate::plan::{ChartRef, Memo, Options, ReleasePlan};
use crate::release::{self, TargetSpec, ValuesFrom};
use crate::repo::ChartSource;
use crate::sensitive::{Known, Mask};
use charts::Library;
use drafts::{Drafting, Drawn, Waiting};
use futures_util::future::join;
use glance::Glance;
use known::{Releases, place};
use looks::Looking;
use reach::MANY;
use settle::settle;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What one target should become.
#[derive(Clone, Debug)]
pub struct Desired {
    /// What the inventory says of it.
    pub spec: TargetSpec,
    /// Towards what.
    pub to: To,
    /// The replicas that tasks before the release have by then set, where it is only foreseen.
    pub foreseen: Vec<(ObjectId, i64)>,
}

impl Desired {
    /// The target, as it is now, towards `to`.
    pub fn new(spec: TargetSpec, to: To) -> Desired {
        Desired {
            spec,
            to,
            foreseen: Vec::new(),
        }
    }

    fn owner(&self) -> Owner {
        Owner {
            release: self.spec.release.name.clone(),
            namespace: self.spec.namespace.clone(),
        }
    }
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
    /// What vaults gave away in this run.
    pub known: Known,
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
            known: Known::default(),
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

/// Plans a set of targets of one cluster, on what a glance has read of them: one outcome per
/// desired, in order.
pub async fn plan(
    planner: &Planner,
    cluster: &Arc<dyn Cluster>,
    wanted: &[Desired],
    glance: Option<Glance>,
) -> Vec<Outcome> {
    let outcomes = async {
        let wanted = left::resolve(&**cluster, wanted).await;
        let wanted = wanted.map_err(|e| shut(&**cluster, "reading saved states", &e))?;
        let set = Set {
            planner,
            cluster,
            wanted: &wanted,
        };
        set.plan(glance).await
    };
    match outcomes.await {
        Ok(outcomes) => outcomes,
        Err(fault) => wanted
            .iter()
            .map(|one| Err(fault.clone().target(one.spec.name.clone())))
            .collect(),
    }
}

/// Begins the lists that a plan of these targets will want, before it is known which take part.
///
/// What is begun is a guess: a plan lists what it lacks, and tells what failed here as its own.
async fn look_ahead(
    planner: &Planner,
    cluster: &Arc<dyn Cluster>,
    specs: &[&TargetSpec],
    known: &Releases,
) -> Option<Looking> {
    if specs.len() < MANY {
        return None;
    }
    let mut charts = HashSet::new();
    let scouts = specs.iter().filter(|spec| {
        let release = &spec.release;
        release.values_from == ValuesFrom::Inventory
            && charts.insert((&release.chart, &release.repo, &release.version))
    });
    let desired = |spec: &&TargetSpec| Desired::new((*spec).clone(), To::Inventory);
    let wanted: Vec<Desired> = scouts.map(desired).collect();
    let set = Set {
        planner,
        cluster,
        wanted: &wanted,
    };
    let drafting = set.drafting().await.ok()?;
    let namespaces = specs.iter().map(|spec| spec.namespace.clone());
    let (looking, _) = set.look(&drafting, known, namespaces.collect());
    Some(looking)
}

/// The targets that are planned together.
struct Set<'a> {
    planner: &'a Planner,
    cluster: &'a Arc<dyn Cluster>,
    wanted: &'a [Desired],
}

impl Set<'_> {
    /// Lists are under way while records are decoded and targets rendered: one target of each
    /// chart says which kinds to list, and what the others add is listed afterwards.
    async fn plan(&self, glance: Option<Glance>) -> Result<Vec<Outcome>, Diagnostic> {
        let (glanced, lists) = glance.map_or((None, None), |glance| glance.of_these(self.wanted));
        let (known, drafting) = join(self.known(glanced), self.drafting()).await;
        let (mut known, drafting) = (known?, drafting?);
        let (looking, mut drawn) = match lists {
            Some(looking) => (looking, Drawn::new()),
            None => self.look(&drafting, &known, self.namespaces()),
        };
        self.bodies(&mut known).await?;
        let batches = drafting.batches(&known);
        for batch in batches.iter().take_while(|_| !looking.ended()) {
            drafting.draw(batch, &mut drawn, &known);
        }
        let seen = looking.end(self.namespaces()).await;
        let seen = seen.map_err(|e| self.shut("listing live objects", &e))?;
        let mut outcomes = settle(&drafting, batches, drawn, &known, seen).await?;
        self.planner.pool.spawn(move || drop(known));
        quotas::check(&**self.cluster, self.wanted, &mut outcomes).await;
        Ok(outcomes)
    }

    /// What is known of the releases: what gates saw, else it is read now.
    async fn known(&self, glanced: Option<Releases>) -> Result<Releases, Diagnostic> {
        if let Some(known) = glanced {
            return Ok(known);
        }
        let specs: Vec<&TargetSpec> = self.wanted.iter().map(|one| &one.spec).collect();
        let known = known::releases(&**self.cluster, &specs).await;
        known.map_err(|e| self.shut("reading release records", &e))
    }

    /// Draws one target of each chart, and begins the lists that they say.
    fn look(
        &self,
        drafting: &Drafting<'_>,
        known: &Releases,
        namespaces: BTreeSet<Arc<str>>,
    ) -> (Looking, Drawn) {
        let scouts = drafting.scouts(known);
        let kinds = scouts.values().flatten().flat_map(Waiting::kinds);
        let looking = Looking::begin(self.cluster, namespaces, kinds);
        (looking, scouts)
    }

    /// What the targets are rendered with.
    async fn drafting(&self) -> Result<Drafting<'_>, Diagnostic> {
        let charts = self.planner.charts.all(self.wanted);
        let (charts, capabilities) = join(charts, self.cluster.capabilities()).await;
        let capabilities =
            capabilities.map_err(|e| self.shut("reading what the cluster serves", &e))?;
        Ok(Drafting {
            planner: self.planner,
            cluster: self.cluster,
            wanted: self.wanted,
            charts,
            capabilities,
            runtime: tokio::runtime::Handle::current(),
        })
    }

    fn namespaces(&self) -> BTreeSet<Arc<str>> {
        let namespaces = self.wanted.iter().map(|one| one.spec.namespace.clone());
        namespaces.collect()
    }

    /// The bodies of the records that are needed.
    async fn bodies(&self, known: &mut Releases) -> Result<(), Diagnostic> {
        let revisions = self.wanted.iter().filter_map(|one| {
            let place = place(&one.spec);
            let base = known.get(&place).and_then(|known| known.history.base());
            let revision = match one.to {
                To::Recorded { revision } | To::Again { revision, .. } => Some(revision),
                To::Inventory if one.spec.release.values_from == ValuesFrom::Reuse => {
                    base.map(|base| base.number)
                }
                To::Inventory | To::Previous | To::Absent => None,
            };
            Some((place, revision?))
        });
        let revisions = revisions.collect();
        let read = known::bodies(&**self.cluster, known, &revisions).await;
        read.map_err(|e| self.shut("reading release records", &e))
    }

    fn shut(&self, doing: &str, error: &ClusterError) -> Diagnostic {
        shut(&**self.cluster, doing, error)
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
