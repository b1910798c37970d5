//! `rollbook chart lint`: whether charts are well made, as `helm lint` says it.

use super::{ValuesFlags, no_thread, read};
use crate::diag::Diagnostic;
use crate::pipeline::offline::Offline;
use crate::report::{self, Look};
use helm::engine::{TemplateOptions, on_large_stack};
use helm::lint::LintOptions;

/// Look for what is wrong with charts: the flags and the output of `helm lint`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Charts: directories or archives
    #[arg(value_name = "CHART", default_value = ".")]
    charts: Vec<String>,
    /// Fail on warnings, too
    #[arg(long)]
    strict: bool,
    /// Tell only warnings and errors
    #[arg(long)]
    quiet: bool,
    /// Look at the charts in charts/, too
    #[arg(long)]
    with_subcharts: bool,
    #[command(flatten)]
    values: ValuesFlags,
    /// Namespace of the release
    #[arg(short, long, default_value = "default", hide_default_value = true)]
    namespace: String,
    /// Kubernetes version for .Capabilities.KubeVersion, and for what is deprecated
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// Leave values.schema.json aside when templates are rendered
    #[arg(long)]
    skip_schema_validation: bool,
}

/// Runs it: an error where a chart has one.
pub(super) fn run(args: &Args, look: &Look) -> Result<(), Diagnostic> {
    let options = args.options();
    let lint = on_large_stack(|| options.run(&args.charts, &Offline, &read));
    let lint = lint.map_err(no_thread)?.map_err(Diagnostic::error)?;
    for chart in &lint.charts {
        look.err(&report::chart::warnings(&chart.warnings));
    }
    look.out(&lint.text());
    look.out(&lint.summary().map_err(Diagnostic::error)?);
    Ok(())
}

impl Args {
    fn options(&self) -> LintOptions {
        LintOptions {
            template: TemplateOptions {
                namespace: self.namespace.clone(),
                values_files: self.values.files.clone(),
                settings: self.values.settings(),
                kube_version: self.kube_version.clone(),
                skip_schema: self.skip_schema_validation,
                ..TemplateOptions::default()
            },
            strict: self.strict,
            quiet: self.quiet,
            with_subcharts: self.with_subcharts,
        }
    }
}
