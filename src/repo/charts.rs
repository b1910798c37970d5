//! The source of all charts of a run. The main type here is [`Charts`].

use super::http::Http;
use super::oci::Oci;
use super::remote::Remote;
use super::{Access, ChartRequest, ChartSource, Download, Fetched, Reference, local};
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
    access: Arc<Access>,
    remote: Remote,
    oci: Oci,
    asked: Mutex<HashMap<ChartRequest, Once>>,
}

/// Where a request points.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Oci(String),
    Archive(String),
    Repository { url: String, chart: String },
    Shelf(String),
    Path,
}

impl Charts {
    /// Local charts through `files`, downloads as `access` says.
    pub fn new(files: Arc<dyn Files>, access: Access) -> Charts {
        let (http, access) = (Arc::new(Http::default()), Arc::new(access));
        Charts {
            files,
            remote: Remote::new(http.clone(), access.clone()),
            oci: Oci::new(http, access.clone()),
            access,
            asked: Mutex::default(),
        }
    }

    /// A chart as it comes, not yet loaded.
    pub async fn download(&self, request: &ChartRequest) -> Result<Download, Diagnostic> {
        let version = request.version.as_deref();
        match self.place(request)? {
            Place::Oci(reference) => self.oci.fetch(&reference, version).await,
            Place::Archive(url) => self.remote.fetch_url(&url).await,
            Place::Repository { url, chart } => self.remote.fetch(&url, &chart, version).await,
            Place::Shelf(repo) => self.shelved(&repo, request),
            Place::Path => self.at_path(request),
        }
    }

    /// The versions of a chart in a repository, newest first.
    pub async fn versions(&self, repo: &str, chart: &str) -> Result<Vec<String>, Diagnostic> {
        match below(self.repository(repo)?, chart) {
            Some(Place::Oci(reference)) => self.oci.versions(&Reference::parse(&reference)?).await,
            Some(Place::Repository { url, chart }) => self.remote.versions(&url, &chart).await,
            _ => Err(
                Diagnostic::error(format!("{repo} is not the URL of a chart repository"))
                    .hint("https://…, oci://…, file://… or @NAME of one that Helm knows"),
            ),
        }
    }

    /// A repository's URL, also for `@NAME` and `alias:NAME` of one that Helm knows.
    pub fn repository<'a>(&'a self, repo: &'a str) -> Result<&'a str, Diagnostic> {
        let name = repo
            .strip_prefix('@')
            .or_else(|| repo.strip_prefix("alias:"));
        match name {
            None => Ok(repo),
            Some(name) => {
                let url = self.access.known.url(name);
                url.ok_or_else(|| unknown(&self.access, name))
            }
        }
    }

    fn place(&self, request: &ChartRequest) -> Result<Place, Diagnostic> {
        let chart = &*request.chart;
        let here = || self.files.is_dir(&request.base.join(chart)).is_some();
        Ok(match request.repo.as_deref() {
            _ if chart.starts_with("oci://") => Place::Oci(chart.to_owned()),
            _ if is_url(chart) => Place::Archive(chart.to_owned()),
            Some(repo) => self.in_repository(repo, chart)?,
            // As Helm: what is here goes before a repository of the same name.
            None if here() => Place::Path,
            None => self.named(chart).unwrap_or(Place::Path),
        })
    }

    fn in_repository(&self, repo: &str, chart: &str) -> Result<Place, Diagnostic> {
        let repo = self.repository(repo)?;
        Ok(below(repo, chart).unwrap_or_else(|| Place::Shelf(repo.to_owned())))
    }

    /// `NAME/CHART` of a repository that Helm knows.
    fn named(&self, chart: &str) -> Option<Place> {
        let (name, chart) = chart.split_once('/')?;
        below(self.access.known.url(name)?, chart)
    }

    fn shelved(&self, repo: &str, request: &ChartRequest) -> Result<Download, Diagnostic> {
        let shelf = request.base.join(repo);
        match self.files.is_dir(&shelf) {
            Some(true) => local::among(&*self.files, &shelf, request),
            _ => Err(no_repository(&shelf)),
        }
    }

    fn at_path(&self, request: &ChartRequest) -> Result<Download, Diagnostic> {
        let chart = &*request.chart;
        let found = local::at(&*self.files, &request.base.join(chart));
        let missing = |fault: Diagnostic| match chart.split_once('/') {
            _ if fault.hint.is_some() => fault,
            _ if self.files.is_dir(&request.base.join(chart)).is_some() => fault,
            None => fault.note("release.repo is not set, so the chart is taken for a path"),
            Some((name, rest))
                if !name.starts_with('.') && !name.is_empty() && !rest.contains('/') =>
            {
                fault.note(format!("nor does Helm know a repository {name}"))
            }
            Some(_) => fault,
        };
        found.map_err(missing)
    }
}

#[async_trait]
impl ChartSource for Charts {
    async fn fetch(&self, request: &ChartRequest) -> Result<Arc<Fetched>, Diagnostic> {
        let cell = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.entry(request.clone()).or_default().clone()
        };
        let fetch = || async { self.download(request).await?.load().map(Arc::new) };
        cell.get_or_init(fetch).await.clone()
    }
}

/// A chart of a repository that is asked over the network.
fn below(repo: &str, chart: &str) -> Option<Place> {
    if repo.starts_with("oci://") {
        let repo = repo.trim_end_matches('/');
        return Some(Place::Oci(format!("{repo}/{chart}")));
    }
    is_url(repo).then(|| Place::Repository {
        url: repo.to_owned(),
        chart: chart.to_owned(),
    })
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn unknown(access: &Access, name: &str) -> Diagnostic {
    let fault = Diagnostic::error(format!("Helm knows no repository {name}"));
    match crate::yaml::nearest(name, access.known.names()) {
        Some(near) => fault.hint(near),
        None => fault.hint(format!("helm repo add {name} URL")),
    }
}

fn no_repository(shelf: &Path) -> Diagnostic {
    let what = format!("there is no directory of charts at {}", shelf.display());
    Diagnostic::error(what)
        .hint("release.repo is an https:// or oci:// URL, or a directory of charts")
}
