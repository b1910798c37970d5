//! The repositories that `helm repo add` made known. The main type here is [`Known`].
//!
//! `NAME/CHART`, `@NAME` and `alias:NAME` mean one of them; its login and certificates count for
//! every URL below its own.

use super::credentials::{Credentials, Login};
use super::http::Tls;
use crate::diag::Diagnostic;
use crate::sensitive::Sensitive;
use serde::Deserialize;
use std::path::PathBuf;
use url::Url;

/// Helm's `repositories.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Known {
    repositories: Vec<Repository>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    repositories: Vec<Repository>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    #[serde(default)]
    name: String,
    url: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: Sensitive<String>,
    #[serde(default)]
    ca_file: String,
    #[serde(default)]
    cert_file: String,
    #[serde(default)]
    key_file: String,
    #[serde(default, rename = "insecure_skip_tls_verify")]
    insecure: bool,
    #[serde(default, rename = "pass_credentials_all")]
    pass_on: bool,
}

impl Known {
    /// From the text of the file; `origin` names it in faults.
    pub fn parse(text: &str, origin: &str) -> Result<Known, Diagnostic> {
        // The parser's own words may quote a password.
        let fault = |_| Diagnostic::error(format!("{origin} is not a repositories.yaml of Helm"));
        let file: Option<File> = serde_yaml::from_str(text).map_err(fault)?;
        Ok(Known {
            repositories: file.map(|file| file.repositories).unwrap_or_default(),
        })
    }

    /// The URL of the repository with this name.
    pub fn url(&self, name: &str) -> Option<&str> {
        let named = self.repositories.iter().find(|r| r.name == name);
        named.map(|r| r.url.as_str())
    }

    /// The names, as in the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.repositories.iter().map(|r| r.name.as_str())
    }

    /// The certificates for a URL.
    pub fn tls(&self, url: &Url) -> Tls {
        let below = |r: &&Repository| r.login().is_some_and(|login| login.covers(url));
        let found = self.repositories.iter().find(below);
        found.map_or_else(Tls::default, Repository::tls)
    }

    /// The logins of all.
    pub fn credentials(&self) -> Credentials {
        let logins = self.repositories.iter().filter_map(Repository::login);
        Credentials::new(logins.filter(|login| !login.user.is_empty()).collect())
    }
}

impl Repository {
    fn login(&self) -> Option<Login> {
        let url = Url::parse(&self.url).ok()?;
        let login = Login::new(url, self.username.clone(), self.password.clone());
        Some(login.passing(self.pass_on))
    }

    fn tls(&self) -> Tls {
        let path = |text: &str| (!text.is_empty()).then(|| PathBuf::from(text));
        Tls {
            ca_file: path(&self.ca_file),
            cert_file: path(&self.cert_file),
            key_file: path(&self.key_file),
            insecure: self.insecure,
        }
    }
}
