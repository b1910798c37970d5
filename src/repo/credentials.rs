//! Who we are to which chart repository. The main type here is [`Credentials`].
//!
//! Four sources, first found wins: `--username`, the user part of the repository's URL, the
//! environment variable `ROLLBOOK_REPO_AUTH` (URLs with a user part, one per line), and Helm's
//! own `repositories.yaml` ([`super::Known`]). A login belongs to the URLs below one prefix and goes nowhere else.

use crate::diag::Diagnostic;
use crate::sensitive::Sensitive;
use base64::prelude::{BASE64_STANDARD, Engine};
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

impl Credentials {
    /// These logins.
    pub fn new(logins: Vec<Login>) -> Credentials {
        Credentials { logins }
    }

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

impl Login {
    /// For the URLs below `prefix`.
    pub fn new(prefix: Url, user: String, password: Sensitive<String>) -> Login {
        Login {
            prefix,
            user,
            password,
            pass_on: false,
        }
    }

    /// Whether it goes to other hosts as well.
    #[must_use]
    pub fn passing(self, pass_on: bool) -> Login {
        Login { pass_on, ..self }
    }

    /// The `Authorization` that it makes.
    pub fn basic(&self) -> String {
        let pair = format!("{}:{}", self.user, self.password.reveal());
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    /// Whether it is meant for this URL.
    pub fn covers(&self, url: &Url) -> bool {
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
    let login = (cleared && !user.is_empty())
        .then(|| Login::new(url.clone(), user, Sensitive::new(password)));
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
