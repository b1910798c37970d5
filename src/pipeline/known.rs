//! What a cluster knows of releases. The main type here is [`Known`].
//!
//! Records are listed by their metadata, once for the whole set; only the bodies that a plan
//! needs are fetched and decoded.

use super::reach::everywhere;
use super::{To, left};
use crate::cluster::{Bodies, Cluster, ClusterError, RecordKey, RecordMeta};
use crate::diag::{Diagnostic, Kind};
use crate::release::{
    History, Holder, Operation, Record, Recover, Recovery, Revision, Stuck, TargetSpec, recovery,
};
use crate::state::is_free;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The records of one release.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What the labels of its revisions say.
    pub metas: Vec<RecordMeta>,
    /// The same as a history.
    pub history: History,
    /// The revision whose objects are live, without its chart's templates and files.
    pub base: Option<Arc<Record>>,
    /// The newest revision, decoded: the same as `base` unless it failed.
    pub last: Option<Arc<Record>>,
    /// The revision to go back to, decoded.
    pub target: Option<Arc<Record>>,
    /// A pending revision that is marked failed first; the history takes it for failed already.
    pub recover: Option<Recover>,
    /// Why a pending revision stands in the way.
    pub stuck: Option<Diagnostic>,
    /// Why a record that is needed can't be read.
    pub fault: Option<Diagnostic>,
}

/// Namespace and name of a release.
pub type Place = (Arc<str>, Arc<str>);

/// Releases by their place.
pub type Releases = BTreeMap<Place, Known>;

/// The place of a target's release.
pub fn place(spec: &TargetSpec) -> Place {
    (spec.namespace.clone(), spec.release.name.clone())
}

/// Lists the revisions of all these releases.
pub async fn histories(
    cluster: &dyn Cluster,
    specs: &[&TargetSpec],
) -> Result<Releases, ClusterError> {
    let mut known = Releases::new();
    for spec in specs {
        known.entry(place(spec)).or_default();
    }
    for meta in metas(cluster, specs).await? {
        let place = (meta.key.namespace.clone(), meta.key.name.clone());
        if let Some(release) = known.get_mut(&place) {
            release.metas.push(meta);
        }
    }
    for ((_, name), release) in &mut known {
        release.history = history(name, &release.metas);
    }
    Ok(known)
}

/// What is known of all these releases, without the bodies of their records.
pub async fn releases(
    cluster: &dyn Cluster,
    specs: &[&TargetSpec],
) -> Result<Releases, ClusterError> {
    let mut known = histories(cluster, specs).await?;
    recover(cluster, specs, &mut known).await?;
    Ok(known)
}

/// Decides about pending revisions: their writers may be gone.
async fn recover(
    cluster: &dyn Cluster,
    specs: &[&TargetSpec],
    known: &mut Releases,
) -> Result<(), ClusterError> {
    let pending: BTreeSet<&Arc<str>> = known
        .iter()
        .filter(|(_, release)| release.history.pending().is_some())
        .map(|((namespace, _), _)| namespace)
        .collect();
    if pending.is_empty() {
        return Ok(());
    }
    let holders = left::holders(cluster, &pending).await?;
    for spec in specs {
        let place = place(spec);
        let Some(release) = known.get_mut(&place) else {
            continue;
        };
        let holds = |(namespace, holder): &&(Arc<str>, Holder)| {
            (namespace, &holder.release) == (&place.0, &place.1) && !is_free(holder)
        };
        let holder = holders.iter().find(holds).map(|(_, holder)| holder);
        release.settle(&place.1, holder, spec.guard.recovery);
    }
    Ok(())
}

impl Known {
    /// The revision whose objects a way there takes for its own, as Helm does: an upgrade those of
    /// what is deployed, a way back those of the newest revision, which may have failed.
    pub fn before(&self, to: To) -> Option<&Arc<Record>> {
        match to {
            To::Inventory => self.base.as_ref(),
            To::Again { operation, .. } if operation != Operation::Rollback => self.base.as_ref(),
            To::Recorded { .. } | To::Previous | To::Again { .. } | To::Absent => {
                self.last.as_ref().or(self.base.as_ref())
            }
        }
    }

    fn settle(&mut self, name: &str, holder: Option<&Holder>, rules: Recovery) {
        let Some(revision) = self.history.pending() else {
            return;
        };
        let meta = self.meta(revision.number);
        let stuck = Stuck {
            release: name,
            revision,
            run: meta.and_then(|meta| meta.run.as_deref()),
            written: meta.and_then(|meta| meta.modified),
            holder,
        };
        match recovery(stuck, rules, jiff::Timestamp::now()) {
            Ok(recover) => {
                self.recover = Some(recover);
                self.history = self.history.recovered();
            }
            Err(fault) => self.stuck = Some(fault),
        }
    }
}

/// Fetches and decodes the base revisions that are not decoded yet, and whole those of `wanted`,
/// which are gone back to.
pub async fn bodies(
    cluster: &dyn Cluster,
    known: &mut Releases,
    wanted: &BTreeMap<Place, u32>,
) -> Result<(), ClusterError> {
    let bodies = fetch(cluster, known, Bodies::new(), wanted).await?;
    read(known, bodies, wanted);
    Ok(())
}

/// Records as they came; `None` where one has gone.
pub type Fetched = Vec<(RecordKey, Option<String>)>;

/// What [`bodies`] decodes, as it is stored: of `early`, else it is read.
pub async fn fetch(
    cluster: &dyn Cluster,
    known: &Releases,
    mut early: Bodies,
    wanted: &BTreeMap<Place, u32>,
) -> Result<Fetched, ClusterError> {
    let mut missing = Vec::new();
    for (place, release) in known {
        let (base, last) = (release.history.base(), release.history.last());
        let unread = [(base, &release.base), (last, &release.last)].into_iter();
        let unread = unread.filter_map(|(revision, read)| match read {
            Some(_) => None,
            None => Some(revision?.number),
        });
        let unread = unread.chain(wanted.get(place).copied());
        missing.extend(unread.map(|n| key(place, n)));
    }
    missing.sort();
    missing.dedup();
    let (mut fetched, mut late) = (Fetched::new(), Vec::new());
    for key in missing {
        match early.remove(&key) {
            Some(body) => fetched.push((key, Some(body))),
            None => late.push(key),
        }
    }
    let bodies = cluster.record_bodies(&late).await?;
    fetched.extend(late.into_iter().zip(bodies));
    Ok(fetched)
}

/// Decodes records.
pub fn read(known: &mut Releases, bodies: Fetched, wanted: &BTreeMap<Place, u32>) {
    let decoded = |(key, body): (RecordKey, Option<String>)| {
        let whole = wanted.get(&place_of(&key)) == Some(&key.revision);
        let record = decode(&key, body, whole);
        (key, record)
    };
    let all = || bodies.into_par_iter().map(decoded).collect();
    let records: Vec<_> = tokio::task::block_in_place(all);
    for (key, record) in records {
        let place = place_of(&key);
        if let Some(release) = known.get_mut(&place) {
            let target = wanted.get(&place) == Some(&key.revision);
            release.keep(key.revision, target, record);
        }
    }
}

impl Known {
    fn meta(&self, revision: u32) -> Option<&RecordMeta> {
        self.metas.iter().find(|meta| meta.key.revision == revision)
    }

    fn keep(&mut self, revision: u32, target: bool, record: Result<Record, Diagnostic>) {
        let record = match record {
            Ok(record) => Arc::new(record),
            Err(fault) => {
                self.fault = Some(fault);
                return;
            }
        };
        if target {
            self.target = Some(record.clone());
        }
        let is = |one: Option<&Revision>| one.is_some_and(|one| one.number == revision);
        let (base, last) = (is(self.history.base()), is(self.history.last()));
        if base && self.base.is_none() {
            self.base = Some(record.clone());
        }
        if last && self.last.is_none() {
            self.last = Some(record);
        }
    }
}

async fn metas(
    cluster: &dyn Cluster,
    specs: &[&TargetSpec],
) -> Result<Vec<RecordMeta>, ClusterError> {
    let namespaces = specs.iter().map(|spec| &*spec.namespace).collect();
    everywhere(&namespaces, |namespace| cluster.records(namespace)).await
}

fn history(name: &str, metas: &[RecordMeta]) -> History {
    let revision = |meta: &RecordMeta| Revision {
        number: meta.key.revision,
        status: meta.status.clone(),
    };
    History::new(name, metas.iter().map(revision).collect())
}

fn key((namespace, name): &Place, revision: u32) -> RecordKey {
    RecordKey {
        namespace: namespace.clone(),
        name: name.clone(),
        revision,
    }
}

fn place_of(key: &RecordKey) -> Place {
    (key.namespace.clone(), key.name.clone())
}

fn decode(key: &RecordKey, body: Option<String>, whole: bool) -> Result<Record, Diagnostic> {
    let what = format!("revision {} of release {}", key.revision, key.name);
    let gone = || Diagnostic::new(Kind::Refused, format!("{what} has gone while it was read"));
    let body = body.ok_or_else(|| gone().hint("plan again"))?;
    let record = match whole {
        true => Record::decode(&body),
        false => Record::outline(&body),
    };
    record.map_err(|e| Diagnostic::new(Kind::Failed, format!("{what} can't be read: {e}")))
}
