//! Dependencies into `charts/`: all are fetched beside it first, then moved, then what is out of
//! date goes.

use super::resolve::range;
use super::{Manager, pack};
use crate::diag::Diagnostic;
use crate::repo::{ChartRequest, Content, Download};
use helm::chart::{Dependency, archive};
use helm::semver::Version;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

impl Manager<'_> {
    /// Brings these; returns them with the versions that they turned out to have.
    pub(super) async fn save(
        &self,
        chosen: Vec<Dependency>,
    ) -> Result<Vec<Dependency>, Diagnostic> {
        let charts = self.chart.join("charts");
        let fault =
            |e: io::Error| Diagnostic::error(format!("{} can't be written: {e}", charts.display()));
        fs::create_dir_all(&charts).map_err(fault)?;
        // On the same file system, so that moving is renaming.
        let beside = tempfile::Builder::new()
            .prefix("tmpcharts-")
            .tempdir_in(&self.chart);
        let beside = beside.map_err(fault)?;
        (self.tell)(&format!("Saving {} charts", chosen.len()));
        let (mut saved, mut fetched) = (Vec::new(), BTreeSet::new());
        for dependency in chosen {
            let version = self.one(&dependency, beside.path(), &mut fetched).await?;
            saved.push(Dependency {
                version,
                ..dependency
            });
        }
        self.replace(&saved, beside.path(), &charts)
            .map_err(fault)?;
        Ok(saved)
    }

    /// Fetches one into a directory; returns its version.
    async fn one(
        &self,
        dependency: &Dependency,
        into: &Path,
        fetched: &mut BTreeSet<(String, String, String)>,
    ) -> Result<String, Diagnostic> {
        let Dependency {
            name,
            repository,
            version,
            ..
        } = dependency;
        if repository.is_empty() {
            (self.tell)(&format!(
                "Dependency {name} did not declare a repository. Assuming it exists in the charts directory"
            ));
            self.serves(dependency, &self.here(dependency)?).await?;
            return Ok(version.clone());
        }
        if let Some(path) = self.local(repository) {
            let (version, content) = self.serves(dependency, &path).await?;
            let packed = packed(name, content, &path)?;
            write(&into.join(format!("{name}-{version}.tgz")), &packed)?;
            return Ok(version);
        }
        if !fetched.insert((repository.clone(), name.clone(), version.clone())) {
            (self.tell)(&format!("Already downloaded {name} from repo {repository}"));
            return Ok(version.clone());
        }
        (self.tell)(&format!("Downloading {name} from repo {repository}"));
        let download = self.download(dependency).await?;
        self.verify.check(&download)?;
        keep(&download, into)?;
        Ok(version.clone())
    }

    async fn download(&self, dependency: &Dependency) -> Result<Download, Diagnostic> {
        let request = ChartRequest {
            chart: dependency.name.as_str().into(),
            repo: Some(dependency.repository.as_str().into()),
            version: Some(dependency.version.as_str().into()),
            base: PathBuf::new(),
        };
        self.charts.download(&request).await
    }

    /// The chart at a path, which must be at a version that serves.
    async fn serves(
        &self,
        dependency: &Dependency,
        path: &Path,
    ) -> Result<(String, Content), Diagnostic> {
        let download = self.charts.download(&ChartRequest::at(path)).await?;
        let content = download.content.clone();
        let version = download.chart()?.metadata.version.clone();
        let range = range(dependency)?;
        if Version::parse(&version).is_ok_and(|version| range.check(&version)) {
            return Ok((version, content));
        }
        let (name, wanted) = (&dependency.name, &dependency.version);
        Err(Diagnostic::error(format!(
            "dependency {name} at version {version} does not satisfy the constraint {wanted}"
        ))
        .note(format!("{} was read", path.display())))
    }

    /// Moves what was fetched into `charts/`, and removes the archives that it replaces.
    fn replace(&self, saved: &[Dependency], from: &Path, charts: &Path) -> io::Result<()> {
        let before = archives(charts)?;
        let fetched = archives(from)?;
        for name in &fetched {
            fs::rename(from.join(name), charts.join(name))?;
        }
        (self.tell)("Deleting outdated charts");
        for name in before.difference(&fetched) {
            let path = charts.join(name);
            match chart_name(&path) {
                // Somebody put it there by hand.
                Some(chart) if unmanaged(saved, &chart) => {}
                Some(_) => fs::remove_file(path)?,
                None => (self.tell)(&format!(
                    "Could not verify {} for deletion: it is not a chart (Skipping)",
                    path.display()
                )),
            }
        }
        Ok(())
    }
}

fn unmanaged(saved: &[Dependency], chart: &str) -> bool {
    saved
        .iter()
        .any(|dependency| dependency.repository.is_empty() && dependency.name == chart)
}

/// The names of the files in a directory.
fn archives(directory: &Path) -> io::Result<BTreeSet<std::ffi::OsString>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.path().is_dir() {
            names.insert(entry.file_name());
        }
    }
    Ok(names)
}

fn chart_name(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    archive::unpack(&bytes).ok()?;
    let content = Content::Archive(bytes.into());
    content.name_and_version("").ok().map(|(name, _)| name)
}

fn packed(name: &str, content: Content, path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let origin = path.display().to_string();
    let files = content.files(&origin)?;
    let fault = |e| Diagnostic::error(format!("{origin} can't be packed: {e}"));
    pack(name, &files).map_err(fault)
}

fn keep(download: &Download, into: &Path) -> Result<(), Diagnostic> {
    let Content::Archive(bytes) = &download.content else {
        let what = format!("{} is not an archive", download.origin);
        return Err(Diagnostic::error(what).hint("a file:// repository for charts on this machine"));
    };
    write(&into.join(&download.file_name), bytes)?;
    match &download.provenance {
        Some(signed) => write(&into.join(format!("{}.prov", download.file_name)), signed),
        None => Ok(()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let fault = |e| Diagnostic::error(format!("{} can't be written: {e}", path.display()));
    fs::write(path, bytes).map_err(fault)
}
