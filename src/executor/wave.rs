//! One wave of a play: its sections, blocks and handlers. The main type here is [`WaveRun`].

use super::Setup;
use super::member::{Member, Standing};
use super::play::Resolved;
use crate::event::{Event, Wave};
use crate::modules::Module;
use crate::playbook::{Block, Item, Play, Strategy, waves};
use futures_util::future::LocalBoxFuture;
use futures_util::{StreamExt, stream};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A bound play.
pub(super) type BoundPlay = Play<Box<dyn Module>>;
type BoundItem = Item<Box<dyn Module>>;
type BoundBlock = Block<Box<dyn Module>>;

/// How the play goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Flow {
    /// With the next task.
    #[default]
    GoOn,
    /// The wave is over.
    EndWave,
    /// The play is over.
    EndPlay,
    /// The run is over, with the reason.
    Stop(String),
    /// Every target of the wave failed: the run is over where something would follow.
    AllFailed(String),
    /// Somebody said no.
    Decline(String),
}

/// A wave that is under way.
pub(super) struct WaveRun<'a> {
    pub setup: Setup<'a>,
    pub check: bool,
    pub play: &'a BoundPlay,
    pub resolved: &'a Resolved<'a>,
    pub wave: Arc<Wave>,
    pub flow: RefCell<Flow>,
    /// `meta: flush_handlers` asks for the handlers.
    pub flush: Cell<bool>,
    /// The targets that later plays want.
    pub later: &'a BTreeSet<Arc<str>>,
    gated: RefCell<BTreeSet<Arc<str>>>,
    lost: RefCell<BTreeSet<Arc<str>>>,
}

impl<'a> WaveRun<'a> {
    pub(super) fn new(
        setup: Setup<'a>,
        check: bool,
        resolved: &'a Resolved<'a>,
        wave: Arc<Wave>,
        later: &'a BTreeSet<Arc<str>>,
    ) -> WaveRun<'a> {
        WaveRun {
            setup,
            check,
            play: resolved.play,
            resolved,
            wave,
            flow: RefCell::default(),
            flush: Cell::new(false),
            later,
            gated: RefCell::default(),
            lost: RefCell::default(),
        }
    }

    /// Runs the whole play on the wave's targets.
    pub(super) async fn run(&self, members: &mut [&mut Member]) {
        match self.play.strategy {
            Strategy::Linear => self.sections(members).await,
            Strategy::Free => self.freely(members).await,
        }
        for member in members.iter_mut() {
            match &member.standing {
                Standing::Failing(error) => member.standing = Standing::Failed(error.clone()),
                Standing::Active if self.stopped() => member.standing = Standing::Stopped,
                _ => {}
            }
        }
    }

    /// Each target by itself, so many at a time.
    async fn freely(&self, members: &mut [&mut Member]) {
        let window = self
            .play
            .max_in_flight
            .unwrap_or(self.setup.options.forks)
            .max(1);
        let runs = members.iter_mut().map(|member| async move {
            self.sections(&mut [&mut **member]).await;
        });
        stream::iter(runs)
            .buffer_unordered(window)
            .collect::<Vec<()>>()
            .await;
    }

    async fn sections(&self, members: &mut [&mut Member]) {
        for section in [
            &self.play.pre_tasks,
            &self.play.tasks,
            &self.play.post_tasks,
        ] {
            for item in section {
                let item = std::slice::from_ref(item);
                self.items(item, members, false).await;
                self.close_out(members).await;
            }
            self.handlers(members).await;
        }
        self.close_ended(members).await;
    }

    fn items<'s>(
        &'s self,
        items: &'s [BoundItem],
        members: &'s mut [&mut Member],
        rescuable: bool,
    ) -> LocalBoxFuture<'s, ()> {
        Box::pin(async move {
            for item in items {
                if self.over() {
                    return;
                }
                match item {
                    Item::Task(task) => self.task(task, members, rescuable, false).await,
                    Item::Block(block) => self.block(block, members, rescuable).await,
                }
                if self.flush.take() {
                    self.handlers(members).await;
                }
            }
        })
    }

    async fn block(&self, block: &BoundBlock, members: &mut [&mut Member], rescuable: bool) {
        let mut inside: Vec<&mut Member> = members
            .iter_mut()
            .map(|member| &mut **member)
            .filter(|m| m.active() || m.record.gated)
            .collect();
        let inner = rescuable || !block.rescue.is_empty();
        self.items(&block.block, &mut inside, inner).await;
        if !block.rescue.is_empty() {
            self.rescue(block, &mut inside, rescuable).await;
        }
        if !block.always.is_empty() {
            self.always(block, &mut inside, rescuable).await;
        }
    }

    /// Runs `rescue` on those that failed in the block.
    async fn rescue(&self, block: &BoundBlock, members: &mut [&mut Member], rescuable: bool) {
        let failing = |m: &&mut &mut Member| matches!(m.standing, Standing::Failing(_));
        let mut fallen: Vec<&mut Member> = members
            .iter_mut()
            .filter(failing)
            .map(|member| &mut **member)
            .collect();
        for member in &mut fallen {
            member.standing = Standing::Active;
        }
        self.items(&block.rescue, &mut fallen, rescuable).await;
    }

    /// Runs `always` on all but those that are out of reach or were left out.
    async fn always(&self, block: &BoundBlock, members: &mut [&mut Member], rescuable: bool) {
        let mut back: Vec<Option<Standing>> = Vec::new();
        for member in members.iter_mut() {
            let failed = matches!(member.standing, Standing::Failing(_) | Standing::Failed(_));
            back.push(failed.then(|| std::mem::replace(&mut member.standing, Standing::Active)));
        }
        self.items(&block.always, members, rescuable).await;
        for (member, standing) in members.iter_mut().zip(back) {
            if let (Some(standing), true) = (standing, member.active()) {
                member.standing = standing;
            }
        }
    }

    /// Runs the handlers that were notified, in the order in which they are defined. One that an
    /// earlier one notifies runs in the same round.
    async fn handlers(&self, members: &mut [&mut Member]) {
        for (at, handler) in self.play.handlers.iter().enumerate() {
            if self.over() {
                return;
            }
            let woken = |m: &&mut &mut Member| m.active() && m.notified.contains(&at);
            let mut woken: Vec<&mut Member> = members
                .iter_mut()
                .filter(woken)
                .map(|member| &mut **member)
                .collect();
            for member in &mut woken {
                member.notified.remove(&at);
            }
            self.task(handler, &mut woken, false, true).await;
        }
    }

    /// Stops the run where more targets failed than may.
    pub(super) fn check_budget(&self, members: &[&mut Member]) {
        let mut lost = self.lost.borrow_mut();
        lost.extend(members.iter().filter(|m| m.lost()).map(|m| m.name.clone()));
        let (failed, size) = (lost.len(), self.wave.targets.len());
        if let Some(percentage) = self.resolved.max_fail_percentage
            && !self.check
            && waves::exceeded(failed, size, percentage)
        {
            let verdict = waves::verdict(failed, size, percentage);
            let (number, of) = (self.wave.number, self.wave.of);
            self.end(Flow::Stop(format!(
                "{verdict}: stopping in wave {number} of {of}"
            )));
        }
    }

    /// How the run goes on after this wave. A wave that failed as a whole ends it, as in Ansible.
    pub(super) fn verdict(&self) -> Flow {
        let flow = self.flow.borrow().clone();
        let (failed, size) = (self.lost.borrow().len(), self.wave.targets.len());
        match flow {
            Flow::GoOn | Flow::EndWave if failed == size && !self.check => {
                let number = self.wave.number;
                Flow::AllFailed(format!("all {size} targets of wave {number} failed"))
            }
            flow => flow,
        }
    }

    /// Ends the wave, the play or the run; the first word counts.
    pub(super) fn end(&self, flow: Flow) {
        let mut current = self.flow.borrow_mut();
        if *current == Flow::GoOn {
            *current = flow;
        }
    }

    pub(super) fn over(&self) -> bool {
        *self.flow.borrow() != Flow::GoOn
    }

    fn stopped(&self) -> bool {
        matches!(*self.flow.borrow(), Flow::Stop(_) | Flow::Decline(_))
    }

    /// Remembers that a gate ended the target.
    pub(super) fn gate(&self, target: &Arc<str>) {
        self.gated.borrow_mut().insert(target.clone());
    }

    /// Whether a gate ended the target.
    pub(super) fn gated(&self, target: &Arc<str>) -> bool {
        self.gated.borrow().contains(target)
    }

    pub(super) fn emit(&self, event: Event) {
        self.setup.doors.sink.emit(event);
    }
}
