//! Who we are to the servers that charts come from, and where downloads are kept. The main types
//! here are [`Access`] and [`Asked`].

use super::credentials::{Credentials, Login};
use super::http::Tls;
use super::oci::Logins;
use super::{Cache, Known};
use crate::sensitive::Sensitive;
use url::Url;

/// What this user and this command bring along.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where downloads are kept.
    pub cache: Cache,
    /// Logins by URL.
    pub credentials: Credentials,
    /// The repositories that have names.
    pub known: Known,
    /// Logins to registries.
    pub registries: Logins,
    /// What the flags of the command say.
    pub asked: Asked,
}

/// The flags of `helm pull` and its kin that tell how a server is reached.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `--ca-file`, `--cert-file`, `--key-file`, `--insecure-skip-tls-verify`.
    pub tls: Tls,
    /// `--username` and `--password`, for the repository that is named.
    pub login: Option<(String, Sensitive<String>)>,
    /// The same for registries, which get them only when they ask. As in Helm they go to every
    /// registry that a chart's dependencies name, but to no other repository.
    pub registry_login: Option<(String, Sensitive<String>)>,
    /// `--pass-credentials`: also to the other hosts that an index names.
    pub pass_on: bool,
    /// `--plain-http`: registries are asked without TLS.
    pub plain_http: bool,
    /// `--verify`, `--prov`: provenance files are fetched along with charts.
    pub provenance: bool,
    /// `--skip-refresh`: an index that is kept is not asked for again.
    pub skip_refresh: bool,
}

impl Access {
    /// Downloads are kept in `cache`; nobody knows us.
    pub fn new(cache: Cache) -> Access {
        Access {
            cache,
            credentials: Credentials::default(),
            known: Known::default(),
            registries: Logins::default(),
            asked: Asked::default(),
        }
    }

    /// The certificates for a URL: the flags' own, else those of the known repository.
    pub fn tls(&self, url: &Url) -> Tls {
        match self.asked.tls.is_default() {
            true => self.known.tls(url),
            false => self.asked.tls.clone(),
        }
    }

    /// The login for a repository: the flags' own, else the known one.
    pub fn login(&self, repository: &Url) -> Option<Login> {
        let login = self.or_known(self.asked.login.as_ref(), repository)?;
        let pass_on = login.pass_on || self.asked.pass_on;
        Some(login.passing(pass_on))
    }

    /// The login for a registry, which has no path: the flags' own, else the known one.
    pub fn registry_login(&self, registry: &Url) -> Option<Login> {
        self.or_known(self.asked.registry_login.as_ref(), registry)
    }

    fn or_known(&self, asked: Option<&(String, Sensitive<String>)>, url: &Url) -> Option<Login> {
        match asked {
            Some((user, password)) => Some(Login::new(url.clone(), user.clone(), password.clone())),
            None => self.credentials.of(url).cloned(),
        }
    }
}
