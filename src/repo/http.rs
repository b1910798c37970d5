//! GET with a login, a size limit and faults that name the URL. The main type here is [`Http`].

use super::credentials::Login;
use crate::diag::{Diagnostic, Kind};
use reqwest::{Client, Response, StatusCode};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const CONNECT: Duration = Duration::from_secs(10);

/// The longest silence of a server in the middle of an answer.
const SILENCE: Duration = Duration::from_secs(30);

/// Makes `ring` the cryptography of every TLS connection of this process. Harmless when done.
pub fn install_crypto() {
    // An error says that another one is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client for chart repositories.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
}

impl Http {
    /// With the system's proxies and certificates.
    pub fn new() -> Result<Http, Diagnostic> {
        install_crypto();
        let client = Client::builder()
            .user_agent(concat!("rollbook/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .build();
        let fault = |e: reqwest::Error| Diagnostic::error(told(&e));
        Ok(Http {
            client: client.map_err(fault)?,
        })
    }

    /// The whole body, at most `limit` bytes of it.
    pub async fn get(
        &self,
        url: &Url,
        login: Option<&Login>,
        limit: u64,
    ) -> Result<Arc<[u8]>, Diagnostic> {
        let mut request = self.client.get(url.clone());
        if let Some(login) = login {
            request = request.basic_auth(&login.user, Some(login.password.reveal()));
        }
        let answer = request.send().await.map_err(|e| unreachable(url, &e))?;
        let mut answer = accepted(answer, url, login)?;
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|e| unreachable(url, &e))? {
            body.extend_from_slice(&part);
            if body.len() as u64 > limit {
                return Err(too_large(url, limit));
            }
        }
        Ok(body.into())
    }
}

fn accepted(answer: Response, url: &Url, login: Option<&Login>) -> Result<Response, Diagnostic> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let what = format!("{url} answered {status}");
    Err(match (status, login) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, None) => Diagnostic::new(
            Kind::Unreachable,
            what,
        )
        .note("no user and password are known for it")
        .hint("helm repo add --username …, or ROLLBOOK_REPO_AUTH=https://USER:PASSWORD@HOST/PATH"),
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Some(login)) => {
            Diagnostic::new(Kind::Unreachable, what).note(format!("as user {}", login.user))
        }
        (StatusCode::NOT_FOUND, _) => Diagnostic::error(what),
        _ => Diagnostic::new(Kind::Unreachable, what),
    })
}

fn unreachable(url: &Url, fault: &reqwest::Error) -> Diagnostic {
    Diagnostic::new(Kind::Unreachable, format!("{url} does not answer")).note(told(fault))
}

fn too_large(url: &Url, limit: u64) -> Diagnostic {
    let limit = limit >> 20;
    Diagnostic::error(format!("{url} is larger than {limit} MiB"))
}

/// The innermost reason: the outer ones repeat the URL.
fn told(fault: &reqwest::Error) -> String {
    let mut reason: &dyn Error = fault;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}
