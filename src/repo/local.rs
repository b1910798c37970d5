//! Charts on this machine: a directory, an archive, or a directory that holds several of them.

use super::content::no_chart;
use super::{ChartRequest, Content, Download, version};
use crate::diag::Diagnostic;
use crate::files::Files;
use crate::yaml;
use std::io;
use std::path::{Path, PathBuf};

/// The chart at `path`, a directory or an archive.
pub fn at(files: &dyn Files, path: &Path) -> Result<Download, Diagnostic> {
    let origin = path.display().to_string();
    let fault = |e: io::Error| Diagnostic::error(format!("chart {origin} can't be read: {e}"));
    let content = match files.is_dir(path) {
        None => return Err(missing(files, path)),
        Some(false) => Content::Archive(files.read(path).map_err(fault)?),
        Some(true) => Content::Directory(files.chart(path).map_err(|why| no_chart(&origin, why))?),
    };
    let name = path.file_name().unwrap_or_default();
    let signed = path.with_file_name(format!("{}.prov", name.to_string_lossy()));
    Ok(Download {
        content,
        file_name: name.to_string_lossy().into_owned(),
        // One that can't be read is missed where it is needed.
        provenance: files.read(&signed).ok(),
        manifest: None,
        origin,
    })
}

/// The chart that `request` names among those in the directory `shelf`.
pub fn among(
    files: &dyn Files,
    shelf: &Path,
    request: &ChartRequest,
) -> Result<Download, Diagnostic> {
    let wanted = &*request.chart;
    let charts = shelved(files, shelf, wanted);
    let versions: Vec<&str> = charts.iter().map(|(version, _)| version.as_str()).collect();
    let range = request.version.as_deref();
    match version::choose(&versions, range)? {
        Some(at) => Ok(charts.into_iter().nth(at).expect("chosen among them").1),
        None if charts.is_empty() => Err(not_on(files, shelf, wanted)),
        None => {
            let (shelf, range) = (shelf.display(), range.unwrap_or_default());
            let what = format!("{shelf} has no version {range} of chart {wanted}");
            Err(Diagnostic::error(what).hint(version::nearest(&versions, range.into())))
        }
    }
}

/// Every version of the chart in the directory, by what the charts say of themselves.
fn shelved(files: &dyn Files, shelf: &Path, wanted: &str) -> Vec<(String, Download)> {
    let entries = files.list(shelf).unwrap_or_default();
    let candidates = entries.iter().filter(|e| e.name.starts_with(wanted));
    let charts = candidates.filter_map(|e| at(files, &shelf.join(&e.name)).ok());
    let known = charts.filter_map(|chart| {
        let (name, version) = chart.content.name_and_version(&chart.origin).ok()?;
        (name == wanted).then_some((version, chart))
    });
    known.collect()
}

fn missing(files: &dyn Files, path: &Path) -> Diagnostic {
    let what = format!("there is no chart at {}", path.display());
    let neighbour = path.parent().zip(path.file_name().and_then(|n| n.to_str()));
    let near = neighbour.and_then(|(parent, name)| {
        let entries = files.list(parent).ok()?;
        let names = entries.iter().map(|e| e.name.as_str());
        Some(parent.join(yaml::nearest(name, names)?))
    });
    with_hint(Diagnostic::error(what), near)
}

fn not_on(files: &dyn Files, shelf: &Path, wanted: &str) -> Diagnostic {
    let what = format!("{} has no chart {wanted}", shelf.display());
    let entries = files.list(shelf).unwrap_or_default();
    let charts = entries
        .iter()
        .filter_map(|e| at(files, &shelf.join(&e.name)).ok());
    let named = charts.filter_map(|c| c.content.name_and_version(&c.origin).ok());
    let names: Vec<String> = named.map(|(name, _)| name).collect();
    let near = yaml::nearest(wanted, names.iter().map(String::as_str));
    with_hint(Diagnostic::error(what), near.map(PathBuf::from))
}

fn with_hint(fault: Diagnostic, hint: Option<PathBuf>) -> Diagnostic {
    match hint {
        Some(hint) => fault.hint(hint.display().to_string()),
        None => fault,
    }
}
