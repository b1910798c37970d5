//! From what a module says to how its task ended: `failed_when`, `changed_when`,
//! `ignore_errors`, `no_log`, and the result that `register` keeps. The main type here is [`Done`].

use crate::diag::{Diagnostic, Kind};
use crate::event::{Outcome, Status};
use crate::modules::{Module, Reply, Scope};
use crate::playbook::Task;
use crate::yaml::{Data, Node};
use serde_json::{Map, Value, json};

/// How a task ended on a target.
#[derive(Clone, Debug)]
pub struct Done {
    /// How it is told.
    pub outcome: Outcome,
    /// What the module said.
    pub reply: Reply,
    /// What `register` keeps, also under `no_log`.
    pub result: Value,
    /// A secret went into it.
    pub secret: bool,
}

type Bound = Task<Box<dyn Module>>;

/// Judges a reply. `rescuable`: a `rescue` takes over where it failed.
pub fn conclude(task: &Bound, scope: &Scope, mut reply: Reply, rescuable: bool) -> Done {
    if let Err(error) = rejudge(task, scope, &mut reply) {
        reply.error = Some(error);
    }
    let status = status(task, scope, &reply, rescuable);
    let result = Value::Object(result(&reply, status));
    let secret = scope.is_secret();
    let hidden = secret || switch(task.keywords.no_log.as_ref(), scope).unwrap_or(true);
    let outcome = Outcome {
        status,
        result: if hidden {
            censored(&result)
        } else {
            result.clone()
        },
        item: None,
        diff: reply.diff.clone().filter(|_| !hidden),
        error: reply
            .error
            .clone()
            .map(|error| if hidden { hide(error) } else { error }),
    };
    Done {
        outcome,
        reply,
        result,
        secret,
    }
}

/// A switch that may be a template; one that was not written is off.
pub fn switch(node: Option<&Node>, scope: &Scope) -> Result<bool, Diagnostic> {
    let Some(node) = node else {
        return Ok(false);
    };
    match scope.value(node)? {
        Value::Bool(value) => Ok(value),
        Value::String(text) => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" | "" => Ok(false),
            _ => Err(node.error(format!("\"{text}\" is neither true nor false"))),
        },
        other => Err(node.error(format!("{other} is neither true nor false"))),
    }
}

/// Whether all conditions hold.
pub fn all_hold(conditions: &[Node], scope: &Scope) -> Result<bool, Diagnostic> {
    for condition in conditions {
        if !scope.holds(condition)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first condition that does not hold.
pub fn refuted<'n>(conditions: &'n [Node], scope: &Scope) -> Result<Option<&'n Node>, Diagnostic> {
    for condition in conditions {
        if !scope.holds(condition)? {
            return Ok(Some(condition));
        }
    }
    Ok(None)
}

/// `failed_when` and `changed_when`, over what the module said.
fn rejudge(task: &Bound, scope: &Scope, reply: &mut Reply) -> Result<(), Diagnostic> {
    let judged = reply.skipped.is_none();
    let own = reply
        .error
        .as_ref()
        .is_none_or(|error| error.kind == Kind::Failed);
    if !(judged && own) {
        return Ok(());
    }
    let seen = registered(task, scope, reply);
    if let Some(conditions) = &task.failed_when {
        let failed = all_hold(conditions, &seen)?;
        reply
            .result
            .insert("failed_when_result".to_owned(), failed.into());
        reply.error = match (failed, reply.error.take()) {
            (false, _) => None,
            (true, Some(error)) => Some(error),
            (true, None) => Some(Diagnostic::new(Kind::Failed, "failed_when holds")),
        };
    }
    if let Some(conditions) = &task.changed_when {
        reply.changed = all_hold(conditions, &registered(task, scope, reply))?;
    }
    Ok(())
}

/// The scope in which the task's own result is known under its registered name.
pub fn registered(task: &Bound, scope: &Scope, reply: &Reply) -> Scope {
    let status = match (&reply.error, reply.changed) {
        (Some(_), _) => Status::Failed,
        (None, true) => Status::Changed,
        (None, false) => Status::Ok,
    };
    match &task.register {
        Some(name) => scope.with_value(name, &Value::Object(result(reply, status))),
        None => scope.clone(),
    }
}

fn status(task: &Bound, scope: &Scope, reply: &Reply, rescuable: bool) -> Status {
    let ignored = || switch(task.keywords.ignore_errors.as_ref(), scope).unwrap_or(false);
    match (&reply.error, &reply.skipped) {
        (Some(error), _) => match error.kind {
            Kind::Unreachable => Status::Unreachable,
            Kind::Refused => Status::Refused,
            _ if ignored() => Status::Ignored,
            _ if rescuable => Status::Rescued,
            _ => Status::Failed,
        },
        (None, Some(_)) => Status::Skipped,
        (None, None) if reply.changed => Status::Changed,
        (None, None) => Status::Ok,
    }
}

/// The keys that every result has, with those of the module.
fn result(reply: &Reply, status: Status) -> Map<String, Value> {
    let mut result = reply.result.clone();
    result.insert("changed".to_owned(), reply.changed.into());
    let failed = reply.error.is_some();
    result.insert("failed".to_owned(), failed.into());
    if let Some(error) = &reply.error {
        result.insert("msg".to_owned(), error.message.clone().into());
    }
    if status == Status::Unreachable {
        result.insert("unreachable".to_owned(), true.into());
    }
    if let Some(why) = &reply.skipped {
        result.insert("skipped".to_owned(), true.into());
        result.insert("skip_reason".to_owned(), why.clone().into());
    }
    result
}

fn censored(result: &Value) -> Value {
    json!({
        "censored": "the output has been hidden due to the fact that 'no_log: true' was specified for this result",
        "changed": result["changed"],
        "failed": result["failed"],
    })
}

/// The place stays; message, line and notes may quote what must not be seen.
fn hide(error: Diagnostic) -> Diagnostic {
    let mut hidden = Diagnostic::new(error.kind, "the message is hidden by no_log");
    hidden.at = error.at;
    hidden.target = error.target;
    hidden
}

/// The text of a condition, for `false_condition`.
pub fn text(condition: &Node) -> String {
    match &condition.data {
        Data::Str(text) => text.to_string(),
        _ => condition.to_json().to_string(),
    }
}
