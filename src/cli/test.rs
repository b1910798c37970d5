//! `rollbook test`: the `test` hooks of a target's release.

use super::fleet::FleetArgs;
use super::play::time;
use super::{Exit, Global};
use crate::cluster;
use crate::deploy::{self, Lock, Options, Tested, Ways};
use crate::diag::{Diagnostic, Diagnostics};
use crate::journal::RunId;
use crate::pipeline::trial::{Only, trial};
use crate::plan::TargetPlan;
use crate::release::Rollout;
use crate::report::{self, Look};
use crate::state::Operator;
use crate::terminal;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// Run the `test` hooks of a target's release, as `helm test` does
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) fleet: FleetArgs,
    /// The target
    target: String,
    /// Only these tests: name=NAME, or all but !name=NAME; may be repeated, or listed with commas
    #[arg(
        long,
        value_name = "FILTER",
        value_delimiter = ',',
        help_heading = "Tests"
    )]
    filter: Vec<String>,
    /// What the tests' pods said
    #[arg(long, help_heading = "Tests")]
    logs: bool,
    /// How long the tests may take
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time, help_heading = "Tests")]
    timeout: Duration,
}

/// Runs it.
pub async fn run(args: Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let spec = args.fleet.target(&args.target)?;
    let only = args.only()?;
    let run = RunId::fresh();
    global.state()?;
    let opening = global.opening(run.as_str());
    let cluster = cluster::open(&spec.cluster, &opening).await;
    let cluster = cluster.map_err(|error| error.diagnostic().target(spec.name.clone()))?;
    let plan = trial(&*cluster, &spec, &only).await?;
    let halt = terminal::process();
    halt.arm(None);
    let tell = |line: String| look.err(&format!("{line}\n"));
    let ways = Ways {
        cluster: &*cluster,
        journal: None,
        halt,
        progress: &tell,
    };
    let tested = args.test(ways, &plan, &run).await;
    halt.disarm();
    told(tested?, look)
}

fn told(tested: Tested, look: &Look) -> Result<Exit, Diagnostics> {
    look.out(&report::trial::text(
        &tested.record,
        &tested.logs,
        &TimeZone::system(),
    ));
    match tested.fault {
        Some(fault) => Err(fault.into()),
        None => Ok(Exit::Done),
    }
}

impl Args {
    async fn test(
        &self,
        ways: Ways<'_>,
        plan: &TargetPlan,
        run: &RunId,
    ) -> Result<Tested, Diagnostic> {
        let options = Options {
            rollout: Rollout {
                timeout: self.timeout,
                ..Rollout::default()
            },
            lock: Lock {
                operator: Operator::here(),
                ..Lock::default()
            },
            logs: self.logs,
            ..Options::new(Arc::<str>::from(run.as_str()))
        };
        deploy::test(ways, plan, &options).await
    }

    /// Helm's words: `name=a`, `!name=b`.
    fn only(&self) -> Result<Only, Diagnostic> {
        let mut only = Only::default();
        for filter in &self.filter {
            match (filter.strip_prefix("name="), filter.strip_prefix("!name=")) {
                (Some(name), _) => only.names.push(name.to_owned()),
                (None, Some(name)) => only.not.push(name.to_owned()),
                (None, None) => {
                    let what = format!("--filter \"{filter}\" is neither name=… nor !name=…");
                    return Err(Diagnostic::error(what).hint("--filter name=NAME"));
                }
            }
        }
        Ok(only)
    }
}
