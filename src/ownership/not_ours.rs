//! Fields that an autoscaler, a sleeper or a rule keeps from the chart. The main type here is
//! [`NotOurs`].

use super::entry::{Entry, helm_owns};
use crate::manifest::{Object, Path};
use crate::release::Ignore;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// A workload that an autoscaler holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScaleTarget {
    /// The namespace.
    pub namespace: Option<Arc<str>>,
    /// The workload's kind.
    pub kind: Arc<str>,
    /// The workload's name.
    pub name: Arc<str>,
}

/// Says which fields of an object are not the chart's.
#[derive(Clone, Debug, Default)]
pub struct NotOurs {
    /// The workloads that HPAs and ScaledObjects name, live and rendered.
    pub scaled: HashSet<ScaleTarget>,
    /// The inventory's rules, and the paths that tasks of the play write.
    pub rules: Vec<Ignore>,
}

/// The workloads that these objects (HorizontalPodAutoscaler, KEDA's ScaledObject) hold.
pub fn scale_targets<'o>(
    objects: impl IntoIterator<Item = &'o Object>,
) -> impl Iterator<Item = ScaleTarget> {
    objects.into_iter().filter_map(|object| {
        let autoscaler = matches!(
            (&*object.id.group, &*object.id.kind),
            ("autoscaling", "HorizontalPodAutoscaler") | ("keda.sh", "ScaledObject")
        );
        let target = &object.clear()["spec"]["scaleTargetRef"];
        let name = target["name"].as_str().filter(|_| autoscaler)?;
        Some(ScaleTarget {
            namespace: object.id.namespace.clone(),
            kind: target["kind"].as_str().unwrap_or("Deployment").into(),
            name: name.into(),
        })
    })
}

impl NotOurs {
    /// The paths of this object that stay as they are, each with the reason.
    pub fn paths(&self, rendered: &Object, live: &Value) -> Vec<(Path, &'static str)> {
        let replicas = Path::fields(&["spec", "replicas"]);
        let mut found = Vec::new();
        if self.is_scaled(rendered) && replicas.of(live).is_some() {
            found.push((replicas, "an autoscaler holds the replicas"));
        } else if asleep(rendered.clear(), live, &replicas) {
            found.push((replicas, "asleep: somebody holds it at 0"));
        }
        for rule in &self.rules {
            if rule
                .kind
                .as_ref()
                .is_none_or(|kind| *kind == rendered.id.kind)
            {
                let paths = ignored(rule, live);
                found.extend(paths.into_iter().map(|path| (path, "an ignore rule")));
            }
        }
        found
    }

    fn is_scaled(&self, object: &Object) -> bool {
        self.scaled.contains(&ScaleTarget {
            namespace: object.id.namespace.clone(),
            kind: object.id.kind.clone(),
            name: object.id.name.clone(),
        })
    }
}

fn ignored(rule: &Ignore, live: &Value) -> Vec<Path> {
    let Some(manager) = &rule.manager else {
        return rule.path.iter().cloned().collect();
    };
    let entries = Entry::all(live).into_iter();
    let theirs = entries.filter(|entry| *entry.manager == **manager);
    let paths = theirs.flat_map(|entry| entry.fields.paths());
    let covered = |path: &Path| rule.path.as_ref().is_none_or(|own| own.covers(path));
    paths.filter(covered).collect()
}

/// Live 0 where the chart says more, and Helm does not own the field (fact 5).
fn asleep(rendered: &Value, live: &Value, replicas: &Path) -> bool {
    let count = |object: &Value| replicas.of(object).and_then(Value::as_i64);
    count(live) == Some(0) && count(rendered).unwrap_or(1) > 0 && !helm_owns(live, replicas)
}
