//! Closing steps that runs have left open, and how they are closed. The main type here is [`Due`].

use crate::cli::workloads::place;
use crate::cluster::{Cluster, ClusterError};
use crate::deploy::{self, Closings, Ways};
use crate::diag::{Diagnostic, Kind};
use crate::event::Closing;
use crate::journal::{self, Journal, OpenSteps, RunId};
use crate::pipeline::left;
use crate::release::{ClosingStep, Holder, TargetSpec};
use crate::report::recover::Left;
use crate::state::{is_alive, is_free};
use crate::terminal::Halt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What a run left open of a target, oldest first.
pub(super) struct Due {
    pub(super) steps: Vec<ClosingStep>,
}

impl Due {
    /// All of these targets.
    pub(super) async fn find(
        cluster: &dyn Cluster,
        specs: &[&TargetSpec],
    ) -> Result<Vec<Due>, ClusterError> {
        let namespaces: BTreeSet<&Arc<str>> = specs.iter().map(|spec| &spec.namespace).collect();
        let ours = |step: &ClosingStep| specs.iter().any(|spec| spec.name == step.target);
        let mut due: BTreeMap<(Arc<str>, Arc<str>), Vec<ClosingStep>> = BTreeMap::new();
        let open = left::open(cluster, &namespaces, None).await?;
        for step in open.into_iter().filter(ours) {
            let key = (step.target.clone(), step.run.clone());
            due.entry(key).or_default().push(step);
        }
        Ok(due.into_values().map(|steps| Due { steps }).collect())
    }

    /// The line that tells of it; `None` where there is nothing.
    pub(super) fn left(&self, holder: Option<&Holder>) -> Option<Left> {
        let first = self.steps.first()?;
        let what: Vec<String> = self.steps.iter().map(ToString::to_string).collect();
        let run = first.run.rsplit('-').next().unwrap_or(&first.run);
        let held = holder.is_some_and(|holder| holder.run == first.run && !is_free(holder));
        Some(Left {
            target: first.target.clone(),
            what: what.join(", "),
            by: format!("{}, run {run}", first.by),
            doing: String::new(),
            repair: match held || is_alive(&first.process) {
                true => Err(under_way(first)),
                false => Ok("scale back".to_owned()),
            },
        })
    }

    /// Closes it, and says so in the journal of its run where that is here.
    pub(super) async fn close(
        &self,
        cluster: &dyn Cluster,
        options: &deploy::Options,
        (halt, state): (&Halt, &Path),
    ) -> Result<(), Diagnostic> {
        let Some(first) = self.steps.first() else {
            return Ok(());
        };
        let journal = journal_of(state, &first.run);
        let ways = Ways {
            cluster,
            journal: journal.as_ref(),
            halt,
            progress: &|_| {},
        };
        let faults: Mutex<Vec<Diagnostic>> = Mutex::default();
        let tell = |_: ClosingStep, stands: Closing| {
            if let Closing::Open(why) = stands {
                let mut faults = faults.lock().unwrap_or_else(PoisonError::into_inner);
                faults.push(why);
            }
        };
        let open = OpenSteps::of(self.steps.clone());
        let closings = Closings {
            open: &open,
            tell: &tell,
        };
        deploy::close(ways, &place(first, cluster.identity()), options, closings).await;
        let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
        match faults.into_iter().next() {
            Some(fault) => Err(fault.target(first.target.clone())),
            None => Ok(()),
        }
    }
}

/// A journal that can't be written keeps nobody from closing what is open in the cluster.
fn journal_of(state: &Path, run: &str) -> Option<Journal> {
    let run: RunId = RunId::parse(run)?;
    let known = journal::list(state).contains(&run);
    known.then(|| Journal::resume(state, &run).ok()).flatten()
}

fn under_way(step: &ClosingStep) -> Diagnostic {
    let run = step.run.rsplit('-').next().unwrap_or(&step.run);
    let what = format!("{step}, and run {run} of {} may still be at work", step.by);
    Diagnostic::new(Kind::Refused, what)
        .target(step.target.clone())
        .hint(format!("rollbook stop {}", step.run))
}
