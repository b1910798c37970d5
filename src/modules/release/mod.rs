//! `release`: brings the target's Helm release to what the inventory says, or back.
//!
//! A check plans the whole set at once. A run takes the plan that it was given and never renders
//! again; without one it plans the set first. The journal has the target before it is written to.

mod overrides;
mod way_back;

use super::together::together;
use super::{Arg, Args, Call, Deployed, Module, Releases, Reply, Terms};
use crate::cluster::View;
use crate::diag::{Diagnostic, Diagnostics};
use crate::event::Event;
use crate::journal::{Entry, Left, Reached};
use crate::pipeline::{Desired, To};
use crate::plan::{Action, ChartRef, ReleasePlan, TargetPlan, Verdict};
use crate::release::{ReleaseState, TargetSpec};
use crate::yaml::{Data, Node};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use overrides::Overrides;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Release {
    to: Option<Arg<Value>>,
    overrides: Overrides,
}

/// Binds what overrides the inventory's `release`, where it goes `to`, and how it is rolled out.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let release = Args::bind("release", args, |args| {
        let to = args.optional("to");
        if let Some(to) = &to {
            check_literal(to, args);
        }
        let overrides = Overrides::bind(args);
        Some(Release { to, overrides })
    })?;
    Ok(Box::new(release))
}

fn check_literal(to: &Arg<Value>, args: &Args<'_>) {
    let node = to.node();
    let template = matches!(&node.data, Data::Str(text) if text.contains("{{"));
    if !template && towards(&node.to_json()).is_none() {
        args.fields().fault(misfit(node));
    }
}

fn misfit(node: &Node) -> Diagnostic {
    node.error("\"to\" must be inventory, previous, absent or revision:N")
}

fn towards(value: &Value) -> Option<To> {
    let revision = |revision| Some(To::Recorded { revision });
    match value {
        Value::Number(number) => revision(u32::try_from(number.as_u64()?).ok()?),
        Value::String(text) => match text.as_str() {
            "inventory" => Some(To::Inventory),
            "previous" => Some(To::Previous),
            "absent" => Some(To::Absent),
            other => revision(other.strip_prefix("revision:")?.trim().parse().ok()?),
        },
        _ => None,
    }
}

/// The plan of one target, or why there is none.
type Planned = Result<TargetPlan, Diagnostic>;

#[async_trait]
impl Module for Release {
    async fn start<'a>(&'a self, calls: &'a [Call<'a>]) -> Vec<BoxFuture<'a, Reply>> {
        let planned = self.plan(calls).await;
        let views = see(calls, &planned).await;
        let one = |((call, planned), view): ((&'a Call<'a>, Planned), Option<Arc<View>>)| {
            let run: BoxFuture<'a, Reply> = Box::pin(async move {
                match planned {
                    Ok(planned) => self.go(call, planned, view).await.into(),
                    Err(error) => Reply::failed(error.target(call.target.clone())),
                }
            });
            run
        };
        calls.iter().zip(planned).zip(views).map(one).collect()
    }

    fn writes(&self) -> bool {
        true
    }
}

impl Release {
    /// The plan of each target: the one that is applied, else made now for all of them at once.
    async fn plan(&self, calls: &[Call<'_>]) -> Vec<Planned> {
        let Some(Call { doors, check, .. }) = calls.first() else {
            return Vec::new();
        };
        let open = |call: &Call<'_>| call.planned.is_none().then(|| self.desired(call));
        let wants = calls.par_iter().map(open).collect();
        let plan =
            |wanted: Vec<Desired>| async move { make(doors.releases, &wanted, *check).await };
        let made = together(wants, plan).await;
        let missing = || Err(Diagnostic::error("the release was not planned"));
        let fill = |(call, made): (&Call<'_>, Option<Planned>)| match call.planned {
            Some(planned) => Ok(planned.clone()),
            None => made.unwrap_or_else(missing),
        };
        calls.iter().zip(made).map(fill).collect()
    }

    /// What the inventory says of a target, and this task beside it.
    fn spec(&self, call: &Call<'_>) -> Result<TargetSpec, Diagnostic> {
        let mut spec = call.doors.releases.spec(call.target, call.scope)?;
        self.overrides.apply(&mut spec.release, call.scope)?;
        Ok(spec)
    }

    fn desired(&self, call: &Call<'_>) -> Result<Desired, Diagnostic> {
        let spec = self.spec(call)?;
        let to = match (&self.to, spec.release.state) {
            (Some(to), _) => {
                let value = to.get(call.scope)?;
                towards(&value).ok_or_else(|| misfit(to.node()))?
            }
            (None, ReleaseState::Present) => To::Inventory,
            (None, ReleaseState::Absent) => To::Absent,
        };
        let foreseen = match call.check {
            true => call.doors.foreseen.within(&spec.cluster, &spec.namespace),
            false => Vec::new(),
        };
        Ok(Desired { spec, to, foreseen })
    }

    async fn go(
        &self,
        call: &Call<'_>,
        plan: TargetPlan,
        view: Option<Arc<View>>,
    ) -> Result<Reply, Diagnostic> {
        let Some(release) = &plan.release else {
            return Ok(Reply::ok());
        };
        let mut reply = describe(release);
        if reply.changed && !call.check {
            let done = self.deploy(call, &plan, view).await?;
            reply = reply.with("revision", done.revision);
            reply.changed = done.changed;
            done.warnings
                .into_iter()
                .for_each(|warning| warn(call, warning));
            done.strays.into_iter().for_each(|what| stray(call, what));
        }
        reply.planned = Some(Arc::new(plan));
        Ok(reply)
    }

    async fn deploy(
        &self,
        call: &Call<'_>,
        plan: &TargetPlan,
        view: Option<Arc<View>>,
    ) -> Result<Deployed, Diagnostic> {
        let spec = self.spec(call)?;
        let terms = Terms {
            rollout: spec.release.rollout.clone(),
            view,
        };
        let Some(release) = &plan.release else {
            return Ok(Deployed::default());
        };
        write(call, Entry::Touching(before(plan, release))).await?;
        let progress = |text: String| {
            let target = call.target.clone();
            call.doors.sink.emit(Event::Progress { target, text });
        };
        let releases = call.doors.releases;
        let deployed = releases.deploy(plan, &terms, call.doors, &progress).await;
        let (done, live) = match deployed {
            Ok(done) => {
                let live = Some(done.revision);
                (Ok(done), live)
            }
            Err(cause) => {
                let (told, live) = way_back::undo(call, &spec, release, cause).await;
                (Err(told), live)
            }
        };
        let left = |revision, error| Left {
            target: call.target.to_string(),
            release: release.name.to_string(),
            revision,
            chart: release.to.as_ref().map(chart_name),
            error,
        };
        let error = done.as_ref().err().map(|error| error.message.clone());
        let after = left(live, error);
        write(call, Entry::Touched(after)).await?;
        done
    }
}

/// What is live of the targets that will be written to, read together.
async fn see(calls: &[Call<'_>], planned: &[Planned]) -> Vec<Option<Arc<View>>> {
    let writes = |(call, planned): (&Call<'_>, &Planned)| {
        let release = planned.as_ref().ok().and_then(|plan| plan.release.as_ref());
        !call.check && release.is_some_and(|release| describe(release).changed)
    };
    let writes: Vec<bool> = calls.iter().zip(planned).map(writes).collect();
    let plans = planned.iter().zip(&writes).filter(|(_, writes)| **writes);
    let plans: Vec<&TargetPlan> = plans.filter_map(|(plan, _)| plan.as_ref().ok()).collect();
    let mut views = match calls.first() {
        Some(call) if !plans.is_empty() => call.doors.releases.see(&plans).await,
        _ => Vec::new(),
    }
    .into_iter();
    let view = |writes: bool| if writes { views.next().flatten() } else { None };
    writes.into_iter().map(view).collect()
}

/// Plans the set, each with its cluster.
async fn make(releases: &dyn Releases, desired: &[Desired], check: bool) -> Vec<Planned> {
    let plans = releases.plan_all(desired, check).await;
    let mut made = Vec::new();
    for (desired, plan) in desired.iter().zip(plans) {
        made.push(
            match (plan, releases.identity(&desired.spec.cluster).await) {
                (Ok(release), Ok(cluster)) => Ok(TargetPlan {
                    target: desired.spec.name.clone(),
                    namespace: desired.spec.namespace.clone(),
                    cluster,
                    verdict: Verdict::Change,
                    gates: Vec::new(),
                    steps: Vec::new(),
                    release: Some(release),
                    warnings: Vec::new(),
                }),
                (Err(error), _) | (_, Err(error)) => Err(error),
            },
        );
    }
    made
}

async fn write(call: &Call<'_>, entry: Entry) -> Result<(), Diagnostic> {
    match call.doors.journal {
        Some(journal) => journal.append(entry).await,
        None => Ok(()),
    }
}

fn warn(call: &Call<'_>, warning: Diagnostic) {
    let warning = warning.target(call.target.clone());
    call.doors.sink.emit(Event::Warning(warning));
}

fn stray(call: &Call<'_>, what: String) {
    let target = call.target.clone();
    call.doors.sink.emit(Event::Strayed { target, what });
}

fn before(plan: &TargetPlan, release: &ReleasePlan) -> Reached {
    Reached {
        target: plan.target.to_string(),
        namespace: plan.namespace.to_string(),
        cluster: plan.cluster.uid.to_string(),
        release: release.name.to_string(),
        revision: release.revision,
        chart: release.from.as_ref().map(chart_name),
    }
}

fn chart_name(chart: &ChartRef) -> String {
    format!("{}-{}", chart.name, chart.version)
}

/// What `register` keeps: counts and versions, no object.
fn describe(release: &ReleasePlan) -> Reply {
    let count = |action| {
        release
            .changes
            .iter()
            .filter(|c| c.action == action)
            .count()
    };
    let objects = json!({
        "create": count(Action::Create),
        "update": count(Action::Update),
        "replace": count(Action::Replace),
        "delete": count(Action::Delete),
        "unchanged": count(Action::Unchanged) + count(Action::Keep),
    });
    let version = |chart: &Option<ChartRef>| chart.as_ref().map(|chart| chart.version.to_string());
    let written = [
        Action::Create,
        Action::Update,
        Action::Replace,
        Action::Delete,
    ];
    let mut reply = Reply::ok()
        .with("release", &*release.name)
        .with("from", version(&release.from))
        .with("to", version(&release.to))
        .with("revision", release.revision)
        .with("objects", objects);
    let record = release.record.is_some();
    let removed = release.to.is_none() && release.revision > 0;
    reply.changed = record || removed || written.into_iter().any(|action| count(action) > 0);
    reply
}
