//! `helm template` on the engine: `template NAME CHART [-f FILE]… [--set K=V]… [FLAGS]`.

use helm::Host;
use helm::chart::{Chart, Profile};
use helm::engine::{Setting, TemplateOptions, on_large_stack};
use rand::Rng;
use std::path::Path;
use std::process::ExitCode;

/// The clock and the randomness of this machine, and no cluster.
struct Here;

impl Host for Here {
    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::now()
    }

    fn random(&self, out: &mut [u8]) {
        rand::rng().fill_bytes(out);
    }
}

fn parse() -> Result<(TemplateOptions, String), String> {
    let (mut options, mut places) = (TemplateOptions::default(), Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut next = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "-f" | "--values" => options.values_files.push(next()?),
            "--set" => options.settings.push(Setting::Typed(next()?)),
            "--set-string" => options.settings.push(Setting::Text(next()?)),
            "--set-json" => options.settings.push(Setting::Json(next()?)),
            "--set-file" => options.settings.push(Setting::File(next()?)),
            "--set-literal" => options.settings.push(Setting::Literal(next()?)),
            "-n" | "--namespace" => options.namespace = next()?,
            "--kube-version" => options.kube_version = Some(next()?),
            "-a" | "--api-versions" => options.api_versions.push(next()?),
            "-s" | "--show-only" => options.show_only.push(next()?),
            "--include-crds" => options.include_crds = true,
            "--skip-tests" => options.skip_tests = true,
            "--no-hooks" => options.no_hooks = true,
            "--is-upgrade" => options.is_upgrade = true,
            "--skip-schema-validation" => options.skip_schema = true,
            "--helm-4" => options.profile = Profile::HELM_4,
            flag if flag.starts_with('-') => return Err(format!("unknown flag: {flag}")),
            _ => places.push(arg),
        }
    }
    let mut places = places.into_iter();
    options.name = places.next().ok_or("which release name?")?;
    let chart = places.next().ok_or("which chart?")?;
    Ok((options, chart))
}

fn run() -> Result<String, String> {
    let (options, chart) = parse()?;
    let read = |path: &str| {
        let bytes = std::fs::read(path).map_err(|error| format!("open {path}: {error}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let chart = Chart::open(Path::new(&chart))?;
    let rendered = options
        .run(&chart, &Here, &read)
        .map_err(|error| error.to_string())?;
    options.print(&rendered)
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints"
)]
fn main() -> ExitCode {
    match on_large_stack(run).unwrap_or_else(|error| Err(error.to_string())) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}
