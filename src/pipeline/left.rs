//! What runs left beside the releases: saved states, and who is at work; and what `previous`
//! means for each target: the state saved by the run that last changed it.
//!
//! States saved by backouts are passed over, so that a backout asked for twice changes nothing.

use super::known::{MANY, Place, place};
use super::{Desired, To};
use crate::cluster::{Cluster, ClusterError};
use crate::manifest::Gvk;
use crate::release::{Holder, LEASE_SELECTOR, SAVED_SELECTOR, SavedState};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The targets with each `previous` resolved to a revision, or to no release where the run
/// installed it. Where nothing was saved it stays as it is.
pub async fn resolve(
    cluster: &dyn Cluster,
    wanted: &[Desired],
) -> Result<Vec<Desired>, ClusterError> {
    let asked = wanted.iter().filter(|one| one.to == To::Previous);
    let namespaces: BTreeSet<&Arc<str>> = asked.map(|one| &one.spec.namespace).collect();
    let saved = saved(cluster, &namespaces).await?;
    let resolved = |one: &Desired| match (one.to, saved.get(&place(&one.spec))) {
        (To::Previous, Some(state)) => Desired {
            to: match state.revision {
                0 => To::Absent,
                revision => To::Recorded { revision },
            },
            ..one.clone()
        },
        _ => one.clone(),
    };
    Ok(wanted.iter().map(resolved).collect())
}

/// The newest state of each release that was not saved by a backout.
async fn saved(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
) -> Result<BTreeMap<Place, SavedState>, ClusterError> {
    let mut newest: BTreeMap<Place, SavedState> = BTreeMap::new();
    for (namespace, state) in states(cluster, namespaces, None).await? {
        let place = (namespace, state.release.clone());
        let newer = newest.get(&place).is_none_or(|known| known.at < state.at);
        if state.back_to.is_none() && newer {
            newest.insert(place, state);
        }
    }
    Ok(newest)
}

/// The states saved in these namespaces, by one run or by any, each with its namespace.
pub async fn states(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
    run: Option<&str>,
) -> Result<Vec<(Arc<str>, SavedState)>, ClusterError> {
    let selector = match run {
        Some(run) => format!("{SAVED_SELECTOR},run={run}"),
        None => SAVED_SELECTOR.to_owned(),
    };
    let secrets = list(cluster, &Gvk::new("v1", "Secret"), namespaces, &selector).await?;
    let state = |secret: &Value| {
        let namespace = secret["metadata"]["namespace"].as_str()?;
        Some((Arc::from(namespace), SavedState::read(secret)?))
    };
    Ok(secrets.iter().filter_map(state).collect())
}

/// Who holds targets in these namespaces, each with its namespace.
pub async fn holders(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
) -> Result<Vec<(Arc<str>, Holder)>, ClusterError> {
    let leases = list(cluster, &Holder::gvk(), namespaces, LEASE_SELECTOR).await?;
    let holder = |lease: &Value| {
        let namespace = lease["metadata"]["namespace"].as_str()?;
        Some((Arc::from(namespace), Holder::read(lease)))
    };
    Ok(leases.iter().filter_map(holder).collect())
}

/// One list of the whole cluster where the namespaces are many and that is allowed.
async fn list(
    cluster: &dyn Cluster,
    gvk: &Gvk,
    namespaces: &BTreeSet<&Arc<str>>,
    selector: &str,
) -> Result<Vec<Value>, ClusterError> {
    if namespaces.len() >= MANY {
        match cluster.list(gvk, None, Some(selector)).await {
            Err(ClusterError::Forbidden(_)) => {}
            Err(error) => return Err(error),
            Ok(mut all) => {
                let ours = |o: &Value| {
                    let namespace = o["metadata"]["namespace"].as_str().unwrap_or_default();
                    namespaces.contains(&Arc::from(namespace))
                };
                all.retain(ours);
                return Ok(all);
            }
        }
    }
    // Collected first: a closure in the stream would not be Send for every lifetime.
    let lists: Vec<_> = namespaces
        .iter()
        .map(|namespace| cluster.list(gvk, Some(namespace), Some(selector)))
        .collect();
    let lists: Vec<Vec<Value>> = stream::iter(lists)
        .buffer_unordered(8)
        .try_collect()
        .await?;
    Ok(lists.into_iter().flatten().collect())
}
