//! `rollbook runs`: what runs did, as their journals tell.

use super::{Exit, Global};
use crate::diag::{Diagnostic, Diagnostics};
use crate::journal::{self, Run, Touched};
use crate::report::{Look, runs as report};
use crate::state::is_gone;
use crate::yaml::nearest;
use jiff::tz::TimeZone;
use report::Told;

/// What runs did: who, when, why, and how each target ended
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// For people, or everything as JSON
    #[arg(long, value_enum, default_value = "text", global = true)]
    format: Format,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Verb {
    /// One run, or what it did to one target
    Show {
        /// The run: its id, or any part of it that no other has
        run: String,
        /// The target
        target: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs it.
pub fn run(args: &Args, global: &Global, look: &Look) -> Result<Exit, Diagnostics> {
    let state = global.state_path();
    match &args.verb {
        None => list(args, &all(state)?, look),
        Some(Verb::Show { run, target: None }) => {
            show(args, told(journal::find(state, run)?), look)
        }
        Some(Verb::Show {
            run,
            target: Some(target),
        }) => {
            let run = journal::find(state, run)?;
            one(args, touched(&run, target)?, look);
        }
    }
    Ok(Exit::Done)
}

fn all(state: &std::path::Path) -> Result<Vec<Told>, Diagnostic> {
    let runs = journal::list(state).into_iter();
    runs.map(|id| Ok(told(Run::read(state, &id)?))).collect()
}

fn told(run: Run) -> Told {
    let gone = is_gone(&run.process);
    Told { run, gone }
}

fn list(args: &Args, runs: &[Told], look: &Look) {
    match args.format {
        Format::Text if runs.is_empty() => look.err("no run is recorded here\n"),
        Format::Text => look.out(&report::list(runs, &TimeZone::system(), look)),
        Format::Json => {
            let runs: Vec<&Run> = runs.iter().map(|told| &told.run).collect();
            look.data(&json(&runs));
        }
    }
}

fn show(args: &Args, told: Told, look: &Look) {
    match args.format {
        Format::Text => look.out(&report::show(&told, &TimeZone::system(), look)),
        Format::Json => look.data(&json(&told.run)),
    }
}

fn one(args: &Args, touched: &Touched, look: &Look) {
    match args.format {
        Format::Text => look.out(&report::steps(touched, &TimeZone::system())),
        Format::Json => look.data(&json(touched)),
    }
}

fn touched<'r>(run: &'r Run, target: &str) -> Result<&'r Touched, Diagnostic> {
    let found = run.touched.iter().rev().find(|t| t.before.target == target);
    found.ok_or_else(|| {
        let fault = Diagnostic::error(format!("run {} did not touch {target}", run.id.short()));
        let known = run.touched.iter().map(|t| t.before.target.as_str());
        match nearest(target, known) {
            Some(near) => fault.hint(near),
            None => fault,
        }
    })
}

fn json(what: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(what).unwrap_or_else(|error| error.to_string());
    format!("{text}\n")
}
