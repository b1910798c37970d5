//! Variables: which value wins, where it was written, and what its templates make of it.
//!
//! The main types here are [`Scope`] (the layers that one target sees, lowest first) and
//! [`Templar`] (renders their templates, lazily, as Ansible does). [`Fleet`] makes a scope for
//! every target of an inventory.

mod explain;
mod extra;
mod fleet;
mod jinja;
mod level;
mod magic;
mod merge;
mod scope;
#[cfg(test)]
mod tests;
mod vault;

pub use explain::{Ladder, Rung};
pub use extra::extra_vars;
pub use fleet::Fleet;
pub use jinja::{Lookups, Rendered, Templar, names_read};
pub use level::{Level, Owner};
pub use magic::{MAGIC, is_magic};
pub use merge::merge_release;
pub use scope::{Layer, Scope};
pub use vault::Vault;
