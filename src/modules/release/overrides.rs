//! What a `release` task says beside the inventory. It wins over it, for this task. The main type
//! here is [`Overrides`].

use super::super::args::get_or;
use super::super::{Arg, Args, FromValue, Scope};
use crate::diag::Diagnostic;
use crate::release::{
    Crds, DATA_LOSS, ReleaseSpec, ReleaseState, Rollout, ValuesFrom, values_from,
};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The fields of the inventory's `release` that a task may say anew.
#[derive(Debug)]
pub(super) struct Overrides {
    chart: Option<Arg<String>>,
    repo: Option<Arg<String>>,
    version: Option<Arg<String>>,
    values: Option<Arg<Value>>,
    values_from: Option<ValuesFrom>,
    state: Option<ReleaseState>,
    create_namespace: Option<Arg<bool>>,
    take_ownership: Option<Arg<bool>>,
    replace: Option<Arg<bool>>,
    data_loss: Option<bool>,
    crds: Option<Crds>,
    wait: Option<Arg<bool>>,
    wait_for_jobs: Option<Arg<bool>>,
    timeout: Option<Arg<Duration>>,
    step_timeout: Option<Arg<Duration>>,
    no_activity_timeout: Option<Arg<Duration>>,
    atomic: Option<Arg<bool>>,
    cleanup_on_fail: Option<Arg<bool>>,
    history_max: Option<Arg<u64>>,
    description: Option<Arg<String>>,
}

impl Overrides {
    pub(super) fn bind(args: &Args<'_>) -> Overrides {
        let fields = args.fields();
        Overrides {
            chart: args.optional("chart"),
            repo: args.optional("repo"),
            version: args.optional("version"),
            values: args.optional("values"),
            values_from: values_from(fields),
            state: fields.choice("state", &ReleaseState::NAMES),
            create_namespace: args.optional("create_namespace"),
            take_ownership: args.optional("take_ownership"),
            replace: args.optional("replace"),
            data_loss: fields.choice("data_loss", &DATA_LOSS),
            crds: fields.choice("crds", &Crds::NAMES),
            wait: args.optional("wait"),
            wait_for_jobs: args.optional("wait_for_jobs"),
            timeout: args.optional("timeout"),
            step_timeout: args.optional("step_timeout"),
            no_activity_timeout: args.optional("no_activity_timeout"),
            atomic: args.optional("atomic"),
            cleanup_on_fail: args.optional("cleanup_on_fail"),
            history_max: args.optional("history_max"),
            description: args.optional("description"),
        }
    }

    /// Says it of a target.
    pub(super) fn apply(&self, spec: &mut ReleaseSpec, scope: &Scope) -> Result<(), Diagnostic> {
        put(&self.chart, scope, &mut spec.chart, |text: String| {
            text.into()
        })?;
        put(&self.repo, scope, &mut spec.repo, some)?;
        put(&self.version, scope, &mut spec.version, some)?;
        if let Some(values) = &self.values {
            merge(&mut spec.values, values.get(scope)?);
        }
        spec.values_from = self.values_from.unwrap_or(spec.values_from);
        spec.state = self.state.unwrap_or(spec.state);
        put(
            &self.create_namespace,
            scope,
            &mut spec.create_namespace,
            same,
        )?;
        put(&self.take_ownership, scope, &mut spec.take_ownership, same)?;
        put(&self.replace, scope, &mut spec.replace, same)?;
        spec.data_loss = self.data_loss.unwrap_or(spec.data_loss);
        spec.crds = self.crds.unwrap_or(spec.crds);
        self.roll_out(&mut spec.rollout, scope)
    }

    fn roll_out(&self, rollout: &mut Rollout, scope: &Scope) -> Result<(), Diagnostic> {
        put(&self.wait, scope, &mut rollout.wait, same)?;
        put(&self.wait_for_jobs, scope, &mut rollout.wait_for_jobs, same)?;
        put(&self.timeout, scope, &mut rollout.timeout, same)?;
        put(&self.step_timeout, scope, &mut rollout.step_timeout, Some)?;
        put(
            &self.no_activity_timeout,
            scope,
            &mut rollout.no_activity_timeout,
            Some,
        )?;
        put(&self.atomic, scope, &mut rollout.atomic, same)?;
        put(
            &self.cleanup_on_fail,
            scope,
            &mut rollout.cleanup_on_fail,
            same,
        )?;
        let max = u64::try_from(rollout.history_max).unwrap_or(u64::MAX);
        let max = get_or(self.history_max.as_ref(), scope, max)?;
        rollout.history_max = usize::try_from(max).unwrap_or(usize::MAX);
        put(&self.description, scope, &mut rollout.description, some)
    }
}

/// Where the task says it, what it says.
fn put<T: FromValue, F>(
    arg: &Option<Arg<T>>,
    scope: &Scope,
    field: &mut F,
    of: fn(T) -> F,
) -> Result<(), Diagnostic> {
    if let Some(arg) = arg {
        *field = of(arg.get(scope)?);
    }
    Ok(())
}

fn same<T>(value: T) -> T {
    value
}

fn some(text: String) -> Option<Arc<str>> {
    Some(text.into())
}

/// Helm's rule: maps merge, lists and scalars replace, null deletes.
fn merge(lower: &mut Value, upper: Value) {
    match (lower, upper) {
        (Value::Object(lower), Value::Object(upper)) => {
            for (key, value) in upper {
                merge(lower.entry(key).or_insert(Value::Null), value);
            }
        }
        (lower, upper) => *lower = upper,
    }
}
