//! Faults for machines: the fields of [`Diagnostic`] by their names.

use crate::diag::{Diagnostic, Evidence, Kind, Location, Severity};
use serde_json::{Value, json};

/// One fault.
pub fn fault(fault: &Diagnostic) -> Value {
    let excerpt = fault
        .excerpt
        .as_ref()
        .map(|excerpt| json!({"text": excerpt.text, "start": excerpt.start, "len": excerpt.len}));
    let mut fields = json!({
        "severity": match fault.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "kind": kind(fault.kind),
        "message": fault.message,
        "at": fault.at.as_ref().map(place),
        "excerpt": excerpt,
        "target": fault.target.as_deref(),
        "notes": fault.notes,
        "hint": fault.hint,
    });
    if !fault.evidence.is_empty() {
        fields["evidence"] = fault.evidence.iter().map(evidence).collect();
    }
    fields
}

/// The fields of [`Evidence`] by their names.
fn evidence(evidence: &Evidence) -> Value {
    let mut fields = serde_json::to_value(evidence).unwrap_or_default();
    if let Some(set_by) = &evidence.set_by {
        fields["set_by"]["at"] = place(&set_by.at);
    }
    fields
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Input => "input",
        Kind::Failed => "failed",
        Kind::Unreachable => "unreachable",
        Kind::Refused => "refused",
        Kind::Open => "open",
        Kind::Internal => "internal",
    }
}

/// A place; `line` and `column` are 0 where only the file is known.
pub(super) fn place(at: &Location) -> Value {
    json!({"file": &*at.file, "line": at.line, "column": at.column})
}
