//! What gates read of a set, and what is begun meanwhile for the plan that follows. The main types
//! here are [`Glance`] and [`Shelf`].

use super::known::{self, Place, Releases, place};
use super::looks::Looking;
use super::{Desired, Planner, look_ahead};
use crate::cluster::{Cluster, ClusterError, NamespaceState, ViewRequest};
use crate::release::TargetSpec;
use futures_util::future::join;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was read of some targets of a cluster.
pub struct Glance {
    cluster: Arc<dyn Cluster>,
    /// Their releases, with the newest records decoded.
    pub known: Releases,
    /// Their namespaces.
    pub namespaces: HashMap<Arc<str>, NamespaceState>,
    /// The lists that a plan of them will want.
    lists: Option<Looking>,
}

/// Reads the records and namespaces of a set.
pub async fn of(cluster: &Arc<dyn Cluster>, specs: &[&TargetSpec]) -> Result<Glance, ClusterError> {
    read(cluster, specs, async |_| None).await
}

/// As [`of`], and begins the lists of the plan that follows, if the glance before did not: they are
/// under way while records are decoded and gates decide. Not sooner: they would hold up the
/// records that gates wait for.
pub async fn ahead(
    planner: &Planner,
    cluster: &Arc<dyn Cluster>,
    specs: &[&TargetSpec],
    before: Option<Glance>,
) -> Result<Glance, ClusterError> {
    let lists = async |known: &Releases| match before.and_then(|glance| glance.lists) {
        Some(begun) => Some(begun),
        None => look_ahead(planner, cluster, specs, known).await,
    };
    read(cluster, specs, lists).await
}

async fn read(
    cluster: &Arc<dyn Cluster>,
    specs: &[&TargetSpec],
    lists: impl AsyncFnOnce(&Releases) -> Option<Looking>,
) -> Result<Glance, ClusterError> {
    // A revision that a dead run left pending is seen as what a plan makes of it first: failed.
    let records = async {
        let places = specs.iter().map(|spec| place(spec)).collect();
        let (known, deployed) = join(
            known::releases(&**cluster, specs),
            cluster.deployed(&places),
        )
        .await;
        let (mut known, deployed) = (known?, deployed?);
        let bodies = known::fetch(&**cluster, &known, deployed, &BTreeMap::new()).await?;
        let lists = lists(&known).await;
        known::read(&mut known, bodies, &BTreeMap::new());
        Ok((known, lists))
    };
    let request = ViewRequest {
        namespaces: specs.iter().map(|spec| spec.namespace.clone()).collect(),
        ..ViewRequest::default()
    };
    // Where both fail, what is said does not depend on who was quicker.
    let (records, view) = join(records, cluster.view(&request)).await;
    let ((known, lists), view) = (records?, view?);
    Ok(Glance {
        cluster: cluster.clone(),
        known,
        namespaces: view.namespaces,
        lists,
    })
}

impl Glance {
    /// What was read of these targets, and the lists; what was not read of one of them is no help.
    pub(super) fn of_these(self, wanted: &[Desired]) -> (Option<Releases>, Option<Looking>) {
        let places: BTreeSet<Place> = wanted.iter().map(|one| place(&one.spec)).collect();
        let mut known = self.known;
        known.retain(|place, _| places.contains(place));
        let whole = known.len() == places.len();
        (whole.then_some(known), self.lists)
    }
}

/// What the gates of a check saw last of each cluster: its plan is made on it, and so is one with
/// what was let through. Nothing is written between the two.
#[derive(Default)]
pub struct Shelf {
    held: Mutex<Vec<Glance>>,
}

impl Shelf {
    /// Keeps the newest glance at a cluster.
    pub fn keep(&self, glance: Glance) {
        self.held().push(glance);
    }

    /// The last glance at a cluster; it is not kept any longer.
    pub fn take(&self, cluster: &Arc<dyn Cluster>) -> Option<Glance> {
        let mut held = self.held();
        let is = |one: &Glance| std::ptr::addr_eq(Arc::as_ptr(&one.cluster), Arc::as_ptr(cluster));
        let at = held.iter().rposition(is)?;
        Some(held.swap_remove(at))
    }

    fn held(&self) -> MutexGuard<'_, Vec<Glance>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
