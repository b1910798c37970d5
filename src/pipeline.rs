//! A set of targets becomes plans: the file to read first.
//!
//! Over a set, not one by one: what is cheaper done together (records, charts, lists, dry runs) is
//! asked once for all; everything between is pure. One target is a set of one.

pub mod known;

use crate::release::TargetSpec;

/// What one target should become.
#[derive(Clone, Debug)]
pub struct Desired {
    /// What the inventory says of it.
    pub spec: TargetSpec,
    /// Towards what.
    pub to: To,
}

/// The state that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// What the inventory says.
    Inventory,
    /// A recorded revision.
    Recorded {
        /// The revision.
        revision: u32,
    },
    /// The state before the run that last changed it.
    Previous,
    /// No release.
    Absent,
}
