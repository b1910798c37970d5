//! What tasks have set is put back when their target ends, however it does.
//!
//! A target that a later play wants goes on with what is open. Those that end together are closed
//! together: each step has a deadline, and no target waits for another.

use super::Setup;
use super::drive::Run;
use super::member::Member;
use super::wave::WaveRun;
use crate::journal::Entry;
use futures_util::future::join_all;
use std::sync::Arc;

impl WaveRun<'_> {
    /// Closes what is open of those that failed or were left out.
    pub(super) async fn close_out(&self, members: &[&mut Member]) {
        let out = members.iter().filter(|member| member.out());
        close(self.setup, out.map(|member| member.name.clone()).collect()).await;
    }

    /// Closes what is open of those that are through: no later play wants them.
    pub(super) async fn close_ended(&self, members: &[&mut Member]) {
        let ended = |member: &&&mut Member| member.out() || !self.later.contains(&member.name);
        let ended = members.iter().filter(ended);
        close(
            self.setup,
            ended.map(|member| member.name.clone()).collect(),
        )
        .await;
    }
}

impl Run<'_> {
    /// Closes what a run that is gone on with has left open of targets that take no part in it.
    pub(super) async fn close_out(&self) {
        let open = self.setup.doors.open.targets().into_iter();
        let out = |name: &Arc<str>| self.members.get(name).is_none_or(Member::out);
        close(self.setup, open.filter(out).collect()).await;
    }

    /// Closes whatever is open still, and says in the journal which targets are through whose release
    /// no task brought anywhere.
    pub(super) async fn close_rest(&self) {
        let open = self.setup.doors.open.targets();
        close(self.setup, open.into_iter().collect()).await;
        let doors = &self.setup.doors;
        let Some(journal) = doors.journal else {
            return;
        };
        let changes = |member: &Member| member.planned.as_ref().is_some_and(|plan| plan.changes());
        let through =
            |member: &&Member| changes(member) && member.record.planned.is_none() && !member.out();
        for member in self.members.values().filter(through) {
            let target = member.name.to_string();
            journal.note(Entry::Through { target });
        }
    }
}

/// What can't be closed is told, and is tried once: a target of which something is open after that
/// is not tried again by the end of the run.
async fn close(setup: Setup<'_>, targets: Vec<Arc<str>>) {
    let doors = &setup.doors;
    let due = targets.iter().filter(|target| doors.open.is_due(target));
    let close = |target| async move {
        doors.workloads.close(target, doors).await;
        doors.open.tried(target);
    };
    join_all(due.map(close)).await;
}
