//! Logins to registries, as `helm registry login` and `docker login` leave them. The main type
//! here is [`Logins`].
//!
//! Each file may name a program that keeps the passwords (`credHelpers` for one registry,
//! `credsStore` for all), or hold them itself (`auths`). Files are read when a registry first
//! asks who we are; what they hold is never quoted.

use super::helper;
use crate::diag::Diagnostic;
use crate::sensitive::Sensitive;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a file or a program knows of us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// A user and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Sensitive<String>,
    },
    /// A token that gets other tokens.
    Refresh(Sensitive<String>),
    /// A token for the registry itself.
    Bearer(Sensitive<String>),
}

/// The files that may hold logins, first found wins.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    files: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: BTreeMap<String, Auth>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Sensitive<String>,
    username: String,
    password: Sensitive<String>,
    #[serde(rename = "identitytoken")]
    refresh: Sensitive<String>,
    #[serde(rename = "registrytoken")]
    bearer: Sensitive<String>,
}

impl Logins {
    /// From these files, those that are there.
    pub fn new(files: impl IntoIterator<Item = PathBuf>) -> Logins {
        Logins {
            files: files.into_iter().collect(),
        }
    }

    /// The login for a registry, by its name in such files.
    pub async fn of(&self, server: &str) -> Result<Option<Account>, Diagnostic> {
        for path in &self.files {
            if let Some(file) = File::read(path)?
                && let Some(known) = file.login(server, path).await?
            {
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    /// The files, for a hint.
    pub fn named(&self) -> Vec<String> {
        let name = |path: &PathBuf| path.display().to_string();
        self.files.iter().map(name).collect()
    }
}

impl File {
    fn read(path: &Path) -> Result<Option<File>, Diagnostic> {
        let shown = path.display();
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Diagnostic::error(format!("{shown} can't be read: {e}"))),
        };
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let fault = |e: serde_json::Error| {
            let what = format!("{shown} is not a file of registry logins");
            Diagnostic::error(what).note(format!("JSON fault in line {}", e.line()))
        };
        serde_json::from_slice(&bytes).map(Some).map_err(fault)
    }

    async fn login(&self, server: &str, path: &Path) -> Result<Option<Account>, Diagnostic> {
        let helper = self.cred_helpers.get(server).unwrap_or(&self.creds_store);
        if !helper.is_empty() {
            let asked = helper::get(helper, server).await;
            return asked.map_err(|fault| fault.note(format!("named in {}", path.display())));
        }
        let exact = self.auths.get(server);
        let written = || {
            let same = |(address, _): &(&String, &Auth)| host_of(address) == server;
            self.auths.iter().find(same).map(|(_, auth)| auth)
        };
        Ok(exact.or_else(written).and_then(Auth::known))
    }
}

impl Auth {
    fn known(&self) -> Option<Account> {
        let some = |text: &Sensitive<String>| (!text.reveal().is_empty()).then(|| text.clone());
        if let Some(token) = some(&self.bearer) {
            return Some(Account::Bearer(token));
        }
        if let Some(token) = some(&self.refresh) {
            return Some(Account::Refresh(token));
        }
        let (user, password) = match some(&self.auth) {
            Some(auth) => pair(auth.reveal())?,
            None => (self.username.clone(), self.password.clone()),
        };
        (!user.is_empty()).then_some(Account::Password { user, password })
    }
}

/// `USER:PASSWORD` in base64.
fn pair(auth: &str) -> Option<(String, Sensitive<String>)> {
    let bytes = BASE64_STANDARD.decode(auth.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.trim_end_matches('\0').split_once(':')?;
    Some((user.to_owned(), Sensitive::new(password.to_owned())))
}

/// The host of an address as older files write it: `https://HOST/v1/`.
fn host_of(address: &str) -> &str {
    let bare = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let bare = bare.unwrap_or(address);
    bare.split('/').next().unwrap_or(bare)
}
