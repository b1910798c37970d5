//! `rollbook chart`: a chart by itself. `chart template` is `helm template`, flags and bytes.

mod deps;
mod lint;
mod pull;
mod show;
mod source;
mod verify;

use super::Exit;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::files::Files;
use crate::pipeline::fault;
use crate::pipeline::offline::Offline;
use crate::report::{self, Look};
use crate::state::DiskFiles;
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use helm::chart::{Chart, Profile};
use helm::engine::{Setting, TemplateOptions, name_of_template, on_large_stack};
use source::SourceFlags;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Look at a chart by itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Render a chart without a cluster: the flags and the output of `helm template`
    Template(Box<Template>),
    /// Render with a real Helm as well, and show the difference: 0 where there is none, 3 where there is
    Verify(Box<verify::Args>),
    /// Look for what is wrong with charts: the flags and the output of `helm lint`
    Lint(Box<lint::Args>),
    /// Fetch charts: the flags of `helm pull`
    Pull(Box<pull::Args>),
    /// Show what a chart says of itself: the output of `helm show`
    Show(Box<show::Args>),
    /// The dependencies of a chart: `helm dependency`
    Deps(Box<deps::Args>),
}

// Helm's --version is the chart's.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
struct Template {
    /// Name of the release, then the chart: a directory, an archive, a URL, or a name in --repo
    #[arg(value_names = ["NAME", "CHART"], num_args = 1..=2, required = true)]
    places: Vec<String>,
    #[command(flatten)]
    values: ValuesFlags,
    /// Namespace of the release
    #[arg(short, long, default_value = "default", hide_default_value = true)]
    namespace: String,
    /// Include CRDs in the output
    #[arg(long)]
    include_crds: bool,
    /// Leave out test hooks
    #[arg(long)]
    skip_tests: bool,
    /// Leave out hooks
    #[arg(long)]
    no_hooks: bool,
    /// Only what these templates made (repeatable)
    #[arg(short, long, value_name = "TEMPLATE")]
    show_only: Vec<String>,
    /// Set .Release.IsUpgrade instead of .Release.IsInstall
    #[arg(long)]
    is_upgrade: bool,
    /// Kubernetes API versions for .Capabilities.APIVersions, beside the usual ones
    #[arg(short, long, value_name = "VERSIONS", value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Kubernetes version for .Capabilities.KubeVersion
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// A template of the release's name
    #[arg(long, value_name = "TEMPLATE")]
    name_template: Option<String>,
    /// Leave out NAME; as with helm, the name is `release-name`
    #[arg(short, long)]
    generate_name: bool,
    /// Bring missing dependencies into charts/ first
    #[arg(long)]
    dependency_update: bool,
    #[command(flatten)]
    source: SourceFlags,
    /// Write files below this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "show_only")]
    output_dir: Option<PathBuf>,
    /// With --output-dir: below the release's name
    #[arg(long, requires = "output_dir")]
    release_name: bool,
    /// Leave values.schema.json aside
    #[arg(long)]
    skip_schema_validation: bool,
    #[command(flatten)]
    profile: ProfileFlag,
}

/// Values: files, and over them the `--set` family in Helm's order whatever the order of the flags.
#[derive(Debug, clap::Args)]
struct ValuesFlags {
    /// Values in a YAML file; `-` is standard input (repeatable, the last one wins)
    #[arg(
        short = 'f',
        long = "values",
        value_name = "FILE",
        value_delimiter = ','
    )]
    files: Vec<String>,
    /// Set values: a.b=1,c=x
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Set texts
    #[arg(long, value_name = "KEY=TEXT")]
    set_string: Vec<String>,
    /// Set JSON values
    #[arg(long, value_name = "KEY=JSON")]
    set_json: Vec<String>,
    /// Set values from files
    #[arg(long, value_name = "KEY=FILE")]
    set_file: Vec<String>,
    /// Set one text as it is
    #[arg(long, value_name = "KEY=TEXT")]
    set_literal: Vec<String>,
}

/// Which Helm is imitated.
#[derive(Clone, Copy, Debug, clap::Args)]
struct ProfileFlag {
    /// The Helm to do as
    #[arg(long, value_name = "VERSION", default_value = "3.21", value_parser = profiles())]
    profile: Profile,
}

fn profiles() -> impl TypedValueParser<Value = Profile> {
    let names = Profile::ALL.map(|profile| profile.name);
    let named = |name: String| {
        Profile::ALL
            .into_iter()
            .find(|profile| profile.name == name)
    };
    PossibleValuesParser::new(names).map(move |name| named(name).unwrap_or_default())
}

/// Runs it.
pub async fn run(args: Args, look: &Look) -> Result<Exit, Diagnostics> {
    match args.what {
        What::Template(flags) => template(&flags, look).await?,
        What::Verify(flags) => return verify::run(&flags, look).await,
        What::Lint(flags) => lint::run(&flags, look)?,
        What::Pull(flags) => pull::run(&flags, look).await?,
        What::Show(flags) => show::run(&flags, look).await?,
        What::Deps(flags) => deps::run(&flags, look).await?,
    }
    Ok(Exit::Done)
}

async fn template(flags: &Template, look: &Look) -> Result<(), Diagnostic> {
    let (name, chart) = flags.name_and_chart()?;
    let options = flags.options(name);
    let chart = fetch(flags, chart, look).await?;
    let rendered = on_large_stack(|| render(&options, &chart, flags, look));
    // The program ends: trees need not be taken apart first.
    std::mem::forget(chart);
    rendered.map_err(no_thread)?
}

/// What a render holds stays on its thread.
fn render(
    options: &TemplateOptions,
    chart: &Chart,
    flags: &Template,
    look: &Look,
) -> Result<(), Diagnostic> {
    let rendered = options.run(chart, &Offline, &read);
    let rendered = rendered.map_err(|error| fault::of_render(&error))?;
    look.err(&report::chart::warnings(&rendered.warnings));
    match &flags.output_dir {
        Some(directory) => {
            let directory = flags.directory(directory, options);
            write(options.files(&rendered), &directory, look)
        }
        None => {
            look.data(&options.print(&rendered).map_err(Diagnostic::error)?);
            Ok(())
        }
    }
}

/// Writes each document to the end of its template's file, telling each; then Helm prints an
/// empty line.
fn write(documents: Vec<(&str, String)>, directory: &Path, look: &Look) -> Result<(), Diagnostic> {
    let mut begun = BTreeSet::new();
    for (path, text) in documents {
        let path = directory.join(path);
        let wrote = append(&path, &text, !begun.insert(path.clone()));
        wrote
            .map_err(|e| Diagnostic::error(format!("{} can't be written: {e}", path.display())))?;
        look.out(&report::chart::wrote(&path));
    }
    look.out("\n");
    Ok(())
}

fn append(path: &Path, text: &str, begun: bool) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let mut open = OpenOptions::new();
    open.create(true).write(true).append(begun).truncate(!begun);
    open.open(path)?.write_all(text.as_bytes())
}

impl Template {
    /// As Helm's `NameAndChart`.
    fn name_and_chart(&self) -> Result<(String, &str), Diagnostic> {
        match (self.places.as_slice(), &self.name_template) {
            ([_, _], Some(_)) => Err(both("--name-template")),
            ([_, _], None) if self.generate_name => Err(both("--generate-name")),
            ([name, chart], None) => Ok((name.clone(), chart)),
            ([chart], Some(template)) => Ok((name_of(template)?, chart)),
            ([chart], None) => Ok((String::new(), chart)),
            _ => Err(Diagnostic::error("which chart?").hint("rollbook chart template NAME CHART")),
        }
    }

    fn options(&self, name: String) -> TemplateOptions {
        TemplateOptions {
            name,
            namespace: self.namespace.clone(),
            values_files: self.values.files.clone(),
            settings: self.values.settings(),
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            include_crds: self.include_crds,
            skip_tests: self.skip_tests,
            no_hooks: self.no_hooks,
            show_only: self.show_only.clone(),
            is_upgrade: self.is_upgrade,
            skip_schema: self.skip_schema_validation,
            profile: self.profile.profile,
        }
    }

    fn directory(&self, directory: &Path, options: &TemplateOptions) -> PathBuf {
        match self.release_name {
            true => directory.join(&options.name),
            false => directory.to_owned(),
        }
    }
}

impl ValuesFlags {
    fn settings(&self) -> Vec<Setting> {
        let all = |texts: &[String], kind: fn(String) -> Setting| -> Vec<Setting> {
            texts.iter().cloned().map(kind).collect()
        };
        [
            all(&self.set_json, Setting::Json),
            all(&self.set, Setting::Typed),
            all(&self.set_string, Setting::Text),
            all(&self.set_file, Setting::File),
            all(&self.set_literal, Setting::Literal),
        ]
        .concat()
    }
}

fn both(flag: &str) -> Diagnostic {
    Diagnostic::error(format!("cannot set {flag} and also specify a name")).hint("leave out NAME")
}

fn name_of(template: &str) -> Result<String, Diagnostic> {
    let name = on_large_stack(|| name_of_template(template, &Offline));
    name.map_err(no_thread)?
        .map_err(|error| fault::of_render(&error.into()))
}

fn no_thread(error: std::io::Error) -> Diagnostic {
    Diagnostic::new(Kind::Internal, format!("no thread to render on: {error}"))
}

async fn fetch(flags: &Template, chart: &str, look: &Look) -> Result<Chart, Diagnostic> {
    let source = flags.source.open()?;
    let found = source.download(chart, false).await?.0.chart()?;
    if !flags.dependency_update || found.missing_dependencies().is_empty() {
        return Ok(found);
    }
    deps::update(&source.charts()?, Path::new(chart), look).await?;
    source.download(chart, false).await?.0.chart()
}

/// Without `.` and doubled slashes: what Helm shows.
fn clean(path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let cleaned: PathBuf = parts.collect();
    match cleaned.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => cleaned,
    }
}

/// The text behind the argument of `-f` and `--set-file`.
fn read(path: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = match path {
        "-" => std::io::stdin()
            .read_to_end(&mut bytes)
            .map(|_| bytes.into()),
        _ => DiskFiles.read(Path::new(path)),
    };
    let bytes: Arc<[u8]> = read.map_err(|error| format!("open {path}: {}", go_words(&error)))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Go's words for the faults of files.
fn go_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
