//! What stands behind a target's release. The main type here is [`Behind`].

use super::defaults;
use crate::cluster::{Capabilities, Cluster, ClusterError};
use crate::diag::Diagnostic;
use crate::manifest::ObjectSet;
use crate::pipeline::known::{self, Known, place};
use crate::pipeline::offline::Still;
use crate::pipeline::render::{self, Job, Loaded};
use crate::pipeline::values;
use crate::pipeline::{Desired, Planner, To};
use crate::release::{Record, TargetSpec, ValuesFrom};
use crate::sensitive::Veil;
use crate::yaml::Node;
use helm::chart::Profile;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// The level of what a chart says itself.
pub const CHART_DEFAULT: &str = "chart default";

/// A tree of values below the inventory's.
#[derive(Clone, Debug)]
pub struct Source {
    /// `values_files`, `live release` or `chart default`.
    pub level: &'static str,
    /// The values.
    pub root: Node,
    /// Its places are told without a column.
    pub line_only: bool,
}

/// Where it is read from.
pub struct Sources<'a> {
    /// Charts, files, schemas, threads.
    pub planner: &'a Planner,
    /// The cluster, or why it can't be opened.
    pub cluster: Result<Arc<dyn Cluster>, Diagnostic>,
}

/// The chart of a target, its values files, and what the cluster knows of its release.
pub struct Behind<'a> {
    pub(super) planner: &'a Planner,
    pub(super) desired: Desired,
    pub(super) chart: Result<Arc<Loaded>, Diagnostic>,
    pub(super) known: Known,
    pub(super) capabilities: Capabilities,
    /// All revisions, the newest first, or why they can't be read.
    pub(super) records: Result<Vec<Record>, Diagnostic>,
    sources: Vec<Source>,
    unread: Vec<(String, String)>,
    rendered: OnceLock<ObjectSet>,
}

impl<'a> Behind<'a> {
    /// Reads all of it. What can't be read is told, and stops nothing.
    pub async fn read(from: Sources<'a>, spec: TargetSpec) -> Behind<'a> {
        let desired = Desired::new(spec, To::Inventory);
        let charts = from
            .planner
            .charts
            .all(std::slice::from_ref(&desired))
            .await;
        let nothing = || Err(Diagnostic::error("no chart is named"));
        let chart = charts.into_iter().flatten().next().unwrap_or_else(nothing);
        let (known, records) = match &from.cluster {
            Ok(cluster) => history(&**cluster, &desired.spec).await,
            Err(fault) => (Known::default(), Err(fault.clone())),
        };
        let mut behind = Behind {
            planner: from.planner,
            capabilities: capabilities(from.cluster.as_ref().ok()).await,
            desired,
            chart,
            known,
            records,
            sources: Vec::new(),
            unread: Vec::new(),
            rendered: OnceLock::new(),
        };
        behind.gather();
        behind
    }

    /// The trees of values below the inventory's, the strongest first.
    fn gather(&mut self) {
        if let (ValuesFrom::Release | ValuesFrom::Both, Some(base)) =
            (self.values_from(), &self.known.base)
        {
            self.sources.push(defaults::of_live(base));
        }
        for path in self.desired.spec.release.values_files.iter().rev() {
            match defaults::of_file(path, &*self.planner.files) {
                Ok(source) => self.sources.push(source),
                Err(why) => self.unread.push((path.to_string(), why)),
            }
        }
        match &self.chart {
            Ok(chart) => self.sources.extend(defaults::of_chart(chart)),
            Err(fault) => {
                let why = fault.message.clone();
                self.unread.push((CHART_DEFAULT.to_owned(), why));
            }
        }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }

    /// What the sources say at a path of the values.
    pub(super) fn at(&self, path: &[&str]) -> Vec<&Node> {
        let found = self.sources.iter();
        found
            .filter_map(|source| source.root.reach(path).ok())
            .collect()
    }

    /// All values below the inventory's that are no defaults of the chart.
    pub(super) fn set(&self) -> impl Iterator<Item = &Node> {
        let set = self.sources.iter().filter(|s| s.level != CHART_DEFAULT);
        set.map(|source| &source.root)
    }

    /// What the chart says at a path of the values.
    pub(super) fn default(&self, path: &[&str]) -> Option<&Node> {
        let charts = self.sources.iter().filter(|s| s.level == CHART_DEFAULT);
        charts.filter_map(|s| s.root.reach(path).ok()).next()
    }

    pub(super) fn values_from(&self) -> ValuesFrom {
        self.desired.spec.release.values_from
    }

    pub(super) fn unread(&self) -> Vec<(String, String)> {
        self.unread.clone()
    }

    /// Whether a value stands in a Secret that the chart renders.
    pub(super) fn is_secret(&self, value: &Value) -> bool {
        let objects = self
            .rendered
            .get_or_init(|| self.objects().unwrap_or_default());
        values::masked(value, objects, &Veil::default()) != *value
    }

    fn objects(&self) -> Option<ObjectSet> {
        let job = self.job()?;
        let draft = || render::draft(&job, &Still::default());
        let draft = tokio::task::block_in_place(|| self.planner.pool.install(draft));
        Some(draft.ok()?.objects)
    }

    /// The render of the release as the next operation would make it.
    pub(super) fn job(&self) -> Option<Job<'_>> {
        Some(Job {
            desired: &self.desired,
            known: &self.known,
            chart: Some(self.chart.as_ref().ok()?),
            capabilities: &self.capabilities,
            files: &*self.planner.files,
            schema: &self.planner.options.schema,
        })
    }
}

async fn capabilities(cluster: Option<&Arc<dyn Cluster>>) -> Capabilities {
    if let Some(cluster) = cluster
        && let Ok(capabilities) = cluster.capabilities().await
    {
        return capabilities;
    }
    let offline = helm::engine::Capabilities::offline(&Profile::HELM_3);
    Capabilities {
        kube_version: offline.kube_version,
        api_versions: offline.api_versions,
    }
}

/// What is known of the release, and all its revisions, the newest first.
async fn history(
    cluster: &dyn Cluster,
    spec: &TargetSpec,
) -> (Known, Result<Vec<Record>, Diagnostic>) {
    let read = async {
        let mut all = known::histories(cluster, &[spec]).await?;
        let mut known = all.remove(&place(spec)).unwrap_or_default();
        let mut keys: Vec<_> = known.metas.iter().map(|meta| meta.key.clone()).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.revision));
        let bodies = cluster.record_bodies(&keys).await?;
        let records = bodies.into_iter().flatten();
        let records = records.filter_map(|body| Record::decode(&body).ok());
        let records: Vec<Record> = records.collect();
        // Whole, with the chart's defaults: plans do without.
        let base = known.history.base().map(|base| base.number);
        let base = records.iter().find(|record| Some(record.revision) == base);
        known.base = base.cloned().map(Arc::new);
        Ok::<_, ClusterError>((known, records))
    };
    match read.await {
        Ok((known, records)) => (known, Ok(records)),
        Err(error) => (Known::default(), Err(error.diagnostic())),
    }
}
