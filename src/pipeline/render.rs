//! What one target would be. The main type here is [`Draft`].
//!
//! A draft comes from a rendered chart, or, for a backout, from a recorded revision; from here on
//! there is no difference between the two. Pure but for the host's clock, randomness and lookup.

use super::fault;
use super::known::Known;
use super::store;
use super::values::{coalesced, user_values};
use super::{Desired, To};
use crate::cluster::Capabilities;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::files::Files;
use crate::manifest::schema::Schema;
use crate::manifest::{self, Object, ObjectSet, Packed};
use crate::plan::{ChartRef, HookPlan, Lookup};
use crate::release::{Crds, Operation, Parts, Record, TargetSpec, ValuesFrom, chart_json};
use helm::chart::{Chart, Profile};
use helm::engine::{self, RenderOptions, Rendered};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A chart of this run, loaded and compiled once.
pub struct Loaded {
    /// The chart.
    pub chart: Arc<Chart>,
    /// Which one it is.
    pub reference: ChartRef,
    /// The chart as records keep it, one per set of enabled children.
    pub stored: store::Stored,
}

/// What a draft is made from.
pub struct Job<'a> {
    /// What is wanted.
    pub desired: &'a Desired,
    /// What is known of the release.
    pub known: &'a Known,
    /// The chart; a backout and a removal need none.
    pub chart: Option<&'a Loaded>,
    /// What the cluster can do.
    pub capabilities: &'a Capabilities,
    /// The files of the inventory.
    pub files: &'a dyn Files,
    /// Scopes, list keys and defaults of kinds.
    pub schema: &'a Schema,
}

/// What one target would be. While a fleet waits for its turn the objects are packed.
pub struct Draft<Objects = ObjectSet> {
    /// The objects, in install order.
    pub objects: Objects,
    /// What is in `crds/`, where this way touches it: no part of the release.
    pub definitions: Objects,
    /// What the record keeps; `None` for a removal.
    pub parts: Option<Parts>,
    /// The chart; `None` for a removal.
    pub chart: Option<ChartRef>,
    /// The hooks that will run, in order.
    pub hooks: Vec<HookPlan>,
    /// What templates looked up, with a hash of each answer; the owner of the host fills it in.
    pub looked: BTreeMap<Lookup, String>,
    /// What Helm would print on stderr.
    pub warnings: Vec<String>,
}

impl Draft {
    /// All its objects, definitions first.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.definitions.iter().chain(self.objects.iter())
    }

    /// Puts the objects away.
    pub fn pack(self) -> Sketch {
        let pack = |set: &ObjectSet| set.iter().map(|object| Packed::of(object)).collect();
        Draft {
            objects: pack(&self.objects),
            definitions: pack(&self.definitions),
            parts: self.parts,
            chart: self.chart,
            hooks: self.hooks,
            looked: self.looked,
            warnings: self.warnings,
        }
    }
}

/// A draft that waits for its turn.
pub type Sketch = Draft<Vec<Packed>>;

impl Sketch {
    /// With the objects again.
    pub fn unpack(self) -> Result<Draft, Diagnostic> {
        let unpack = |packed: &[Packed]| {
            let objects = packed.iter().map(|one| one.unpack().map(Arc::new));
            objects.collect::<Result<ObjectSet, Diagnostic>>()
        };
        Ok(Draft {
            objects: unpack(&self.objects)?,
            definitions: unpack(&self.definitions)?,
            parts: self.parts,
            chart: self.chart,
            hooks: self.hooks,
            looked: self.looked,
            warnings: self.warnings,
        })
    }
}

/// Makes the draft of one target.
pub fn draft(job: &Job<'_>, host: &dyn helm::Host) -> Result<Draft, Diagnostics> {
    let release = &job.desired.spec.release.name;
    let made = match (job.desired.to, job.chart) {
        (To::Absent, _) => removal(job),
        (To::Inventory, Some(chart)) => rendered(job, chart, host),
        (To::Inventory, None) => {
            Err(Diagnostic::error(format!("release {release} has no chart")).into())
        }
        (To::Previous, _) => Err(nothing_saved(release).into()),
        (To::Recorded { .. }, _) => recorded(job, Operation::Rollback),
        (To::Again { operation, .. }, _) => recorded(job, operation),
    };
    made.map_err(|faults| named(faults, &job.desired.spec.name))
}

fn nothing_saved(release: &str) -> Diagnostic {
    Diagnostic::new(
        Kind::Refused,
        format!("no run has changed release {release}: there is no previous state"),
    )
    .hint("--to revision:N; rollbook history TARGET lists the revisions")
}

fn named(mut faults: Diagnostics, target: &Arc<str>) -> Diagnostics {
    for fault in &mut faults.0 {
        fault.target.get_or_insert_with(|| target.clone());
    }
    faults
}

fn removal(job: &Job<'_>) -> Result<Draft, Diagnostics> {
    let hooks = match job.known.before(To::Absent) {
        Some(last) => hooks_of(
            last.hooks.reveal(),
            "delete",
            &job.desired.spec.namespace,
            job.schema,
        )?,
        None => Vec::new(),
    };
    Ok(Draft {
        objects: ObjectSet::default(),
        definitions: ObjectSet::default(),
        parts: None,
        chart: None,
        hooks,
        looked: BTreeMap::new(),
        warnings: Vec::new(),
    })
}

fn rendered(job: &Job<'_>, chart: &Loaded, host: &dyn helm::Host) -> Result<Draft, Diagnostics> {
    let spec = &job.desired.spec;
    let values = user_values(&spec.release, job.known.base.as_deref(), job.files)?;
    let options = RenderOptions {
        bodies: true,
        ..options(job)
    };
    let reused = reused(job, chart);
    let source = reused.as_ref().unwrap_or(&chart.chart);
    let rendered = engine::render(source, &values, &options, host)
        .map_err(|error| render_fault(chart, spec, &error))?;
    let stored = match &reused {
        Some(_) => Arc::new(chart_json(&rendered.program)),
        None => chart.stored.chart(&rendered.program),
    };
    let parts = Parts::of(&rendered, stored, Value::Object(values.table));
    let event = if options.is_upgrade {
        "upgrade"
    } else {
        "install"
    };
    let definitions = definitions(&rendered, spec.release.crds, options.is_upgrade);
    let bodies = rendered.manifests.into_iter();
    let bodies = bodies.filter_map(|m| Some((m.path.into(), m.body?)));
    Ok(Draft {
        objects: manifest::object_set(manifest::objects(bodies, &spec.namespace, job.schema)?)?,
        definitions: objects_of(&definitions, &spec.namespace, job.schema)?,
        hooks: hooks_of(
            &Value::Array(parts.hooks.clone()),
            event,
            &spec.namespace,
            job.schema,
        )?,
        parts: Some(parts),
        chart: Some(chart.reference.clone()),
        looked: BTreeMap::new(),
        warnings: rendered.warnings,
    })
}

/// `reuse`: the chart on the default values of the live revision's chart, as Helm makes it.
fn reused(job: &Job<'_>, chart: &Loaded) -> Option<Chart> {
    let reuses = job.desired.spec.release.values_from == ValuesFrom::Reuse;
    let live = job.known.target.as_deref().filter(|_| reuses)?;
    Some(chart.chart.with_values(coalesced(live)))
}

pub(super) fn options(job: &Job<'_>) -> RenderOptions {
    let spec = &job.desired.spec;
    let mut options = RenderOptions::new(&*spec.release.name, &*spec.namespace, Profile::HELM_3);
    let next = job
        .known
        .history
        .last()
        .map_or(1, |revision| revision.number + 1);
    options.revision = next.into();
    options.is_upgrade = !job.known.history.is_absent();
    options.capabilities.kube_version = job.capabilities.kube_version.clone();
    options.capabilities.api_versions = job.capabilities.api_versions.clone();
    options.crds_first = is_defined(spec.release.crds, options.is_upgrade);
    options
}

/// Helm creates what is in `crds/` on the first install, and never touches it again.
fn is_defined(crds: Crds, is_upgrade: bool) -> bool {
    match crds {
        Crds::Create => !is_upgrade,
        Crds::Upgrade => true,
        Crds::Skip => false,
    }
}

/// The manifest of what is in `crds/`, where it is touched.
fn definitions(rendered: &Rendered, crds: Crds, is_upgrade: bool) -> String {
    let defined = rendered.crds.iter();
    let defined = defined.filter(|_| is_defined(crds, is_upgrade));
    defined
        .map(|crd| format!("---\n# Source: {}\n{}\n", crd.path, crd.text()))
        .collect()
}

fn render_fault(chart: &Loaded, spec: &TargetSpec, error: &engine::Error) -> Diagnostic {
    let (name, version) = (&chart.reference.name, &chart.reference.version);
    let fault = fault::of_render(error);
    let fault = match (&fault.at, fault::misfit(error)) {
        (None, Some(path)) => match place(spec, &path) {
            Some(at) => fault.at(at),
            None => fault,
        },
        _ => fault,
    };
    Diagnostic {
        message: format!("chart {name} {version}: {}", fault.message),
        ..fault
    }
}

/// Where the inventory says the value.
fn place(spec: &TargetSpec, path: &[String]) -> Option<Location> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    Some(spec.release.place_of(&path)?.location())
}

fn recorded(job: &Job<'_>, operation: Operation) -> Result<Draft, Diagnostics> {
    let spec = &job.desired.spec;
    let namespace = &spec.namespace;
    let missing = || {
        let what = format!("release {} has no such revision", spec.release.name);
        Diagnostic::new(Kind::Refused, what)
    };
    let record = job.known.target.as_deref().ok_or_else(missing)?;
    let event = operation.event();
    let parts = Parts {
        chart: record.chart.clone(),
        config: record.config.reveal().clone(),
        manifest: record.manifest.reveal().clone(),
        hooks: record
            .hooks
            .reveal()
            .as_array()
            .cloned()
            .unwrap_or_default(),
        notes: record.info.notes.reveal().clone(),
    };
    Ok(Draft {
        objects: objects_of(&parts.manifest, namespace, job.schema)?,
        definitions: ObjectSet::default(),
        hooks: hooks_of(record.hooks.reveal(), event, namespace, job.schema)?,
        parts: Some(parts),
        chart: Some(chart_of(record)),
        looked: BTreeMap::new(),
        warnings: Vec::new(),
    })
}

/// The chart that a record tells of.
pub fn chart_of(record: &Record) -> ChartRef {
    ChartRef {
        name: record.chart_field("name").into(),
        version: record.chart_field("version").into(),
        digest: None,
    }
}

/// The objects of a manifest text.
pub fn objects_of(
    manifest: &str,
    namespace: &str,
    schema: &Schema,
) -> Result<ObjectSet, Diagnostics> {
    manifest::object_set(manifest::parse(manifest, namespace, schema)?)
}

/// The hooks of `pre-EVENT` and `post-EVENT`, in the order in which they run.
fn hooks_of(
    hooks: &Value,
    event: &str,
    namespace: &str,
    schema: &Schema,
) -> Result<Vec<HookPlan>, Diagnostics> {
    let mut plans = hooks_on(hooks, &format!("pre-{event}"), namespace, schema)?;
    plans.extend(hooks_on(
        hooks,
        &format!("post-{event}"),
        namespace,
        schema,
    )?);
    Ok(plans)
}

/// The hooks of one event, in the order in which they run.
pub(super) fn hooks_on(
    hooks: &Value,
    event: &str,
    namespace: &str,
    schema: &Schema,
) -> Result<Vec<HookPlan>, Diagnostics> {
    let mut plans = Vec::new();
    for hook in hooks.as_array().into_iter().flatten() {
        let events = hook["events"].as_array().into_iter().flatten();
        if events.into_iter().any(|e| e.as_str() == Some(event)) {
            plans.extend(hook_plan(hook, event, namespace, schema)?);
        }
    }
    plans.sort_by(|a, b| (a.weight, &a.id.name).cmp(&(b.weight, &b.id.name)));
    Ok(plans)
}

fn hook_plan(
    hook: &Value,
    event: &str,
    namespace: &str,
    schema: &Schema,
) -> Result<Option<HookPlan>, Diagnostics> {
    let text = hook["manifest"].as_str().unwrap_or_default();
    let policies = hook["delete_policies"].as_array().into_iter().flatten();
    let object = manifest::parse(text, namespace, schema)?.into_iter().next();
    Ok(object.map(|object| HookPlan {
        event: event.into(),
        id: object.id,
        weight: hook["weight"].as_i64().unwrap_or(0),
        delete_policies: policies
            .filter_map(|p| p.as_str().map(str::to_owned))
            .collect(),
    }))
}
