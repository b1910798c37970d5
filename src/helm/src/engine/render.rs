//! The line of a render, top to bottom.

use super::capabilities::Capabilities;
use super::defined;
use super::head::Head;
use super::manifest::{Hook, Inputs, Manifest, Rendered, Sorted, sort, values_map};
use super::order::install_rank;
use super::program::Program;
use super::scope::Scope;
use super::split::split;
use crate::Host;
use crate::chart::{
    Chart, Line, Node, Profile, UserValues, Warning, coalesce, copy, import, switch,
};
use crate::semver::{Constraint, Version};
use crate::template::{self, Context};
use crate::value::Map;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a render is for.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// The release's name.
    pub name: String,
    /// The release's namespace.
    pub namespace: String,
    /// The revision to be made.
    pub revision: i64,
    /// Whether a release is there already.
    pub is_upgrade: bool,
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// The Helm to render like.
    pub profile: Profile,
    /// Neither an install nor an upgrade; `required` and `fail` do not fail.
    pub lint: bool,
    /// A missing key is an error.
    pub strict: bool,
    /// Whether `values.schema.json` is left aside.
    pub skip_schema: bool,
    /// Whether the notes of children count too.
    pub subchart_notes: bool,
    /// Whether what is in `crds/` is created before: its kinds count as served.
    pub crds_first: bool,
    /// Whether documents are decoded whole, for somebody who applies them.
    pub bodies: bool,
}

impl RenderOptions {
    /// A first install into `namespace`, without a cluster.
    pub fn new(
        name: impl Into<String>,
        namespace: impl Into<String>,
        profile: Profile,
    ) -> RenderOptions {
        RenderOptions {
            name: name.into(),
            namespace: namespace.into(),
            revision: 1,
            is_upgrade: false,
            capabilities: Capabilities::offline(&profile),
            profile,
            lint: false,
            strict: false,
            skip_schema: false,
            subchart_notes: false,
            crds_first: false,
            bodies: false,
        }
    }
}

/// What each template file wrote, by path.
pub type Files<'p> = BTreeMap<&'p str, String>;

/// Why a render failed. Each text is Helm's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chart can't be installed: a library, missing dependencies, a wrong cluster.
    #[error("{0}")]
    Chart(String),
    /// The values don't fit the chart.
    #[error("{0}")]
    Values(String),
    /// A template failed.
    #[error("{0}")]
    Template(#[from] template::Error),
    /// A rendered document is not YAML.
    #[error("YAML parse error on {path}: {text}")]
    Document {
        /// The template that made it.
        path: String,
        /// What is wrong.
        text: String,
    },
}

/// Renders a chart for one release. The thread needs [`super::STACK`] bytes of stack.
pub fn render(
    chart: &Chart,
    user: &UserValues,
    options: &RenderOptions,
    host: &dyn Host,
) -> Result<Rendered, Error> {
    let prepared = prepare(chart, user, options)?;
    let crds = &prepared.program.crds;
    let defined = (options.crds_first && !crds.is_empty()).then(|| RenderOptions {
        capabilities: defined::with(&options.capabilities, crds),
        ..options.clone()
    });
    let options = defined.as_ref().unwrap_or(options);
    let mut warnings = prepared.warnings.clone();
    let files = prepared.execute(options, host)?;
    let (files, notes) = without_notes(files, &prepared.program, options);
    let (manifests, hooks) = documents(files, options, &mut warnings)?;
    let warnings = warnings.iter().map(|w| w.text(options.profile.line));
    Ok(Rendered {
        manifests,
        hooks,
        notes,
        crds: Arc::clone(&prepared.program.crds),
        warnings: warnings.collect(),
        program: prepared.program,
        inputs: Inputs {
            user: user.clone(),
            profile: options.profile,
        },
    })
}

/// A release before its templates run: the charts that take part, and their values.
pub struct Prepared {
    program: Arc<Program>,
    /// Coalesced; shared by all templates, which may change them.
    values: Map,
    warnings: Vec<Warning>,
}

/// Checks whether a chart can be rendered with these values, and makes it ready.
pub fn prepare(
    chart: &Chart,
    user: &UserValues,
    options: &RenderOptions,
) -> Result<Prepared, Error> {
    let mut warnings = chart.warnings.clone();
    installable(chart, options, &mut warnings)?;
    let values = values_map(user);
    let node = switch(chart, &values, &options.profile, &mut warnings);
    let node = node.map_err(|text| in_dependencies(text, &options.profile))?;
    let program = program(chart, node, &values, options)?;
    warnings.extend(program.warnings.iter().cloned());
    coalesce(&program.root, &values, &options.profile, &mut warnings).map_err(Error::Values)?;
    check_schema(&program.root, &values, options, &mut warnings)?;
    Ok(Prepared {
        program,
        values,
        warnings,
    })
}

/// Makes a chart ready as `helm lint` does: whether it can be installed is not asked; defaults go
/// under the values twice, so that what a null removed is there again; and where requirements or
/// values are wrong there is nothing to render.
pub(crate) fn prepare_lint(
    chart: &Chart,
    user: &Map,
    options: &RenderOptions,
) -> Result<Option<Prepared>, Error> {
    let mut warnings = chart.warnings.clone();
    let Ok(mut node) = switch(chart, user, &options.profile, &mut warnings) else {
        return Ok(None);
    };
    let program = Program::of(chart, node.clone(), &options.profile);
    if import(&mut node, &options.profile, &mut warnings).is_err() {
        return Ok(None);
    }
    let values = copy(user);
    for _ in 0..2 {
        if coalesce(&node, &values, &options.profile, &mut warnings).is_err() {
            return Ok(None);
        }
    }
    check_schema(&node, &values, options, &mut warnings)?;
    Ok(Some(Prepared {
        program: program?,
        values,
        warnings,
    }))
}

/// The program of a chart. What is wrong with values is told before what is wrong with templates.
fn program(
    chart: &Chart,
    mut node: Node,
    values: &Map,
    options: &RenderOptions,
) -> Result<Arc<Program>, Error> {
    let fault = match Program::of(chart, node.clone(), &options.profile) {
        Err(fault @ Error::Template(_)) => fault,
        other => return other,
    };
    let (values, mut untold) = (copy(values), Vec::new());
    let imported = import(&mut node, &options.profile, &mut untold);
    imported.map_err(|text| in_dependencies(text, &options.profile))?;
    coalesce(&node, &values, &options.profile, &mut untold).map_err(Error::Values)?;
    check_schema(&node, &values, options, &mut untold)?;
    Err(fault)
}

impl Prepared {
    /// What Helm would tell before it renders.
    pub(crate) fn told(&self, profile: &Profile) -> impl Iterator<Item = String> {
        let line = profile.line;
        self.warnings.iter().map(move |warning| warning.text(line))
    }

    /// Runs the templates, in Helm's order. What Helm's `engine.Render` does but for parsing.
    pub fn execute(&self, options: &RenderOptions, host: &dyn Host) -> Result<Files<'_>, Error> {
        self.execute_telling(options, host, &RefCell::default())
    }

    /// The same; in lint mode `told` gets what templates want to fail with.
    pub(crate) fn execute_telling(
        &self,
        options: &RenderOptions,
        host: &dyn Host,
        told: &RefCell<Vec<String>>,
    ) -> Result<Files<'_>, Error> {
        let program = &*self.program;
        let scope = Scope::new(program, &self.values, options);
        let mut context = Context::new(host);
        context.strict = options.strict;
        context.call.lint = options.lint.then_some(told);
        let mut files = Files::new();
        for file in &program.files {
            let data = scope.at(file);
            let mut text = String::new();
            let templates = &program.templates;
            let done = templates.execute(&file.name, &data, &mut context, &mut text);
            done.map_err(|error| worded(error, &options.profile))?;
            files.insert(&file.name, text);
        }
        Ok(files)
    }
}

/// A fault found while aliases, conditions, tags and imports were looked at.
pub(super) fn in_dependencies(text: String, profile: &Profile) -> Error {
    Error::Values(match profile.line {
        Line::Three => text,
        Line::Four => format!("chart dependencies processing failed: {text}"),
    })
}

fn installable(
    chart: &Chart,
    options: &RenderOptions,
    warnings: &mut Vec<Warning>,
) -> Result<(), Error> {
    let metadata = &chart.metadata;
    if options.profile.is_four() && !matches!(metadata.api_version.as_str(), "v1" | "v2") {
        // Its format v3 is an experiment, which can be read but not installed.
        return Err(Error::Chart(match metadata.api_version.as_str() {
            "v3" => "invalid chart apiVersion".to_owned(),
            _ => "unsupported chart version".to_owned(),
        }));
    }
    if metadata.is_library() {
        return Err(Error::Chart(
            "library charts are not installable".to_owned(),
        ));
    }
    if metadata.deprecated {
        warnings.push(Warning::Deprecated);
    }
    let missing = chart.missing_dependencies();
    if !missing.is_empty() {
        let (first, quote) = match options.profile.line {
            Line::Three => ("An", '`'),
            Line::Four => ("an", '\''),
        };
        return Err(Error::Chart(format!(
            "{first} error occurred while checking for chart dependencies. You may need to run {quote}helm dependency build{quote} to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
            missing.join(", ")
        )));
    }
    let cluster = options.capabilities.compared_version(&options.profile);
    if !metadata.kube_version.is_empty() && !compatible(&metadata.kube_version, &cluster) {
        return Err(Error::Chart(format!(
            "chart requires kubeVersion: {} which is incompatible with Kubernetes {}",
            metadata.kube_version, options.capabilities.kube_version
        )));
    }
    Ok(())
}

fn compatible(range: &str, version: &str) -> bool {
    match (Constraint::parse(range), Version::parse(version)) {
        (Ok(range), Ok(version)) => range.check(&version),
        _ => false,
    }
}

#[cfg(feature = "schema")]
fn check_schema(
    root: &Node,
    values: &Map,
    options: &RenderOptions,
    warnings: &mut Vec<Warning>,
) -> Result<(), Error> {
    if options.skip_schema {
        return Ok(());
    }
    crate::chart::validate(root, values, warnings).map_err(Error::Values)
}

#[cfg(not(feature = "schema"))]
fn check_schema(_: &Node, _: &Map, _: &RenderOptions, _: &mut Vec<Warning>) -> Result<(), Error> {
    Ok(())
}

fn worded(error: template::Error, profile: &Profile) -> template::Error {
    match profile.line {
        Line::Three => error,
        Line::Four => error.stacked(),
    }
}

fn without_notes<'p>(
    files: Files<'p>,
    program: &Program,
    options: &RenderOptions,
) -> (Files<'p>, String) {
    const NOTES: &str = "NOTES.txt";
    let own = format!("{}/templates/{NOTES}", program.root.name());
    let (notes, files): (Files<'p>, Files<'p>) = files
        .into_iter()
        .partition(|(path, _)| path.ends_with(NOTES));
    let shown = notes
        .into_iter()
        .filter(|(path, _)| options.subchart_notes || *path == own);
    let shown: Vec<String> = shown.map(|(_, text)| text).collect();
    (files, shown.join("\n"))
}

fn documents(
    files: Files<'_>,
    options: &RenderOptions,
    warnings: &mut Vec<Warning>,
) -> Result<(Vec<Manifest>, Vec<Hook>), Error> {
    let (mut manifests, mut hooks) = (Vec::new(), Vec::new());
    for (path, text) in files {
        for document in split(&text, options.profile.splitter) {
            let mut text = document.to_owned();
            if options.bodies {
                // In the manifest a line ends it: a block scalar there ends with a line too.
                text.push('\n');
            }
            let read = Head::parse(&text, options.profile.line, options.bodies);
            let (head, body) = read.map_err(|text| Error::Document {
                path: path.to_owned(),
                text,
            })?;
            text.truncate(document.len());
            let manifest = Manifest {
                path: path.to_owned(),
                text,
                head,
                body: options.bodies.then_some(body),
            };
            match sort(manifest) {
                Sorted::Manifest(manifest) => manifests.push(manifest),
                Sorted::Hook(hook) => hooks.push(hook),
                Sorted::Unknown(warning) => warnings.push(warning),
            }
        }
    }
    let webhooks = options.profile.is_four();
    let order = |a: &Manifest, b: &Manifest| {
        install_rank(&a.head.kind, webhooks).cmp(&install_rank(&b.head.kind, webhooks))
    };
    manifests.sort_by(order);
    hooks.sort_by(|a, b| order(&a.manifest, &b.manifest));
    Ok((manifests, hooks))
}
