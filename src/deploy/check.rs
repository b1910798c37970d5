//! Is the target still what the plan saw?

use super::fault::{fault, moved};
use super::session::Session;
use crate::cluster::{Access, Live, View, ViewRequest};
use crate::diag::Diagnostic;
use crate::manifest::{Gvk, Object, ObjectSet};
use crate::pipeline::host::look_up;
use crate::plan::{self, Action, Lookup, ObjectChange, TargetPlan};
use crate::release::{Driver, Holder};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What must be read of these targets before they are written to.
pub fn reads<'p>(plans: impl IntoIterator<Item = &'p TargetPlan>) -> ViewRequest {
    let mut request = ViewRequest::default();
    for plan in plans {
        let changes = plan.release.iter().flat_map(|release| &release.changes);
        request.namespaces.insert(plan.namespace.clone());
        for change in changes {
            request.kinds.insert(change.gvk.clone());
            request
                .objects
                .insert(change.id.clone(), change.gvk.clone());
        }
    }
    request
}

/// What will be done to these targets, for the question whether this account may. `driver` says
/// where releases that are new are kept.
pub fn needs<'p>(
    plans: impl IntoIterator<Item = &'p TargetPlan>,
    driver: Driver,
) -> BTreeSet<Access> {
    let mut needs = BTreeSet::new();
    for plan in plans {
        let Some(release) = &plan.release else {
            continue;
        };
        let mut need = |verbs: &[&'static str], gvk: &Gvk, namespace: Option<&Arc<str>>| {
            needs.extend(verbs.iter().map(|verb| Access {
                verb,
                gvk: gvk.clone(),
                namespace: namespace.cloned(),
            }));
        };
        for change in &release.changes {
            let verbs: &[_] = match change.action {
                Action::Create => &["create", "patch"],
                Action::Update => &["patch"],
                Action::Replace => &["delete", "create", "patch"],
                Action::Delete => &["delete"],
                Action::Keep | Action::Unchanged if change.migrate => &["patch"],
                Action::Keep | Action::Unchanged => &[],
            };
            need(verbs, &change.gvk, change.id.namespace.as_ref());
        }
        let own = Some(&plan.namespace);
        let records = ["get", "list", "create", "update", "delete"];
        // Saved states are Secrets, whatever keeps the releases.
        need(&records, &Gvk::new("v1", "Secret"), own);
        let new = release.revision == 0 && driver == Driver::ConfigMap;
        if new || release.config_map {
            need(&records, &Gvk::new("v1", "ConfigMap"), own);
        }
        need(&["get", "create", "update", "delete"], &Holder::gvk(), own);
        if release.creates_namespace {
            need(&["create"], &Gvk::new("v1", "Namespace"), None);
        }
    }
    needs
}

impl Session<'_> {
    /// Refuses a target that has moved, by the first place that differs. Reads it anew unless the
    /// whole wave was read together; then only what will be forced is read again, for a force
    /// takes the fields of whoever came since.
    pub(super) async fn check(&self) -> Result<(), Diagnostic> {
        let live = match &self.options.view {
            Some(view) => self.forced(self.live(view)?, view).await?,
            None => self.live(&self.view().await?)?,
        };
        match plan::moved(&self.release.changes, &live) {
            Some(what) => Err(moved(what)),
            None => self.check_lookups().await,
        }
    }

    async fn forced(&self, mut live: ObjectSet, view: &View) -> Result<ObjectSet, Diagnostic> {
        for change in self.release.changes.iter().filter(|c| c.force) {
            let found = self.ways.cluster.get(&change.gvk, &change.id).await;
            match found.map_err(|e| fault(&change.id, e))? {
                Some(found) => drop(live.insert(decoded(change, &found, view)?)),
                None => drop(live.remove(&change.id)),
            }
        }
        Ok(live)
    }

    /// What templates looked up went into the rendered objects.
    async fn check_lookups(&self) -> Result<(), Diagnostic> {
        for (lookup, hash) in &self.release.lookups {
            let found = look_up(self.ways.cluster, lookup).await;
            let found = found.map_err(|e| fault(format!("lookup of {lookup}"), e))?;
            if Lookup::hash(found.as_ref()) != *hash {
                let what = format!("{lookup}, which the chart looks up, has changed");
                return Err(moved(format!("{what} since the plan was made")));
            }
        }
        Ok(())
    }

    async fn view(&self) -> Result<View, Diagnostic> {
        let view = self.ways.cluster.view(&reads([self.target])).await;
        view.map_err(|e| fault(format!("namespace {}", self.target.namespace), e))
    }

    fn live(&self, view: &View) -> Result<ObjectSet, Diagnostic> {
        let changes = self.release.changes.iter();
        let found = changes.filter_map(|c| Some((c, view.at(&c.gvk, &c.id)?)));
        found
            .map(|(change, live)| decoded(change, live, view))
            .collect()
    }
}

/// A live object, with what the plan saw where a recording holds only a mask.
fn decoded(change: &ObjectChange, live: &Live, view: &View) -> Result<Arc<Object>, Diagnostic> {
    view.known(live, change.live.as_deref()).map(Arc::new)
}
