//! What a run has set and must put back. The main type here is [`OpenSteps`].

use crate::manifest::ObjectId;
use crate::release::ClosingStep;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The closing steps that are due, in the order in which they came to be; one for each field.
#[derive(Debug, Default)]
pub struct OpenSteps {
    steps: Mutex<Vec<ClosingStep>>,
    /// The targets on which closing was tried since one came to be due.
    tried: Mutex<BTreeSet<Arc<str>>>,
}

impl OpenSteps {
    /// What a run that is gone on with has left.
    pub fn of(steps: Vec<ClosingStep>) -> OpenSteps {
        let open = OpenSteps::default();
        steps.into_iter().for_each(|step| open.open(step));
        open
    }

    /// Adds one. What was found first is what is put back.
    pub fn open(&self, step: ClosingStep) {
        self.closing().remove(&step.target);
        let mut steps = self.steps();
        if !steps
            .iter()
            .any(|open| open.is_of(&step.cluster, &step.object))
        {
            steps.push(step);
        }
    }

    /// The one that puts back this field.
    pub fn find(&self, cluster: &str, object: &ObjectId) -> Option<ClosingStep> {
        let steps = self.steps();
        steps.iter().find(|s| s.is_of(cluster, object)).cloned()
    }

    /// Those of a target, oldest first.
    pub fn on(&self, target: &str) -> Vec<ClosingStep> {
        let steps = self.steps();
        steps
            .iter()
            .filter(|s| &*s.target == target)
            .cloned()
            .collect()
    }

    /// The targets that have any.
    pub fn targets(&self) -> BTreeSet<Arc<str>> {
        self.steps()
            .iter()
            .map(|step| step.target.clone())
            .collect()
    }

    /// Whether a target has one, and closing it was not tried since it came to be due.
    pub fn is_due(&self, target: &str) -> bool {
        let untried = !self.closing().contains(target);
        untried && self.steps().iter().any(|step| &*step.target == target)
    }

    /// Closing what is open of a target was tried.
    pub fn tried(&self, target: &Arc<str>) {
        self.closing().insert(target.clone());
    }

    /// It is done.
    pub fn close(&self, step: &ClosingStep) {
        let same = |open: &ClosingStep| open.is_of(&step.cluster, &step.object);
        self.steps().retain(|open| !same(open));
    }

    fn closing(&self) -> MutexGuard<'_, BTreeSet<Arc<str>>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn steps(&self) -> MutexGuard<'_, Vec<ClosingStep>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
