//! The command line. The main type here is [`Cli`]; each verb is one file with its arguments,
//! help and code together.
//!
//! Verbs read top to bottom as the steps of the flow. Kinds of errors become exit codes in
//! [`error`] and nowhere else.

mod apply;
mod backout;
mod blame;
mod chart;
mod charts;
mod error;
mod fleet;
mod frozen;
mod help;
mod history;
mod inventory;
mod limits;
mod passwords;
mod plan;
mod play;
mod preview;
mod question;
mod record;
mod recover;
mod resume;
mod running;
mod runs;
mod sets;
mod shown;
mod site;
mod status;
mod stop;
mod test;
mod workloads;

pub use error::Exit;
pub use fleet::FleetArgs;

use crate::cluster::{Opening, Policy};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::release::Driver;
use crate::report::Look;
use crate::sensitive::Known;
use crate::state::StateDir;
use crate::terminal;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;
use std::sync::OnceLock;

/// Changes hundreds of client namespaces on Kubernetes safely: plan, apply, back out.
#[derive(Debug, Parser)]
#[command(
    name = "rollbook",
    version,
    max_term_width = 100,
    propagate_version = true
)]
pub struct Cli {
    /// Flags of every verb.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags of every verb.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        help_heading = "Output"
    )]
    pub color: Colour,
    /// More detail: -v names and unchanged things, -vv noise and timings, -vvv API requests
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// Only the summary and errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub quiet: bool,
    /// Where plans, journals and caches are kept
    #[arg(
        long,
        global = true,
        env = "ROLLBOOK_STATE",
        hide_env_values = true,
        value_name = "DIR",
        help_heading = "Output"
    )]
    pub state_dir: Option<std::path::PathBuf>,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show what would change, and save it for `apply`
    Plan(Box<plan::Args>),
    /// Apply a saved plan, or plan, ask and apply
    Apply(Box<apply::Args>),
    /// Bring targets back to an earlier recorded state
    Backout(Box<backout::Args>),
    /// Look at the inventory: what each target should be, and why
    Inventory(inventory::Args),
    /// Look at a chart by itself
    Chart(chart::Args),
    /// Write what plans read of a cluster into files, without its secrets
    Record(record::Args),
    /// What runs did: who, when, why, and how each target ended
    Runs(runs::Args),
    /// Go on with a run that was stopped or killed
    Resume(Box<resume::Args>),
    /// Ask a run to stop: what is in flight finishes, nothing new starts
    Stop(stop::Args),
    /// Put right what runs left: pending revisions, leases, workloads that they stopped
    Recover(Box<recover::Args>),
    /// The revisions of a target's release, as `helm history` shows them
    History(history::Args),
    /// What an edit of the inventory changes, and for whom, without a cluster
    Preview(preview::Args),
    /// Run the `test` hooks of a target's release, as `helm test` does
    Test(test::Args),
    /// How the fleet stands: versions, failures, what is stuck
    Status(status::Args),
}

/// Runs the program; returns its exit code.
pub fn main() -> ExitCode {
    let matches = help::grouped(Cli::command()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return error::usage(&error),
    };
    error::start_tracing(cli.global.verbose, known().clone());
    let look = Look::of_terminal(cli.global.choice(), cli.global.verbosity(), known().clone());
    match block_on(cli, &look) {
        Ok(Exit::Done) if look.is_lost() => Exit::Input.into(),
        Ok(exit) => exit.into(),
        Err(faults) => error::report(&faults, &look).into(),
    }
}

async fn run(mut cli: Cli, look: &Look) -> Result<Exit, Diagnostics> {
    let global = &cli.global;
    if cli.verb.reads_releases() {
        Driver::parse(&std::env::var("HELM_DRIVER").unwrap_or_default())?;
    }
    if let Some((fleet, context)) = cli.verb.fleet() {
        fleet.ask_passwords().await?;
        sets::expand(fleet, context, global).await?;
    }
    match cli.verb {
        Verb::Plan(args) => plan::run(*args, global, look).await,
        Verb::Apply(args) => apply::run(*args, global, look).await,
        Verb::Backout(args) => backout::run(*args, global, look).await,
        Verb::Inventory(args) => inventory::run(args, global, look).await,
        Verb::Chart(args) => chart::run(args, look).await,
        Verb::Record(args) => record::run(args, look).await,
        Verb::Resume(args) => resume::run(*args, global, look).await,
        Verb::Stop(args) => stop::run(args, global, look).await,
        Verb::Recover(args) => recover::run(*args, global, look).await,
        Verb::Runs(args) => runs::run(&args, global, look),
        Verb::History(args) => history::run(args, look).await,
        Verb::Preview(args) => preview::run(&args, look).await,
        Verb::Test(args) => test::run(args, global, look).await,
        Verb::Status(args) => status::run(args, global, look).await,
    }
}

impl Verb {
    /// Whether it could be misled by releases that it does not see.
    fn reads_releases(&self) -> bool {
        match self {
            Verb::Chart(_) | Verb::Runs(_) | Verb::Inventory(_) | Verb::Preview(_) => false,
            Verb::Plan(_) | Verb::Apply(_) | Verb::Backout(_) | Verb::Resume(_) => true,
            Verb::Record(_) | Verb::Recover(_) | Verb::Stop(_) => true,
            Verb::History(_) | Verb::Test(_) | Verb::Status(_) => true,
        }
    }

    /// Which targets it is about, and the context that stands for their clusters.
    fn fleet(&mut self) -> Option<(&mut FleetArgs, Option<&str>)> {
        fn play(flags: &mut shown::Flags) -> (&mut FleetArgs, Option<&str>) {
            (&mut flags.play.fleet, flags.play.context.as_deref())
        }
        match self {
            Verb::Plan(args) => Some(play(&mut args.flags)),
            Verb::Apply(args) => Some(play(&mut args.flags)),
            Verb::Backout(args) => Some(play(&mut args.flags)),
            Verb::Resume(args) => Some(play(&mut args.flags)),
            Verb::Stop(args) => Some((&mut args.fleet, args.context.as_deref())),
            Verb::Recover(args) => Some((&mut args.fleet, args.context.as_deref())),
            Verb::Status(args) => Some((&mut args.fleet, args.context.as_deref())),
            Verb::Inventory(args) => Some((args.fleet(), None)),
            Verb::Record(args) => Some((&mut args.fleet, None)),
            Verb::History(args) => Some((&mut args.fleet, None)),
            Verb::Test(args) => Some((&mut args.fleet, None)),
            Verb::Preview(args) => Some((&mut args.fleet, None)),
            Verb::Chart(_) | Verb::Runs(_) => None,
        }
    }
}

/// Waits for the doors of one verb. Of one that may write, waits for others or asks, a signal is
/// heard: it ends the verb at once while nothing can be half done.
fn block_on(cli: Cli, look: &Look) -> Result<Exit, Diagnostics> {
    let deaf = matches!(cli.verb, Verb::Chart(_) | Verb::Runs(_));
    let runtime = runtime(&cli.verb)?;
    let ended = runtime.block_on(async {
        if deaf {
            return run(cli, look).await;
        }
        let halt = terminal::process();
        let deaf = |e| Diagnostic::new(Kind::Internal, format!("signals can't be heard: {e}"));
        terminal::listen(halt).map_err(deaf)?;
        tokio::select! {
            ended = run(cli, look) => ended,
            cause = halt.idle() => {
                look.err(&format!("{cause}: nothing was changed\n"));
                Ok(Exit::Signal(cause.signal().unwrap_or(0)))
            }
        }
    });
    // A thread may still wait for a line that nobody will type.
    runtime.shutdown_background();
    ended
}

/// What vaults gave away in this process: every way out of it asks here.
fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(Known::default)
}

/// The one runtime. A chart by itself keeps nobody waiting: starting more threads would cost a
/// good part of what it takes to render one.
fn runtime(verb: &Verb) -> Result<tokio::runtime::Runtime, Diagnostic> {
    let mut builder = match verb {
        Verb::Chart(_) => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.enable_all().build();
    runtime.map_err(|e| Diagnostic::new(Kind::Internal, format!("no threads to run on: {e}")))
}

impl Global {
    /// The state directory: named, or `.rollbook` here.
    fn state(&self) -> Result<StateDir, Diagnostic> {
        StateDir::open(self.state_path())
    }

    /// Where the state is, or would be: what only looks makes no directory.
    fn state_path(&self) -> &std::path::Path {
        let here = std::path::Path::new(".rollbook");
        self.state_dir.as_deref().unwrap_or(here)
    }

    /// How a verb that is no run of a playbook opens a cluster; `run` is named to the server.
    fn opening(&self, run: impl Into<String>) -> Opening {
        Opening {
            run: run.into(),
            overlays: Some(self.state_path().join("overlays")),
            policy: Policy::default(),
        }
    }

    fn verbosity(&self) -> i8 {
        if self.quiet {
            -1
        } else {
            i8::try_from(self.verbose).unwrap_or(i8::MAX)
        }
    }

    fn choice(&self) -> anstream::ColorChoice {
        match self.color {
            Colour::Auto => anstream::ColorChoice::Auto,
            Colour::Always => anstream::ColorChoice::Always,
            Colour::Never => anstream::ColorChoice::Never,
        }
    }
}
