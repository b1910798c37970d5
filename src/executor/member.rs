//! A target on its way through a playbook. The main type here is [`Member`].

use crate::diag::Diagnostic;
use crate::event::{End, Status};
use crate::modules::{Reply, Then, entry};
use crate::plan::{Action, GateResult, ReleasePlan, Step, TargetPlan};
use crate::vars::Scope;
use crate::yaml::{Key, Node};
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// One target and what became of it so far.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: Arc<str>,
    /// What it sees in the play that runs, without its own facts.
    pub base: Scope,
    /// `set_fact` and `register`.
    pub facts: Vec<(Key, Node)>,
    /// Whether it takes part.
    pub standing: Standing,
    /// Handlers that wait to be run, by their place in the play.
    pub notified: BTreeSet<usize>,
    /// What the plan says of it.
    pub planned: Option<Arc<TargetPlan>>,
    /// What a plan should say of it.
    pub record: Record,
    /// What it changed in this play.
    pub tally: Tally,
    /// When its part in this play began.
    pub began: Instant,
    /// A task that writes has begun on it: it must get to its end, also when the run stops.
    pub touched: Cell<bool>,
}

/// Whether a target takes part.
#[derive(Clone, Debug)]
pub enum Standing {
    /// It does.
    Active,
    /// A task failed, and a `rescue` around it may bring it back.
    Failing(Diagnostic),
    /// A task failed.
    Failed(Diagnostic),
    /// Its cluster did not answer.
    Unreachable(Diagnostic),
    /// Not touched for safety.
    Refused(Diagnostic),
    /// A gate left it out.
    Left {
        /// The gate.
        gate: Arc<str>,
        /// Why.
        why: String,
    },
    /// `meta: end_host`: out of this play.
    Ended,
    /// The run stopped before it was through.
    Stopped,
}

/// What a plan should say of a target.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Every gate that was evaluated.
    pub gates: Vec<GateResult>,
    /// What tasks would do.
    pub steps: Vec<Step>,
    /// The change of the release, and the cluster that it was planned on.
    pub planned: Option<Arc<TargetPlan>>,
    /// Some task would change something.
    pub changed: bool,
    /// A gate ended it: only further gates are evaluated.
    pub gated: bool,
}

/// What was changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Objects of the release.
    pub objects: usize,
    /// Tasks.
    pub tasks: usize,
}

impl Member {
    /// A target at the beginning of a run.
    pub fn new(name: Arc<str>, base: Scope, planned: Option<Arc<TargetPlan>>) -> Member {
        Member {
            name,
            base,
            facts: Vec::new(),
            standing: Standing::Active,
            notified: BTreeSet::new(),
            planned,
            record: Record::default(),
            tally: Tally::default(),
            began: Instant::now(),
            touched: Cell::new(false),
        }
    }

    /// Begins a play.
    pub fn enter(&mut self, base: Scope) {
        self.base = base;
        self.notified.clear();
        self.tally = Tally::default();
        self.began = Instant::now();
        self.touched.set(false);
        if let Standing::Ended = self.standing {
            self.standing = Standing::Active;
        }
    }

    /// Whether it takes part.
    pub fn active(&self) -> bool {
        matches!(self.standing, Standing::Active)
    }

    /// Whether it counts as failed for `max_fail_percentage`.
    pub fn lost(&self) -> bool {
        matches!(
            self.standing,
            Standing::Failed(_) | Standing::Unreachable(_)
        )
    }

    /// Whether no later play wants it.
    pub fn out(&self) -> bool {
        !matches!(self.standing, Standing::Active | Standing::Ended)
    }

    /// Sets a fact; a secret one stays secret.
    pub fn set(&mut self, name: &str, value: &Value, secret: bool) {
        self.forget(name);
        self.facts.push(entry(name, value, secret));
    }

    /// Forgets a fact.
    pub fn forget(&mut self, name: &str) {
        self.facts.retain(|(key, _)| &*key.name != name);
    }

    /// Takes over how a task ended; what it found is taken over by [`Member::learn`].
    pub fn stand(&mut self, status: Status, error: Option<&Diagnostic>, then: &Then) {
        let error = || {
            error
                .cloned()
                .unwrap_or_else(|| Diagnostic::error("failed"))
        };
        match (status, then) {
            (Status::Failed, _) => self.standing = Standing::Failed(error()),
            (Status::Rescued, _) => self.standing = Standing::Failing(error()),
            (Status::Unreachable, _) => self.standing = Standing::Unreachable(error()),
            (Status::Refused, _) => self.standing = Standing::Refused(error()),
            (
                _,
                Then::Leave {
                    gate,
                    why,
                    refused: false,
                },
            ) => {
                self.standing = Standing::Left {
                    gate: gate.clone(),
                    why: why.clone(),
                };
            }
            (
                _,
                Then::Leave {
                    gate,
                    why,
                    refused: true,
                },
            ) => {
                let message = format!("gate {gate}: {why}");
                let refusal = Diagnostic::new(crate::diag::Kind::Refused, message);
                self.standing = Standing::Refused(refusal);
            }
            (_, Then::EndHost) => self.standing = Standing::Ended,
            _ => {}
        }
    }

    /// Takes over what a task found: facts, steps, gates, the release.
    pub fn learn(&mut self, reply: &Reply, secret: bool) {
        for (name, value) in &reply.facts {
            self.set(name, value, secret);
        }
        self.record.steps.extend(reply.steps.iter().cloned());
        self.record.gates.extend(reply.gate.clone());
        if let Some(plan) = &reply.planned {
            self.tally.objects += plan.release.as_ref().map_or(0, changed_objects);
            self.record.planned = Some(plan.clone());
        }
    }

    /// How it ended, in the words of events.
    pub fn end(&self) -> End {
        match &self.standing {
            Standing::Failed(error) | Standing::Failing(error) => End::Failed(error.clone()),
            Standing::Unreachable(error) => End::Unreachable(error.clone()),
            Standing::Refused(error) => End::Refused(error.clone()),
            Standing::Left { gate, why } => End::Skipped {
                gate: Some(gate.clone()),
                why: why.clone(),
            },
            Standing::Stopped => End::Stopped,
            Standing::Active | Standing::Ended => match self.tally {
                Tally { tasks: 0, .. } => End::Unchanged,
                Tally { objects, tasks } => End::Changed { objects, tasks },
            },
        }
    }
}

fn changed_objects(release: &ReleasePlan) -> usize {
    let same = [Action::Unchanged, Action::Keep];
    let changed = release
        .changes
        .iter()
        .filter(|change| !same.contains(&change.action));
    changed.count()
}
