//! Change previews that are kept beside the inventory. The main type here is [`Snapshot`].
//!
//! A snapshot is what one group of equal targets would be: chart, user-supplied values, objects
//! and hooks, secrets masked and the target's own name replaced. [`snapshots`] groups targets,
//! [`compare`] says what an edit changed and for whom. Pure; stable bytes: no time, path, random
//! value or key of a machine.

mod compare;
mod file;
mod group;

pub use compare::{Change, Finding, compare};
pub use file::{parse, print};
pub use group::snapshots;

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one target would be.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The inventory name.
    pub target: Arc<str>,
    /// The namespace.
    pub namespace: Arc<str>,
    /// What it would be.
    pub content: Content,
}

/// What a group of targets would be, names replaced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// `webapp 2.5.0`.
    pub chart: String,
    /// User-supplied values, masked.
    pub values: Value,
    /// Objects by `Kind name`, masked.
    pub objects: BTreeMap<String, Value>,
    /// Hooks by `event Kind name`, masked.
    pub hooks: BTreeMap<String, Value>,
}

/// One file of `previews/`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The file's name without its ending.
    pub name: String,
    /// The targets that look like this, sorted.
    pub targets: Vec<Arc<str>>,
    /// What they look like.
    pub content: Content,
}
