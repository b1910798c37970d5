//! `kubernetes.core.k8s_scale`: the number of replicas of workloads.
//!
//! Which fields who owns stays as found, so Helm upgrades as before. What a scale to 0 found is put
//! back when the target ends, unless a later task sets the same workload, or `closing_step: false`
//! says that it is to stay; `closing_step: true` does the same for any other number.

use super::args::get_or;
use super::doors::{By, Which, Wish};
use super::{Arg, Args, Call, Each, Module, Reply, Single};
use crate::deploy::{Place, Workload};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::event::Event;
use crate::manifest::Gvk;
use crate::plan::Step;
use crate::release::{ClusterRef, TargetSpec};
use crate::yaml::Node;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::time::Duration;

/// As Ansible's module.
const WAIT_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug)]
struct Scale {
    kind: Arg<String>,
    api_version: Option<Arg<String>>,
    name: Option<Arg<String>>,
    namespace: Option<Arg<String>>,
    label_selectors: Option<Arg<Vec<String>>>,
    replicas: Arg<u64>,
    current_replicas: Option<Arg<u64>>,
    resource_version: Option<Arg<String>>,
    continue_on_error: Option<Arg<bool>>,
    wait: Option<Arg<bool>>,
    wait_timeout: Option<Arg<Duration>>,
    closing_step: Option<Arg<bool>>,
}

/// Binds the arguments of Ansible's module that are not about the connection, and `closing_step`.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let scale = Args::bind("k8s_scale", args, |args| {
        let scale = Scale {
            kind: args.required("kind")?,
            api_version: args.optional("api_version"),
            name: args.optional("name"),
            namespace: args.optional("namespace"),
            label_selectors: args.optional("label_selectors"),
            replicas: args.required("replicas")?,
            current_replicas: args.optional("current_replicas"),
            resource_version: args.optional("resource_version"),
            continue_on_error: args.optional("continue_on_error"),
            wait: args.optional("wait"),
            wait_timeout: args.optional("wait_timeout"),
            closing_step: args.optional("closing_step"),
        };
        if scale.name.is_some() == scale.label_selectors.is_some() {
            let what = "k8s_scale wants either \"name\" or \"label_selectors\"";
            args.fields().fault(args.fields().node().error(what));
        }
        Some(scale)
    })?;
    Ok(Box::new(Each(scale)))
}

/// What is wanted of a target's workloads.
struct Wanted {
    replicas: i64,
    opens: bool,
    wait: Option<Duration>,
    current: Option<i64>,
    version: Option<String>,
    /// A fault of one of several is told with the others.
    goes_on: bool,
}

/// One workload after its turn.
struct Scaled {
    workload: Workload,
    from: i64,
    step: Option<Step>,
}

#[async_trait]
impl Single for Scale {
    async fn run(&self, call: &Call<'_>) -> Reply {
        self.go(call).await.into()
    }

    fn writes(&self) -> bool {
        true
    }
}

impl Scale {
    async fn go(&self, call: &Call<'_>) -> Result<Reply, Diagnostic> {
        let spec = call.doors.releases.spec(call.target, call.scope)?;
        let (which, wanted) = (self.which(call, &spec)?, self.wanted(call)?);
        let workloads = call.doors.workloads;
        let found = workloads.find(&spec.cluster, &which).await?;
        let place = Place {
            target: call.target.clone(),
            namespace: spec.namespace.clone(),
            release: spec.release.name.clone(),
            cluster: call.doors.releases.identity(&spec.cluster).await?,
        };
        let mut results = Vec::new();
        for workload in found {
            let scaled = scale_one(call, (&spec.cluster, &place), &wanted, workload).await;
            match scaled {
                Err(fault) if !wanted.goes_on => return Err(fault),
                scaled => results.push(scaled),
            }
        }
        Ok(reply(&wanted, &results, matches!(which.by, By::Labels(_))))
    }

    fn which(&self, call: &Call<'_>, spec: &TargetSpec) -> Result<Which, Diagnostic> {
        let kind = self.kind.get(call.scope)?;
        let api_version = match &self.api_version {
            Some(version) => version.get(call.scope)?,
            None => version_of(&kind)
                .ok_or_else(|| self.no_version(&kind))?
                .to_owned(),
        };
        let namespace = match &self.namespace {
            Some(namespace) => namespace.get(call.scope)?.into(),
            None => spec.namespace.clone(),
        };
        let by = match (&self.name, &self.label_selectors) {
            (Some(name), _) => By::Name(name.get(call.scope)?.into()),
            (None, Some(labels)) => By::Labels(labels.get(call.scope)?.join(",")),
            (None, None) => By::Labels(String::new()),
        };
        Ok(Which {
            gvk: Gvk::new(&api_version, &kind),
            namespace,
            by,
        })
    }

    fn no_version(&self, kind: &str) -> Diagnostic {
        let what = format!("the API version of a {kind} is not known");
        self.kind
            .node()
            .error(what)
            .hint("api_version: GROUP/VERSION")
    }

    fn wanted(&self, call: &Call<'_>) -> Result<Wanted, Diagnostic> {
        let scope = call.scope;
        let replicas = number(&self.replicas, call)?;
        let waits = get_or(self.wait.as_ref(), scope, true)?;
        let timeout = get_or(self.wait_timeout.as_ref(), scope, WAIT_TIMEOUT)?;
        let current = self.current_replicas.as_ref().map(|arg| number(arg, call));
        let version = self.resource_version.as_ref().map(|arg| arg.get(scope));
        let labels = self.label_selectors.is_some();
        Ok(Wanted {
            replicas,
            opens: get_or(self.closing_step.as_ref(), scope, replicas == 0)?,
            wait: waits.then_some(timeout),
            current: current.transpose()?,
            version: version.transpose()?,
            goes_on: get_or(self.continue_on_error.as_ref(), scope, false)? && labels,
        })
    }
}

fn number(arg: &Arg<u64>, call: &Call<'_>) -> Result<i64, Diagnostic> {
    let number = arg.get(call.scope)?;
    i32::try_from(number).map(i64::from).map_err(|_| {
        arg.node()
            .error(format!("{number} replicas are more than there can be"))
    })
}

/// The API version of the kinds that every cluster scales.
fn version_of(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" | "StatefulSet" | "ReplicaSet" => Some("apps/v1"),
        "ReplicationController" => Some("v1"),
        _ => None,
    }
}

async fn scale_one(
    call: &Call<'_>,
    (cluster, place): (&ClusterRef, &Place),
    wanted: &Wanted,
    mut workload: Workload,
) -> Result<Scaled, Diagnostic> {
    let doors = call.doors;
    let foreseen = doors.foreseen.of(cluster, &workload.id);
    let mut due = doors.open.find(&place.cluster.uid, &workload.id).is_some();
    if let (Some((now, foreseen)), true) = (foreseen, call.check) {
        (workload.replicas, due) = (now, foreseen);
    }
    expected(wanted, &workload)?;
    let from = workload.replicas;
    let changes = from != wanted.replicas;
    let opens = wanted.opens && changes;
    // Where a step is due for it, the same number is a word too: it is to stay.
    let settles = due && !wanted.opens;
    if call.check {
        let due = opens || (due && !settles);
        let now = wanted.replicas;
        doors.foreseen.set(cluster, &workload.id, now, due);
    } else if changes || settles {
        scale(call, place, wanted, &workload).await?;
    }
    let step = changes.then(|| Step {
        module: "scale".into(),
        text: format!("{} {from} → {}", workload.id, wanted.replicas),
        closing: (opens && !due).then(|| "scale back".to_owned()),
    });
    Ok(Scaled {
        workload,
        from,
        step,
    })
}

/// What the task takes for granted.
fn expected(wanted: &Wanted, workload: &Workload) -> Result<(), Diagnostic> {
    let Workload {
        id,
        version,
        replicas,
        ..
    } = workload;
    let refused = |what: String| Err(Diagnostic::new(Kind::Failed, what));
    match (wanted.current, &wanted.version) {
        (Some(current), _) if current != *replicas => refused(format!(
            "{id} has {replicas} replicas, not {current} as current_replicas says"
        )),
        (_, Some(wanted)) if **wanted != **version => refused(format!(
            "{id} is at resource version {version}, not {wanted}"
        )),
        _ => Ok(()),
    }
}

async fn scale(
    call: &Call<'_>,
    place: &Place,
    wanted: &Wanted,
    workload: &Workload,
) -> Result<(), Diagnostic> {
    let wish = Wish {
        workload,
        replicas: wanted.replicas,
        opens: wanted.opens,
        wait: wanted.wait,
    };
    let progress = |text: String| {
        let target = call.target.clone();
        call.doors.sink.emit(Event::Progress { target, text });
    };
    let scaled = call
        .doors
        .workloads
        .scale(place, wish, call.doors, &progress);
    for warning in scaled.await?.warnings {
        let warning = warning.target(call.target.clone());
        call.doors.sink.emit(Event::Warning(warning));
    }
    Ok(())
}

fn reply(wanted: &Wanted, results: &[Result<Scaled, Diagnostic>], several: bool) -> Reply {
    let told = |result: &Result<Scaled, Diagnostic>| match result {
        Ok(scaled) => object(&scaled.workload, wanted.replicas),
        Err(fault) => json!({"error": fault.message}),
    };
    let all: Vec<Value> = results.iter().map(told).collect();
    let mut reply = match (several, all.as_slice()) {
        (false, [one]) => Reply::ok().with("result", one.clone()),
        _ => Reply::ok().with("results", all),
    };
    let scaled = results.iter().flatten();
    let steps = scaled.filter_map(|one| Some((one, one.step.clone()?)));
    let (changed, steps): (Vec<&Scaled>, Vec<Step>) = steps.unzip();
    reply.changed = !steps.is_empty();
    reply.steps = steps;
    let diff = |one: &&Scaled| {
        let (id, to) = (&one.workload.id, wanted.replicas);
        format!("  {id}\n-   replicas: {}\n+   replicas: {to}\n", one.from)
    };
    reply.diff = reply.changed.then(|| changed.iter().map(diff).collect());
    reply
}

fn object(workload: &Workload, replicas: i64) -> Value {
    json!({
        "apiVersion": workload.gvk.api_version(),
        "kind": &*workload.id.kind,
        "metadata": {"name": &*workload.id.name, "namespace": workload.id.namespace.as_deref()},
        "spec": {"replicas": replicas},
    })
}
