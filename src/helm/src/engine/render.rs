//! The line of a render, top to bottom.

use super::capabilities::Capabilities;
use super::defined;
use super::head::Head;
use super::manifest::{Crd, Hook, Inputs, Manifest, Rendered, Sorted, sort, values_map};
use super::order::install_rank;
use super::program::Program;
use super::scope::Scope;
use super::split::split;
use crate::Host;
use crate::chart::{Chart, Profile, UserValues, coalesce, switch};
use crate::semver::{Constraint, Version};
use crate::template::{self, Context};
use crate::value::Map;
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
    /// `required` and `fail` do not fail.
    pub lint: bool,
    /// A missing key is an error.
    pub strict: bool,
    /// Whether `values.schema.json` is left aside.
    pub skip_schema: bool,
    /// Whether the notes of children count too.
    pub subchart_notes: bool,
    /// Whether what is in `crds/` is created before: its kinds count as served.
    pub crds_first: bool,
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
        }
    }
}

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
    let mut warnings = chart.warnings.clone();
    installable(chart, options, &mut warnings)?;
    let values = values_map(user);
    let node = switch(chart, &values, &options.profile, &mut warnings).map_err(Error::Values)?;
    let program = Program::of(chart, node, &options.profile)?;
    warnings.extend(program.warnings.iter().cloned());
    coalesce(&program.root, &values, &options.profile, &mut warnings).map_err(Error::Values)?;
    check_schema(&program, &values, options)?;
    let crds = crds(&program);
    let defined = (options.crds_first && !crds.is_empty()).then(|| RenderOptions {
        capabilities: defined::with(&options.capabilities, &crds),
        ..options.clone()
    });
    let options = defined.as_ref().unwrap_or(options);
    let files = execute(&program, &values, options, host)?;
    let (files, notes) = without_notes(files, &program, options);
    let (manifests, hooks) = documents(files, options, &mut warnings)?;
    Ok(Rendered {
        manifests,
        hooks,
        notes,
        crds,
        warnings,
        program,
        inputs: Inputs {
            user: user.clone(),
            profile: options.profile,
        },
    })
}

fn installable(
    chart: &Chart,
    options: &RenderOptions,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let metadata = &chart.metadata;
    if metadata.is_library() {
        return Err(Error::Chart(
            "library charts are not installable".to_owned(),
        ));
    }
    if metadata.deprecated {
        warnings.push("WARNING: This chart is deprecated".to_owned());
    }
    let missing = chart.missing_dependencies();
    if !missing.is_empty() {
        return Err(Error::Chart(format!(
            "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
            missing.join(", ")
        )));
    }
    let cluster = &options.capabilities.kube_version;
    if !metadata.kube_version.is_empty() && !compatible(&metadata.kube_version, cluster) {
        return Err(Error::Chart(format!(
            "chart requires kubeVersion: {} which is incompatible with Kubernetes {cluster}",
            metadata.kube_version
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
fn check_schema(program: &Program, values: &Map, options: &RenderOptions) -> Result<(), Error> {
    if options.skip_schema {
        return Ok(());
    }
    crate::chart::validate(&program.root, values).map_err(Error::Values)
}

#[cfg(not(feature = "schema"))]
fn check_schema(_: &Program, _: &Map, _: &RenderOptions) -> Result<(), Error> {
    Ok(())
}

/// Rendered files by path.
type Files<'p> = BTreeMap<&'p str, String>;

fn execute<'p>(
    program: &'p Program,
    values: &Map,
    options: &RenderOptions,
    host: &dyn Host,
) -> Result<Files<'p>, Error> {
    let scope = Scope::new(program, values, options);
    let mut context = Context::new(host);
    context.strict = options.strict;
    context.call.lint = options.lint;
    let mut files = Files::new();
    for file in &program.files {
        let data = scope.at(&file.place, &file.name);
        let mut text = String::new();
        program
            .templates
            .execute(&file.name, &data, &mut context, &mut text)?;
        files.insert(&file.name, text);
    }
    Ok(files)
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
    warnings: &mut Vec<String>,
) -> Result<(Vec<Manifest>, Vec<Hook>), Error> {
    let (mut manifests, mut hooks) = (Vec::new(), Vec::new());
    for (path, text) in files {
        for document in split(&text, options.profile.splitter) {
            let head = Head::parse(document).map_err(|text| Error::Document {
                path: path.to_owned(),
                text,
            })?;
            let manifest = Manifest {
                path: path.to_owned(),
                text: document.to_owned(),
                head,
            };
            match sort(manifest) {
                Sorted::Manifest(manifest) => manifests.push(manifest),
                Sorted::Hook(hook) => hooks.push(hook),
                Sorted::Unknown(warning) => warnings.push(warning),
            }
        }
    }
    let webhooks = options.profile.webhooks_ordered;
    let order = |a: &Manifest, b: &Manifest| {
        install_rank(&a.head.kind, webhooks).cmp(&install_rank(&b.head.kind, webhooks))
    };
    manifests.sort_by(order);
    hooks.sort_by(|a, b| order(&a.manifest, &b.manifest));
    Ok((manifests, hooks))
}

fn crds(program: &Arc<Program>) -> Vec<Crd> {
    let crd = |(path, file): &(String, crate::chart::File)| Crd {
        path: path.clone(),
        text: file.text().into_owned(),
    };
    program.crds.iter().map(crd).collect()
}
