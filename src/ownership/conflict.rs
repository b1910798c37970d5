//! Fields that others own, and what is sent about them.

use super::entry::{Entry, helm_owns};
use crate::manifest::Path;
use serde_json::Value;

/// A field of another manager that an apply would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The field.
    pub path: Path,
    /// The entry that owns it.
    pub from: Entry,
}

impl Conflict {
    pub(super) fn new(path: Path, from: &Entry) -> Conflict {
        Conflict {
            path,
            from: from.clone(),
        }
    }

    /// The manager as the server words it: `kubectl` with subresource "scale".
    pub fn manager(&self) -> String {
        manager_words(&self.from.manager, &self.from.subresource)
    }
}

/// A manager as the server words it in a conflict.
pub fn manager_words(manager: &str, subresource: &str) -> String {
    match subresource {
        "" => manager.to_owned(),
        _ => format!("{manager} with subresource \"{subresource}\""),
    }
}

/// Keeps the live value of `path`: sent as it is where Helm owns the field (to leave it out would
/// reset it, fact 5), else left out.
pub fn keep(rendered: &mut Value, live: &Value, path: &Path) {
    let owned = helm_owns(live, path);
    match path.of(live) {
        Some(value) if owned => {
            path.set(rendered, value.clone());
        }
        _ => {
            path.remove_from(rendered);
        }
    }
}
