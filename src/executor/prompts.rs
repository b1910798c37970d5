//! Questions before the first change.
//!
//! Questions of a play (`run_once`, in `pre_tasks`) are asked now; for every other prompt it is
//! made sure that somebody, or a flag, will answer it.

use super::Setup;
use super::conclude::{refuted, switch};
use super::play::Resolved;
use super::task::BoundTask;
use crate::diag::{Diagnostic, Diagnostics};
use crate::event::TaskHead;
use crate::modules::{Call, Confirm, Scope};
use crate::terminal::{Kind, Reply};
use crate::vars::Level;

/// Asks what can be asked now. Gives back why the run is declined, if it is.
pub(super) async fn ask_first(
    setup: Setup<'_>,
    plays: &[Resolved<'_>],
) -> Result<Option<String>, Diagnostics> {
    let mut faults = Diagnostics::default();
    let mut asked: Vec<(&Resolved<'_>, &BoundTask, &Confirm)> = Vec::new();
    for play in plays {
        let tasks = play.play.all_tasks().into_iter();
        let selected = tasks.filter(|task| setup.options.tags.select(&task.keywords.tags));
        let questions = selected.filter_map(|t| Some((play, t, t.action.question()?)));
        asked.extend(questions.filter(|(play, task, _)| would_run(setup, play, task)));
    }
    for (play, task, confirm) in &asked {
        faults.0.extend(unanswerable(setup, play, task, confirm));
    }
    if faults.has_errors() {
        return Err(faults);
    }
    for (play, task, confirm) in asked {
        if confirm.kind == Kind::Question && once(setup, play, task) && early(play, task) {
            let reply = ask(setup, play, task, confirm).await?;
            if reply == Reply::No {
                return Ok(Some(format!("\"{}\" was answered with no", confirm.id)));
            }
        }
    }
    Ok(None)
}

/// Whether it would be asked for some target; a condition that can't be known yet counts as true.
fn would_run(setup: Setup<'_>, play: &Resolved<'_>, task: &BoundTask) -> bool {
    let wanted = if once(setup, play, task) {
        1
    } else {
        play.targets.len()
    };
    let mut targets = play.targets.iter().take(wanted);
    targets.any(|target| {
        let scope = Scope::new(play.scope(setup, target));
        !matches!(refuted(&task.keywords.when, &scope), Ok(Some(_)))
    })
}

fn first(setup: Setup<'_>, play: &Resolved<'_>) -> Scope {
    let target = play.targets.first().map_or("localhost", |target| target);
    let magic = play.magic(setup, &play.targets, &play.targets);
    Scope::new(play.scope(setup, target).with(Level::Loop, magic))
}

fn once(setup: Setup<'_>, play: &Resolved<'_>, task: &BoundTask) -> bool {
    switch(task.keywords.run_once.as_ref(), &first(setup, play)).unwrap_or(false)
}

fn early(play: &Resolved<'_>, task: &BoundTask) -> bool {
    let mut before = play.play.pre_tasks.iter().flat_map(|item| item.tasks());
    before.any(|known| std::ptr::eq(known, task))
}

fn unanswerable(
    setup: Setup<'_>,
    play: &Resolved<'_>,
    task: &BoundTask,
    confirm: &Confirm,
) -> Option<Diagnostic> {
    match confirm.known(setup.doors.answers) {
        Err(error) => Some(error),
        Ok(Some(_)) => None,
        Ok(None) if setup.doors.prompter.attended() => None,
        Ok(None) => {
            let text = confirm
                .text(&first(setup, play))
                .unwrap_or_else(|_| task.title().to_string());
            Some(confirm.unanswered(&text))
        }
    }
}

async fn ask(
    setup: Setup<'_>,
    play: &Resolved<'_>,
    task: &BoundTask,
    confirm: &Confirm,
) -> Result<Reply, Diagnostics> {
    let scope = first(setup, play);
    let head = TaskHead {
        name: task.title().clone(),
        module: task.module.clone(),
        handler: false,
        at: task.pos.location(),
    };
    let nobody = "localhost".into();
    let call = Call {
        target: play.targets.first().unwrap_or(&nobody),
        scope: &scope,
        task: &head,
        check: false,
        play: &play.name,
        verbosity: setup.options.verbosity,
        once: true,
        planned: None,
        doors: &setup.doors,
    };
    Ok(confirm.answer(&call).await?)
}
