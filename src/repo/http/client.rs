//! How connections are made: certificates, timeouts, redirects. The main type here is [`Tls`].

use crate::diag::Diagnostic;
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Certificate, Client, Identity};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(10);

/// The longest silence of a server in the middle of an answer.
const SILENCE: Duration = Duration::from_secs(30);

/// The longest that one whole answer may take.
const WHOLE: Duration = Duration::from_secs(300);

const REDIRECTS: usize = 10;

/// Makes `ring` the cryptography of every TLS connection of this process. Harmless when done.
pub fn install_crypto() {
    // An error says that another one is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whom a connection trusts, and who we say we are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tls {
    /// PEM file of the authorities to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file of our certificate.
    pub cert_file: Option<PathBuf>,
    /// PEM file of our certificate's key.
    pub key_file: Option<PathBuf>,
    /// Whether any certificate will do: only when the user asks for it.
    pub insecure: bool,
}

impl Tls {
    /// Whether it says nothing of its own.
    pub fn is_default(&self) -> bool {
        *self == Tls::default()
    }

    fn identity(&self) -> Result<Option<Identity>, Diagnostic> {
        let (cert, key) = match (&self.cert_file, &self.key_file) {
            (None, None) => return Ok(None),
            (Some(cert), Some(key)) => (cert, key),
            _ => {
                let what = "a client certificate is two files";
                return Err(Diagnostic::error(what).hint("--cert-file FILE --key-file FILE"));
            }
        };
        let pem = [read(cert)?, b"\n".to_vec(), read(key)?].concat();
        // The reason may quote a part of the key.
        let fault = |_| no_pem(key, "a certificate and its key");
        Identity::from_pem(&pem).map(Some).map_err(fault)
    }

    fn authorities(&self) -> Result<Option<Vec<Certificate>>, Diagnostic> {
        let Some(path) = &self.ca_file else {
            return Ok(None);
        };
        let certificates = Certificate::from_pem_bundle(&read(path)?).unwrap_or_default();
        match certificates.is_empty() {
            true => Err(no_pem(path, "certificates")),
            false => Ok(Some(certificates)),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let fault = |e| Diagnostic::error(format!("{} can't be read: {e}", path.display()));
    std::fs::read(path).map_err(fault)
}

fn no_pem(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::error(format!("{} does not hold {what} in PEM", path.display()))
}

/// What makes one client different from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Way {
    /// The certificates.
    pub tls: Tls,
    /// Whether the server may compress.
    pub compressed: bool,
    /// Whether redirects are followed.
    pub follows: bool,
}

impl Way {
    /// A client with the system's proxies.
    pub fn client(&self) -> Result<Client, Diagnostic> {
        install_crypto();
        let mut builder = Client::builder()
            .user_agent(concat!("rollbook/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .timeout(WHOLE)
            .gzip(self.compressed)
            .redirect(match self.follows {
                true => Policy::custom(redirect),
                false => Policy::none(),
            });
        if let Some(authorities) = self.tls.authorities()? {
            builder = builder.tls_certs_only(authorities);
        }
        if let Some(identity) = self.tls.identity()? {
            builder = builder.identity(identity);
        }
        if self.tls.insecure {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        let fault = |e: reqwest::Error| Diagnostic::error(reason(&e));
        builder.build().map_err(fault)
    }
}

/// Follows ten, and none from https to http: what is fetched would no longer be protected.
fn redirect(attempt: Attempt<'_>) -> Action {
    let before = attempt.previous().last().map(|url| url.scheme());
    match (before, attempt.url().scheme()) {
        _ if attempt.previous().len() > REDIRECTS => attempt.error("too many redirects"),
        (Some("https"), "http") => attempt.error("it redirects from https to http"),
        _ => attempt.follow(),
    }
}

/// The innermost reason: the outer ones repeat the URL.
pub(super) fn reason(fault: &reqwest::Error) -> String {
    let mut reason: &dyn Error = fault;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}

/// Whether the certificates are at fault: another attempt would not help.
pub(super) fn is_tls(fault: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = fault.source();
    while let Some(error) = next {
        if error.is::<rustls::Error>() || error.downcast_ref().is_some_and(wraps_tls) {
            return true;
        }
        next = error.source();
    }
    false
}

/// An I/O error hides the error inside it from `source`.
fn wraps_tls(error: &std::io::Error) -> bool {
    let Some(inner) = error.get_ref() else {
        return false;
    };
    inner.is::<rustls::Error>() || inner.downcast_ref().is_some_and(wraps_tls)
}
