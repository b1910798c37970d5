//! Which line of which file made a target change.

use super::door::Sheets;
use crate::files::Files;
use crate::preview::{Change, Finding};
use crate::release::TargetSpec;
use crate::report::preview::Cause;
use crate::yaml::{self, Source};
use std::path::Path;
use std::sync::Arc;

/// The causes of each finding, in order; every place once.
pub fn causes(findings: &[Finding], sheets: &Sheets, files: &dyn Files) -> Vec<Vec<Cause>> {
    let of = |finding: &Finding| match finding {
        Finding::Changed { targets, changes, .. } | Finding::Moved { targets, changes, .. } => {
            gather(targets, changes, sheets, files)
        }
        Finding::Added { .. } | Finding::Removed { .. } => Vec::new(),
    };
    findings.iter().map(of).collect()
}

fn gather(
    targets: &[Arc<str>],
    changes: &[Change],
    sheets: &Sheets,
    files: &dyn Files,
) -> Vec<Cause> {
    let mut found: Vec<Cause> = Vec::new();
    let specs = targets.iter().filter_map(|target| sheets.get(target));
    for spec in specs.map(|sheet| &sheet.spec) {
        for cause in changes.iter().filter_map(|change| cause(change, spec, files)) {
            if !found.contains(&cause) {
                found.push(cause);
            }
        }
    }
    found
}

fn cause(change: &Change, spec: &TargetSpec, files: &dyn Files) -> Option<Cause> {
    match change {
        Change::Chart(before, after) => {
            let place = ["version", "chart"].iter();
            let mut place = place.filter_map(|key| spec.release.place_of(&[key]));
            Some(Cause {
                place: place.next().map(|pos| pos.location()),
                what: format!("{before} → {after}"),
            })
        }
        Change::Value { path, before, after } => {
            let steps: Vec<&str> = std::iter::once("values").chain(path.split('.')).collect();
            let own = spec.release.place_of(&steps).map(|pos| pos.location());
            let shown = |value: &Option<_>| match value {
                Some(value) => serde_json::Value::to_string(value),
                None => "unset".to_owned(),
            };
            Some(Cause {
                place: own.or_else(|| in_file(spec, &steps[1..], files)),
                what: format!("{path} {} → {}", shown(before), shown(after)),
            })
        }
        Change::Object { .. } => None,
    }
}

/// The place in the last values file that says it.
fn in_file(
    spec: &TargetSpec,
    steps: &[&str],
    files: &dyn Files,
) -> Option<crate::diag::Location> {
    let paths = spec.release.values_files.iter().rev();
    let mut places = paths.filter_map(|path| {
        let bytes = files.read(Path::new(&**path)).ok()?;
        let source = Source::new(path.clone(), &*String::from_utf8_lossy(&bytes));
        let document = yaml::load(&source).ok()?;
        let node = steps.iter().try_fold(&document, |node, step| node.get(step))?;
        Some(node.pos.location())
    });
    places.next()
}
