//! What the cluster refused, in words for the operator.

use crate::cluster::ClusterError;
use crate::diag::{Diagnostic, Kind};
use crate::plan::FieldConflict;

/// The way out of everything that moved between plan and apply.
const PLAN_AGAIN: &str = "plan again";

/// The fault of a write or read of `what`.
pub fn fault(what: impl std::fmt::Display, error: ClusterError) -> Diagnostic {
    match error {
        ClusterError::Moved(_) => moved(format!("{what} has changed since the plan was made")),
        ClusterError::Conflict(fields) => conflict(&what.to_string(), &fields),
        ClusterError::Unreachable(why) => {
            Diagnostic::new(Kind::Unreachable, format!("{what}: {why}"))
        }
        ClusterError::Forbidden(why) => {
            Diagnostic::new(Kind::Failed, format!("{what}: not allowed")).note(why)
        }
        other => Diagnostic::new(Kind::Failed, format!("{what}: {other}")),
    }
}

/// The target is not what the plan saw.
pub fn moved(what: String) -> Diagnostic {
    Diagnostic::new(Kind::Refused, what).hint(PLAN_AGAIN)
}

fn conflict(what: &str, fields: &[FieldConflict]) -> Diagnostic {
    let told = moved(format!("{what} has fields that others own by now"));
    fields.iter().fold(told, |told, field| {
        told.note(format!("{} is owned by {}", field.path, field.manager))
    })
}
