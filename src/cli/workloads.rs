//! Workloads on the clusters of a run, as the modules see them.

use super::site::Site;
use crate::cluster::Cluster;
use crate::deploy::{self, Closings, Order, Place, Ways, Workload};
use crate::diag::{Diagnostic, Kind};
use crate::event::Closing;
use crate::manifest::ObjectId;
use crate::modules::{By, Deployed, Doors, Which, Wish, Workloads};
use crate::pipeline::left;
use crate::plan::Identity;
use crate::release::{ClosingStep, ClusterRef, Rollout, TargetSpec};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

#[async_trait]
impl Workloads for Site {
    async fn find(&self, cluster: &ClusterRef, which: &Which) -> Result<Vec<Workload>, Diagnostic> {
        let cluster = self.open(&Arc::new(cluster.clone())).await?;
        let Which { gvk, namespace, by } = which;
        let name = match by {
            By::Labels(labels) => return deploy::labelled(&*cluster, gvk, namespace, labels).await,
            By::Name(name) => name,
        };
        let id = ObjectId {
            group: gvk.group.clone(),
            kind: gvk.kind.clone(),
            namespace: Some(namespace.clone()),
            name: name.clone(),
        };
        match deploy::named(&*cluster, gvk, &id).await? {
            Some(found) => Ok(vec![found]),
            None => {
                let what = format!("{id} is not in namespace {namespace}");
                Err(Diagnostic::new(Kind::Failed, what))
            }
        }
    }

    async fn scale(
        &self,
        place: &Place,
        wish: Wish<'_>,
        doors: &Doors<'_>,
        progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic> {
        let cluster = self.of(&place.cluster).await?;
        let order = Order {
            workload: wish.workload,
            replicas: wish.replicas,
            opens: wish.opens,
            waits: wish.wait.is_some(),
        };
        let options = self.options(wish.wait.unwrap_or_default());
        let tell = |step: ClosingStep, stands: Closing| doors.closing(step, stands);
        let closings = Closings {
            open: doors.open,
            tell: &tell,
        };
        let ways = ways(&*cluster, doors, progress);
        let done = deploy::scale(ways, place, order, &options, closings).await?;
        Ok(Deployed {
            revision: done.revision,
            changed: done.changed,
            warnings: done.warnings,
            strays: done.strays,
        })
    }

    async fn close(&self, target: &Arc<str>, doors: &Doors<'_>) {
        let Some(step) = doors.open.on(target).into_iter().next() else {
            return;
        };
        let Some(cluster) = self.opened(&step.cluster).await else {
            let why = Diagnostic::new(Kind::Unreachable, "its cluster is not open in this run");
            for step in doors.open.on(target) {
                doors.closing(step, Closing::Open(why.clone()));
            }
            return;
        };
        let tell = |step: ClosingStep, stands: Closing| doors.closing(step, stands);
        let closings = Closings {
            open: doors.open,
            tell: &tell,
        };
        let place = place(&step, cluster.identity());
        let options = self.options(Duration::ZERO);
        let ways = ways(&*cluster, doors, &|_| {});
        deploy::close(ways, &place, &options, closings).await;
    }
}

/// Where the steps of a target are closed.
pub fn place(step: &ClosingStep, cluster: &Identity) -> Place {
    Place {
        target: step.target.clone(),
        namespace: step.namespace.clone(),
        release: step.release.clone(),
        cluster: Arc::new(cluster.clone()),
    }
}

fn ways<'a>(
    cluster: &'a dyn Cluster,
    doors: &Doors<'a>,
    progress: &'a deploy::Progress<'a>,
) -> Ways<'a> {
    Ways {
        cluster,
        journal: doors.journal,
        halt: doors.halt,
        progress,
    }
}

impl Site {
    /// What the run has left open on these targets, in order.
    pub async fn open_steps(
        &self,
        specs: &[TargetSpec],
    ) -> Vec<Result<Vec<ClosingStep>, Diagnostic>> {
        self.left(specs, async |cluster, some| {
            let namespaces = some.iter().map(|spec| &spec.namespace).collect();
            let open = left::open(cluster, &namespaces, Some(&self.run)).await?;
            let of = |spec: &TargetSpec| {
                let open = open.iter().filter(|step| step.target == spec.name);
                open.cloned().collect()
            };
            Ok(some.iter().map(of).collect())
        })
        .await
    }

    /// How workloads of a run are worked on.
    fn options(&self, timeout: Duration) -> deploy::Options {
        let rollout = Rollout {
            timeout,
            ..Rollout::default()
        };
        self.deploying(rollout)
    }
}
