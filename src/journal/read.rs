//! Reading journals back. The main type here is [`Run`].

use super::entry::{Entry, Left, Opened, Reached, Stamped, Step};
use super::{RunId, write};
use crate::diag::Diagnostic;
use crate::release::ClosingStep;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A run as its journal tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    /// Targets that it passed over, and why.
    pub passed: BTreeMap<String, String>,
    /// What it has set and not put back.
    pub open: Vec<ClosingStep>,
    /// Targets that are through with the playbook and whose release no task was about.
    pub through: BTreeSet<String>,
    /// Who went on with it.
    pub resumed: Vec<Resumed>,
    /// The process that last worked on it.
    pub process: String,
}

/// Somebody went on with a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resumed {
    /// When, RFC 3339.
    pub at: String,
    /// Who: `maria@bastion-2`.
    pub by: String,
}

/// A target that a run wrote to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// When the run began with it, RFC 3339.
    pub at: String,
    /// What it was before.
    pub before: Reached,
    /// The steps it took, in order.
    pub steps: Vec<Timed>,
    /// What it was afterwards; `None` where the run never got that far.
    pub after: Option<Left>,
    /// When the run was done with it.
    pub left: Option<String>,
}

/// A step, and when it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timed {
    /// RFC 3339.
    pub at: String,
    /// The step.
    #[serde(flatten)]
    pub step: Step,
}

impl Touched {
    /// Whether the run got through with it.
    pub fn is_done(&self) -> bool {
        self.after
            .as_ref()
            .is_some_and(|after| after.error.is_none())
    }
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

/// So much of an id names a run: less would fit whichever run happens to be the only one.
const PART: usize = 4;

/// Refuses what is too short to be meant for one run.
pub fn names_a_run(part: &str) -> Result<(), Diagnostic> {
    let told = part.bytes().filter(u8::is_ascii_alphanumeric).count();
    if told >= PART {
        return Ok(());
    }
    let message = format!("\"{part}\" is too short to name a run");
    Err(Diagnostic::error(message).hint(format!("say at least {PART} characters of its id")))
}

/// The run whose id holds `part`; there must be exactly one.
pub fn find(state: &Path, part: &str) -> Result<Run, Diagnostic> {
    names_a_run(part)?;
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
        let process = opened.process.clone();
        let mut run = Run {
            id: id.clone(),
            at,
            opened,
            touched: Vec::new(),
            ended: None,
            stopped: None,
            passed: BTreeMap::new(),
            open: Vec::new(),
            through: BTreeSet::new(),
            resumed: Vec::new(),
            process,
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
            Entry::Resumed { by, process, .. } => {
                (self.ended, self.stopped) = (None, None);
                self.passed.clear();
                self.process = process;
                let at = line.at;
                self.resumed.push(Resumed { at, by });
            }
            Entry::Touching(before) => self.begin(line.at, before),
            Entry::Step { target, step } => {
                let at = line.at;
                if let Some(touched) = self.last_mut(|t| t.before.target == target) {
                    touched.steps.push(Timed { at, step });
                }
            }
            Entry::Touched(after) => self.leave(line.at, after),
            Entry::Opening(step) => self.open(step),
            Entry::Closed {
                cluster, object, ..
            } => self.open.retain(|open| !open.is_of(&cluster, &object)),
            Entry::LeftOpen { .. } => {}
            Entry::Through { target } => drop(self.through.insert(target)),
            Entry::Passed { target, why } => drop(self.passed.insert(target, why)),
            Entry::Stopping { why } => self.stopped = Some(why),
            Entry::Ended { stopped } => {
                self.ended = Some(line.at);
                self.stopped = stopped;
            }
        }
    }

    /// Begins with a target, or goes on with one that was begun before.
    fn begin(&mut self, at: String, before: Reached) {
        let same =
            |t: &Touched| t.before.target == before.target && t.before.release == before.release;
        match self.last_mut(same) {
            Some(touched) => (touched.after, touched.left) = (None, None),
            None => self.touched.push(Touched {
                at,
                before,
                steps: Vec::new(),
                after: None,
                left: None,
            }),
        }
    }

    /// What was found first is what is put back.
    fn open(&mut self, step: ClosingStep) {
        self.through.remove(&*step.target);
        let same = |open: &ClosingStep| open.is_of(&step.cluster, &step.object);
        if !self.open.iter().any(same) {
            self.open.push(step);
        }
    }

    fn leave(&mut self, at: String, after: Left) {
        let same =
            |t: &Touched| t.before.target == after.target && t.before.release == after.release;
        if let Some(touched) = self.last_mut(same) {
            touched.after = Some(after);
            touched.left = Some(at);
        }
    }

    fn last_mut(&mut self, wanted: impl Fn(&Touched) -> bool) -> Option<&mut Touched> {
        self.touched
            .iter_mut()
            .rev()
            .find(|touched| wanted(touched))
    }

    /// The targets that were to be changed and are not, in the order of the plan, and those that
    /// something is open on.
    pub fn unfinished(&self) -> Vec<&str> {
        let is_open = |target: &str| self.open.iter().any(|step| &*step.target == target);
        let done = |target: &str| {
            let mut touched = self.touched.iter().rev();
            let touched = touched.find(|t| t.before.target == target);
            touched.map_or_else(|| self.through.contains(target), Touched::is_done)
        };
        let targets = self.opened.targets.iter().map(String::as_str);
        targets
            .filter(|target| !done(target) || is_open(target))
            .collect()
    }
}
