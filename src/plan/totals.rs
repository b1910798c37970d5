//! The figures of the summary. The main type here is [`Totals`].

use super::effects::{is_data, pods};
use super::{Action, ObjectChange, Plan, ReleasePlan, TargetPlan, Verdict};
use crate::diff::Noise;
use crate::manifest::{Object, ObjectId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a plan does, in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Targets by verdict.
    pub targets: TargetCounts,
    /// Objects by action, noise left out.
    pub objects: BTreeMap<Action, usize>,
    /// Objects whose whole change is noise, by its kind.
    pub noise: BTreeMap<Noise, usize>,
    /// Objects whose prediction the server has not checked.
    pub unverified: usize,
    /// Pods that run now and restart.
    pub pods: usize,
    /// Objects that move to server-side apply.
    pub migrates: usize,
    /// Hooks that run.
    pub hooks: usize,
    /// Data that goes: each object with its target.
    pub data_loss: Vec<(Arc<str>, ObjectId)>,
    /// Conflicts by path and manager, with the number of targets that have it.
    pub conflicts: BTreeMap<(String, String), usize>,
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
        let mut conflicts = std::collections::BTreeSet::new();
        for change in &release.changes {
            self.add_change(target, change);
            let of = |c: &super::FieldConflict| (c.path.clone(), c.manager.clone());
            conflicts.extend(change.conflicts.iter().map(of));
        }
        for conflict in conflicts {
            *self.conflicts.entry(conflict).or_default() += 1;
        }
    }

    fn add_change(&mut self, target: &Arc<str>, change: &ObjectChange) {
        match change.noise {
            Some(noise) => *self.noise.entry(noise).or_default() += 1,
            None => *self.objects.entry(change.action).or_default() += 1,
        }
        self.unverified += usize::from(change.unverified.is_some());
        if let (Some(_), Some(live)) = (&change.restarts, &change.live) {
            self.pods += pods(live);
        }
        let goes = matches!(change.action, Action::Delete | Action::Replace);
        if goes && is_data(&change.id) {
            self.data_loss.push((target.clone(), change.id.clone()));
        }
        self.add_template_noise(change);
    }

    /// Noise inside a change that means something too.
    fn add_template_noise(&mut self, change: &ObjectChange) {
        let changed = (change.action, change.noise, &change.live, &change.result);
        if let (Action::Update, None, Some(live), Some(result)) = changed {
            for noise in parts(live, result) {
                *self.noise.entry(noise).or_default() += 1;
            }
        }
    }
}

fn parts(live: &Object, result: &Object) -> std::collections::BTreeSet<Noise> {
    let schema = crate::manifest::schema::Schema::default();
    let at = schema.place(&result.gvk);
    let (old, new) = (
        crate::diff::content(live.clear()),
        crate::diff::content(result.clear()),
    );
    let changes = crate::diff::changes(&old, &new, at);
    changes
        .iter()
        .filter_map(|c| crate::diff::noise_of(c, at))
        .collect()
}
