//! Signals at every step of an upgrade with a hook: nothing is left `pending-…`, Helm goes on at
//! once, and a run that was killed is taken up again. A step is a request that writes or watches;
//! the proxy holds it while the signal arrives.

mod case;

use crate::controlplane::{self, ControlPlane};
use case::{Case, Ended};
use futures_util::{StreamExt, stream};
use std::fmt::Write as _;
use std::io::Write as _;

/// What is sent while a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shot {
    Term,
    TwoTerms,
    Interrupt,
    HangUp,
    Kill,
}

const SHOTS: [Shot; 5] = [
    Shot::Term,
    Shot::TwoTerms,
    Shot::Interrupt,
    Shot::HangUp,
    Shot::Kill,
];

/// How many cases are under way at once.
const TOGETHER: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_step_survives_every_signal() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let steps = Case::new(plane).await.steps().await;
    let positions = (0..steps.len()).flat_map(|at| SHOTS.map(|shot| (at, shot)));
    // Each a task of its own: whoever waits in place keeps the others of its task waiting.
    let cases = positions.map(async |(at, shot)| {
        let row = tokio::spawn(one(plane, at, shot)).await;
        row.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    });
    let rows: Vec<String> = stream::iter(cases).buffered(TOGETHER).collect().await;
    let mut table = String::new();
    for ((at, shot), row) in (0..steps.len())
        .flat_map(|at| SHOTS.map(|shot| (at, shot)))
        .zip(&rows)
    {
        let _ = writeln!(table, "{at:>2} {:<44} {shot:<10?} {row}", steps[at]);
    }
    tell(&format!("{table}{} positions\n", rows.len()));
    assert!(rows.len() >= 60, "{} positions", rows.len());
}

/// Not `println!`: libtest would hide it where all goes well.
fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

async fn one(plane: &'static ControlPlane, at: usize, shot: Shot) -> String {
    let case = Case::new(plane).await;
    let ended = case.shoot(at, shot).await;
    let what = format!("step {at}, {shot:?}");
    match shot {
        Shot::Kill => killed(&case, &ended, &what).await,
        _ => in_order(&case, &ended, shot, &what).await,
    }
}

/// The truth is told, nothing is open, and Helm goes on at once.
async fn in_order(case: &Case<'_>, ended: &Ended, shot: Shot, what: &str) -> String {
    let code = ended
        .code
        .unwrap_or_else(|| panic!("{what}: it ended by the signal itself"));
    let number = match shot {
        Shot::Interrupt => 130,
        Shot::HangUp => 129,
        _ => 143,
    };
    let said = &ended.said;
    let history = case.history().await;
    if code == 5 && shot == Shot::TwoTerms {
        // No answer within the second that the truth has: the run says so, and is taken up again.
        let told = [
            "is still pending",
            "may still be pending",
            "was left before",
        ];
        let told = told.map(|words| said.contains(words));
        assert!(told.contains(&true), "{what}: {said}");
        return killed(case, ended, what).await;
    }
    assert_eq!(code, number, "{what}: {said}");
    assert!(!history.contains("pending"), "{what}: {history}: {said}");
    // One that could not be given back in time is told; it is free as soon as its holder is gone.
    let told = said.contains("the lease could not be given back");
    assert!(told || case.leases().await.is_empty(), "{what}: {said}");
    assert!(case.hooks_created() <= 1, "{what}: the hook ran twice");
    case.check_journal(what);
    case.helm_upgrade(what);
    format!("exit {code}, {history}")
}

/// What was killed is taken up again, and done.
async fn killed(case: &Case<'_>, ended: &Ended, what: &str) -> String {
    let cut = ended.code.is_none_or(|code| code == 5);
    assert!(cut, "{what}: {}", ended.said);
    let before = case.history().await;
    let resumed = case.resume();
    let history = case.history().await;
    assert!(!history.contains("pending"), "{what}: {history}: {resumed}");
    assert!(
        history.ends_with("deployed"),
        "{what}: {history}: {resumed}"
    );
    assert_eq!(case.message().await, "b", "{what}: {resumed}");
    assert!(case.leases().await.is_empty(), "{what}: {resumed}");
    case.helm_upgrade(what);
    format!("{before} → {history}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_death_of_the_parent_counts_as_a_signal() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let case = Case::new(plane).await;
    let ended = case.orphan(4).await;
    let history = case.history().await;
    assert!(!history.contains("pending"), "{history}: {ended}");
    assert!(case.leases().await.is_empty());
    case.check_journal("orphaned");
    case.helm_upgrade("orphaned");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_process_of_a_container_hears_signals() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let case = Case::new(plane).await;
    let Some(ended) = case.contained(4).await else {
        tell("skipped: this account may not make PID namespaces\n");
        return;
    };
    let history = case.history().await;
    assert!(!history.contains("pending"), "{history}: {}", ended.said);
    assert_eq!(ended.code, Some(143), "{}", ended.said);
    case.helm_upgrade("contained");
}
