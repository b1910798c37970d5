//! What targets would be, without a cluster: what change previews keep.
//!
//! The same render as for a plan, of a first install, with a clock that stands still. Whatever is
//! secret (Secrets, values that stand in one, vaulted values) is masked before it leaves here.

use super::known::Known;
use super::offline::Still;
use super::render::{self, Draft, Job, Loaded};
use super::{Desired, Planner, values};
use crate::cluster::Capabilities;
use crate::diag::Diagnostics;
use crate::manifest::{self, Object};
use crate::plan::ChartRef;
use crate::preview::{Content, Rendered};
use crate::sensitive::Mask;
use helm::chart::Profile;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// What one target would be, and the chart that makes it so.
pub struct Drawn {
    /// The preview; `None` for a target that should have no release.
    pub rendered: Option<Rendered>,
    /// The chart.
    pub chart: Option<ChartRef>,
}

/// Draws all targets, in parallel, in order.
pub async fn draw(planner: &Planner, wanted: &[Desired]) -> Vec<Result<Drawn, Diagnostics>> {
    let charts = planner.charts.all(wanted).await;
    let offline = helm::engine::Capabilities::offline(&Profile::HELM_3);
    let capabilities = Capabilities {
        kube_version: offline.kube_version,
        api_versions: offline.api_versions,
    };
    let one = |(desired, chart): (&Desired, Option<_>)| {
        let chart: Option<std::sync::Arc<Loaded>> = chart.transpose()?;
        let job = Job {
            desired,
            known: &Known::default(),
            chart: chart.as_deref(),
            capabilities: &capabilities,
            files: &*planner.files,
            schema: &planner.options.schema,
        };
        let draft = render::draft(&job, &Still::default())?;
        Ok(Drawn {
            rendered: rendered(&job, &draft)?,
            chart: draft.chart,
        })
    };
    let all = || wanted.par_iter().zip(charts).map(one).collect();
    tokio::task::block_in_place(|| planner.pool.install(all))
}

fn rendered(job: &Job<'_>, draft: &Draft) -> Result<Option<Rendered>, Diagnostics> {
    let spec = &job.desired.spec;
    let (Some(parts), Some(chart)) = (&draft.parts, &draft.chart) else {
        return Ok(None);
    };
    let vaulted = values::vaulted(&parts.config, &spec.release.secret_values());
    let hide = |value: Value| values::without(value, &vaulted);
    let masked = |object: &Object| hide(object.masked(&Mask::Plain));
    let objects = draft.objects.iter().map(|o| (o.id.to_string(), masked(o)));
    Ok(Some(Rendered {
        target: spec.name.clone(),
        namespace: spec.namespace.clone(),
        content: Content {
            chart: format!("{} {}", chart.name, chart.version),
            values: hide(values::masked(&parts.config, &draft.objects, &Mask::Plain)),
            objects: objects.collect(),
            hooks: hooks(job, &parts.hooks, &masked)?,
        },
    }))
}

/// The hooks by their events: `post-install Job c1-seed`.
fn hooks(
    job: &Job<'_>,
    hooks: &[Value],
    masked: &dyn Fn(&Object) -> Value,
) -> Result<BTreeMap<String, Value>, Diagnostics> {
    let mut found = BTreeMap::new();
    for hook in hooks {
        let events = hook["events"].as_array().into_iter().flatten();
        let events: Vec<&str> = events.filter_map(Value::as_str).collect();
        let text = hook["manifest"].as_str().unwrap_or_default();
        for object in manifest::parse(text, &job.desired.spec.namespace, job.schema)? {
            let id = format!("{} {}", events.join(","), object.id);
            found.insert(id, masked(&object));
        }
    }
    Ok(found)
}
