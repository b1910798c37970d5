//! Where the charts of every verb come from: this machine's files, downloads in the cache, and
//! the logins that the user has.

use crate::diag::{Diagnostic, Kind};
use crate::files::Files;
use crate::repo::{Cache, Charts, Credentials};
use etcetera::{BaseStrategy, choose_base_strategy};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Local charts through `files`; downloads are kept in the user's cache directory.
pub fn charts(files: Arc<dyn Files>) -> Result<Charts, Diagnostic> {
    let base = choose_base_strategy().map_err(|e| {
        let what = "there is no home directory to keep charts in";
        Diagnostic::new(Kind::Input, what)
            .note(e.to_string())
            .hint("set HOME")
    })?;
    let cache = Cache::new(base.cache_dir().join("rollbook/charts"));
    Charts::new(files, cache, credentials(&base.config_dir())?)
}

/// `ROLLBOOK_REPO_AUTH`, then Helm's own `repositories.yaml`.
fn credentials(config: &Path) -> Result<Credentials, Diagnostic> {
    let lines = std::env::var("ROLLBOOK_REPO_AUTH").unwrap_or_default();
    let ours = Credentials::from_lines(&lines)?;
    let file = std::env::var_os("HELM_REPOSITORY_CONFIG").map(PathBuf::from);
    let file = file.unwrap_or_else(|| config.join("helm/repositories.yaml"));
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(ours.or(Credentials::from_helm(&text, &file.display().to_string())?)),
        Err(_) => Ok(ours),
    }
}
