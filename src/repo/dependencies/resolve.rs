//! From requirements to exact versions.

use super::Manager;
use crate::diag::Diagnostic;
use crate::repo::ChartRequest;
use helm::chart::Dependency;
use helm::semver::{Constraint, Version};
use std::path::{Path, PathBuf};

impl Manager<'_> {
    /// The exact version of each requirement. All that can't be served are told together.
    pub(super) async fn resolve(
        &self,
        wanted: &[Dependency],
    ) -> Result<Vec<Dependency>, Diagnostic> {
        let (mut chosen, mut missing) = (Vec::new(), Vec::new());
        for dependency in wanted {
            match self.version(dependency).await? {
                Some(version) => chosen.push(locked(dependency, version)),
                None => missing.push(dependency),
            }
        }
        match missing.is_empty() {
            true => Ok(chosen),
            false => Err(unserved(&missing)),
        }
    }

    /// The newest version that serves, or `None`.
    async fn version(&self, dependency: &Dependency) -> Result<Option<String>, Diagnostic> {
        let range = range(dependency)?;
        let serves = |version: &str| Version::parse(version).is_ok_and(|v| range.check(&v));
        let repository = dependency.repository.as_str();
        if repository.is_empty() {
            self.here(dependency)?;
            return Ok(Some(dependency.version.clone()));
        }
        if let Some(path) = self.local(repository) {
            let download = self.charts.download(&ChartRequest::at(&path)).await?;
            let version = download.chart()?.metadata.version.clone();
            return Ok(Some(version).filter(|version| serves(version)));
        }
        if repository.starts_with("oci://") && Version::parse(&dependency.version).is_ok() {
            return Ok(Some(dependency.version.clone()));
        }
        let versions = self.charts.versions(repository, &dependency.name).await?;
        Ok(versions.into_iter().find(|version| serves(version)))
    }

    /// The directory of a `file://` repository, relative to the chart.
    pub(super) fn local(&self, repository: &str) -> Option<PathBuf> {
        let path = repository.strip_prefix("file://")?;
        Some(self.chart.join(Path::new(path)))
    }

    /// The directory of a dependency without repository.
    pub(super) fn here(&self, dependency: &Dependency) -> Result<PathBuf, Diagnostic> {
        let path = self.chart.join("charts").join(&dependency.name);
        match path.is_dir() {
            true => Ok(path),
            false => {
                let what = format!("directory {} not found", path.display());
                Err(Diagnostic::error(what).hint(format!(
                    "dependency {} has no repository, so it must be there",
                    dependency.name
                )))
            }
        }
    }
}

/// The versions that serve a dependency.
pub(super) fn range(dependency: &Dependency) -> Result<Constraint, Diagnostic> {
    Constraint::parse(&dependency.version).map_err(|why| {
        let name = &dependency.name;
        let what = format!("dependency {name:?} has an invalid version/constraint format");
        Diagnostic::error(what).note(why)
    })
}

fn locked(dependency: &Dependency, version: String) -> Dependency {
    Dependency {
        name: dependency.name.clone(),
        repository: dependency.repository.clone(),
        version,
        ..Dependency::default()
    }
}

fn unserved(missing: &[&Dependency]) -> Diagnostic {
    let what = format!(
        "can't get a valid version for {} subchart(s)",
        missing.len()
    );
    let told = missing
        .iter()
        .fold(Diagnostic::error(what), |fault, missing| {
            let Dependency {
                name,
                repository,
                version,
                ..
            } = missing;
            fault.note(format!(
                "{name:?} (repository {repository:?}, version {version:?})"
            ))
        });
    told.hint("a version that the repository has, or another range in Chart.yaml")
}
