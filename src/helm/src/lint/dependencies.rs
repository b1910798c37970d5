//! Rules for what a chart depends on.
//!
//! That two requirements have one name, which Helm asks here too, no chart that can be loaded has.

use super::finding::{Findings, Severity};
use super::folder::Folder;
use crate::chart::Chart;

pub(super) fn check(folder: &Folder, chart: &Result<Chart, String>, findings: &mut Findings) {
    let chart = match chart {
        Ok(chart) => chart,
        Err(why) => {
            let text = format!("unable to load chart\n\t{why}");
            findings.rule(Severity::Error, "", Err(text));
            return;
        }
    };
    let unnamed = told(
        "chart metadata is missing these dependencies",
        &unnamed(chart),
    );
    findings.rule(Severity::Error, &folder.path, unnamed);
    let missing = chart.missing_dependencies();
    let missing = told("chart directory is missing these dependencies", &missing);
    findings.rule(Severity::Warning, &folder.path, missing);
}

/// Charts below `charts/` that nothing asks for.
fn unnamed(chart: &Chart) -> Vec<&str> {
    let wanted = &chart.metadata.dependencies;
    let have = chart
        .dependencies
        .iter()
        .map(|chart| chart.metadata.name.as_str());
    have.filter(|have| !wanted.iter().any(|wanted| wanted.name == *have))
        .collect()
}

fn told(what: &str, names: &[&str]) -> Result<(), String> {
    match names.is_empty() {
        true => Ok(()),
        false => Err(format!("{what}: {}", names.join(","))),
    }
}
