//! `loop` and `until`: one task several times on a target.

use super::conclude::{Done, all_hold, conclude, registered};
use super::task::{Running, excluded};
use super::wave::WaveRun;
use crate::diag::{Diagnostic, Kind};
use crate::event::{Event, Outcome, Status};
use crate::modules::{Call, Reply, Scope};
use crate::playbook::Loop;
use crate::yaml::Node;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Tries after the first where `until` is written without `retries`.
const RETRIES: u64 = 3;
/// Seconds between tries.
const DELAY: u64 = 5;

impl WaveRun<'_> {
    /// A task with a loop, or one that is tried again.
    pub(super) async fn repeated(&self, running: Running<'_>, call: Call<'_>) -> Done {
        let began = Instant::now();
        let done = match &running.task.repeat {
            None => self.tried(running, call).await,
            Some(repeat) => self.looped(running, call, repeat).await,
        };
        self.tell(running, &call, &done, began);
        done
    }

    async fn looped(&self, running: Running<'_>, call: Call<'_>, repeat: &Loop) -> Done {
        let items = match items(repeat, call.scope) {
            Ok(items) => items,
            // `when: x is defined` guards a loop over `x`.
            Err(error) => {
                let reply = match excluded(running.task, call.scope) {
                    Some(reply) if reply.skipped.is_some() => reply,
                    _ => Reply::failed(error),
                };
                return conclude(running.task, call.scope, reply, running.rescuable);
            }
        };
        let mut rounds = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.pause(repeat.pause.as_ref(), call.scope).await;
            }
            let scope = item_scope(repeat, call.scope, &items, at);
            let one = Call {
                scope: &scope,
                ..call
            };
            let began = Instant::now();
            let mut done = self.tried(running, one).await;
            label(&mut done, repeat, &scope, item);
            self.tell(running, &one, &done, began);
            let enough = all_hold(
                &repeat.break_when,
                &registered(running.task, &scope, &done.reply),
            );
            rounds.push(done);
            if !repeat.break_when.is_empty() && enough.unwrap_or(true) {
                break;
            }
        }
        sum(running, call.scope, rounds)
    }

    /// One round, tried again while `until` does not hold.
    async fn tried(&self, running: Running<'_>, call: Call<'_>) -> Done {
        let task = running.task;
        if let Some(reply) = excluded(task, call.scope) {
            return conclude(task, call.scope, reply, running.rescuable);
        }
        let limits = limits(running, call.scope);
        let (retries, delay) = match limits {
            Ok(limits) => limits,
            Err(error) => {
                return conclude(task, call.scope, Reply::failed(error), running.rescuable);
            }
        };
        let mut used = 0;
        loop {
            let mut reply = self.once(running, &call).await;
            let met = met(running, call.scope, &mut reply);
            if retries > 0 {
                reply
                    .result
                    .insert("attempts".to_owned(), used.max(1).into());
            }
            if met || used >= retries {
                if !met && reply.error.is_none() {
                    let message = format!("until does not hold after {used} retries");
                    reply.error = Some(Diagnostic::new(Kind::Failed, message));
                }
                return conclude(task, call.scope, reply, running.rescuable);
            }
            self.emit(Event::Retrying {
                target: call.target.clone(),
                task: running.head.clone(),
                left: u32::try_from(retries - used).unwrap_or(u32::MAX),
            });
            used += 1;
            self.setup.doors.clock.sleep(delay).await;
        }
    }

    async fn once(&self, running: Running<'_>, call: &Call<'_>) -> Reply {
        let calls = [*call];
        let mut started = running.task.action.start(&calls).await;
        match started.pop() {
            Some(run) => run.await,
            None => Reply::failed(Diagnostic::new(Kind::Internal, "the module said nothing")),
        }
    }

    async fn pause(&self, pause: Option<&Node>, scope: &Scope) {
        let seconds = seconds(pause, scope, 0).unwrap_or(0);
        if seconds > 0 {
            self.setup
                .doors
                .clock
                .sleep(Duration::from_secs(seconds))
                .await;
        }
    }
}

fn limits(running: Running<'_>, scope: &Scope) -> Result<(u64, Duration), Diagnostic> {
    let default = if running.task.until.is_empty() {
        0
    } else {
        RETRIES
    };
    let retries = seconds(running.task.retries.as_ref(), scope, default)?;
    let delay = seconds(running.task.delay.as_ref(), scope, DELAY)?;
    Ok((retries, Duration::from_secs(delay)))
}

fn seconds(node: Option<&Node>, scope: &Scope, default: u64) -> Result<u64, Diagnostic> {
    let Some(node) = node else {
        return Ok(default);
    };
    let value = scope.value(node)?;
    let number = match &value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    match number {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked"
        )]
        Some(number) if (0.0..1e9).contains(&number) => Ok(number.ceil() as u64),
        _ => Err(node.error(format!("a number is wanted here, not {value}"))),
    }
}

/// Whether `until` holds; `retries` alone waits for success.
fn met(running: Running<'_>, scope: &Scope, reply: &mut Reply) -> bool {
    if running.task.until.is_empty() {
        return reply.error.is_none();
    }
    let seen = registered(running.task, scope, reply);
    match all_hold(&running.task.until, &seen) {
        Ok(holds) => holds,
        Err(error) => {
            reply.error.get_or_insert(error);
            false
        }
    }
}

fn items(repeat: &Loop, scope: &Scope) -> Result<Vec<Value>, Diagnostic> {
    match scope.value(&repeat.items)? {
        Value::Array(items) => Ok(items),
        other => {
            let message = format!("\"loop\" wants a list, not {other}");
            Err(repeat.items.error(message).hint("| list"))
        }
    }
}

fn item_scope(repeat: &Loop, scope: &Scope, items: &[Value], at: usize) -> Scope {
    let item = items.get(at).unwrap_or(&Value::Null);
    let mut inner = scope.with_value(&repeat.var, item);
    if let Some(name) = &repeat.index_var {
        inner = inner.with_value(name, &at.into());
    }
    if repeat.extended {
        inner = inner.with_value("ansible_loop", &extended(items, at));
    }
    inner
}

fn extended(items: &[Value], at: usize) -> Value {
    let count = items.len();
    let mut all = json!({
        "index": at + 1,
        "index0": at,
        "first": at == 0,
        "last": at + 1 == count,
        "length": count,
        "revindex": count - at,
        "revindex0": count - at - 1,
        "allitems": items,
    });
    if let Some(previous) = at.checked_sub(1).and_then(|at| items.get(at)) {
        all["previtem"] = previous.clone();
    }
    if let Some(next) = items.get(at + 1) {
        all["nextitem"] = next.clone();
    }
    all
}

/// Names the item in the result, and says how it is shown.
fn label(done: &mut Done, repeat: &Loop, scope: &Scope, item: &Value) {
    let shown = match repeat.label.as_ref().map(|label| scope.value(label)) {
        Some(Ok(label)) => label,
        _ => item.clone(),
    };
    let hidden = done.outcome.result.get("censored").is_some();
    let shown = match shown {
        _ if hidden => "(censored due to no_log)".to_owned(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    done.outcome.item = Some(shown);
    if let Value::Object(result) = &mut done.result {
        result.insert(repeat.var.to_string(), item.clone());
        result.insert("ansible_loop_var".to_owned(), (&*repeat.var).into());
    }
    if !hidden {
        done.outcome.result = done.result.clone();
    }
}

/// How the whole loop ended.
fn sum(running: Running<'_>, scope: &Scope, rounds: Vec<Done>) -> Done {
    let worst = rounds.iter().find(|round| round.outcome.error.is_some());
    let Some(decisive) = worst.or(rounds.last()).map(|round| round.outcome.clone()) else {
        let nothing = Reply::skipped("No items in the list");
        let mut done = conclude(running.task, scope, nothing, running.rescuable);
        done.result["results"] = Value::Array(Vec::new());
        return done;
    };
    let status = whole(&rounds, decisive.status);
    let result = results(&rounds, status);
    let hidden = decisive.result.get("censored").is_some();
    let secret = rounds.iter().any(|round| round.secret);
    let mut reply = Reply {
        changed: rounds.iter().any(|round| round.reply.changed),
        error: decisive.error.clone(),
        ..Reply::default()
    };
    rounds
        .into_iter()
        .for_each(|round| gather(&mut reply, round.reply));
    let outcome = Outcome {
        status,
        result: if hidden {
            decisive.result
        } else {
            result.clone()
        },
        item: None,
        diff: None,
        error: decisive.error,
    };
    Done {
        outcome,
        reply,
        result,
        secret,
    }
}

/// A failure decides; skipped is only what was skipped as a whole.
fn whole(rounds: &[Done], decisive: Status) -> Status {
    let any = |status| rounds.iter().any(|round| round.outcome.status == status);
    match decisive {
        Status::Ok | Status::Changed | Status::Skipped if any(Status::Changed) => Status::Changed,
        Status::Ok | Status::Changed | Status::Skipped if any(Status::Ok) => Status::Ok,
        other => other,
    }
}

fn results(rounds: &[Done], status: Status) -> Value {
    let results: Vec<Value> = rounds.iter().map(|round| round.result.clone()).collect();
    let failed = rounds.iter().any(|round| round.outcome.error.is_some());
    let skipped = status == Status::Skipped;
    let message = match (failed, skipped) {
        (true, _) => "One or more items failed",
        (false, true) => "All items skipped",
        (false, false) => "All items completed",
    };
    let changed = rounds.iter().any(|round| round.reply.changed);
    let mut result = json!({
        "results": results, "changed": changed, "failed": failed, "msg": message,
    });
    if skipped {
        result["skipped"] = true.into();
    }
    result
}

/// Facts, steps and diffs of the items add up.
fn gather(whole: &mut Reply, round: Reply) {
    whole.facts.extend(round.facts);
    whole.steps.extend(round.steps);
    whole.gate = round.gate.or(whole.gate.take());
    whole.planned = round.planned.or(whole.planned.take());
    if round.then != crate::modules::Then::GoOn {
        whole.then = round.then;
    }
}
