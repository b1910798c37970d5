//! The figures of the summary. The main type here is [`Totals`].

use super::effects::{is_data, pods};
use super::{Action, FieldConflict, ObjectChange, Plan, ReleasePlan, TargetPlan, Verdict};
use crate::diff::Noise;
use crate::manifest::ObjectId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a plan does, in figures. Objects are counted of the targets that change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Targets by verdict.
    pub targets: TargetCounts,
    /// Objects by action, noise left out.
    pub objects: BTreeMap<Action, usize>,
    /// Objects whose whole change is noise, by its kind.
    pub noise: BTreeMap<Noise, usize>,
    /// Objects whose prediction the server has not checked, by the reason.
    pub unverified: BTreeMap<String, usize>,
    /// Pods that run now and restart.
    pub pods: usize,
    /// Workloads whose pods restart.
    pub workloads: usize,
    /// Targets that have such a workload.
    pub restarting: usize,
    /// Objects that move to server-side apply.
    pub migrates: usize,
    /// Hooks that run.
    pub hooks: usize,
    /// Data that goes: each object with its target.
    pub data_loss: Vec<(Arc<str>, ObjectId)>,
    /// Conflicts and what is done about them, with the number of targets that have each.
    pub conflicts: BTreeMap<FieldConflict, usize>,
}

/// Targets by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TargetCounts {
    /// Something changes.
    pub change: usize,
    /// Nothing changes.
    pub unchanged: usize,
    /// Left out by a gate.
    pub skip: usize,
    /// Could not be planned.
    pub error: usize,
}

/// Adds up a whole plan.
pub fn totals(plan: &Plan) -> Totals {
    let mut totals = Totals::default();
    for target in &plan.targets {
        totals.add_target(target);
    }
    totals
}

impl Totals {
    fn add_target(&mut self, target: &TargetPlan) {
        match target.verdict {
            Verdict::Change => self.targets.change += 1,
            Verdict::Unchanged => self.targets.unchanged += 1,
            Verdict::Skip(_) => self.targets.skip += 1,
            Verdict::Error(_) => self.targets.error += 1,
        }
        if let (Verdict::Change, Some(release)) = (&target.verdict, &target.release) {
            self.add_release(&target.target, release);
        }
    }

    fn add_release(&mut self, target: &Arc<str>, release: &ReleasePlan) {
        self.migrates += release.migrates;
        self.hooks += release.hooks.len();
        let workloads = self.workloads;
        for change in &release.changes {
            self.add_change(target, change);
        }
        self.restarting += usize::from(self.workloads > workloads);
        let conflicts = release.changes.iter().flat_map(|change| &change.conflicts);
        for conflict in conflicts.collect::<BTreeSet<_>>() {
            *self.conflicts.entry(conflict.clone()).or_default() += 1;
        }
    }

    fn add_change(&mut self, target: &Arc<str>, change: &ObjectChange) {
        match change.noise {
            Some(noise) => *self.noise.entry(noise).or_default() += 1,
            None => *self.objects.entry(change.action).or_default() += 1,
        }
        if let Some(why) = &change.unverified {
            *self.unverified.entry(why.clone()).or_default() += 1;
        }
        if let (Some(_), Some(live)) = (&change.restarts, &change.live) {
            self.workloads += 1;
            self.pods += pods(live);
        }
        let goes = matches!(change.action, Action::Delete | Action::Replace);
        if goes && is_data(&change.id) {
            self.data_loss.push((target.clone(), change.id.clone()));
        }
    }
}
