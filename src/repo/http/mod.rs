//! GET with a login, limits, bounded retries and faults that name the URL. The main type here is
//! [`Http`].
//!
//! A login goes to the URL it was given for; a redirect to another host, port or scheme loses it.

mod client;

pub use client::{Tls, install_crypto};

use super::credentials::Login;
use crate::diag::{Diagnostic, Kind};
use client::{Way, reason};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// How often a request is sent at most.
const ATTEMPTS: u32 = 3;

/// The pause before the second attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(250);

/// The longest pause that a server's `Retry-After` may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What of an error's body is read, in bytes.
const ERROR_LIMIT: u64 = 64 << 10;

/// Clients for chart repositories and registries, one for each set of certificates.
#[derive(Debug, Default)]
pub struct Http {
    clients: Mutex<HashMap<Way, Client>>,
}

/// One GET.
#[derive(Clone)]
pub struct Get<'a> {
    /// What is asked for.
    pub url: &'a Url,
    /// The certificates of the connection.
    pub tls: &'a Tls,
    /// The most that a body may have, in bytes.
    pub limit: u64,
    /// Whether the server may compress: never what has a digest.
    pub compressed: bool,
    /// Further headers.
    pub headers: HeaderMap,
}

/// What a server answered.
pub struct Answer {
    /// Who answered: after a redirect another one than was asked.
    pub from: Url,
    /// The status, below 500 or not worth another attempt.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Arc<[u8]>,
}

/// Why an attempt failed, and whether another one may help.
struct Failure {
    fault: Diagnostic,
    again: Option<Duration>,
}

impl<'a> Get<'a> {
    /// Without login and further headers.
    pub fn new(url: &'a Url, tls: &'a Tls, limit: u64) -> Get<'a> {
        Get {
            url,
            tls,
            limit,
            compressed: false,
            headers: HeaderMap::new(),
        }
    }

    /// As this user.
    #[must_use]
    pub fn login(self, login: Option<&Login>) -> Get<'a> {
        match login {
            Some(login) => self.authorized(&login.basic()),
            None => self,
        }
    }

    /// With this `Authorization`, which no log shows. A value that no header can hold is left out.
    #[must_use]
    pub fn authorized(mut self, value: &str) -> Get<'a> {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(header::AUTHORIZATION, value);
        }
        self
    }

    /// With another header. A value that no header can hold is left out.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: &str) -> Get<'a> {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl Http {
    /// The whole body of a 200.
    pub async fn get(&self, get: Get<'_>, login: Option<&Login>) -> Result<Arc<[u8]>, Diagnostic> {
        let get = get.login(login);
        let answer = self.send(&get).await?;
        match answer.status.is_success() {
            true => Ok(answer.body),
            false => Err(refused(get.url, answer.status, login)),
        }
    }

    /// The answer, whatever its status. Only what a moment later may be well is tried again.
    pub async fn send(&self, get: &Get<'_>) -> Result<Answer, Diagnostic> {
        let client = self.client(get, true)?;
        let mut attempt = 1;
        loop {
            match once(&client, get).await {
                Ok(answer) => return Ok(answer),
                Err(Failure {
                    again: Some(pause), ..
                }) if attempt < ATTEMPTS => {
                    let doubled = PAUSE * 2u32.pow(attempt - 1);
                    tokio::time::sleep(doubled.max(pause)).await;
                    attempt += 1;
                }
                Err(failure) => return Err(failure.fault),
            }
        }
    }

    /// POST of a form, for tokens; never sent twice, nor on to where a redirect points.
    pub async fn post(&self, get: &Get<'_>, form: &[(&str, &str)]) -> Result<Answer, Diagnostic> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self.client(get, false)?.post(get.url.clone()).body(body);
        let request = request
            .headers(get.headers.clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let sent = request.send().await;
        let answer = sent.map_err(|e| unreachable(get.url, &e))?;
        whole(answer, get).await.map_err(|failure| failure.fault)
    }

    fn client(&self, get: &Get<'_>, follows: bool) -> Result<Client, Diagnostic> {
        let way = Way {
            tls: get.tls.clone(),
            compressed: get.compressed,
            follows,
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&way) {
            return Ok(client.clone());
        }
        let client = way.client()?;
        clients.insert(way, client.clone());
        Ok(client)
    }
}

async fn once(client: &Client, get: &Get<'_>) -> Result<Answer, Failure> {
    tracing::debug!("GET {}", shown(get.url));
    let request = client.get(get.url.clone()).headers(get.headers.clone());
    let answer = request.send().await.map_err(|e| Failure::of(get.url, &e))?;
    let status = answer.status();
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Err(Failure {
            again: Some(asked_pause(answer.headers())),
            fault: refused(get.url, status, None),
        });
    }
    whole(answer, get).await
}

/// Reads the body within its limit.
async fn whole(mut answer: Response, get: &Get<'_>) -> Result<Answer, Failure> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let from = answer.url().clone();
    let limit = match status.is_success() {
        true => get.limit,
        false => ERROR_LIMIT,
    };
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|e| Failure::of(get.url, &e))? {
        body.extend_from_slice(&part);
        if body.len() as u64 > limit {
            return Err(Failure {
                fault: too_large(get.url, limit),
                again: None,
            });
        }
    }
    Ok(Answer {
        from,
        status,
        headers,
        body: body.into(),
    })
}

impl Failure {
    fn of(url: &Url, fault: &reqwest::Error) -> Failure {
        let lasting = fault.is_builder() || fault.is_redirect() || client::is_tls(fault);
        Failure {
            fault: unreachable(url, fault),
            again: (!lasting).then_some(Duration::ZERO),
        }
    }
}

/// The seconds of `Retry-After`, within reason.
fn asked_pause(headers: &HeaderMap) -> Duration {
    let text = headers
        .get(header::RETRY_AFTER)
        .and_then(|v| v.to_str().ok());
    let seconds = text.and_then(|text| text.trim().parse().ok());
    seconds
        .map_or(Duration::ZERO, Duration::from_secs)
        .min(LONGEST_PAUSE)
}

/// A status that is no success, in words.
pub fn refused(url: &Url, status: StatusCode, login: Option<&Login>) -> Diagnostic {
    let what = format!("{} answered {status}", shown(url));
    let closed = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    match login {
        _ if status == StatusCode::NOT_FOUND => Diagnostic::error(what),
        _ if !closed => Diagnostic::new(Kind::Unreachable, what),
        Some(login) => {
            Diagnostic::new(Kind::Unreachable, what).note(format!("as user {}", login.user))
        }
        None => Diagnostic::new(Kind::Unreachable, what)
            .note("no user and password are known for it")
            .hint(
                "helm repo add --username …, or ROLLBOOK_REPO_AUTH=https://USER:PASSWORD@HOST/PATH",
            ),
    }
}

fn unreachable(url: &Url, fault: &reqwest::Error) -> Diagnostic {
    let what = format!("{} does not answer", shown(url));
    let told = Diagnostic::new(Kind::Unreachable, what).note(reason(fault));
    match client::is_tls(fault) {
        true => told.hint("--ca-file FILE names the authority that signed its certificate"),
        false => told,
    }
}

fn too_large(url: &Url, limit: u64) -> Diagnostic {
    let limit = match limit >> 20 {
        0 => format!("{limit} bytes"),
        mebi => format!("{mebi} MiB"),
    };
    Diagnostic::error(format!("{} is larger than {limit}", shown(url)))
}

/// A URL for people: a query may hold a token.
pub fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}
