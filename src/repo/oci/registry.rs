//! One registry: manifests, blobs, tags. The main type here is [`Registry`].
//!
//! Asked without a login first; a challenge is answered once per chart, and the answer is kept
//! for the run. An answer that is still "no" is the registry's last word.

use super::challenge::Challenge;
use super::intact;
use super::logins::Account;
use super::manifest::{ACCEPTED, Descriptor};
use super::reference::Reference;
use super::token::Asking;
use crate::diag::{Diagnostic, Kind};
use crate::repo::access::Access;
use crate::repo::digest::{is_sha256, sha256};
use crate::repo::http::{Answer, Get, Http, Tls};
use crate::sensitive::Sensitive;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, HeaderMap, LINK, WWW_AUTHENTICATE};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use url::{Host, Url};

/// What a manifest may have, in bytes.
const MANIFEST_LIMIT: u64 = 4 << 20;

/// What one page of tags may have, in bytes.
const TAGS_LIMIT: u64 = 16 << 20;

/// How many pages of tags are read.
const PAGES_LIMIT: usize = 1000;

/// What of a registry's own words is shown.
const WORDS_LIMIT: usize = 200;

/// A registry.
#[derive(Debug)]
pub struct Registry {
    /// Where it answers.
    root: Url,
    /// What users call it: `oci://HOST`.
    name: Url,
    /// What files of logins call it.
    server: String,
    tls: Tls,
    plain: bool,
    http: Arc<Http>,
    access: Arc<Access>,
    known: OnceCell<(Option<Account>, Option<String>)>,
    /// The `Authorization` for each repository that wants one.
    passes: Mutex<HashMap<String, Sensitive<String>>>,
}

#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Faults {
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Registry {
    /// The registry of a reference: https, but for `--plain-http` and this very machine.
    pub fn new(
        reference: &Reference,
        http: Arc<Http>,
        access: Arc<Access>,
    ) -> Result<Registry, Diagnostic> {
        let parse = |scheme: &str| Url::parse(&format!("{scheme}://{}/v2/", reference.host()));
        let fault = |_| Diagnostic::error(format!("{} is not a host", reference.registry));
        let secure = parse("https").map_err(fault)?;
        let tls = access.asked.tls.clone();
        let plain = access.asked.plain_http || (tls.is_default() && is_here(&secure));
        let root = match plain {
            true => parse("http").map_err(fault)?,
            false => secure,
        };
        let name = Url::parse(&format!("oci://{}", reference.registry)).map_err(fault)?;
        Ok(Registry {
            root,
            name,
            server: reference.server().to_owned(),
            tls,
            plain,
            http,
            access,
            known: OnceCell::new(),
            passes: Mutex::default(),
        })
    }

    /// A manifest by tag or digest, and its digest. One that is named by digest is kept.
    pub async fn manifest(
        &self,
        repository: &str,
        name: &str,
    ) -> Result<(Arc<[u8]>, String), Diagnostic> {
        if let Some(kept) = self.access.cache.get(name) {
            return Ok((kept, name.to_owned()));
        }
        let url = self.url(&format!("{repository}/manifests/{name}"))?;
        let get = Get::new(&url, &self.tls, MANIFEST_LIMIT).header(ACCEPT, ACCEPTED);
        let answer = self.ask(repository, get).await?;
        let digest = sha256(&answer.body);
        let told = answer.headers.get("docker-content-digest");
        let told = told
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_sha256(text));
        let expected = is_sha256(name).then_some(name).or(told).unwrap_or(&digest);
        if expected != digest {
            return Err(wrong_manifest(&url, expected, &digest));
        }
        if is_sha256(name) {
            self.access.cache.put(&digest, &answer.body);
        }
        Ok((answer.body, digest))
    }

    /// A blob, checked.
    pub async fn blob(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Arc<[u8]>, Diagnostic> {
        let url = self.url(&format!("{repository}/blobs/{}", descriptor.digest))?;
        if descriptor.size > limit {
            let what = format!("{url} has {} bytes", descriptor.size);
            return Err(Diagnostic::error(what).note(format!("at most {limit} are read")));
        }
        let get = Get::new(&url, &self.tls, descriptor.size);
        let body = self.ask(repository, get).await?.body;
        intact(url.as_str(), descriptor, &body)?;
        Ok(body)
    }

    /// All tags, from as many pages as there are.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, Diagnostic> {
        let mut url = self.url(&format!("{repository}/tags/list"))?;
        let mut tags = Vec::new();
        for _ in 0..PAGES_LIMIT {
            let get = Get::new(&url, &self.tls, TAGS_LIMIT);
            let answer = self.ask(repository, get).await?;
            let fault = |e: serde_json::Error| {
                Diagnostic::error(format!("{url} is no list of tags")).note(e.to_string())
            };
            let page: Tags = serde_json::from_slice(&answer.body).map_err(fault)?;
            tags.extend(page.tags.unwrap_or_default());
            match self.next(&url, &answer.headers)? {
                Some(next) => url = next,
                None => return Ok(tags),
            }
        }
        Err(Diagnostic::error(format!("{url} goes on without end"))
            .note(format!("{PAGES_LIMIT} pages of tags were read")))
    }

    /// The page after this one, on the same host.
    fn next(&self, url: &Url, headers: &HeaderMap) -> Result<Option<Url>, Diagnostic> {
        let link = headers.get(LINK).and_then(|value| value.to_str().ok());
        let Some(target) = link.and_then(next_link) else {
            return Ok(None);
        };
        let next = url
            .join(target)
            .ok()
            .filter(|next| next.origin() == self.root.origin());
        let fault = || Diagnostic::error(format!("{url} goes on at another host: {target}"));
        next.map(Some).ok_or_else(fault)
    }

    fn url(&self, path: &str) -> Result<Url, Diagnostic> {
        let fault = |e| Diagnostic::error(format!("{} and {path:?} make no URL: {e}", self.root));
        self.root.join(path).map_err(fault)
    }

    /// A success, after at most one challenge.
    async fn ask(&self, repository: &str, get: Get<'_>) -> Result<Answer, Diagnostic> {
        let pass = self.pass(repository);
        let first = match &pass {
            Some(pass) => get.clone().authorized(pass.reveal()),
            None => get.clone(),
        };
        let answer = self.http.send(&first).await?;
        // Who was asked may ask back; where a redirect led may not.
        let here = answer.from.origin() == self.root.origin();
        if answer.status != StatusCode::UNAUTHORIZED || !here {
            return self.accepted(&get, answer);
        }
        match self.challenged(repository, &answer).await? {
            Some(pass) => {
                let again = get.clone().authorized(pass.reveal());
                let answer = self.http.send(&again).await?;
                self.keep(repository, pass);
                self.accepted(&get, answer)
            }
            None => self.accepted(&get, answer),
        }
    }

    async fn challenged(
        &self,
        repository: &str,
        answer: &Answer,
    ) -> Result<Option<Sensitive<String>>, Diagnostic> {
        let headers = answer.headers.get_all(WWW_AUTHENTICATE).iter();
        let texts = headers.filter_map(|value| value.to_str().ok());
        let whole = texts.collect::<Vec<_>>().join(", ");
        let Some(challenge) = Challenge::parse(&whole) else {
            return Ok(None);
        };
        let (known, _) = self.known().await;
        let asking = Asking {
            http: &self.http,
            tls: &self.tls,
            registry: &self.root,
            plain: self.plain,
            known: known.as_ref(),
        };
        let scope = format!("repository:{repository}:pull");
        let answered = asking.answer(&challenge, &scope).await;
        answered.map_err(|fault| self.explained(fault))
    }

    /// Who we are here, and what went wrong in finding out: public charts need nobody.
    async fn known(&self) -> &(Option<Account>, Option<String>) {
        let find = || async {
            let login = self.access.registry_login(&self.name);
            let ours = login.map(|login| Account::Password {
                user: login.user.clone(),
                password: login.password.clone(),
            });
            match ours {
                Some(known) => (Some(known), None),
                None => match self.access.registries.of(&self.server).await {
                    Ok(known) => (known, None),
                    Err(fault) => (None, Some(worded(&fault))),
                },
            }
        };
        self.known.get_or_init(find).await
    }

    fn pass(&self, repository: &str) -> Option<Sensitive<String>> {
        let passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.get(repository).cloned()
    }

    fn keep(&self, repository: &str, pass: Sensitive<String>) {
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.insert(repository.to_owned(), pass);
    }

    fn accepted(&self, get: &Get<'_>, answer: Answer) -> Result<Answer, Diagnostic> {
        let status = answer.status;
        if status.is_success() {
            return Ok(answer);
        }
        let what = format!("{} answered {status}", get.url);
        let kind = match status {
            StatusCode::NOT_FOUND => Kind::Input,
            _ => Kind::Unreachable,
        };
        let fault = Diagnostic::new(kind, what);
        let fault = match words(&answer.body) {
            Some(words) => fault.note(words),
            None => fault,
        };
        let closed = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
        Err(if closed { self.explained(fault) } else { fault })
    }

    /// Says as whom we asked.
    fn explained(&self, fault: Diagnostic) -> Diagnostic {
        let (known, broken) = match self.known.get() {
            Some((known, broken)) => (known.as_ref(), broken.as_ref()),
            None => (None, None),
        };
        let fault = match broken {
            Some(broken) => fault.note(broken.clone()),
            None => fault,
        };
        match known {
            Some(Account::Password { user, .. }) => {
                match fault.notes.iter().any(|n| n.starts_with("as user")) {
                    true => fault,
                    false => fault.note(format!("as user {user}")),
                }
            }
            Some(_) => fault.note("with a token of a file of logins"),
            None => Diagnostic {
                hint: None,
                ..fault
            }
            .hint(format!(
                "helm registry login {}, or docker login",
                self.server
            )),
        }
    }
}

fn worded(fault: &Diagnostic) -> String {
    let parts = std::iter::once(&fault.message).chain(&fault.notes);
    parts.cloned().collect::<Vec<_>>().join(": ")
}

/// Whether a URL is of this very machine.
pub(super) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The target of `<…>; rel="next"`.
pub(super) fn next_link(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, relation) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = relation.replace([' ', '"'], "");
        next.split(';')
            .any(|part| part == "rel=next")
            .then_some(target)
    })
}

/// A registry's own words for a fault, short and on one line.
fn words(body: &[u8]) -> Option<String> {
    let faults: Faults = serde_json::from_slice(body).ok()?;
    let first = faults.errors.into_iter().next()?;
    let text = format!("{}: {}", first.code, first.message);
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    Some(plain.take(WORDS_LIMIT).collect())
}

fn wrong_manifest(url: &Url, told: &str, is: &str) -> Diagnostic {
    Diagnostic::new(Kind::Refused, format!("{url} is not what was asked for"))
        .note(format!("asked     {told}"))
        .note(format!("manifest  {is}"))
        .hint("try again; if it stays so, ask who runs the registry")
}
