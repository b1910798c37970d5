//! Hooks of one event, one after the other, with Helm's delete policies.

use super::fault::fault;
use super::session::Session;
use crate::cluster::{ClusterError, Write};
use crate::diag::{Diagnostic, Kind};
use crate::journal::Step;
use crate::manifest::schema::Schema;
use crate::manifest::{Object, parse};
use crate::plan::HookPlan;
use crate::release::Record;
use crate::sensitive::Sensitive;
use serde_json::{Value, json};
use std::sync::Arc;

const BEFORE: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";

/// A planned hook with its body.
struct Hook<'a> {
    plan: &'a HookPlan,
    object: Arc<Object>,
}

impl Session<'_> {
    /// Runs the hooks that the plan has for `event`, and keeps in `record` when each ran.
    pub(super) async fn hooks(&self, event: &str, record: &mut Record) -> Result<(), Diagnostic> {
        let planned = self.release.hooks.iter().filter(|h| &*h.event == event);
        let mut done = Vec::new();
        for plan in planned {
            let hook = Hook {
                plan,
                object: Arc::new(self.hook_object(plan, record)?),
            };
            let started = self.now();
            let ended = self.run_hook(&hook).await;
            let phase = if ended.is_ok() { "Succeeded" } else { "Failed" };
            let last_run = json!({
                "started_at": started.to_string(),
                "completed_at": self.now().to_string(),
                "phase": phase,
            });
            note_run(record, plan, last_run);
            if let Err(cause) = ended {
                self.discard(&[hook], FAILED).await?;
                self.discard(&done, SUCCEEDED).await?;
                return Err(cause);
            }
            done.push(hook);
        }
        self.discard(&done, SUCCEEDED).await
    }

    async fn run_hook(&self, hook: &Hook<'_>) -> Result<(), Diagnostic> {
        let object = &hook.object;
        self.step(Step::Hook {
            on: hook.plan.event.to_string(),
            object: object.id.to_string(),
        });
        self.tell(format!("hook {}: {} runs", hook.plan.event, object.id));
        if hook.has(BEFORE) {
            self.discard_one(hook).await?;
        }
        let write = Write::Create(object.clone());
        match self.write(&write).await {
            Ok(_) => self.wait_finished(&object.gvk, &object.id).await,
            Err(error) => Err(fault(format!("hook {}", object.id), error)),
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
        let (gvk, id) = (&hook.object.gvk, &hook.object.id);
        // Helm never deletes the definition of a custom resource: its objects would go with it.
        if &*gvk.kind == "CustomResourceDefinition" {
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

    /// The body that the record holds for a planned hook.
    fn hook_object(&self, plan: &HookPlan, record: &Record) -> Result<Object, Diagnostic> {
        let what = || format!("the release record has no hook {}", plan.id);
        let missing = || Diagnostic::new(Kind::Internal, what());
        let hooks = record
            .hooks
            .reveal()
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let hook = hooks.iter().find(|h| is(h, plan)).ok_or_else(missing)?;
        let text = hook["manifest"].as_str().unwrap_or_default();
        let objects = parse(text, &self.target.namespace, &Schema::default());
        let unread = |_| Diagnostic::new(Kind::Failed, format!("hook {} can't be read", plan.id));
        objects
            .map_err(unread)?
            .into_iter()
            .find(|o| o.id == plan.id)
            .ok_or_else(missing)
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
}

fn is(hook: &Value, plan: &HookPlan) -> bool {
    hook["kind"] == *plan.id.kind && hook["name"] == *plan.id.name
}

fn note_run(record: &mut Record, plan: &HookPlan, last_run: Value) {
    let mut hooks = Value::clone(record.hooks.reveal());
    let list = hooks.as_array_mut().into_iter().flatten();
    for hook in list.filter(|h| is(h, plan)) {
        hook["last_run"] = last_run.clone();
    }
    record.hooks = Sensitive::new(Arc::new(hooks));
}
