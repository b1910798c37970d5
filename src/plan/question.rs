//! What triage must ask the cluster, and what comes back.

use super::FieldConflict;
use crate::manifest::{Gvk, Object, ObjectId};
use std::sync::Arc;

/// One dry run.
#[derive(Clone, Debug)]
pub struct Question {
    /// The object asked about.
    pub id: ObjectId,
    /// Group, version and kind as rendered.
    pub gvk: Gvk,
    /// What to ask.
    pub ask: Ask,
}

/// The kinds of dry run.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A server-side apply as `helm`, strict field validation.
    Apply {
        /// The body.
        object: Arc<Object>,
        /// Take all conflicts.
        force: bool,
    },
    /// A PUT of this object (after the ownership arithmetic of a migration).
    Replace {
        /// The body.
        object: Arc<Object>,
    },
}

/// What the cluster says to one question.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The object as it would be.
    Object(Arc<Object>),
    /// Other managers own these fields.
    Conflict(Vec<FieldConflict>),
    /// The server refuses the object; `immutable` names the fields that may not change.
    Invalid {
        /// The server's words, masked.
        message: String,
        /// Immutable fields.
        immutable: Vec<String>,
    },
    /// Predicted locally, with the reason why the server was not asked.
    Local(Arc<Object>, String),
    /// Not allowed, or no answer about this object, in the server's words.
    Failed(String),
    /// The server, or a webhook that it asks, does not answer.
    Unreachable(String),
}
