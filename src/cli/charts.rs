//! Where the charts of every verb come from: this machine's files, downloads in the cache, and
//! the logins that the user has.

use crate::diag::{Diagnostic, Kind};
use crate::files::Files;
use crate::repo::{Access, Asked, Cache, Charts, Credentials, Known, Logins};
use etcetera::{BaseStrategy, choose_base_strategy};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Local charts through `files`; downloads are kept in the user's cache directory.
pub fn charts(files: Arc<dyn Files>, asked: Asked) -> Result<Charts, Diagnostic> {
    Ok(Charts::new(files, access(asked)?))
}

/// What this user brings along, and what the flags say.
fn access(asked: Asked) -> Result<Access, Diagnostic> {
    let base = choose_base_strategy().map_err(|e| {
        let what = "there is no home directory to keep charts in";
        Diagnostic::new(Kind::Input, what)
            .note(e.to_string())
            .hint("set HOME")
    })?;
    let config = set("HELM_CONFIG_HOME", || base.config_dir().join("helm"));
    let known = known(&config)?;
    let lines = std::env::var("ROLLBOOK_REPO_AUTH").unwrap_or_default();
    let helm = set("HELM_REGISTRY_CONFIG", || {
        config.join("registry/config.json")
    });
    let docker = set("DOCKER_CONFIG", || base.home_dir().join(".docker"));
    Ok(Access {
        cache: Cache::new(base.cache_dir().join("rollbook/charts")),
        credentials: Credentials::from_lines(&lines)?.or(known.credentials()),
        known,
        registries: Logins::new([helm, docker.join("config.json")]),
        asked,
    })
}

/// Helm's own `repositories.yaml`.
fn known(config: &Path) -> Result<Known, Diagnostic> {
    let file = set("HELM_REPOSITORY_CONFIG", || {
        config.join("repositories.yaml")
    });
    match std::fs::read_to_string(&file) {
        Ok(text) => Known::parse(&text, &file.display().to_string()),
        Err(_) => Ok(Known::default()),
    }
}

/// The path in an environment variable, or another.
fn set(variable: &str, other: impl FnOnce() -> PathBuf) -> PathBuf {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    value.map_or_else(other, PathBuf::from)
}
