//! What a target's release should be, and Helm's own record of what it is.
//!
//! The main types here are [`ReleaseSpec`] (from the inventory) and [`Record`] (Helm's
//! `sh.helm.release.v1.…` Secret, decoded). Knows nothing of clusters.

mod record;
mod spec;

pub use record::{Info, Record};
pub use spec::{ClusterRef, Connection, ReleaseSpec, ReleaseState, TargetSpec, ValuesFrom};
