//! What `plan`, `apply` and `backout` share: the flags of a play and of what is shown of it, and
//! the end of a run. The main type here is [`Flags`].

use super::Exit;
use super::error::exit_of;
use super::play::{PlayArgs, time};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{Plan, Verdict};
use crate::report::{self, DiffDetail, Gates, Look, Reporter, RunFormat, Saved, Shown, Telling};
use crate::sensitive::Mask;
use std::time::Duration;

/// A play, and what is shown of it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Flags {
    /// The flags of a play.
    #[command(flatten)]
    pub play: PlayArgs,
    /// The flags of a plan's screen.
    #[command(flatten)]
    pub shown: ShownArgs,
}

/// What is shown of a plan.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ShownArgs {
    /// How much of each object's diff is shown
    #[arg(
        long = "show",
        value_enum,
        default_value = "some",
        value_name = "DETAIL",
        help_heading = "Plan"
    )]
    pub detail: DiffDetail,
    /// The gates matrix instead of the changes
    #[arg(long, help_heading = "Plan")]
    pub gates: bool,
    /// Show changes that are mere noise
    #[arg(long, help_heading = "Plan")]
    pub show_noise: bool,
    /// For people, for machines, or (of the gates) for a spreadsheet
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    pub format: RunFormat,
    /// Times before the lines of a log: before one line per target, not before Ansible's own
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        help_heading = "Output"
    )]
    pub timestamps: Times,
    /// Say that the run goes on after so much silence
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time, help_heading = "Output")]
    pub heartbeat: Duration,
}

/// `--timestamps`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Times {
    /// Before one line per target.
    #[default]
    Auto,
    /// Before Ansible's own lines too.
    Always,
    /// Nowhere.
    Never,
}

impl Flags {
    /// The reporter that was chosen.
    pub fn reporter(&self, look: &Look) -> Result<Box<dyn Reporter>, Diagnostic> {
        if self.shown.format == RunFormat::Csv && !self.shown.gates {
            let fault = Diagnostic::error("only the gates matrix is written as CSV");
            return Err(fault.hint("--gates --format csv, or --format json"));
        }
        let telling = Telling {
            diff: self.play.diff,
            times: match self.shown.timestamps {
                Times::Auto => None,
                Times::Always => Some(true),
                Times::Never => Some(false),
            },
            heartbeat: self.shown.heartbeat,
        };
        Ok(report::reporter(self.shown.format, look, telling))
    }

    /// What the screen shows of a plan.
    pub fn shown(&self, mask: &Mask, saved: Option<Saved>) -> Shown {
        Shown {
            diff: self.shown.detail,
            gates: match (self.shown.gates, self.shown.format) {
                (false, _) => Gates::No,
                (true, RunFormat::Csv) => Gates::Csv,
                (true, _) => Gates::Matrix,
            },
            noise: self.shown.show_noise,
            mask: mask.clone(),
            saved,
        }
    }
}

/// Ends a run: the reporter has the last word, and knows the exit code.
pub fn finished(
    reporter: &dyn Reporter,
    ended: Result<Exit, Diagnostics>,
) -> Result<Exit, Diagnostics> {
    let exit = match &ended {
        Ok(exit) => *exit,
        Err(faults) => exit_of(faults),
    };
    reporter.finish(ended.as_ref().err(), exit.code());
    ended
}

/// A plan of nothing is no plan: where no target could be planned, why not is all there is to say.
pub fn planned(plan: &Plan) -> Result<(), Diagnostics> {
    let failed = |verdict: &Verdict| matches!(verdict, Verdict::Error(_));
    match plan.targets.iter().all(|target| failed(&target.verdict)) {
        true if !plan.targets.is_empty() => Err(report::unplanned(plan)),
        _ => Ok(()),
    }
}
