//! What the inventory allows a run to do to a target. The main type here is [`Guard`].

use super::recovery::Recovery;
use std::sync::Arc;

/// Limits, conflict rules, and fields that are not ours. The default allows what needs no rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// `limits`.
    pub limits: Limits,
    /// `conflicts`.
    pub conflicts: Conflicts,
    /// `ignore`.
    pub ignore: Vec<Ignore>,
    /// `recover` and `pending_after`.
    pub recovery: Recovery,
}

/// How much one run may touch; raised only by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most targets that one run may change.
    pub max_targets: Option<u64>,
    /// Most objects that one run may delete.
    pub max_deletes: Option<u64>,
}

/// What happens to a field that another manager owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// The live value stays.
    Keep,
    /// The chart's value is forced.
    Take,
    /// The target is not changed.
    #[default]
    Fail,
}

/// Conflict policy by manager and path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// Where no rule fits.
    pub default: OnConflict,
    /// The first rule that fits decides.
    pub rules: Vec<ConflictRule>,
}

/// One conflict rule; an empty list fits everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictRule {
    /// Managers.
    pub managers: Vec<Arc<str>>,
    /// JSON pointers; a pointer fits what lies below it too.
    pub paths: Vec<Arc<str>>,
    /// What happens.
    pub policy: OnConflict,
}

/// Fields that are outside diff, fingerprint, waits and drift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// Only objects of this kind.
    pub kind: Option<Arc<str>>,
    /// Only fields that this manager owns.
    pub manager: Option<Arc<str>>,
    /// The field and all below it, as a JSON pointer.
    pub path: Option<Arc<str>>,
}
