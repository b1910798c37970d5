//! The charts of a run, each loaded and compiled once. The main type here is [`Library`].

use super::render::Loaded;
use super::store::Stored;
use super::{Desired, To};
use crate::diag::Diagnostic;
use crate::release::ReleaseSpec;
use crate::repo::{ChartRequest, ChartSource};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The chart of a target; `None` where none is needed.
pub type Chosen = Option<Result<Arc<Loaded>, Diagnostic>>;

/// Charts by digest.
pub struct Library {
    source: Arc<dyn ChartSource>,
    loaded: Mutex<HashMap<Arc<str>, Arc<Loaded>>>,
}

impl Library {
    /// A library over a source.
    pub fn new(source: Arc<dyn ChartSource>) -> Library {
        Library {
            source,
            loaded: Mutex::default(),
        }
    }

    /// The chart of each target; `None` where none is needed.
    pub async fn all(&self, wanted: &[Desired]) -> Vec<Chosen> {
        let mut asked: HashMap<ChartRequest, Result<Arc<Loaded>, Diagnostic>> = HashMap::new();
        let needs = |one: &Desired| (one.to == To::Inventory).then(|| request(&one.spec.release));
        for request in wanted.iter().filter_map(needs) {
            asked
                .entry(request)
                .or_insert_with(|| Err(Diagnostic::error("not fetched")));
        }
        let charts = join_all(asked.keys().map(|request| self.chart(request))).await;
        let charts: HashMap<&ChartRequest, _> = asked.keys().zip(charts).collect();
        let of = |one: &Desired| {
            let chart = needs(one).and_then(|request| charts.get(&request).cloned());
            chart.map(|chart| chart.map_err(|fault| located(fault, &one.spec.release)))
        };
        wanted.iter().map(of).collect()
    }

    /// One chart.
    pub async fn chart(&self, request: &ChartRequest) -> Result<Arc<Loaded>, Diagnostic> {
        let fetched = self.source.fetch(request).await?;
        let digest = fetched.reference.digest.clone().unwrap_or_default();
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chart) = loaded.get(&digest) {
            return Ok(chart.clone());
        }
        let chart = Arc::new(Loaded {
            chart: fetched.chart.clone(),
            reference: fetched.reference.clone(),
            stored: Stored::default(),
        });
        loaded.insert(digest, chart.clone());
        Ok(chart)
    }
}

fn request(release: &ReleaseSpec) -> ChartRequest {
    ChartRequest {
        chart: release.chart.clone(),
        repo: release.repo.clone(),
        version: release.version.clone(),
        base: PathBuf::new(),
    }
}

fn located(fault: Diagnostic, release: &ReleaseSpec) -> Diagnostic {
    match (&fault.at, &release.origin) {
        (None, Some(origin)) => fault.at(origin.clone()),
        _ => fault,
    }
}
