//! What a target's release should be, and Helm's own record of what it is.
//!
//! The main types here are [`ReleaseSpec`] (from the inventory), [`Record`] (Helm's
//! `sh.helm.release.v1.…` Secret, decoded) and [`History`] (what its revisions allow next).
//! Knows nothing of clusters.

mod closing;
mod compose;
mod decode;
mod driver;
mod encode;
mod history;
mod lease;
mod policy;
mod record;
mod recovery;
mod resolve;
mod rollout;
mod saved;
mod spec;
mod stored;

#[cfg(test)]
mod tests;

pub use closing::ClosingStep;
pub use compose::chart_json;
pub use decode::{DecodeError, unpack};
pub use driver::Driver;
pub use encode::{SIZE_LIMIT, pack};
pub use history::{History, Next, Operation, Revision, is_pending};
pub use lease::{Holder, LEASE_SECONDS, LEASE_SELECTOR, STOP};
pub use policy::{ConflictRule, Conflicts, Guard, Ignore, Limits, OnConflict};
pub use record::{Info, Parts, Record, key, read_key};
pub use recovery::{OnPending, Recover, Recovery, Stuck, recovery};
pub use resolve::{ClusterFlag, resolve, resolve_all, values_from};
pub use rollout::Rollout;
pub use saved::{SAVED_SELECTOR, SavedObject, SavedState};
pub use spec::{
    ClusterRef, Connection, Crds, DATA_LOSS, ReleaseSpec, ReleaseState, TargetSpec, ValuesFrom,
};
pub use stored::{SYSTEM_LABELS, Stamp, WRITTEN_BY};
