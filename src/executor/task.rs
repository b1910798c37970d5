//! One task on the targets of a wave.
//!
//! What the targets share is done by the module before the first goes on; then so many at a time
//! as `--forks` says. What they found is taken over when all are through.

use super::conclude::{Done, conclude, refuted, switch, text};
use super::member::{Member, Standing};
use super::wave::WaveRun;
use crate::diag::{Diagnostic, Kind};
use crate::event::{Event, Status, TaskHead};
use crate::modules::{Call, Module, Reply, Scope, Then};
use crate::plan::Step;
use crate::playbook::Task;
use crate::vars::Level;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a task may go on once the run is left.
const LAST_MOMENT: Duration = Duration::from_secs(2);

pub(super) type BoundTask = Task<Box<dyn Module>>;

/// A task that runs, and how.
#[derive(Clone, Copy)]
pub(super) struct Running<'a> {
    pub task: &'a BoundTask,
    pub head: &'a Arc<TaskHead>,
    /// A `rescue` around it takes over where it fails.
    pub rescuable: bool,
    /// It runs on the first target for all.
    pub once: bool,
}

impl WaveRun<'_> {
    /// Runs a task on those members that take part.
    pub(super) async fn task(
        &self,
        task: &BoundTask,
        members: &mut [&mut Member],
        rescuable: bool,
        handler: bool,
    ) {
        if !self.setup.options.tags.select(&task.keywords.tags) {
            return;
        }
        self.heed(members);
        let wanted = |member: &&mut &mut Member| member.active() || self.still_judged(task, member);
        let mut taking: Vec<&mut Member> = members
            .iter_mut()
            .filter(wanted)
            .map(|member| &mut **member)
            .collect();
        let Some(first) = taking.first() else {
            return;
        };
        let scope = self.scope(first, task);
        let once = switch(task.keywords.run_once.as_ref(), &scope).unwrap_or(true);
        let head = Arc::new(head(task, &scope, handler));
        if !(task.action.is_meta() && task.keywords.when.is_empty()) {
            self.emit(Event::TaskStarted(head.clone()));
        }
        let running = Running {
            task,
            head: &head,
            rescuable,
            once,
        };
        let runners = if once { 1 } else { taking.len() };
        let done = self
            .perform(running, taking.get(..runners).unwrap_or_default())
            .await;
        self.take_over(running, &mut taking, done);
        self.judge(task, &mut taking, rescuable);
    }

    /// A plan evaluates the gates of a target that a gate has ended.
    fn still_judged(&self, task: &BoundTask, member: &Member) -> bool {
        self.check && task.action.is_gate() && member.record.gated
    }

    /// The variables of a task on a target.
    pub(super) fn scope(&self, member: &Member, task: &BoundTask) -> Scope {
        let mut vars = member
            .base
            .with(Level::Facts, Arc::new(member.facts.clone()));
        for layer in &task.keywords.vars {
            let entries = layer.entries().unwrap_or_default().to_vec();
            vars = vars.with(Level::Task, Arc::new(entries));
        }
        Scope::new(vars)
    }

    /// How the task ended on each; `None` where it did not begin, because the run stops.
    async fn perform(&self, running: Running<'_>, members: &[&mut Member]) -> Vec<Option<Done>> {
        let scopes: Vec<Scope> = members
            .iter()
            .map(|m| self.scope(m, running.task))
            .collect();
        let calls: Vec<Call<'_>> = members
            .iter()
            .zip(&scopes)
            .map(|(member, scope)| self.call(running, member, scope))
            .collect();
        let task = running.task;
        let touched: Vec<&Cell<bool>> = members.iter().map(|m| &m.touched).collect();
        if task.repeat.is_some() || !task.until.is_empty() || task.retries.is_some() {
            let runs = calls
                .iter()
                .zip(&touched)
                .map(|(call, touched)| async move {
                    self.may_begin(running, call.target, touched).await?;
                    let began = Instant::now();
                    let repeated = self.unless_stopped(touched, self.repeated(running, *call));
                    let cut =
                        || Some(self.concluded(running, call, self.cut(running, call)?, began));
                    repeated.await.or_else(cut)
                });
            return self.together(runs).await;
        }
        self.at_once(running, &calls, &touched).await
    }

    /// Once the run is to stop, targets that nothing was written to take no further part.
    fn heed(&self, members: &mut [&mut Member]) {
        let stopping = !self.check && self.setup.doors.halt.is_stopping();
        let waiting = |m: &&mut &mut Member| stopping && m.active() && !m.touched.get();
        for member in members.iter_mut().filter(waiting) {
            member.standing = Standing::Stopped;
        }
    }

    /// Whether a task may begin on a target that waited for its turn; marks it where it writes.
    async fn may_begin(
        &self,
        running: Running<'_>,
        target: &Arc<str>,
        touched: &Cell<bool>,
    ) -> Option<()> {
        let writes = !self.check && running.task.action.writes();
        if !self.check && !touched.get() {
            self.setup.doors.halt.may_start().await;
        }
        if !self.check && !touched.get() && self.setup.doors.halt.is_stopping() {
            return None;
        }
        touched.set(touched.get() || writes);
        if !self.check && !running.task.action.is_meta() {
            self.emit(Event::TargetBegan {
                target: target.clone(),
                task: running.head.clone(),
            });
        }
        Some(())
    }

    pub(super) fn call<'a>(
        &'a self,
        running: Running<'a>,
        member: &'a Member,
        scope: &'a Scope,
    ) -> Call<'a> {
        let forced = running.task.keywords.check_mode.as_ref();
        let forced = forced.map(|node| switch(Some(node), scope).unwrap_or(true));
        Call {
            target: &member.name,
            scope,
            task: running.head,
            // No task of ours writes while a plan is made, whatever `check_mode: false` says.
            check: self.check || forced.unwrap_or(false),
            play: &self.wave.play,
            verbosity: self.setup.options.verbosity,
            once: running.once,
            planned: member.planned.as_deref(),
            doors: &self.setup.doors,
        }
    }

    /// A target that nothing was written to does not go on once the run is to stop. Others have a
    /// moment more than a release needs to write the truth.
    async fn unless_stopped<T>(
        &self,
        touched: &Cell<bool>,
        run: impl Future<Output = T>,
    ) -> Option<T> {
        let halt = self.setup.doors.halt;
        let stopped = async {
            halt.stopping().await;
            if touched.get() || self.check {
                halt.left_for(LAST_MOMENT).await;
            }
        };
        tokio::select! {
            biased;
            done = run => Some(done),
            () = stopped => None,
        }
    }

    /// What was writing and did not come to its end in time is open, whatever became of it.
    fn cut(&self, running: Running<'_>, call: &Call<'_>) -> Option<Reply> {
        if self.check || !running.task.action.writes() {
            return None;
        }
        let what = "the run was left before this came to its end";
        let fault = Diagnostic::new(Kind::Open, what)
            .note("what was sent last may have been done")
            .hint(format!("rollbook recover -l {}", call.target));
        Some(Reply::failed(fault))
    }

    fn concluded(
        &self,
        running: Running<'_>,
        call: &Call<'_>,
        reply: Reply,
        began: Instant,
    ) -> Done {
        let done = conclude(running.task, call.scope, reply, running.rescuable);
        self.tell(running, call, &done, began);
        done
    }

    /// Runs the whole set; those whose condition does not hold never reach the module.
    async fn at_once(
        &self,
        running: Running<'_>,
        calls: &[Call<'_>],
        touched: &[&Cell<bool>],
    ) -> Vec<Option<Done>> {
        let early: Vec<Option<Reply>> = calls
            .iter()
            .map(|call| excluded(running.task, call.scope))
            .collect();
        let wanted = calls
            .iter()
            .zip(&early)
            .filter(|(_, early)| early.is_none());
        let wanted: Vec<Call<'_>> = wanted.map(|(call, _)| *call).collect();
        let mut started = match wanted.is_empty() {
            true => Vec::new(),
            false => running.task.action.start(&wanted).await,
        }
        .into_iter();
        let missing = || Reply::failed(Diagnostic::new(Kind::Internal, "the module said nothing"));
        let each = calls.iter().zip(touched).zip(early);
        let runs = each.map(|((call, touched), early)| {
            let run = if early.is_none() {
                started.next()
            } else {
                None
            };
            async move {
                if early.is_none() {
                    self.may_begin(running, call.target, touched).await?;
                }
                let began = Instant::now();
                let reply = match (early, run) {
                    (Some(reply), _) => reply,
                    (None, Some(run)) => {
                        let ended = self.unless_stopped(touched, run).await;
                        ended.or_else(|| self.cut(running, call))?
                    }
                    (None, None) => missing(),
                };
                Some(self.concluded(running, call, reply, began))
            }
        });
        self.together(runs).await
    }

    /// So many at a time; the results in the order of the targets.
    async fn together<F>(&self, runs: impl Iterator<Item = F>) -> Vec<Option<Done>>
    where
        F: Future<Output = Option<Done>>,
    {
        let forks = self.setup.options.forks.max(1);
        let numbered = runs
            .enumerate()
            .map(|(at, run)| async move { (at, run.await) });
        let mut done: Vec<(usize, Option<Done>)> = stream::iter(numbered)
            .buffer_unordered(forks)
            .collect()
            .await;
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, done)| done).collect()
    }

    /// Tells how the task ended on a target, unless it only completes the gates of one that left.
    pub(super) fn tell(&self, running: Running<'_>, call: &Call<'_>, done: &Done, began: Instant) {
        let target = call.target.clone();
        if let Some(result) = done.reply.gate.clone() {
            let target = target.clone();
            self.emit(Event::Gate { target, result });
        }
        let silent = running.task.action.is_meta() && done.outcome.error.is_none();
        if silent || self.gated(call.target) {
            return;
        }
        self.emit(Event::TaskEnded {
            target,
            task: running.head.clone(),
            outcome: done.outcome.clone(),
            took: began.elapsed(),
        });
    }

    fn take_over(
        &self,
        running: Running<'_>,
        members: &mut [&mut Member],
        done: Vec<Option<Done>>,
    ) {
        let copies = running.once.then(|| done.first().cloned()).flatten();
        let rest = copies.into_iter().cycle();
        for (member, done) in members.iter_mut().zip(done.into_iter().chain(rest)) {
            match done {
                Some(done) => self.take(running, member, &done),
                None => member.standing = Standing::Stopped,
            }
        }
    }

    fn take(&self, running: Running<'_>, member: &mut Member, done: &Done) {
        let (task, status) = (running.task, done.outcome.status);
        if let Some(name) = &task.register {
            member.set(name, &done.result, done.secret);
        }
        let changed = status == Status::Changed;
        member.learn(&done.reply, done.secret);
        if changed {
            self.changed(task, running.head, member, done);
        }
        let ends = status != Status::Ignored && !member.record.gated;
        if ends {
            member.stand(status, done.outcome.error.as_ref(), &done.reply.then);
        }
        if task.action.is_gate() && !member.active() {
            member.record.gated = true;
            self.gate(&member.name);
        }
        if status == Status::Rescued {
            member.set(
                "ansible_failed_task",
                &task.title().to_string().into(),
                false,
            );
            member.set("ansible_failed_result", &done.result, done.secret);
        }
        match &done.reply.then {
            Then::FlushHandlers if running.task.keywords.when.is_empty() || !skipped(done) => {
                self.flush.set(true);
            }
            Then::EndBatch if !skipped(done) => self.end(super::wave::Flow::EndWave),
            Then::EndPlay if !skipped(done) => self.end(super::wave::Flow::EndPlay),
            Then::Decline { why } => self.end(super::wave::Flow::Decline(why.clone())),
            _ => {}
        }
    }

    fn changed(&self, task: &BoundTask, head: &TaskHead, member: &mut Member, done: &Done) {
        member.tally.tasks += 1;
        member.record.changed = true;
        if done.reply.steps.is_empty() && done.reply.planned.is_none() {
            member.record.steps.push(Step {
                module: task.module.clone(),
                text: head.name.to_string(),
                closing: None,
            });
        }
        if task.action.writes() && !self.check {
            // What a gate saw is no longer true.
            member.forget("live");
        }
        member
            .notified
            .extend(self.woken_by(task, &self.scope(member, task)));
    }

    /// The handlers that a change of this task wakes.
    fn woken_by(&self, task: &BoundTask, scope: &Scope) -> Vec<usize> {
        let name = |node| match scope.value(node) {
            Ok(Value::String(name)) => Some(name),
            _ => None,
        };
        let names: Vec<String> = task.notify.iter().filter_map(name).collect();
        let woken = |handler: &BoundTask| {
            let topics = handler.name.iter().chain(&handler.listen);
            topics
                .into_iter()
                .any(|topic| names.iter().any(|name| **name == **topic))
        };
        let handlers = self.play.handlers.iter().enumerate();
        handlers
            .filter(|(_, handler)| woken(handler))
            .map(|(at, _)| at)
            .collect()
    }

    /// What failures mean for the others: `any_errors_fatal`, `run_once`.
    fn judge(&self, task: &BoundTask, members: &mut [&mut Member], rescuable: bool) {
        let hurt = members
            .iter()
            .filter(|m| m.lost() || matches!(m.standing, Standing::Failing(_)));
        let hurt = hurt.count();
        if hurt > 0 && self.fatal(task, members) {
            for member in members.iter_mut().filter(|member| member.active()) {
                member.standing = match rescuable {
                    true => Standing::Failing(others_failed(hurt)),
                    false => Standing::Stopped,
                };
            }
            if !rescuable {
                self.end(super::wave::Flow::Stop(format!(
                    "{hurt} failed in \"{}\" and any_errors_fatal is set",
                    task.title()
                )));
            }
        }
        self.check_budget(members);
    }

    fn fatal(&self, task: &BoundTask, members: &[&mut Member]) -> bool {
        let node = task.keywords.any_errors_fatal.as_ref();
        let scope = members.first().map(|member| self.scope(member, task));
        scope.is_some_and(|scope| switch(node, &scope).unwrap_or(true))
    }
}

fn others_failed(count: usize) -> Diagnostic {
    let message = format!("{count} others failed and any_errors_fatal is set");
    Diagnostic::new(Kind::Failed, message)
}

fn skipped(done: &Done) -> bool {
    done.outcome.status == Status::Skipped
}

/// The reply of a task whose condition does not hold, or can't be evaluated.
pub(super) fn excluded(task: &BoundTask, scope: &Scope) -> Option<Reply> {
    match refuted(&task.keywords.when, scope) {
        Ok(None) => None,
        Ok(Some(condition)) => {
            let reply = Reply::skipped("Conditional result was False");
            Some(reply.with("false_condition", text(condition)))
        }
        Err(error) => Some(Reply::failed(error)),
    }
}

/// The banner of a task; a name that can't be rendered is shown as written.
fn head(task: &BoundTask, scope: &Scope, handler: bool) -> TaskHead {
    let name = match scope.text(task.title(), &task.pos) {
        Ok(name) => name.into(),
        Err(_) => task.title().clone(),
    };
    TaskHead {
        name,
        module: task.module.clone(),
        handler,
        at: task.pos.location(),
    }
}
