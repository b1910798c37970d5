//! Who is at work: runs, dead ones among them, and others. The main type here is [`Work`].

use super::Seen;
use crate::pipeline::known::{Known, place};
use crate::release::{Holder, OnPending, Recovery, Stuck, TargetSpec, is_pending, recovery};
use crate::report::status::{Doing, Left, Other, Running};
use crate::state::is_free;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What goes on in the namespaces of a fleet.
#[derive(Default)]
pub(super) struct Work {
    /// The runs that hold targets.
    pub(super) running: Vec<Running>,
    /// Revisions whose writer is gone.
    pub(super) left: Vec<Left>,
    /// Everybody else.
    pub(super) others: Vec<Other>,
}

impl Work {
    /// Takes in what a cluster tells of these targets.
    pub(super) fn take(&mut self, seen: &Seen, specs: &[&TargetSpec]) {
        self.running.extend(runs(&seen.name, specs, &seen.held));
        for spec in specs {
            if let Some(known) = seen.known.get(&place(spec)) {
                self.pending(spec, known, &seen.held);
            }
            self.others.extend(others(spec, specs, seen));
        }
    }

    /// A revision that is under way belongs to a run, or to somebody who may be at work, or to
    /// nobody any more.
    fn pending(&mut self, spec: &TargetSpec, known: &Known, held: &[Held]) {
        let meta = known.metas.iter().max_by_key(|meta| meta.key.revision);
        let Some((revision, meta)) = known.history.last().zip(meta) else {
            return;
        };
        if !is_pending(&revision.status) {
            return;
        }
        let holds = |(namespace, holder): &&Held| {
            *namespace == spec.namespace && holder.release == spec.release.name && !is_free(holder)
        };
        if held.iter().any(|one| holds(&one)) {
            return;
        }
        let stuck = Stuck {
            release: &spec.release.name,
            revision,
            run: meta.run.as_deref(),
            written: meta.modified,
            holder: None,
        };
        // What is done about it is not the question here: only whether somebody may be at work.
        let rules = Recovery {
            policy: OnPending::MarkFailed,
            ..spec.guard.recovery
        };
        let (target, status) = (spec.name.clone(), revision.status.clone());
        match recovery(stuck, rules, Timestamp::now()) {
            Ok(_) => self.left.push(Left {
                target,
                status,
                revision: revision.number,
                since: meta.modified,
                run: meta.run.clone(),
            }),
            Err(_) => self.others.push(Other {
                target,
                doing: Doing::Pending {
                    status,
                    revision: revision.number,
                    since: meta.modified,
                },
            }),
        }
    }
}

/// A namespace, and who holds a release in it.
pub(super) type Held = (Arc<str>, Holder);

/// Who else has to do with a target's namespace: tools, and those who hold a release there that
/// the inventory does not know.
fn others(spec: &TargetSpec, specs: &[&TargetSpec], seen: &Seen) -> Vec<Other> {
    let claims = seen
        .claims
        .iter()
        .filter(|(claim, _)| claim.namespace == spec.namespace);
    let managed = claims.map(|(claim, objects)| Doing::Manages {
        tool: claim.tool.into(),
        name: claim.name.clone(),
        objects: *objects,
        taken: spec.release.take_ownership,
    });
    let known = |holder: &Holder| {
        let same = |other: &&TargetSpec| {
            other.namespace == spec.namespace && other.release.name == holder.release
        };
        specs.iter().any(same)
    };
    let here = seen
        .held
        .iter()
        .filter(|(namespace, _)| *namespace == spec.namespace);
    let strangers = here.filter(|(_, holder)| !known(holder));
    let holds = strangers.map(|(_, holder)| Doing::Holds {
        release: holder.release.clone(),
        by: holder.by.clone(),
        run: holder.run.clone(),
        since: holder.taken,
        gone: is_free(holder),
    });
    let all = managed.chain(holds);
    let other = |doing| Other {
        target: spec.name.clone(),
        doing,
    };
    all.map(other).collect()
}

/// The runs that hold targets of this cluster, each once, with the names of its targets.
fn runs(cluster: &Arc<str>, specs: &[&TargetSpec], held: &[Held]) -> Vec<Running> {
    let mut runs: BTreeMap<(Arc<str>, bool), Running> = BTreeMap::new();
    // What it said last is true: the lease that was taken last comes last.
    let mut held: Vec<&Held> = held.iter().collect();
    held.sort_by_key(|(_, holder)| holder.taken);
    for (namespace, holder) in held {
        let is = |spec: &&&TargetSpec| {
            spec.namespace == *namespace && spec.release.name == holder.release
        };
        let Some(spec) = specs.iter().find(is) else {
            continue;
        };
        let gone = is_free(holder);
        let run = runs.entry((holder.run.clone(), gone)).or_insert(Running {
            run: holder.run.clone(),
            by: holder.by.clone(),
            reason: holder.reason.clone(),
            progress: None,
            cluster: cluster.clone(),
            targets: Vec::new(),
            since: holder.taken,
            gone,
        });
        run.since = run.since.min(holder.taken);
        run.progress.clone_from(&holder.progress);
        run.targets.push(spec.name.clone());
    }
    runs.into_values().collect()
}
