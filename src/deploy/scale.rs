//! The replicas of a workload, set so that every manager's set of fields stays as found.
//!
//! Which write does that is decided by `ownership::scale`; here it is sent, from a fresh read each
//! time, for status updates come in between (fact 18).

use super::closing::Closings;
use super::fault::{fault, moved};
use super::session::Session;
use super::{Done, Options, Ways};
use crate::cluster::{Cluster, ClusterError, Live, Write};
use crate::diag::{Diagnostic, Kind};
use crate::event::Closing;
use crate::health;
use crate::journal::Step;
use crate::manifest::{Gvk, Object, ObjectId};
use crate::ownership::{self, HELM, OURS, Owned, SCALE, ScaleWrite};
use crate::plan::{Identity, ReleasePlan, TargetPlan, Verdict};
use crate::release::ClosingStep;
use serde_json::Value;
use std::sync::Arc;

/// How often a write is tried.
const TRIES: usize = 12;

/// How a step is closed that a later task has made void.
const BY_THE_PLAY: &str = "put back by the play";

/// A target on whose workloads something is done, whatever its release.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name in the inventory.
    pub target: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its release, by which its lease is named.
    pub release: Arc<str>,
    /// Its cluster.
    pub cluster: Arc<Identity>,
}

/// A workload that has replicas.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The version it was read at.
    pub gvk: Gvk,
    /// Its identity.
    pub id: ObjectId,
    /// Its UID.
    pub uid: Arc<str>,
    /// Its resource version.
    pub version: Arc<str>,
    /// The number that it should have.
    pub replicas: i64,
}

/// What is to be done to a workload.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The workload.
    pub workload: &'a Workload,
    /// The number that it should have.
    pub replicas: i64,
    /// What is found is put back when the target ends.
    pub opens: bool,
    /// Wait until so many are ready, or the others gone.
    pub waits: bool,
}

impl Place {
    /// What a session holds: nothing of the release is planned.
    pub(super) fn plan(&self) -> (TargetPlan, ReleasePlan) {
        let plan = TargetPlan {
            target: self.target.clone(),
            namespace: self.namespace.clone(),
            cluster: self.cluster.clone(),
            verdict: Verdict::Change,
            gates: Vec::new(),
            steps: Vec::new(),
            release: None,
            warnings: Vec::new(),
        };
        let release = ReleasePlan {
            name: self.release.clone(),
            ..ReleasePlan::default()
        };
        (plan, release)
    }
}

/// The workload of this name; `None` where it is not there.
pub async fn named(
    cluster: &dyn Cluster,
    gvk: &Gvk,
    id: &ObjectId,
) -> Result<Option<Workload>, Diagnostic> {
    let live = cluster.get(gvk, id).await.map_err(|e| fault(id, e))?;
    live.map(|live| workload(gvk, id, &read(&live)?))
        .transpose()
}

/// The workloads of a namespace with these labels.
pub async fn labelled(
    cluster: &dyn Cluster,
    gvk: &Gvk,
    namespace: &Arc<str>,
    selector: &str,
) -> Result<Vec<Workload>, Diagnostic> {
    let listed = cluster.list(gvk, Some(namespace), Some(selector)).await;
    let listed = listed.map_err(|e| fault(format!("the list of {}", gvk.kind), e))?;
    let one = |body: &Value| {
        let id = ObjectId {
            group: gvk.group.clone(),
            kind: gvk.kind.clone(),
            namespace: Some(namespace.clone()),
            name: body["metadata"]["name"].as_str().unwrap_or_default().into(),
        };
        workload(gvk, &id, body)
    };
    listed.iter().map(one).collect()
}

fn workload(gvk: &Gvk, id: &ObjectId, body: &Value) -> Result<Workload, Diagnostic> {
    let replicas = ownership::replicas(body).ok_or_else(|| {
        let what = format!("{id} has no spec.replicas, so it can't be scaled");
        Diagnostic::new(Kind::Failed, what).hint("a Deployment, StatefulSet or ReplicaSet")
    })?;
    let text = |key: &str| body["metadata"][key].as_str().unwrap_or_default().into();
    Ok(Workload {
        gvk: gvk.clone(),
        id: id.clone(),
        uid: text("uid"),
        version: text("resourceVersion"),
        replicas,
    })
}

/// Sets the replicas. What is to be put back is kept before the write.
pub async fn scale(
    ways: Ways<'_>,
    place: &Place,
    order: Order<'_>,
    options: &Options,
    closings: Closings<'_>,
) -> Result<Done, Diagnostic> {
    let (plan, release) = place.plan();
    let session = Session::new(ways, &plan, &release, options);
    let scaled = session.scale(order, closings).await;
    session.unlock(scaled).await
}

impl Session<'_> {
    async fn scale(&self, order: Order<'_>, closings: Closings<'_>) -> Result<Done, Diagnostic> {
        let Workload { gvk, id, .. } = order.workload;
        self.last_words(self.write_scale(order, closings), late)
            .await?;
        if order.waits && health::is_waited_for(gvk) {
            self.unless_leaving(self.wait_scaled(gvk, id)).await?;
        }
        Ok(Done {
            changed: true,
            ..Done::default()
        })
    }

    async fn write_scale(
        &self,
        order: Order<'_>,
        closings: Closings<'_>,
    ) -> Result<(), Diagnostic> {
        let workload = order.workload;
        let found = match self.lock().await? {
            // Somebody else was at work since it was read.
            true => self.replicas_of(workload).await?,
            false => workload.replicas,
        };
        self.may_go_on()?;
        if order.opens && found != order.replicas {
            self.open_step(self.due(order, found), closings).await?;
        }
        self.step(Step::Write {
            object: workload.id.to_string(),
            action: "scale".to_owned(),
        });
        self.tell(format!("{} is scaled to {}", workload.id, order.replicas));
        self.set_replicas(&workload.gvk, &workload.id, &workload.uid, order.replicas)
            .await?;
        let cluster = &self.target.cluster.uid;
        match closings.open.find(cluster, &workload.id) {
            Some(step) if !order.opens => {
                self.close_step(&step, BY_THE_PLAY, closings).await?;
                closings.tell(step, Closing::Closed(BY_THE_PLAY.to_owned()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn replicas_of(&self, workload: &Workload) -> Result<i64, Diagnostic> {
        let Workload { gvk, id, uid, .. } = workload;
        let live = self.very(gvk, id, uid).await?;
        Ok(ownership::replicas(&live).unwrap_or(workload.replicas))
    }

    fn due(&self, order: Order<'_>, found: i64) -> ClosingStep {
        let workload = order.workload;
        ClosingStep {
            target: self.target.target.clone(),
            namespace: self.target.namespace.clone(),
            release: self.release.name.clone(),
            cluster: self.target.cluster.uid.clone(),
            run: self.options.run.clone(),
            by: self.options.lock.operator.by.clone(),
            process: self.options.lock.operator.process.clone(),
            since: self.now().to_string(),
            object: workload.id.clone(),
            gvk: workload.gvk.clone(),
            uid: workload.uid.clone(),
            found,
            set: order.replicas,
        }
    }

    /// Brings a workload to so many replicas, by whatever write leaves its owners alone.
    pub(super) async fn set_replicas(
        &self,
        gvk: &Gvk,
        id: &ObjectId,
        uid: &str,
        replicas: i64,
    ) -> Result<(), Diagnostic> {
        for _ in 0..TRIES {
            let live = self.very(gvk, id, uid).await?;
            if ownership::replicas(&live) == Some(replicas) {
                return Ok(());
            }
            let (write, owned) = writes(gvk, id, uid, ownership::scale(&live, replicas));
            match self.write(&write).await {
                Ok(_) => return self.give_back_to(gvk, id, uid, &owned).await,
                Err(ClusterError::Moved(_) | ClusterError::Conflict(_)) => {}
                Err(error) => return Err(fault(id, error)),
            }
        }
        Err(restless(id, "to be scaled"))
    }

    /// Gives the field back to those who had it before it was set by the subresource.
    async fn give_back_to(
        &self,
        gvk: &Gvk,
        id: &ObjectId,
        uid: &str,
        owned: &Owned,
    ) -> Result<(), Diagnostic> {
        for _ in 0..TRIES {
            if owned.is_nobody() {
                return Ok(());
            }
            let live = self.very(gvk, id, uid).await?;
            let Some(patch) = owned.given_back(&live) else {
                return Ok(());
            };
            match self.write(&patched(gvk, id, None, patch, OURS)).await {
                Ok(_) => return Ok(()),
                Err(ClusterError::Moved(_) | ClusterError::Conflict(_)) => {}
                Err(error) => return Err(fault(id, error)),
            }
        }
        Err(restless(id, "to give its replicas back to their owner"))
    }

    /// The object as it is now, if it still is the one that was read.
    async fn very(&self, gvk: &Gvk, id: &ObjectId, uid: &str) -> Result<Value, Diagnostic> {
        let live = self.ways.cluster.get(gvk, id).await;
        let live = live.map_err(|e| fault(id, e))?;
        match live.filter(|live| *live.uid == *uid) {
            Some(live) => read(&live),
            None => Err(moved(format!("{id} is gone, or another one by now"))),
        }
    }
}

/// The write, and who is to get the field back after it.
fn writes(gvk: &Gvk, id: &ObjectId, uid: &str, how: ScaleWrite) -> (Write, Owned) {
    match how {
        ScaleWrite::Apply(body) => {
            let write = Write::Apply {
                object: Arc::new(Object::new(id.clone(), gvk.clone(), body)),
                force: false,
                uid: Some(uid.into()),
            };
            (write, Owned::default())
        }
        ScaleWrite::Merge(patch) => (patched(gvk, id, None, patch, HELM), Owned::default()),
        ScaleWrite::Scale { patch, owned } => (patched(gvk, id, Some(SCALE), patch, OURS), owned),
    }
}

fn patched(gvk: &Gvk, id: &ObjectId, under: Option<&str>, patch: Value, manager: &str) -> Write {
    Write::Patch {
        gvk: gvk.clone(),
        id: id.clone(),
        subresource: under.map(str::to_owned),
        patch,
        manager: manager.to_owned(),
    }
}

pub(super) fn read(live: &Live) -> Result<Value, Diagnostic> {
    serde_json::from_str(live.raw.get())
        .map_err(|e| fault(&live.id, ClusterError::Other(format!("unreadable: {e}"))))
}

fn restless(id: &ObjectId, what: &str) -> Diagnostic {
    Diagnostic::new(Kind::Failed, format!("{id} changes too often {what}"))
}

/// What was sent last may have been done; the closing step finds out.
fn late() -> Diagnostic {
    Diagnostic::new(
        Kind::Unreachable,
        "the cluster did not answer before the run was left",
    )
}
