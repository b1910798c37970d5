//! The words that stand for the states of a plan and a run, the same in JSON and on screens.

use crate::event::{End, Status};
use crate::plan::{Action, GateVerdict, Noise, Operation, Verdict};
use crate::release::OnConflict;

/// What happens to an object.
pub fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Keep => "keep",
        Action::Unchanged => "unchanged",
    }
}

/// What a plan does.
pub fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Update => "update",
        Operation::Backout => "backout",
    }
}

/// What happens to a target.
pub fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Change => "change",
        Verdict::Unchanged => "unchanged",
        Verdict::Skip(_) => "skip",
        Verdict::Error(_) => "error",
    }
}

/// What a gate says.
pub fn gate(verdict: GateVerdict) -> &'static str {
    match verdict {
        GateVerdict::Pass => "pass",
        GateVerdict::Skip => "skip",
        GateVerdict::Fail => "fail",
        GateVerdict::Wait => "wait",
        GateVerdict::Unknown => "unknown",
        GateVerdict::NotEvaluated => "not_evaluated",
    }
}

/// What is done about a conflict.
pub fn policy(policy: OnConflict) -> &'static str {
    match policy {
        OnConflict::Keep => "keep",
        OnConflict::Take => "take",
        OnConflict::Fail => "fail",
    }
}

/// What kind of noise a change is.
pub fn noise(noise: Noise) -> &'static str {
    match noise {
        Noise::ChartLabel => "chart_label",
        Noise::Checksum => "checksum",
        Noise::Order => "order",
        Noise::Quantity => "quantity",
        Noise::NotOurs => "not_ours",
    }
}

/// How a task ended, in Ansible's words.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Changed => "changed",
        Status::Skipped => "skipped",
        Status::Failed => "failed",
        Status::Rescued => "rescued",
        Status::Ignored => "ignored",
        Status::Unreachable => "unreachable",
        Status::Refused => "refused",
    }
}

/// How a target ended.
pub fn end(end: &End) -> &'static str {
    match end {
        End::Changed { .. } => "changed",
        End::Unchanged => "unchanged",
        End::Skipped { .. } => "skipped",
        End::Refused(_) => "refused",
        End::Failed(_) => "failed",
        End::Unreachable(_) => "unreachable",
        End::Stopped => "stopped",
    }
}
