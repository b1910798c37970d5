//! Hooks of one event, one after the other, with Helm's delete policies.
//!
//! A failed hook fails the release. What its pods said last stands in the fault, for its policy
//! may have deleted them by the time somebody looks.

use super::fault::fault;
use super::session::Session;
use crate::cluster::{ClusterError, Write};
use crate::diag::{Diagnostic, Kind};
use crate::journal::Step;
use crate::manifest::schema::Schema;
use crate::manifest::{Object, ObjectId, parse};
use crate::plan::HookPlan;
use crate::release::Record;
use crate::sensitive::{Sensitive, Veil};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};

const BEFORE: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";

/// A planned hook with its body.
pub(super) struct Hook<'a> {
    plan: &'a HookPlan,
    object: Arc<Object>,
    /// What it is called: the API server makes up names of `generateName`.
    pub(super) id: ObjectId,
    /// When its log is told: `hook-failed`, `hook-succeeded`.
    log_policies: Vec<String>,
    /// What must not be seen of what it says.
    veil: Arc<Veil>,
}

impl Session<'_> {
    /// Runs the hooks that the plan has for `event`, and keeps in `record` when each ran.
    pub(super) async fn hooks(&self, event: &str, record: &mut Record) -> Result<(), Diagnostic> {
        let planned = self.release.hooks.iter().filter(|h| &*h.event == event);
        let planned: Vec<&HookPlan> = planned.collect();
        let veil = match planned.is_empty() {
            true => Arc::default(),
            // A test is of a revision that nothing plans to write.
            false => Arc::new(self.veil(Some(record))),
        };
        let mut done = Vec::new();
        for plan in planned {
            let mut hook = self.hook(plan, record, &veil)?;
            let started = self.now();
            note_run(record, plan, ran(started, None, "Running"));
            let ended = self.run_hook(&mut hook).await;
            let phase = if ended.is_ok() { "Succeeded" } else { "Failed" };
            note_run(record, plan, ran(started, Some(self.now()), phase));
            if let Err(cause) = ended {
                return Err(self.hook_failed(cause, hook, &done).await);
            }
            self.tell_log(&hook).await;
            done.push(hook);
        }
        self.discard(&done, SUCCEEDED).await
    }

    async fn run_hook(&self, hook: &mut Hook<'_>) -> Result<(), Diagnostic> {
        let object = hook.object.clone();
        self.step(Step::Hook {
            on: hook.plan.event.to_string(),
            object: object.id.to_string(),
        });
        self.tell(format!("hook {}: {} runs", hook.plan.event, object.id));
        if hook.has(BEFORE) && !hook.is_unnamed() {
            self.discard_one(hook).await?;
        }
        match self.write(&Write::Create(object.clone())).await {
            Ok(written) => {
                hook.id = written.live.map_or(hook.id.clone(), |live| live.id);
                self.wait_finished(&object.gvk, &hook.id).await
            }
            Err(error) => Err(fault(format!("hook {}", object.id), error)),
        }
    }

    /// What is told of a hook that failed. Its policy, and that of those before it, is kept.
    async fn hook_failed(
        &self,
        cause: Diagnostic,
        hook: Hook<'_>,
        before: &[Hook<'_>],
    ) -> Diagnostic {
        let message = format!("{} hooks failed: {}", hook.plan.event, cause.message);
        let logs = self.hook_log(&hook.object, &hook.id, &hook.veil).await;
        let told = Diagnostic { message, ..cause };
        let mut told = logs.into_iter().fold(told, Diagnostic::note);
        let cleared = [
            self.discard(&[hook], FAILED).await,
            self.discard(before, SUCCEEDED).await,
        ];
        for error in cleared.into_iter().filter_map(Result::err) {
            told = told.note(error.message);
        }
        told
    }

    /// Tells what a hook that succeeded said, or keeps it, where that is asked for.
    async fn tell_log(&self, hook: &Hook<'_>) {
        let told = hook.log_policies.iter().any(|policy| policy == SUCCEEDED);
        if !(told || self.options.logs) {
            return;
        }
        let logs = self.hook_log(&hook.object, &hook.id, &hook.veil).await;
        if self.options.logs {
            let mut kept = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(logs);
        } else {
            let lines = logs.iter().flat_map(|log| log.lines());
            lines.for_each(|line| self.tell(line));
        }
    }

    /// Deletes those whose policy says so, newest first.
    async fn discard(&self, hooks: &[Hook<'_>], policy: &str) -> Result<(), Diagnostic> {
        let due: Vec<&Hook<'_>> = hooks.iter().rev().filter(|h| h.has(policy)).collect();
        if let Some(hook) = due.first() {
            self.step(Step::Discard {
                on: hook.plan.event.to_string(),
            });
        }
        for hook in due {
            self.discard_one(hook).await?;
        }
        Ok(())
    }

    async fn discard_one(&self, hook: &Hook<'_>) -> Result<(), Diagnostic> {
        let (gvk, id) = (&hook.object.gvk, &hook.id);
        // Helm never deletes the definition of a custom resource: its objects would go with it.
        if &*gvk.kind == "CustomResourceDefinition" || hook.is_unnamed() {
            return Ok(());
        }
        match self.delete(gvk, id, None).await {
            Ok(true) => self.wait_gone(gvk, id).await,
            Ok(false) => Ok(()),
            Err(ClusterError::Forbidden(why)) => {
                let what = format!("hook {id} can't be deleted");
                Err(Diagnostic::new(Kind::Failed, what).note(why))
            }
            Err(error) => Err(fault(format!("hook {id}"), error)),
        }
    }

    /// A planned hook with the body that the record holds.
    fn hook<'p>(
        &self,
        plan: &'p HookPlan,
        record: &Record,
        veil: &Arc<Veil>,
    ) -> Result<Hook<'p>, Diagnostic> {
        let what = || format!("the release record has no hook {}", plan.id);
        let missing = || Diagnostic::new(Kind::Internal, what());
        let hooks = record.hooks.reveal().as_array();
        let mut hooks = hooks.into_iter().flatten();
        let hook = hooks.find(|h| is(h, plan)).ok_or_else(missing)?;
        let text = hook["manifest"].as_str().unwrap_or_default();
        let objects = parse(text, &self.target.namespace, &Schema::default());
        let unread = |_| Diagnostic::new(Kind::Failed, format!("hook {} can't be read", plan.id));
        let mut objects = objects.map_err(unread)?.into_iter();
        let object = objects.find(|o| o.id == plan.id).ok_or_else(missing)?;
        let policies = hook["output_log_policies"].as_array().into_iter().flatten();
        let policies = policies.filter_map(|policy| policy.as_str().map(str::to_owned));
        Ok(Hook {
            plan,
            id: object.id.clone(),
            object: Arc::new(object),
            log_policies: policies.collect(),
            veil: veil.clone(),
        })
    }
}

impl Hook<'_> {
    fn has(&self, policy: &str) -> bool {
        let policies = &self.plan.delete_policies;
        match policies.is_empty() {
            true => policy == BEFORE,
            false => policies.iter().any(|p| p == policy),
        }
    }

    /// The API server has not made up its name yet.
    fn is_unnamed(&self) -> bool {
        self.id == self.object.id && self.object.meta("name").is_none()
    }
}

/// A chart may have two hooks of one name, for different events.
fn is(hook: &Value, plan: &HookPlan) -> bool {
    let events = hook["events"].as_array().into_iter().flatten();
    let runs = events.into_iter().any(|event| *event == *plan.event);
    let named = plan.id.name.trim_end_matches('*');
    runs && hook["kind"] == *plan.id.kind && (hook["name"] == *named || hook["name"] == "")
}

fn ran(started: Timestamp, completed: Option<Timestamp>, phase: &str) -> Value {
    let mut run = json!({"started_at": started.to_string(), "phase": phase});
    if let Some(completed) = completed {
        run["completed_at"] = completed.to_string().into();
    }
    run
}

fn note_run(record: &mut Record, plan: &HookPlan, last_run: Value) {
    let mut hooks = Value::clone(record.hooks.reveal());
    let list = hooks.as_array_mut().into_iter().flatten();
    for hook in list.filter(|h| is(h, plan)) {
        hook["last_run"] = last_run.clone();
    }
    record.hooks = Sensitive::new(Arc::new(hooks));
}
