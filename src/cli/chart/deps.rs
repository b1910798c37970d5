//! `rollbook chart deps`: the dependencies of a chart, as `helm dependency`.

use super::clean;
use super::source::{ServerFlags, VerifyFlags};
use crate::cli::charts::charts;
use crate::diag::Diagnostic;
use crate::repo::dependencies::{Manager, rows, strays};
use crate::repo::{Asked, ChartRequest, Charts, Verify};
use crate::report::{self, Look};
use crate::state::DiskFiles;
use clap::Subcommand;
use jiff::Zoned;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The dependencies of a chart.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Which there are, and how they stand
    #[command(visible_alias = "ls")]
    List(List),
    /// Bring into charts/ exactly what Chart.lock says
    Build(Bring),
    /// Choose versions, bring them into charts/, and write Chart.lock
    #[command(visible_alias = "up")]
    Update(Bring),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Directory or archive of the chart
    #[arg(default_value = ".", hide_default_value = true)]
    chart: PathBuf,
    /// Longest cell of the table
    #[arg(long, value_name = "COLUMNS", default_value_t = 80)]
    max_col_width: usize,
}

#[derive(Debug, clap::Args)]
struct Bring {
    /// Directory of the chart
    #[arg(default_value = ".", hide_default_value = true)]
    chart: PathBuf,
    /// Take the index of a repository that is kept, however old
    #[arg(long)]
    skip_refresh: bool,
    #[command(flatten)]
    signed: VerifyFlags,
    #[command(flatten)]
    server: ServerFlags,
}

/// Runs it.
pub async fn run(args: &Args, look: &Look) -> Result<(), Diagnostic> {
    match &args.what {
        What::List(flags) => list(flags, look).await,
        What::Build(flags) => {
            let (charts, verify) = (flags.charts()?, flags.signed.if_possible());
            manager(&charts, &flags.chart, &verify, &teller(look))
                .build()
                .await
        }
        What::Update(flags) => {
            let (charts, verify) = (flags.charts()?, flags.signed.always());
            manager(&charts, &flags.chart, &verify, &teller(look))
                .update()
                .await
        }
    }
}

/// Brings the dependencies of a chart in a directory, for `--dependency-update`.
pub async fn update(charts: &Charts, chart: &Path, look: &Look) -> Result<(), Diagnostic> {
    manager(charts, chart, &Verify::Never, &teller(look))
        .update()
        .await
}

fn manager<'a>(
    charts: &'a Charts,
    chart: &Path,
    verify: &'a Verify,
    tell: &'a (dyn Fn(&str) + Send + Sync),
) -> Manager<'a> {
    Manager {
        charts,
        chart: clean(chart),
        verify,
        now: Zoned::now(),
        tell,
    }
}

fn teller(look: &Look) -> impl Fn(&str) + Send + Sync + '_ {
    |line| look.err(&format!("{line}\n"))
}

async fn list(flags: &List, look: &Look) -> Result<(), Diagnostic> {
    let path = clean(&flags.chart);
    let charts = charts(Arc::new(DiskFiles), Asked::default())?;
    let chart = charts.download(&ChartRequest::at(&path)).await?.chart()?;
    if chart.metadata.dependencies.is_empty() {
        look.out(&report::chart::no_dependencies(&path.join("charts")));
        return Ok(());
    }
    let rows = rows(&DiskFiles, &path, &chart);
    look.out(&report::chart::dependencies(&rows, flags.max_col_width));
    look.out(&report::chart::strays(&strays(&DiskFiles, &path, &chart)));
    Ok(())
}

impl Bring {
    fn charts(&self) -> Result<Charts, Diagnostic> {
        let asked = Asked {
            skip_refresh: self.skip_refresh,
            provenance: self.signed.verify,
            ..self.server.asked()?
        };
        charts(Arc::new(DiskFiles), asked)
    }
}
