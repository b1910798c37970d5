//! The figures of the summary. The main type here is [`Totals`].

use super::effects::is_data;
use super::{Action, ObjectChange, Plan, ReleasePlan, TargetPlan, Verdict};
use crate::diff::Noise;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a plan does, in figures; all but the first over the targets that change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Targets by verdict.
    pub targets: TargetCounts,
    /// Objects by action, those left out whose whole change is noise.
    pub objects: BTreeMap<Action, usize>,
    /// Objects whose whole change is noise, by its kind.
    pub noise: BTreeMap<Noise, usize>,
    /// Objects whose prediction the server has not checked, by the reason.
    pub unverified: BTreeMap<String, usize>,
    /// Workloads whose pods restart.
    pub restarts: usize,
    /// The targets that they are in.
    pub restarting: BTreeSet<Arc<str>>,
    /// Data that goes, in words, with the targets that lose it.
    pub data_loss: BTreeMap<String, BTreeSet<Arc<str>>>,
    /// How many targets can go back to which chart version; `None` for those that would be
    /// uninstalled.
    pub backout: BTreeMap<Option<Arc<str>>, usize>,
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

impl TargetCounts {
    /// All of them.
    pub fn all(&self) -> usize {
        self.change + self.unchanged + self.skip + self.error
    }
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
        if let (true, Some(release)) = (target.changes(), &target.release) {
            self.add_release(&target.target, release);
        }
    }

    fn add_release(&mut self, target: &Arc<str>, release: &ReleasePlan) {
        let from = release.from.as_ref().filter(|_| release.revision > 0);
        let back = from.map(|chart| chart.version.clone());
        *self.backout.entry(back).or_default() += 1;
        for change in &release.changes {
            self.add_change(target, change);
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
        if change.restarts.is_some() {
            self.restarts += 1;
            self.restarting.insert(target.clone());
        }
        let goes = matches!(change.action, Action::Delete | Action::Replace);
        if goes && is_data(&change.id) {
            let lost = self.data_loss.entry(change.id.to_string()).or_default();
            lost.insert(target.clone());
        }
    }
}
