//! What targets would be, without a cluster: what change previews keep.
//!
//! The same render as for a plan, with a clock that stands still. Where a recording stands for the
//! cluster it is the render of the next operation: an upgrade where it knows the release, with
//! its revision, its live values, what the cluster serves and what `lookup` finds. Without one it
//! is a first install. Whatever is secret (Secrets, values that stand in one, vaulted values) is
//! masked before it leaves here.

use super::host::LiveHost;
use super::known::{self, Known, Releases, place};
use super::offline::Still;
use super::render::{self, Draft, Job, Loaded};
use super::secrets::Sources;
use super::{Desired, Planner, values};
use crate::cluster::{Capabilities, Cluster, ClusterError};
use crate::diag::{Diagnostic, Diagnostics};
use crate::manifest;
use crate::plan::ChartRef;
use crate::preview::{Content, Rendered};
use crate::sensitive::{self, Mask, Veil};
use helm::Host;
use helm::chart::Profile;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one target would be, and the chart that makes it so.
pub struct Drawn {
    /// The preview; `None` for a target that should have no release.
    pub rendered: Option<Rendered>,
    /// The chart.
    pub chart: Option<ChartRef>,
}

/// Draws the targets of one cluster, in parallel, in order. `recording` stands for the cluster.
pub async fn draw(
    planner: &Planner,
    recording: Option<&Arc<dyn Cluster>>,
    wanted: &[Desired],
) -> Vec<Result<Drawn, Diagnostics>> {
    let ground = match recording {
        Some(cluster) => Ground::recorded(cluster, wanted).await,
        None => Ok(Ground::default()),
    };
    let ground = match ground {
        Ok(ground) => ground,
        Err(error) => return wanted.iter().map(|one| Err(fault(one, &error))).collect(),
    };
    let charts = planner.charts.all(wanted).await;
    let hosts: Vec<AtRest> = wanted.iter().map(|_| AtRest::new(recording)).collect();
    let one = |((desired, chart), host): ((&Desired, Option<_>), &AtRest)| {
        let chart: Option<Arc<Loaded>> = chart.transpose()?;
        let job = Job {
            desired,
            known: ground
                .known
                .get(&place(&desired.spec))
                .unwrap_or(&ground.nothing),
            chart: chart.as_deref(),
            capabilities: &ground.capabilities,
            files: &*planner.files,
            schema: &planner.options.schema,
        };
        let draft = render::draft(&job, host)?;
        Ok(Drawn {
            rendered: rendered(&job, &draft, &planner.known)?,
            chart: draft.chart,
        })
    };
    let all = || {
        let jobs = wanted.par_iter().zip(charts).zip(&hosts);
        jobs.map(one).collect()
    };
    tokio::task::block_in_place(|| planner.pool.install(all))
}

/// What renders stand on: releases, and what the cluster can do.
struct Ground {
    known: Releases,
    nothing: Known,
    capabilities: Capabilities,
}

impl Default for Ground {
    /// No release, and what Helm assumes without a cluster.
    fn default() -> Ground {
        let offline = helm::engine::Capabilities::offline(&Profile::HELM_3);
        Ground {
            known: Releases::new(),
            nothing: Known::default(),
            capabilities: Capabilities {
                kube_version: offline.kube_version,
                api_versions: offline.api_versions,
            },
        }
    }
}

impl Ground {
    async fn recorded(
        cluster: &Arc<dyn Cluster>,
        wanted: &[Desired],
    ) -> Result<Ground, ClusterError> {
        let specs: Vec<_> = wanted.iter().map(|one| &one.spec).collect();
        let mut known = known::histories(&**cluster, &specs).await?;
        known::bodies(&**cluster, &mut known, &BTreeMap::new()).await?;
        Ok(Ground {
            known,
            nothing: Known::default(),
            capabilities: cluster.capabilities().await?,
        })
    }
}

fn fault(desired: &Desired, error: &ClusterError) -> Diagnostics {
    let fault = Diagnostic::new(
        error.diagnostic().kind,
        format!("the recording can't be read: {error}"),
    );
    fault.target(desired.spec.name.clone()).into()
}

/// Time and chance stand still; `lookup` finds what is recorded.
struct AtRest {
    still: Still,
    recorded: Option<LiveHost>,
}

impl AtRest {
    fn new(recording: Option<&Arc<dyn Cluster>>) -> AtRest {
        let still = Still::default();
        let recorded = recording.map(|one| {
            let runtime = tokio::runtime::Handle::current();
            LiveHost::new(one.clone(), runtime, still.now())
        });
        AtRest { still, recorded }
    }
}

impl Host for AtRest {
    fn now(&self) -> jiff::Zoned {
        self.still.now()
    }

    fn random(&self, out: &mut [u8]) {
        self.still.random(out);
    }

    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String> {
        match &self.recorded {
            Some(host) => host.lookup(api_version, kind, namespace, name),
            None => Ok(None),
        }
    }
}

fn rendered(
    job: &Job<'_>,
    draft: &Draft,
    vaulted: &sensitive::Known,
) -> Result<Option<Rendered>, Diagnostics> {
    let spec = &job.desired.spec;
    let (Some(parts), Some(chart)) = (&draft.parts, &draft.chart) else {
        return Ok(None);
    };
    let secrets = Sources {
        spec,
        known: vaulted,
        values: &[&parts.config],
        objects: &[&draft.objects],
        hooks: &parts.hooks,
    };
    let veil = secrets.hidden().veil(&Mask::Plain);
    let objects = draft.definitions.iter().chain(draft.objects.iter());
    let objects = objects.map(|o| (o.id.to_string(), o.masked(&veil)));
    Ok(Some(Rendered {
        target: spec.name.clone(),
        namespace: spec.namespace.clone(),
        content: Content {
            chart: format!("{} {}", chart.name, chart.version),
            values: values::masked(&parts.config, &draft.objects, &veil),
            objects: objects.collect(),
            hooks: hooks(job, &parts.hooks, &veil)?,
        },
    }))
}

/// The hooks by their events: `post-install Job c1-seed`.
fn hooks(
    job: &Job<'_>,
    hooks: &[Value],
    veil: &Veil,
) -> Result<BTreeMap<String, Value>, Diagnostics> {
    let mut found = BTreeMap::new();
    for hook in hooks {
        let events = hook["events"].as_array().into_iter().flatten();
        let events: Vec<&str> = events.filter_map(Value::as_str).collect();
        let text = hook["manifest"].as_str().unwrap_or_default();
        for object in manifest::parse(text, &job.desired.spec.namespace, job.schema)? {
            let id = format!("{} {}", events.join(","), object.id);
            found.insert(id, object.masked(veil));
        }
    }
    Ok(found)
}
