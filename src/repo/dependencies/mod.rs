//! The dependencies of a chart: which there are, which versions serve them, and bringing them
//! into `charts/`. The main type here is [`Manager`].
//!
//! As `helm dependency`: `update` chooses versions and writes `Chart.lock`, `build` brings exactly
//! what the lock says. Everything is fetched before anything in `charts/` changes.

mod lock;
mod pack;
mod resolve;
mod save;
mod status;

pub use status::{Row, Stray, rows, strays};

use super::{ChartRequest, Charts, Content, Verify};
use crate::diag::{Diagnostic, Kind};
use helm::chart::{Chart, Dependency};
use jiff::Zoned;
use lock::Lock;
use pack::pack;
use std::path::PathBuf;

/// Brings the dependencies of one chart.
pub struct Manager<'a> {
    /// Where charts come from.
    pub charts: &'a Charts,
    /// The directory of the chart.
    pub chart: PathBuf,
    /// Whether signatures are checked.
    pub verify: &'a Verify,
    /// The time that a new lock file carries.
    pub now: Zoned,
    /// Takes each line of progress.
    pub tell: &'a (dyn Fn(&str) + Send + Sync),
}

impl Manager<'_> {
    /// Chooses versions, fetches them, and writes the lock file where it is another one.
    pub async fn update(&self) -> Result<(), Diagnostic> {
        let chart = self.load().await?;
        let wanted = self.wanted(&chart)?;
        if wanted.is_empty() {
            return Ok(());
        }
        let chosen = self.resolve(&wanted).await?;
        let saved = self.save(chosen).await?;
        let lock = Lock::new(&wanted, saved, &self.now);
        match Lock::of(&chart) {
            Some(before) if before.digest == lock.digest => Ok(()),
            _ => lock.write(&self.chart, is_v1(&chart)),
        }
    }

    /// Fetches what the lock file says; without one, as [`Manager::update`].
    pub async fn build(&self) -> Result<(), Diagnostic> {
        let chart = self.load().await?;
        let Some(lock) = Lock::of(&chart) else {
            return self.update().await;
        };
        let wanted = self.wanted(&chart)?;
        let written = &chart.metadata.dependencies;
        let old = is_v1(&chart) && lock::old_digest(written) == lock.digest;
        if !old && lock::digest(&wanted, &lock.dependencies) != lock.digest {
            return Err(out_of_sync(is_v1(&chart)));
        }
        self.save(lock.dependencies).await.map(drop)
    }

    async fn load(&self) -> Result<Chart, Diagnostic> {
        let download = self.charts.download(&ChartRequest::at(&self.chart)).await?;
        match &download.content {
            Content::Directory(_) => download.chart(),
            Content::Archive(_) => {
                let what = format!("{} is an archive", self.chart.display());
                Err(Diagnostic::error(what).note("only unpacked charts can be updated"))
            }
        }
    }

    /// The requirements, with the URL in place of `@NAME` and `alias:NAME`.
    fn wanted(&self, chart: &Chart) -> Result<Vec<Dependency>, Diagnostic> {
        let written = chart.metadata.dependencies.iter();
        let named = written.map(|dependency| {
            let repository = self.charts.repository(&dependency.repository)?;
            Ok(Dependency {
                repository: repository.to_owned(),
                ..dependency.clone()
            })
        });
        named.collect()
    }
}

fn is_v1(chart: &Chart) -> bool {
    chart.metadata.api_version == "v1"
}

fn out_of_sync(v1: bool) -> Diagnostic {
    let (lock, file) = match v1 {
        true => ("requirements.lock", "requirements.yaml"),
        false => ("Chart.lock", "Chart.yaml"),
    };
    let what = format!("the lock file ({lock}) is out of sync with the dependencies file ({file})");
    Diagnostic::new(Kind::Refused, what).hint("rollbook chart deps update CHART")
}
