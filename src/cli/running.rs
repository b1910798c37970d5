//! A run from its journal's first line to its last.

use super::frozen::kept;
use super::play::{Holds, PlayArgs, Session};
use crate::diag::{Diagnostic, Diagnostics};
use crate::event::{End, Event, Sink};
use crate::executor::{self, Ended};
use crate::journal::{self, Entry, Journal, OpenSteps, Opened};
use crate::plan::{Operation, Plan};
use crate::release::{ClosingStep, resolve_all};
use crate::report::Course;
use crate::state::Operator;
use crate::terminal::{self, Cause, Halt, Prompter, Terminal};
use std::sync::Arc;
use std::time::Duration;

/// How long targets in flight may take to finish where nobody watches.
const CI_GRACE: Duration = Duration::from_secs(5);

/// How often a run looks whether somebody on this machine asked it to stop.
const LISTEN: Duration = Duration::from_millis(500);

impl Session {
    /// Runs it for real, as `plan` says.
    pub async fn run(
        &self,
        plan: &Plan,
        from: Option<String>,
        sink: &dyn Sink,
    ) -> Result<Ended, Diagnostics> {
        let open = self.left_open(plan).await?;
        self.open_all(plan, &open).await?;
        let holds = Holds {
            journal: Some(self.journal(plan, from.clone()).await?),
            open: OpenSteps::of(open),
            ..Holds::default()
        };
        let options = self.options(false, from);
        let halt = terminal::process();
        halt.arm(self.args.grace());
        let sink = &Followed {
            sink,
            course: &self.site.course,
        };
        let ended = tokio::select! {
            ended = executor::run(self.setup(&options, sink, &holds), Some(plan)) => ended,
            () = self.listen(halt) => Ok(Ended::default()),
        };
        halt.disarm();
        if let Some(journal) = &holds.journal {
            self.end(journal, &ended).await?;
        }
        ended
    }

    /// What the run has left open that is gone on with: its journal says it where it is here, else
    /// the clusters do.
    pub(super) async fn left_open(&self, plan: &Plan) -> Result<Vec<ClosingStep>, Diagnostics> {
        if !self.again {
            return Ok(Vec::new());
        }
        let state = self.state.path();
        if journal::list(state).contains(&self.run) {
            return Ok(journal::Run::read(state, &self.run)?.open);
        }
        let names: Vec<Arc<str>> = plan.targets.iter().map(|one| one.target.clone()).collect();
        let specs = resolve_all(&self.fleet, &names, &self.args.cluster())?;
        let mut open = Vec::new();
        for found in self.site.open_steps(&specs).await {
            open.extend(found?);
        }
        Ok(open)
    }

    /// Begins a journal, with the plan beside it, or goes on with one.
    async fn journal(&self, plan: &Plan, from: Option<String>) -> Result<Journal, Diagnostics> {
        let state = self.state.path();
        let known = self.again && journal::list(state).contains(&self.run);
        let journal = match known {
            true => Journal::resume(state, &self.run)?,
            false => Journal::create(state, &self.run, self.opened(plan, from)).await?,
        };
        let journal = journal.hiding(self.fleet.vault().known());
        journal::forget_stop(state, &self.run);
        if !known {
            self.keep(plan)?;
        }
        if self.again {
            let here = Operator::here();
            let resumed = Entry::Resumed {
                by: here.by.to_string(),
                process: here.process.to_string(),
            };
            journal.append(resumed).await?;
        }
        Ok(journal)
    }

    /// Hears `rollbook stop` of this machine; never returns.
    async fn listen(&self, halt: &Halt) {
        loop {
            tokio::time::sleep(LISTEN).await;
            if let Some(by) = journal::asked_to_stop(self.state.path(), &self.run) {
                halt.stop(Cause::Asked(by.into()));
            }
        }
    }

    /// The last lines. The plan is kept for as long as something of it is not done.
    async fn end(
        &self,
        journal: &Journal,
        ended: &Result<Ended, Diagnostics>,
    ) -> Result<(), Diagnostic> {
        let targets = ended.iter().flat_map(|ended| &ended.targets);
        for (target, end) in targets {
            if let Some(why) = passed(end) {
                let target = target.to_string();
                journal.note(Entry::Passed { target, why });
            }
        }
        let stopped = ended.as_ref().map_or(None, |ended| ended.stopped.clone());
        journal.append(Entry::Ended { stopped }).await?;
        let run = journal::Run::read(self.state.path(), &self.run)?;
        if run.unfinished().is_empty() {
            // Left behind it does no harm: it is sealed, and says what was done.
            let _ = std::fs::remove_file(kept(&self.state, &self.run));
        }
        Ok(())
    }

    /// Opens the clusters of the targets that change or that something is open on, so that another
    /// cluster is noticed first.
    async fn open_all(&self, plan: &Plan, open: &[ClosingStep]) -> Result<(), Diagnostics> {
        let is_open = |target: &str| open.iter().any(|step| &*step.target == target);
        let targets = plan.targets.iter();
        let wanted = targets.filter(|target| target.changes() || is_open(&target.target));
        let names: Vec<Arc<str>> = wanted.map(|target| target.target.clone()).collect();
        for spec in resolve_all(&self.fleet, &names, &self.args.cluster())? {
            self.site.open(&spec.cluster).await?;
        }
        Ok(self.site.check_rights(plan).await?)
    }

    fn opened(&self, plan: &Plan, from: Option<String>) -> Opened {
        Opened {
            run: self.run.as_str().to_owned(),
            operation: match plan.operation {
                Operation::Update => "update".to_owned(),
                Operation::Backout => "backout".to_owned(),
            },
            title: plan.title.clone(),
            by: Operator::here().by.to_string(),
            reason: plan.reason.clone(),
            inventory: plan.inventory.clone(),
            playbook: plan.playbook.clone(),
            limit: plan.limit.clone(),
            plan: from,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            process: Operator::here().process.to_string(),
            targets: changing(plan),
        }
    }
}

/// Tells a run, and keeps how far it is for those who see its leases.
struct Followed<'a> {
    sink: &'a dyn Sink,
    course: &'a Course,
}

impl Sink for Followed<'_> {
    fn emit(&self, event: Event) {
        self.course.take(&event);
        self.sink.emit(event);
    }
}

impl PlayArgs {
    /// CI agents kill after about ten seconds; a person at a terminal decides by a second Ctrl-C.
    fn grace(&self) -> Option<Duration> {
        let attended = Terminal::default().attended();
        self.grace.or((!attended).then_some(CI_GRACE))
    }
}

/// Why a target was not written to.
fn passed(end: &End) -> Option<String> {
    match end {
        End::Skipped { why, .. } => Some(why.clone()),
        End::Refused(fault) => Some(fault.message.clone()),
        End::Stopped => Some("the run stopped".to_owned()),
        End::Changed { .. } | End::Unchanged | End::Failed(_) | End::Unreachable(_) => None,
    }
}

/// The targets that a plan changes.
fn changing(plan: &Plan) -> Vec<String> {
    let changing = plan.targets.iter().filter(|target| target.changes());
    changing.map(|target| target.target.to_string()).collect()
}
