//! What runs left beside the releases: saved states, and who is at work; and what `previous`
//! means for each target: the state saved by the run that last changed it.
//!
//! States saved by backouts are passed over, so that a backout asked for twice changes nothing.

use super::known::{self, Place, place};
use super::reach::everywhere;
use super::{Desired, To};
use crate::cluster::{Cluster, ClusterError, RecordMeta, Write};
use crate::manifest::Gvk;
use crate::release::{
    ClosingStep, Holder, LEASE_SELECTOR, Operation, SAVED_SELECTOR, SavedState, TargetSpec,
};
use crate::state::is_free;
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

/// What an interrupted run still has to do on a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing was written yet: as it was planned.
    Begin,
    /// What it began must be done again.
    Again(To),
    /// It is done.
    Done,
    /// Somebody else went on from where it was.
    Overtaken,
}

/// What `run` still has to do, from the state that it saved and the revisions that are there.
pub fn rest(run: &str, state: Option<&SavedState>, metas: &[RecordMeta]) -> Rest {
    let Some(state) = state else {
        return Rest::Begin;
    };
    let newest = metas.iter().max_by_key(|meta| meta.key.revision);
    let ours = |meta: &&RecordMeta| meta.run.as_deref() == Some(run);
    match newest {
        None if state.revision > 0 => Rest::Done,
        None => Rest::Begin,
        Some(last) if !ours(&last) => match last.key.revision > state.revision {
            true => Rest::Overtaken,
            false => Rest::Begin,
        },
        Some(last) if &*last.status == "deployed" => Rest::Done,
        Some(last) if last.key.revision == state.revision => Rest::Again(To::Absent),
        Some(last) => Rest::Again(To::Again {
            revision: last.key.revision,
            operation: match (state.back_to, state.revision) {
                (Some(_), _) => Operation::Rollback,
                (None, 0) => Operation::Install,
                (None, _) => Operation::Upgrade,
            },
            back_to: state.back_to,
        }),
    }
}

/// What `run` still has to do on each of these targets, as far as the cluster can tell.
pub async fn rests(
    cluster: &dyn Cluster,
    run: &str,
    specs: &[TargetSpec],
) -> Result<Vec<Rest>, ClusterError> {
    let all: Vec<&TargetSpec> = specs.iter().collect();
    let known = known::histories(cluster, &all).await?;
    let states = saved_in(cluster, run, specs).await?;
    let one = |spec: &TargetSpec| {
        let place = place(spec);
        let metas = known.get(&place).map_or(&[][..], |known| &known.metas);
        rest(run, states.get(&place), metas)
    };
    Ok(specs.iter().map(one).collect())
}

/// Whether `run` saved the state of each of these targets: it was about to change them.
pub async fn saved_by(
    cluster: &dyn Cluster,
    run: &str,
    specs: &[TargetSpec],
) -> Result<Vec<bool>, ClusterError> {
    let states = saved_in(cluster, run, specs).await?;
    let saved = |spec: &TargetSpec| states.contains_key(&place(spec));
    Ok(specs.iter().map(saved).collect())
}

async fn saved_in(
    cluster: &dyn Cluster,
    run: &str,
    specs: &[TargetSpec],
) -> Result<BTreeMap<Place, SavedState>, ClusterError> {
    let namespaces = specs.iter().map(|spec| &spec.namespace).collect();
    let states = states(cluster, &namespaces, Some(run)).await?.into_iter();
    Ok(states
        .map(|(namespace, state)| ((namespace, state.release.clone()), state))
        .collect())
}

/// The states saved in these namespaces, by one run or by any, each with its namespace.
pub async fn states(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
    run: Option<&str>,
) -> Result<Vec<(Arc<str>, SavedState)>, ClusterError> {
    let secrets = kept(cluster, namespaces, run).await?;
    let state = |secret: &Value| {
        let namespace = secret["metadata"]["namespace"].as_str()?;
        Some((Arc::from(namespace), SavedState::read(secret)?))
    };
    Ok(secrets.iter().filter_map(state).collect())
}

/// What runs have left open in these namespaces, one run or any, oldest first.
pub async fn open(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
    run: Option<&str>,
) -> Result<Vec<ClosingStep>, ClusterError> {
    let secrets = kept(cluster, namespaces, run).await?;
    let mut open: Vec<ClosingStep> = secrets.iter().flat_map(ClosingStep::read).collect();
    open.sort_by(|one, other| one.since.cmp(&other.since));
    Ok(open)
}

/// The Secrets of runs.
async fn kept(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
    run: Option<&str>,
) -> Result<Vec<Value>, ClusterError> {
    let selector = match run {
        Some(run) => format!("{SAVED_SELECTOR},run={run}"),
        None => SAVED_SELECTOR.to_owned(),
    };
    list(cluster, &Gvk::new("v1", "Secret"), namespaces, &selector).await
}

/// Who holds targets in these namespaces, each with its namespace.
pub async fn holders(
    cluster: &dyn Cluster,
    namespaces: &BTreeSet<&Arc<str>>,
) -> Result<Vec<(Arc<str>, Holder)>, ClusterError> {
    let leases = list(cluster, &Holder::gvk(), namespaces, LEASE_SELECTOR).await?;
    Ok(leases.iter().filter_map(holder).collect())
}

/// Deletes the leases in these targets' namespaces that `run` left behind, where nobody is at work.
pub async fn free(
    cluster: &dyn Cluster,
    run: &str,
    specs: &[TargetSpec],
) -> Result<(), ClusterError> {
    let namespaces = specs.iter().map(|spec| &spec.namespace).collect();
    let leases = list(cluster, &Holder::gvk(), &namespaces, LEASE_SELECTOR).await?;
    for lease in &leases {
        let Some((namespace, holder)) = holder(lease) else {
            continue;
        };
        if &*holder.run != run || !is_free(&holder) {
            continue;
        }
        let known = |key: &str| lease["metadata"][key].as_str().map(Arc::from);
        let delete = Write::Delete {
            gvk: Holder::gvk(),
            id: Holder::place(&namespace, &holder.release),
            uid: known("uid"),
            version: known("resourceVersion"),
        };
        match cluster.write(&delete).await {
            // Somebody took it over meanwhile, or freed it.
            Ok(_) | Err(ClusterError::Moved(_) | ClusterError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Who holds targets anywhere in the cluster.
pub async fn all_holders(cluster: &dyn Cluster) -> Result<Vec<(Arc<str>, Holder)>, ClusterError> {
    let leases = cluster
        .list(&Holder::gvk(), None, Some(LEASE_SELECTOR))
        .await?;
    Ok(leases.iter().filter_map(holder).collect())
}

fn holder(lease: &Value) -> Option<(Arc<str>, Holder)> {
    let namespace = lease["metadata"]["namespace"].as_str()?;
    Some((Arc::from(namespace), Holder::read(lease)))
}

/// What is in these namespaces.
async fn list(
    cluster: &dyn Cluster,
    gvk: &Gvk,
    namespaces: &BTreeSet<&Arc<str>>,
    selector: &str,
) -> Result<Vec<Value>, ClusterError> {
    let list = |namespace| cluster.list(gvk, namespace, Some(selector));
    let names = namespaces.iter().map(|name| &***name).collect();
    let mut all = everywhere(&names, list).await?;
    let ours = |object: &Value| {
        let namespace = object["metadata"]["namespace"].as_str();
        namespaces.contains(&Arc::from(namespace.unwrap_or_default()))
    };
    all.retain(ours);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::RecordKey;

    fn meta(revision: u32, status: &str, run: Option<&str>) -> RecordMeta {
        RecordMeta {
            key: RecordKey {
                namespace: "c1".into(),
                name: "web".into(),
                revision,
            },
            status: status.into(),
            modified: None,
            uid: "u".into(),
            resource_version: "1".into(),
            config_map: false,
            labels: BTreeMap::new(),
            run: run.map(Into::into),
        }
    }

    fn saved(revision: u32, back_to: Option<u32>) -> SavedState {
        let text = serde_json::json!({
            "run": "r1", "at": "", "target": "c1", "release": "web", "revision": revision,
            "status": "deployed", "back_to": back_to, "objects": [],
        });
        serde_json::from_value(text).unwrap()
    }

    fn again(revision: u32, operation: Operation, back_to: Option<u32>) -> Rest {
        Rest::Again(To::Again {
            revision,
            operation,
            back_to,
        })
    }

    #[test]
    fn what_is_left_is_told_by_saved_state_and_records() {
        let four = meta(4, "deployed", Some("r0"));
        let rest = |state: Option<SavedState>, metas: &[RecordMeta]| {
            super::rest("r1", state.as_ref(), metas)
        };
        let at = |revision| Some(saved(revision, None));
        assert_eq!(rest(None, std::slice::from_ref(&four)), Rest::Begin);
        assert_eq!(rest(at(4), std::slice::from_ref(&four)), Rest::Begin);
        let open = [four.clone(), meta(5, "pending-upgrade", Some("r1"))];
        assert_eq!(rest(at(4), &open), again(5, Operation::Upgrade, None));
        let failed = [four.clone(), meta(5, "failed", Some("r1"))];
        assert_eq!(rest(at(4), &failed), again(5, Operation::Upgrade, None));
        let back = rest(Some(saved(4, Some(3))), &failed);
        assert_eq!(back, again(5, Operation::Rollback, Some(3)));
        let done = [four.clone(), meta(5, "deployed", Some("r1"))];
        assert_eq!(rest(at(4), &done), Rest::Done);
        let helm = [
            four,
            meta(5, "failed", Some("r1")),
            meta(6, "deployed", None),
        ];
        assert_eq!(rest(at(4), &helm), Rest::Overtaken);
        let first = [meta(1, "pending-install", Some("r1"))];
        assert_eq!(rest(at(0), &first), again(1, Operation::Install, None));
        let going = [meta(4, "uninstalling", Some("r1"))];
        assert_eq!(rest(at(4), &going), Rest::Again(To::Absent));
        assert_eq!(rest(at(4), &[]), Rest::Done);
    }
}
