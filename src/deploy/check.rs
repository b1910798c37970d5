//! Is the target still what the plan saw?

use super::fault::{fault, moved};
use super::session::Session;
use crate::cluster::{View, ViewRequest};
use crate::diag::Diagnostic;
use crate::manifest::{self, ObjectSet};
use crate::plan;
use std::sync::Arc;

impl Session<'_> {
    /// Refuses a target that has moved, by the first place that differs. Reads it anew unless the
    /// caller has just read the whole wave.
    pub(super) async fn check(&self) -> Result<(), Diagnostic> {
        let view = match &self.options.view {
            Some(view) => view.clone(),
            None => Arc::new(self.view().await?),
        };
        match plan::moved(&self.release.changes, &self.live(&view)?) {
            Some(what) => Err(moved(what)),
            None => Ok(()),
        }
    }

    async fn view(&self) -> Result<View, Diagnostic> {
        let changes = || self.release.changes.iter();
        let request = ViewRequest {
            namespaces: [self.target.namespace.clone()].into(),
            kinds: changes().map(|c| c.gvk.clone()).collect(),
            objects: changes().map(|c| c.id.clone()).collect(),
        };
        let view = self.ways.cluster.view(&request).await;
        view.map_err(|e| fault(format!("namespace {}", self.target.namespace), e))
    }

    fn live(&self, view: &View) -> Result<ObjectSet, Diagnostic> {
        let changes = self.release.changes.iter();
        let found = changes.filter_map(|c| Some((c, view.at(&c.gvk, &c.id)?)));
        let decoded = found.map(|(change, live)| {
            let object = manifest::decode(live.id.clone(), live.gvk.clone(), live.raw.get())?;
            let known = change
                .live
                .as_ref()
                .and_then(|seen| object.with_unknown_from(seen));
            Ok(Arc::new(known.unwrap_or(object)))
        });
        decoded.collect()
    }
}
