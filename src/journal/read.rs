//! Reading journals back. The main type here is [`Run`].

use super::entry::{Entry, Left, Opened, Reached, Stamped};
use super::{RunId, write};
use crate::diag::Diagnostic;
use std::fs;
use std::path::Path;

/// A run as its journal tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// When it began, RFC 3339.
    pub at: String,
    /// What it was.
    pub opened: Opened,
    /// The targets it wrote to, in the order in which it began with them.
    pub touched: Vec<Touched>,
    /// When it ended; `None` where it is under way or was killed.
    pub ended: Option<String>,
    /// Why it stopped before its end.
    pub stopped: Option<String>,
}

/// A target that a run wrote to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// What it was before.
    pub before: Reached,
    /// What it was afterwards; `None` where the run never got that far.
    pub after: Option<Left>,
}

/// The ids of all runs of a state directory, newest last.
pub fn list(state: &Path) -> Vec<RunId> {
    let entries = fs::read_dir(state.join("runs"))
        .into_iter()
        .flatten()
        .flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut runs: Vec<RunId> = names.filter_map(|name| RunId::parse(&name)).collect();
    runs.sort();
    runs
}

/// The run whose id holds `part`; there must be exactly one.
pub fn find(state: &Path, part: &str) -> Result<Run, Diagnostic> {
    let all = list(state);
    let matching = all.iter().filter(|run| run.as_str().contains(part));
    match matching.collect::<Vec<_>>().as_slice() {
        [one] => Run::read(state, one),
        [] => {
            let fault = Diagnostic::error(format!("no run is called \"{part}\""));
            let known = all.iter().rev().take(5).map(|run| run.as_str().to_string());
            let known: Vec<String> = known.collect();
            Err(match known.is_empty() {
                true => fault.note(format!("no run is recorded in {}", state.display())),
                false => fault.note(format!("the last ones: {}", known.join(" "))),
            })
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|run| run.as_str()).collect();
            let message = format!("\"{part}\" fits {} runs", ids.len());
            Err(Diagnostic::error(message).note(ids.join(" ")))
        }
    }
}

/// What the run that last changed `target` knows of it.
pub fn last_change(state: &Path, target: &str) -> Option<(RunId, Touched)> {
    list(state).into_iter().rev().find_map(|id| {
        let run = Run::read(state, &id).ok()?;
        let touched = run.touched.into_iter().rev();
        let touched = touched.into_iter().find(|t| t.before.target == target)?;
        Some((id, touched))
    })
}

impl Run {
    /// Reads the journal of `id`.
    pub fn read(state: &Path, id: &RunId) -> Result<Run, Diagnostic> {
        let path = write::path(state, id);
        let unreadable = |why: String| {
            Diagnostic::error(format!(
                "the journal {} can't be read: {why}",
                path.display()
            ))
        };
        let text = fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
        let mut lines = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let first = lines
            .next()
            .and_then(|line| serde_json::from_str(line).ok());
        let Some(Stamped {
            at,
            entry: Entry::Started(opened),
        }) = first
        else {
            return Err(unreadable(
                "it does not begin with the start of a run".to_owned(),
            ));
        };
        let mut run = Run {
            id: id.clone(),
            at,
            opened,
            touched: Vec::new(),
            ended: None,
            stopped: None,
        };
        for (number, line) in lines.enumerate() {
            let line = serde_json::from_str(line)
                .map_err(|error| unreadable(format!("line {}: {error}", number + 2)))?;
            run.take(line);
        }
        Ok(run)
    }

    fn take(&mut self, line: Stamped) {
        match line.entry {
            Entry::Started(_) => {}
            Entry::Touching(before) => self.touched.push(Touched {
                before,
                after: None,
            }),
            Entry::Touched(after) => self.leave(after),
            Entry::Ended { stopped } => {
                self.ended = Some(line.at);
                self.stopped = stopped;
            }
        }
    }

    fn leave(&mut self, after: Left) {
        let same =
            |t: &&mut Touched| t.before.target == after.target && t.before.release == after.release;
        if let Some(touched) = self.touched.iter_mut().rev().find(same) {
            touched.after = Some(after);
        }
    }
}
