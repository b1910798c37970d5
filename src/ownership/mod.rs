//! Who owns which field, as the API server keeps it. The main type here is [`Fields`].
//!
//! [`unchanged`] says whether an apply would change an object, [`apply`] what it would make of it;
//! both without asking anybody. [`keep`] and [`migration`] rewrite what is sent, [`scale`] says how a
//! number is set without taking it from its owner. The rules are those of the API server's
//! structured merge; everything is pure.

mod allocated;
mod apply;
mod conflict;
mod defaults;
mod entry;
mod extract;
mod fields;
mod merge;
mod migrate;
mod normalise;
mod not_ours;
pub mod quantity;
mod scale;
mod sets;
mod unchanged;

#[cfg(test)]
mod tests;

pub use apply::{Applied, apply};
pub use conflict::{Conflict, keep, manager_words};
pub use entry::{Entry, HELM, Operation};
pub use extract::extract;
pub use fields::{Fields, item_step};
pub use migrate::{
    after_migration, client_side, migration, unchanged_client_side, without_dropped,
};
pub use normalise::{canonical, equal, normalise};
pub use not_ours::{NotOurs, ScaleTarget, scale_targets};
pub use scale::{OURS, Owned, SCALE, ScaleWrite, replicas, scale};
pub use sets::FieldSets;
pub use unchanged::{Difference, Marks, NoOp, unchanged};
