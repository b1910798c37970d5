//! `rollbook chart show`: what a chart says of itself, byte for byte as `helm show`.

use super::source::SourceFlags;
use crate::diag::Diagnostic;
use crate::report::{self, Look, chart::Part};
use clap::Subcommand;
use helm::chart::{Chart, File};

/// Show what a chart says of itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Everything
    All(Shown),
    /// Its definition: Chart.yaml
    Chart(Shown),
    /// Its values: values.yaml
    Values(Shown),
    /// Its README
    Readme(Shown),
    /// Its CustomResourceDefinitions
    Crds(Shown),
}

// Helm's --version is the chart's.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
struct Shown {
    /// Chart: a directory, an archive, oci://HOST/PATH/CHART, a URL, NAME/CHART of a repository
    /// that Helm knows, or a name in --repo
    chart: String,
    #[command(flatten)]
    source: SourceFlags,
}

/// Runs it.
pub async fn run(args: &Args, look: &Look) -> Result<(), Diagnostic> {
    let (part, shown) = match &args.what {
        What::All(shown) => (Part::All, shown),
        What::Chart(shown) => (Part::Chart, shown),
        What::Values(shown) => (Part::Values, shown),
        What::Readme(shown) => (Part::Readme, shown),
        What::Crds(shown) => (Part::Crds, shown),
    };
    let (download, _) = shown.source.open()?.download(&shown.chart, false).await?;
    let origin = download.origin.clone();
    let mut files = download.content.files(&origin)?;
    // Helm walks a directory before the files whose names go on after the same letters.
    files.sort_by(|a, b| a.name.split('/').cmp(b.name.split('/')));
    let values = values(&files);
    let fault = |why| Diagnostic::error(format!("{origin} is not a chart")).note(why);
    let chart = Chart::load(files).map_err(fault)?;
    look.out(&report::chart::show(part, &chart, values.as_deref()));
    Ok(())
}

/// The text of `values.yaml`, which a loaded chart no longer has.
fn values(files: &[File]) -> Option<String> {
    let file = files.iter().find(|file| file.name == "values.yaml");
    file.map(|file| file.text().into_owned())
}
