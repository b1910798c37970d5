//! An HTTP chart repository: its index once per run, its archives once per digest. The main type
//! here is [`Remote`].

use super::cache::Validator;
use super::credentials::{Login, split};
use super::http::{Answer, Get, Http, Tls, refused, shown};
use super::index::{Entry, Index};
use super::{Access, Content, Download};
use crate::diag::{Diagnostic, Kind};
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use url::Url;

/// What an archive may hold, in bytes: what is unpacked from it has the same limit.
const ARCHIVE_LIMIT: u64 = helm::chart::archive::MAX_CHART;

/// What an index may hold, in bytes.
const INDEX_LIMIT: u64 = 64 << 20;

/// What a provenance file may hold, in bytes.
const PROVENANCE_LIMIT: u64 = 1 << 20;

type Once<T> = Arc<OnceCell<Result<Arc<T>, Diagnostic>>>;

/// All HTTP repositories of a run.
#[derive(Debug)]
pub struct Remote {
    http: Arc<Http>,
    access: Arc<Access>,
    indexes: Mutex<HashMap<Url, Once<Index>>>,
}

/// A repository, and who we are to it.
struct Repository {
    url: Url,
    login: Option<Login>,
    tls: Tls,
}

impl Remote {
    /// With downloads kept in the cache of `access`.
    pub fn new(http: Arc<Http>, access: Arc<Access>) -> Remote {
        Remote {
            http,
            access,
            indexes: Mutex::default(),
        }
    }

    /// A chart in the repository `repo`.
    pub async fn fetch(
        &self,
        repo: &str,
        chart: &str,
        wanted: Option<&str>,
    ) -> Result<Download, Diagnostic> {
        let repository = self.repository(repo)?;
        let index = self.index(&repository).await?;
        let entry = index.find(&shown(&repository.url), chart, wanted)?;
        let url = repository.archive(entry, chart)?;
        let content = self.archive(&repository, &url, entry).await?;
        agrees(&content, chart, entry, &url)?;
        self.downloaded(&repository, &url, content).await
    }

    /// The archive at `url` itself.
    pub async fn fetch_url(&self, url: &str) -> Result<Download, Diagnostic> {
        let place = self.repository(url)?;
        let get = Get::new(&place.url, &place.tls, ARCHIVE_LIMIT);
        let bytes = self.http.get(get, place.login.as_ref()).await?;
        let url = place.url.clone();
        self.downloaded(&place, &url, Content::Archive(bytes)).await
    }

    /// The versions of a chart, newest first.
    pub async fn versions(&self, repo: &str, chart: &str) -> Result<Vec<String>, Diagnostic> {
        let repository = self.repository(repo)?;
        let index = self.index(&repository).await?;
        index.versions(&shown(&repository.url), chart)
    }

    async fn downloaded(
        &self,
        repository: &Repository,
        url: &Url,
        content: Content,
    ) -> Result<Download, Diagnostic> {
        let provenance = match self.access.asked.provenance {
            true => self.provenance(repository, url).await?,
            false => None,
        };
        let name = url.path_segments().and_then(|mut parts| parts.next_back());
        Ok(Download {
            content,
            origin: shown(url),
            file_name: name.unwrap_or_default().replace("%2B", "+"),
            provenance,
            manifest: None,
        })
    }

    async fn provenance(
        &self,
        repository: &Repository,
        archive: &Url,
    ) -> Result<Option<Arc<[u8]>>, Diagnostic> {
        let mut url = archive.clone();
        url.set_path(&format!("{}.prov", archive.path()));
        let login = repository.login_for(&url);
        let get = Get::new(&url, &repository.tls, PROVENANCE_LIMIT).login(login);
        let answer = self.http.send(&get).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(answer.body)),
            status => Err(refused(&url, status, login)),
        }
    }

    fn repository(&self, repo: &str) -> Result<Repository, Diagnostic> {
        let parsed = Url::parse(repo).ok().filter(Url::has_host);
        // The text may hold a password, so it is not quoted.
        let fault = || Diagnostic::error("the URL of a chart repository can't be read");
        let (url, login) = split(parsed.ok_or_else(fault)?);
        let login = login.or_else(|| self.access.login(&url));
        let tls = self.access.tls(&url);
        Ok(Repository { url, login, tls })
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

    /// The index that is kept, where the server says that it is still the one.
    async fn read_index(&self, repository: &Repository) -> Result<Arc<Index>, Diagnostic> {
        let url = repository.below("index.yaml")?;
        let kept = self.access.cache.index(&url);
        if let Some((_, bytes)) = kept.as_ref().filter(|_| self.access.asked.skip_refresh) {
            return Index::parse(bytes, &shown(&url)).map(Arc::new);
        }
        let login = repository.login.as_ref();
        let mut get = Get::new(&url, &repository.tls, INDEX_LIMIT).login(login);
        get.compressed = true;
        if let Some((validator, _)) = &kept {
            get = conditional(get, validator);
        }
        let answer = self.http.send(&get).await?;
        if let (StatusCode::NOT_MODIFIED, Some((_, bytes))) = (answer.status, &kept) {
            return Index::parse(bytes, &shown(&url)).map(Arc::new);
        }
        if !answer.status.is_success() {
            return Err(refused(&url, answer.status, login));
        }
        let index = Index::parse(&answer.body, &shown(&url))?;
        self.access
            .cache
            .put_index(&url, validator(&answer), &answer.body);
        Ok(Arc::new(index))
    }

    async fn archive(
        &self,
        repository: &Repository,
        url: &Url,
        entry: &Entry,
    ) -> Result<Content, Diagnostic> {
        let pinned = entry.pinned();
        if let Some(kept) = pinned
            .as_deref()
            .and_then(|digest| self.access.cache.get(digest))
        {
            return Ok(Content::Archive(kept));
        }
        let get = Get::new(url, &repository.tls, ARCHIVE_LIMIT);
        let bytes = self.http.get(get, repository.login_for(url)).await?;
        let content = Content::Archive(bytes.clone());
        let digest = content.digest();
        match pinned {
            Some(told) if told != digest => Err(wrong_digest(url, &told, &digest)),
            _ => {
                self.access.cache.put(&digest, &bytes);
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
        let fault = |e| {
            Diagnostic::error(format!(
                "{} and {path:?} make no URL: {e}",
                shown(&self.url)
            ))
        };
        let mut url = root.join(path).map_err(fault)?;
        if url.query().is_none() && url.host() == self.url.host() {
            url.set_query(self.url.query());
        }
        Ok(url)
    }

    /// As Helm: where there are several URLs, the first one counts.
    fn archive(&self, entry: &Entry, chart: &str) -> Result<Url, Diagnostic> {
        let what = || {
            let version = &entry.version;
            format!(
                "{} tells no URL for chart {chart} {version}",
                shown(&self.url)
            )
        };
        let told = entry.urls.first();
        self.below(told.ok_or_else(|| Diagnostic::error(what()))?)
    }

    fn login_for(&self, url: &Url) -> Option<&Login> {
        self.login.as_ref().filter(|l| l.goes_to(url, &self.url))
    }
}

fn conditional<'a>(get: Get<'a>, validator: &Validator) -> Get<'a> {
    let with = |get: Get<'a>, name: HeaderName, value: &Option<String>| match value {
        Some(value) => get.header(name, value),
        None => get,
    };
    let get = with(get, IF_NONE_MATCH, &validator.etag);
    with(get, IF_MODIFIED_SINCE, &validator.last_modified)
}

fn validator(answer: &Answer) -> Validator {
    let text = |name: HeaderName| {
        let value = answer.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    Validator {
        etag: text(ETAG),
        last_modified: text(LAST_MODIFIED),
        ..Validator::default()
    }
}

fn wrong_digest(url: &Url, told: &str, is: &str) -> Diagnostic {
    Diagnostic::new(
        Kind::Refused,
        format!("{} is not what the index says", shown(url)),
    )
    .note(format!("index    {told}"))
    .note(format!("archive  {is}"))
    .hint("ask who publishes the chart; it was replaced, or the download is broken")
}

/// The archive must be the chart that the index promised.
fn agrees(content: &Content, chart: &str, entry: &Entry, url: &Url) -> Result<(), Diagnostic> {
    let (name, version) = content.name_and_version(&shown(url))?;
    if name == chart && version == entry.version {
        return Ok(());
    }
    let told = &entry.version;
    let url = shown(url);
    let what = format!("{url} holds chart {name} {version}, but the index says {chart} {told}");
    Err(Diagnostic::new(Kind::Refused, what))
}
