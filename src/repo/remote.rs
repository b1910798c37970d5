//! An HTTP chart repository: its index once per run, its archives once per digest. The main type
//! here is [`Remote`].

use super::credentials::{Credentials, Login, split};
use super::http::Http;
use super::index::{Entry, Index};
use super::{Cache, ChartRequest, Content, Fetched};
use crate::diag::{Diagnostic, Kind};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use url::Url;

/// What an archive may hold, in bytes: what is unpacked from it has the same limit.
const ARCHIVE_LIMIT: u64 = helm::chart::archive::MAX_CHART;

/// What an index may hold, in bytes.
const INDEX_LIMIT: u64 = 64 << 20;

type Once<T> = Arc<OnceCell<Result<Arc<T>, Diagnostic>>>;

/// All HTTP repositories of a run.
#[derive(Debug)]
pub struct Remote {
    http: Http,
    cache: Cache,
    credentials: Credentials,
    indexes: Mutex<HashMap<Url, Once<Index>>>,
}

/// A repository, and who we are to it.
struct Repository {
    url: Url,
    login: Option<Login>,
}

impl Remote {
    /// With archives kept in `cache`.
    pub fn new(cache: Cache, credentials: Credentials) -> Result<Remote, Diagnostic> {
        Ok(Remote {
            http: Http::new()?,
            cache,
            credentials,
            indexes: Mutex::default(),
        })
    }

    /// The chart that `request` names in the repository `repo`.
    pub async fn fetch(&self, repo: &str, request: &ChartRequest) -> Result<Fetched, Diagnostic> {
        let repository = self.repository(repo)?;
        let index = self.index(&repository).await?;
        let wanted = request.version.as_deref();
        let entry = index.find(repository.url.as_str(), &request.chart, wanted)?;
        let url = repository.archive(entry, &request.chart)?;
        let content = self.archive(&repository, &url, entry).await?;
        let fetched = content.load(url.as_str())?;
        agrees(&fetched, request, entry, &url)?;
        Ok(fetched)
    }

    /// The archive at `url` itself.
    pub async fn fetch_url(&self, url: &str) -> Result<Fetched, Diagnostic> {
        let place = self.repository(url)?;
        let login = place.login.as_ref();
        let bytes = self.http.get(&place.url, login, ARCHIVE_LIMIT).await?;
        Content::Archive(bytes).load(place.url.as_str())
    }

    fn repository(&self, repo: &str) -> Result<Repository, Diagnostic> {
        let parsed = Url::parse(repo).ok().filter(Url::has_host);
        // The text may hold a password, so it is not quoted.
        let fault = || Diagnostic::error("the URL of a chart repository can't be read");
        let (url, login) = split(parsed.ok_or_else(fault)?);
        let login = login.or_else(|| self.credentials.of(&url).cloned());
        Ok(Repository { url, login })
    }

    /// The index, asked for once however many targets want it at the same time.
    async fn index(&self, repository: &Repository) -> Result<Arc<Index>, Diagnostic> {
        let cell = {
            let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
            indexes.entry(repository.url.clone()).or_default().clone()
        };
        let read = cell.get_or_init(|| self.read_index(repository));
        read.await.clone()
    }

    async fn read_index(&self, repository: &Repository) -> Result<Arc<Index>, Diagnostic> {
        let url = repository.below("index.yaml")?;
        let login = repository.login.as_ref();
        let bytes = self.http.get(&url, login, INDEX_LIMIT).await?;
        Index::parse(&bytes, url.as_str()).map(Arc::new)
    }

    async fn archive(
        &self,
        repository: &Repository,
        url: &Url,
        entry: &Entry,
    ) -> Result<Content, Diagnostic> {
        let pinned = entry.pinned();
        if let Some(kept) = pinned.as_deref().and_then(|digest| self.cache.get(digest)) {
            return Ok(kept);
        }
        let login = repository.login.as_ref();
        let login = login.filter(|l| l.goes_to(url, &repository.url));
        let bytes = self.http.get(url, login, ARCHIVE_LIMIT).await?;
        let content = Content::Archive(bytes.clone());
        let digest = content.digest();
        match pinned {
            Some(told) if told != digest => Err(wrong_digest(url, &told, &digest)),
            _ => {
                self.cache.put(&digest, &bytes);
                Ok(content)
            }
        }
    }
}

impl Repository {
    fn below(&self, path: &str) -> Result<Url, Diagnostic> {
        let mut root = self.url.clone();
        if !root.path().ends_with('/') {
            root.set_path(&format!("{}/", self.url.path()));
        }
        let fault = |e| Diagnostic::error(format!("{} and {path:?} make no URL: {e}", self.url));
        let mut url = root.join(path).map_err(fault)?;
        if url.query().is_none() && url.host() == self.url.host() {
            url.set_query(self.url.query());
        }
        Ok(url)
    }

    fn archive(&self, entry: &Entry, chart: &str) -> Result<Url, Diagnostic> {
        let what = || {
            let version = &entry.version;
            format!("{} tells no URL for chart {chart} {version}", self.url)
        };
        let told = entry.urls.first();
        self.below(told.ok_or_else(|| Diagnostic::error(what()))?)
    }
}

fn wrong_digest(url: &Url, told: &str, is: &str) -> Diagnostic {
    Diagnostic::new(Kind::Refused, format!("{url} is not what the index says"))
        .note(format!("index    {told}"))
        .note(format!("archive  {is}"))
        .hint("ask who publishes the chart; it was replaced, or the download is broken")
}

/// The archive must be the chart that the index promised.
fn agrees(
    fetched: &Fetched,
    request: &ChartRequest,
    entry: &Entry,
    url: &Url,
) -> Result<(), Diagnostic> {
    let is = &fetched.reference;
    if is.name == request.chart && *is.version == *entry.version {
        return Ok(());
    }
    let what = format!(
        "{url} holds chart {} {}, but the index says {} {}",
        is.name, is.version, request.chart, entry.version
    );
    Err(Diagnostic::new(Kind::Refused, what))
}
