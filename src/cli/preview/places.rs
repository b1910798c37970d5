//! Which line of which file made a target change. The main type here is [`Places`].

use super::door::Sheets;
use crate::diag::Location;
use crate::files::Files;
use crate::preview::{Change, Finding};
use crate::release::TargetSpec;
use crate::report::preview::Cause;
use crate::vars::Fleet;
use crate::yaml::{self, Source};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Where the values of targets are written.
pub struct Places<'a> {
    /// The inventory with its variables.
    pub fleet: &'a Arc<Fleet>,
    /// What was drawn.
    pub sheets: &'a Sheets,
    /// Where values files are read from.
    pub files: &'a dyn Files,
}

impl Places<'_> {
    /// The causes of a finding, every place once.
    pub fn causes(&self, finding: &Finding) -> Vec<Cause> {
        let (Finding::Changed {
            targets, changes, ..
        }
        | Finding::Moved {
            targets, changes, ..
        }) = finding
        else {
            return Vec::new();
        };
        let mut found: Vec<Cause> = Vec::new();
        let sheets = targets.iter().filter_map(|target| self.sheets.get(target));
        for sheet in sheets {
            let causes = changes
                .iter()
                .filter_map(|change| self.cause(change, &sheet.spec));
            for cause in causes {
                if !found.contains(&cause) {
                    found.push(cause);
                }
            }
        }
        if found.is_empty() {
            found.push(Cause {
                place: None,
                what: "the chart itself has changed".to_owned(),
            });
        }
        found
    }

    fn cause(&self, change: &Change, spec: &TargetSpec) -> Option<Cause> {
        match change {
            Change::Chart(before, after) => Some(Cause {
                place: self.chart(&spec.name),
                what: format!("{before} → {after}"),
            }),
            Change::Value {
                path,
                before,
                after,
            } => Some(Cause {
                place: self.value(path, spec),
                what: format!("{path} {} → {}", shown(before), shown(after)),
            }),
            Change::Object { .. } => None,
        }
    }

    /// Where the version was written, else the chart.
    fn chart(&self, target: &str) -> Option<Location> {
        let scope = self.fleet.scope(target);
        let mut keys = ["release.version", "release.chart"].into_iter();
        keys.find_map(|key| Some(scope.explain(key).rungs.first()?.pos.location()))
    }

    fn value(&self, path: &str, spec: &TargetSpec) -> Option<Location> {
        let steps: Vec<&str> = path.split('.').collect();
        match spec.release.place_of(&steps) {
            Some(pos) => Some(pos.location()),
            None => self.in_file(&steps, spec),
        }
    }

    /// The place in the last values file that says it.
    fn in_file(&self, steps: &[&str], spec: &TargetSpec) -> Option<Location> {
        spec.release.values_files.iter().rev().find_map(|path| {
            let bytes = self.files.read(Path::new(&**path)).ok()?;
            let source = Source::new(path.clone(), &*String::from_utf8_lossy(&bytes));
            let document = yaml::load(&source).ok()?;
            let mut steps = steps.iter();
            let node = steps.try_fold(&document, |node, step| node.get(step))?;
            Some(node.pos.location())
        })
    }
}

fn shown(value: &Option<Value>) -> String {
    value.as_ref().map_or("unset".to_owned(), Value::to_string)
}
