//! Who we are to which chart repository. The main type here is [`Credentials`].
//!
//! Three sources, first found wins: the user part of the repository's URL, the environment
//! variable `ROLLBOOK_REPO_AUTH` (URLs with a user part, one per line), and Helm's own
//! `repositories.yaml`. A login belongs to the URLs below one prefix and goes nowhere else.

use crate::diag::Diagnostic;
use crate::sensitive::Sensitive;
use serde::Deserialize;
use url::Url;

/// A user name and a password for the URLs of one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The repository, without user part.
    prefix: Url,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Sensitive<String>,
    /// Also for archives that the index keeps on another host.
    pub pass_on: bool,
}

/// All known logins.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    logins: Vec<Login>,
}

#[derive(Deserialize)]
struct Repositories {
    #[serde(default)]
    repositories: Vec<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    url: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    pass_credentials_all: bool,
}

impl Credentials {
    /// From URLs with a user part, one per line, as in `ROLLBOOK_REPO_AUTH`.
    pub fn from_lines(lines: &str) -> Result<Credentials, Diagnostic> {
        let lines = lines.lines().map(str::trim).filter(|l| !l.is_empty());
        let login = |line: &str| {
            let url = Url::parse(line).ok()?;
            split(url).1
        };
        let logins: Option<Vec<Login>> = lines.map(login).collect();
        let fault = || {
            Diagnostic::error("ROLLBOOK_REPO_AUTH holds a line that is not a URL with a user")
                .hint("https://USER:PASSWORD@HOST/PATH, one per line")
        };
        Ok(Credentials {
            logins: logins.ok_or_else(fault)?,
        })
    }

    /// From the text of Helm's `repositories.yaml`.
    pub fn from_helm(text: &str, origin: &str) -> Result<Credentials, Diagnostic> {
        // The parser's own words may quote a password.
        let fault = |_| Diagnostic::error(format!("{origin} is not a repositories.yaml of Helm"));
        let file: Repositories = serde_yaml::from_str(text).map_err(fault)?;
        let known = file.repositories.into_iter().filter_map(Repository::login);
        Ok(Credentials {
            logins: known.collect(),
        })
    }

    /// These, then those.
    #[must_use]
    pub fn or(mut self, those: Credentials) -> Credentials {
        self.logins.extend(those.logins);
        self
    }

    /// The login for a repository.
    pub fn of(&self, repository: &Url) -> Option<&Login> {
        self.logins.iter().find(|l| l.covers(repository))
    }
}

impl Repository {
    fn login(self) -> Option<Login> {
        if self.username.is_empty() {
            return None;
        }
        Some(Login {
            prefix: Url::parse(&self.url).ok()?,
            user: self.username,
            password: Sensitive::new(self.password),
            pass_on: self.pass_credentials_all,
        })
    }
}

impl Login {
    /// Whether it is meant for this URL.
    fn covers(&self, url: &Url) -> bool {
        let below = self.prefix.path().trim_end_matches('/');
        let rest = url.path().strip_prefix(below);
        same_host(&self.prefix, url) && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
    }

    /// Whether it may be sent to `url` when it was found for `repository`: Helm's rule.
    pub fn goes_to(&self, url: &Url, repository: &Url) -> bool {
        self.pass_on || same_host(url, repository)
    }
}

fn same_host(a: &Url, b: &Url) -> bool {
    let place = |u: &Url| (u.scheme().to_owned(), u.port_or_known_default());
    place(a) == place(b) && a.host_str() == b.host_str()
}

/// A URL without its user part, and the login that was in it.
pub fn split(mut url: Url) -> (Url, Option<Login>) {
    let (user, password) = (
        decoded(url.username()),
        decoded(url.password().unwrap_or("")),
    );
    // Only URLs without a host refuse this, and those have no user part either.
    let cleared = url.set_username("").and(url.set_password(None)).is_ok();
    let login = (cleared && !user.is_empty()).then(|| Login {
        prefix: url.clone(),
        user,
        password: Sensitive::new(password),
        pass_on: false,
    });
    (url, login)
}

/// Percent escapes as in a URL's user part.
fn decoded(text: &str) -> String {
    let form = text.replace('+', "%2B");
    let pair = format!("x={form}").replace('&', "%26");
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, v)| v.into_owned())
}
