//! The source of all charts of a run. The main type here is [`Charts`].

use super::remote::Remote;
use super::{Cache, ChartRequest, ChartSource, Credentials, Fetched, local};
use crate::diag::Diagnostic;
use crate::files::Files;
use async_trait::async_trait;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

type Once = Arc<OnceCell<Result<Arc<Fetched>, Diagnostic>>>;

/// Fetches each chart once, however many targets ask for it at the same time.
pub struct Charts {
    files: Arc<dyn Files>,
    remote: Remote,
    asked: Mutex<HashMap<ChartRequest, Once>>,
}

/// Where a request points.
enum Place<'a> {
    Oci(&'a str),
    Archive(&'a str),
    Repository(&'a str),
    Shelf(&'a str),
    Path,
}

impl Charts {
    /// Local charts through `files`, downloads kept in `cache`.
    pub fn new(
        files: Arc<dyn Files>,
        cache: Cache,
        credentials: Credentials,
    ) -> Result<Charts, Diagnostic> {
        Ok(Charts {
            files,
            remote: Remote::new(cache, credentials)?,
            asked: Mutex::default(),
        })
    }

    async fn find(&self, request: &ChartRequest) -> Result<Arc<Fetched>, Diagnostic> {
        let found = match place(request) {
            Place::Oci(reference) => Err(no_oci(reference)),
            Place::Archive(url) => self.remote.fetch_url(url).await,
            Place::Repository(repo) => self.remote.fetch(repo, request).await,
            Place::Shelf(repo) => self.shelved(repo, request),
            Place::Path => self.at_path(request),
        };
        found.map(Arc::new)
    }

    fn shelved(&self, repo: &str, request: &ChartRequest) -> Result<Fetched, Diagnostic> {
        let shelf = request.base.join(repo);
        match self.files.is_dir(&shelf) {
            Some(true) => local::among(&*self.files, &shelf, request),
            _ => Err(no_repository(&shelf)),
        }
    }

    fn at_path(&self, request: &ChartRequest) -> Result<Fetched, Diagnostic> {
        let fetched = local::at(&*self.files, &request.base.join(&*request.chart));
        let wants_repo = |fault: Diagnostic| match request.chart.contains('/') {
            true => fault,
            false => fault.note("release.repo is not set, so the chart is taken for a path"),
        };
        fetched.map_err(wants_repo)
    }
}

#[async_trait]
impl ChartSource for Charts {
    async fn fetch(&self, request: &ChartRequest) -> Result<Arc<Fetched>, Diagnostic> {
        let cell = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.entry(request.clone()).or_default().clone()
        };
        cell.get_or_init(|| self.find(request)).await.clone()
    }
}

fn place(request: &ChartRequest) -> Place<'_> {
    let chart = &*request.chart;
    match request.repo.as_deref() {
        Some(repo) if repo.starts_with("oci://") => Place::Oci(repo),
        _ if chart.starts_with("oci://") => Place::Oci(chart),
        _ if is_url(chart) => Place::Archive(chart),
        Some(repo) if is_url(repo) => Place::Repository(repo),
        Some(repo) => Place::Shelf(repo),
        None => Place::Path,
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn no_oci(reference: &str) -> Diagnostic {
    Diagnostic::error(format!(
        "{reference}: charts in OCI registries can't be read"
    ))
    .hint("an https:// chart repository, or a path")
}

fn no_repository(shelf: &Path) -> Diagnostic {
    let what = format!("there is no directory of charts at {}", shelf.display());
    Diagnostic::error(what).hint("release.repo is an https:// URL, or a directory of charts")
}
