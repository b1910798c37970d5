//! `rollbook chart verify`: one's own chart and values, rendered here and by a real Helm.

use super::{Template, fetch, no_thread, read};
use crate::cli::Exit;
use crate::diag::{Diagnostic, Diagnostics};
use crate::diff;
use crate::pipeline::offline::Offline;
use crate::report::{Look, chart as report};
use helm::engine::on_large_stack;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Render with both, and show the difference
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The helm to compare with
    #[arg(long, value_name = "PATH", default_value = "helm")]
    helm: PathBuf,
    #[command(flatten)]
    template: Template,
}

/// What a render came to: the text, or why there is none.
type Said = Result<String, String>;

/// Runs it: 0 where both say the same, 3 where they differ.
pub(super) async fn run(args: &Args, look: &Look) -> Result<Exit, Diagnostics> {
    if args.template.values.files.iter().any(|file| file == "-") {
        let fault = Diagnostic::error("standard input can't be read by both");
        return Err(fault.hint("-f FILE").into());
    }
    let ours = ours(&args.template, look).await?;
    let (theirs, again) = (helm(args)?, helm(args)?);
    let version = version(args)?;
    let (told, same) = match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            let hunks = diff::text(theirs, ours);
            // Random values: Helm does not agree with itself.
            let steady = again.as_ref() == Ok(theirs);
            let told = report::compared(&version, ours.lines().count(), &hunks, steady);
            (told, hunks.is_empty())
        }
        (Err(ours), Err(theirs)) => (report::both_refuse(&version, ours, theirs), true),
        (Ok(_), Err(theirs)) => (report::one_refuses(&version, theirs), false),
        (Err(ours), Ok(_)) => (report::one_refuses("rollbook", ours), false),
    };
    look.out(&told);
    Ok(if same { Exit::Done } else { Exit::Changes })
}

/// Our own render.
async fn ours(flags: &Template, look: &Look) -> Result<Said, Diagnostic> {
    let (name, chart) = flags.name_and_chart()?;
    let options = flags.options(name);
    let chart = fetch(flags, chart, look).await?;
    let render = || {
        let rendered = options.run(&chart, &Offline, &read);
        let rendered = rendered.map_err(|error| error.to_string())?;
        options.print(&rendered)
    };
    on_large_stack(render).map_err(no_thread)
}

/// Helm's render of the same.
fn helm(args: &Args) -> Result<Said, Diagnostic> {
    let mut words = vec!["template".to_owned()];
    words.extend(args.template.helm_words());
    let output = ran(args, &words)?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(match output.status.success() {
        true => Ok(text(output.stdout)),
        false => Err(text(output.stderr)
            .trim_start_matches("Error: ")
            .trim_end()
            .to_owned()),
    })
}

fn version(args: &Args) -> Result<String, Diagnostic> {
    let words = ["version", "--template", "helm {{.Version}}"].map(str::to_owned);
    let output = ran(args, &words)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn ran(args: &Args, words: &[String]) -> Result<std::process::Output, Diagnostic> {
    let mut command = Command::new(&args.helm);
    let output = command.args(words).stdin(Stdio::null()).output();
    output.map_err(|error| {
        let what = format!("{} can't be run: {error}", args.helm.display());
        Diagnostic::error(what).hint("--helm PATH")
    })
}

impl Template {
    /// The same flags, as Helm takes them.
    fn helm_words(&self) -> Vec<String> {
        let mut words = self.places.clone();
        let mut all = |flag: &str, values: &[String]| {
            for value in values {
                words.extend([flag.to_owned(), value.clone()]);
            }
        };
        all("--values", &self.values.files);
        all("--set-json", &self.values.set_json);
        all("--set", &self.values.set);
        all("--set-string", &self.values.set_string);
        all("--set-file", &self.values.set_file);
        all("--set-literal", &self.values.set_literal);
        all("--show-only", &self.show_only);
        all("--api-versions", &self.api_versions);
        all("--namespace", std::slice::from_ref(&self.namespace));
        all("--kube-version", self.kube_version.as_slice());
        all("--name-template", self.name_template.as_slice());
        all("--version", self.source.version().as_slice());
        all("--repo", self.source.repo().as_slice());
        let switches = [
            (self.include_crds, "--include-crds"),
            (self.skip_tests, "--skip-tests"),
            (self.no_hooks, "--no-hooks"),
            (self.is_upgrade, "--is-upgrade"),
            (self.generate_name, "--generate-name"),
            (self.skip_schema_validation, "--skip-schema-validation"),
        ];
        let on = switches.iter().filter(|(on, _)| *on);
        words.extend(on.map(|(_, flag)| (*flag).to_owned()));
        words
    }
}
