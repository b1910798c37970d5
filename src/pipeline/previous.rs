//! What `previous` means for each target: the state saved by the run that last changed it.
//!
//! States saved by backouts are passed over, so that a backout asked for twice changes nothing.

use super::known::{MANY, Place, place};
use super::{Desired, To};
use crate::cluster::{Cluster, ClusterError};
use crate::manifest::Gvk;
use crate::release::{SAVED_SELECTOR, SavedState};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    for secret in secrets(cluster, namespaces).await? {
        let namespace = secret["metadata"]["namespace"].as_str().unwrap_or_default();
        let Some(state) = state(&secret).filter(|state| state.back_to.is_none()) else {
            continue;
        };
        let place = (Arc::from(namespace), state.release.clone());
        if newest.get(&place).is_none_or(|known| known.at < state.at) {
            newest.insert(place, state);
        }
    }
    Ok(newest)
}

async fn secrets(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
) -> Result<Vec<Value>, ClusterError> {
    let kind = Gvk::new("v1", "Secret");
    if namespaces.len() >= MANY {
        match cluster.list(&kind, None, Some(SAVED_SELECTOR)).await {
            Err(ClusterError::Forbidden(_)) => {}
            answer => return answer,
        }
    }
    // Collected first: a closure in the stream would not be Send for every lifetime.
    let lists: Vec<_> = namespaces
        .iter()
        .map(|namespace| cluster.list(&kind, Some(namespace), Some(SAVED_SELECTOR)))
        .collect();
    let lists: Vec<Vec<Value>> = stream::iter(lists)
        .buffer_unordered(8)
        .try_collect()
        .await?;
    Ok(lists.into_iter().flatten().collect())
}

fn state(secret: &Value) -> Option<SavedState> {
    let bytes = STANDARD.decode(secret["data"]["state"].as_str()?).ok()?;
    SavedState::decode(&String::from_utf8(bytes).ok()?).ok()
}
