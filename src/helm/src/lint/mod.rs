//! `helm lint`: whether a chart is well made.
//!
//! [`LintOptions::run`] reads each chart as it lies there and asks the rules of one file after the
//! other: `Chart.yaml`, `values.yaml`, the templates and what they make, the dependencies. A rule
//! is a function from what it looks at to Helm's words for what is wrong; [`Finding`] is one of
//! those with its severity and place. The main type here is [`LintOptions`].

mod address;
mod chartfile;
mod dependencies;
mod deprecated;
mod document;
mod finding;
mod folder;
mod names;
mod options;
mod templates;
mod values;

#[cfg(test)]
mod tests;

pub use finding::{Finding, Severity};
pub use options::{Lint, LintOptions, Linted};

use crate::chart::{Chart, Line};
use finding::Findings;
use folder::Folder;
use templates::Request;

fn lint(folder: &Folder, request: &Request<'_>, warnings: &mut Vec<String>) -> Vec<Finding> {
    let mut findings = Findings::default();
    chartfile::check(folder, &mut findings);
    let told = values::check(folder, request.user, &mut findings);
    warnings.extend(told.iter().map(|warning| warning.text(Line::Three)));
    let files = folder.files.clone();
    let chart = files.and_then(|files| Chart::load_as(files, Line::Three));
    warnings.extend(templates::check(folder, &chart, request, &mut findings));
    dependencies::check(folder, &chart, &mut findings);
    findings.0
}
