//! What decides how a target is planned. The main types here are [`Options`] and [`Memo`].

use crate::manifest::schema::Schema;
use crate::manifest::{Gvk, ObjectId};
use crate::ownership::{Difference, FieldSets, NotOurs};
use crate::release::Conflicts;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

/// How the target is planned; the same for all targets of a play but for a few.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The types of the kinds, definitions of custom resources included.
    pub schema: Arc<Schema>,
    /// Fields that are not the chart's.
    pub not_ours: Arc<NotOurs>,
    /// What is done about fields of other managers.
    pub conflicts: Arc<Conflicts>,
    /// What the server proved equal in this run, for this chart version.
    pub memo: Arc<Memo>,
    /// What Helm owns of the objects of a fleet, each set read once.
    pub sets: Arc<FieldSets>,
    /// Who predicts.
    pub predict: Predict,
    /// The namespace does not exist yet.
    pub new_namespace: bool,
    /// Kinds whose definition comes with this change.
    pub new_kinds: BTreeSet<Gvk>,
    /// What is in `crds/` is brought to what the chart says, where it is there already.
    pub upgrade_crds: bool,
    /// Kinds that could not be read, and why. Unknown, never "gone".
    pub unknown: BTreeMap<Gvk, String>,
    /// Objects that an earlier task of the play deletes.
    pub deleted: HashSet<ObjectId>,
    /// Adopt objects that lack this release's marks.
    pub take_ownership: bool,
    /// Delete and create an object where an immutable field changes.
    pub replace: bool,
    /// `data_loss: allow`: claims, volumes, namespaces and definitions may go.
    pub data_loss: bool,
    /// What is done about duplicate keys in keyed lists (fact 9).
    pub duplicates: Duplicates,
    /// Ask about every object, also those that are proven equal.
    pub all: bool,
}

/// Who says what an apply would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Predict {
    /// The API server, by dry runs.
    #[default]
    Server,
    /// Nobody is asked, for this reason.
    Local(String),
}

/// Duplicate keys in a keyed list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// An input error.
    #[default]
    Error,
    /// The last one counts, as the kubelet does.
    Last,
}

/// What the server proved equal in a run: a fleet asks once.
#[derive(Debug, Default)]
pub struct Memo {
    equal: RwLock<HashSet<(Gvk, Difference)>>,
}

impl Memo {
    /// The server called these the same.
    pub fn learn(&self, gvk: &Gvk, differences: &[Difference]) {
        let mut equal = self.equal.write().unwrap_or_else(PoisonError::into_inner);
        equal.extend(differences.iter().map(|d| (gvk.clone(), d.clone())));
    }

    /// Whether the server has called all of these the same.
    pub fn covers(&self, gvk: &Gvk, differences: &[Difference]) -> bool {
        let equal = self.equal.read().unwrap_or_else(PoisonError::into_inner);
        !differences.is_empty()
            && differences
                .iter()
                .all(|difference| equal.contains(&(gvk.clone(), difference.clone())))
    }
}
