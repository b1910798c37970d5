//! The inventory: which targets there are, in which groups, with which variables.
//!
//! The main type here is [`Inventory`]. Ansible's YAML and INI inventories, programs that print
//! JSON, directories, host lists, ranges, `group_vars/`, `host_vars/` and [`Pattern`]s, read strictly: what Ansible
//! passes over with a warning is an error with its place.

mod build;
mod entity;
mod group;
mod ini;
mod literal;
mod loader;
mod model;
mod pattern;
mod range;
mod script;
#[cfg(test)]
mod tests;

pub use entity::{Place, Unseal, read_vars, read_yaml};
pub use ini::shell_words;
pub use loader::{Sources, load};
pub use model::{Beside, Group, Host, Inventory, Vars};
pub use pattern::{Pattern, Selection};
pub use range::expand;
