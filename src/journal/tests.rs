//! Journals as they are written and read back.

use super::*;
use crate::manifest::{Gvk, ObjectId};
use crate::release::ClosingStep;
use std::io::Write;
use std::path::{Path, PathBuf};

fn id(text: &str) -> RunId {
    RunId::parse(text).unwrap()
}

fn reached(target: &str, revision: u32) -> Entry {
    Entry::Touching(Reached {
        target: target.to_owned(),
        release: "web".to_owned(),
        revision,
        ..Reached::default()
    })
}

fn left(target: &str, revision: u32) -> Entry {
    Entry::Touched(Left {
        target: target.to_owned(),
        release: "web".to_owned(),
        revision: Some(revision),
        ..Left::default()
    })
}

async fn record(state: &Path, run: &str, entries: Vec<Entry>) -> PathBuf {
    let opened = Opened {
        run: run.to_owned(),
        by: "maria@bastion-2".to_owned(),
        ..Opened::default()
    };
    let journal = Journal::create(state, &id(run), opened).await.unwrap();
    for entry in entries {
        journal.append(entry).await.unwrap();
    }
    journal.path().to_owned()
}

#[tokio::test]
async fn what_a_run_touched_is_read_back() {
    let state = tempfile::tempdir().unwrap();
    let done = Entry::Ended { stopped: None };
    let entries = vec![reached("a", 3), reached("b", 0), left("a", 4), done];
    record(state.path(), "20260312-2204-7k2f", entries).await;
    let run = find(state.path(), "7k2f").unwrap();
    assert_eq!(run.opened.by, "maria@bastion-2");
    let revisions = |t: &Touched| {
        let after = t.after.as_ref().and_then(|after| after.revision);
        (t.before.target.clone(), t.before.revision, after)
    };
    let touched: Vec<_> = run.touched.iter().map(revisions).collect();
    assert_eq!(
        touched,
        [("a".to_owned(), 3, Some(4)), ("b".to_owned(), 0, None)]
    );
    assert!(run.ended.is_some());
}

#[tokio::test]
async fn a_torn_last_line_is_left_out() {
    let state = tempfile::tempdir().unwrap();
    let journal = record(state.path(), "20260312-2204-7k2f", vec![reached("a", 3)]).await;
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&journal)
        .unwrap();
    file.write_all(b"{\"at\":\"2026-03-12T22:0").unwrap();
    let run = find(state.path(), "7k2f").unwrap();
    assert_eq!(run.touched.len(), 1);
    assert_eq!(run.ended, None);
}

#[tokio::test]
async fn only_the_owner_may_read_a_journal() {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let journal = record(state.path(), "20260312-2204-7k2f", vec![]).await;
    let mode = std::fs::metadata(&journal).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_run_is_found_by_any_unique_part() {
    let state = tempfile::tempdir().unwrap();
    record(
        state.path(),
        "20260312-2204-7k2f",
        vec![reached("a", 1), left("a", 2)],
    )
    .await;
    record(state.path(), "20260313-0100-9p0d", vec![reached("b", 5)]).await;
    assert_eq!(find(state.path(), "0313").unwrap().id.short(), "9p0d");
    let several = find(state.path(), "2026").unwrap_err();
    assert_eq!(several.to_string(), "\"2026\" fits 2 runs");
    let short = find(state.path(), "-").unwrap_err();
    assert_eq!(short.to_string(), "\"-\" is too short to name a run");
    let none = find(state.path(), "zzzz").unwrap_err();
    assert_eq!(none.to_string(), "no run is called \"zzzz\"");
    assert_eq!(
        none.notes,
        ["the last ones: 20260313-0100-9p0d 20260312-2204-7k2f"]
    );
    let (run, touched) = last_change(state.path(), "a").unwrap();
    assert_eq!((run.short(), touched.before.revision), ("7k2f", 1));
    assert_eq!(last_change(state.path(), "c"), None);
}

#[test]
fn an_id_tells_when() {
    let now: jiff::Zoned = "2026-03-12T22:04:11-03:00[-03:00]".parse().unwrap();
    let run = RunId::new(&now, [7, 19, 2, 15]);
    assert_eq!(run.to_string(), "20260312-2204-7k2f");
    assert_eq!(run.short(), "7k2f");
    assert_eq!(RunId::parse(run.as_str()), Some(run));
    assert!(RunId::fresh().short().len() == 4);
    for text in [
        "",
        "7k2f",
        "20260312-2204",
        "2026031a-2204-7k2f",
        "../../etc",
    ] {
        assert_eq!(RunId::parse(text), None, "{text}");
    }
}

fn step(target: &str, name: &str, found: i64) -> ClosingStep {
    let gvk = Gvk::new("apps/v1", "Deployment");
    ClosingStep {
        target: target.into(),
        namespace: target.into(),
        release: "web".into(),
        cluster: "5f0c1e9a".into(),
        run: "20260312-2204-7k2f".into(),
        by: "maria@bastion-2".into(),
        process: "".into(),
        since: "2026-03-12T22:04:00Z".to_owned(),
        object: ObjectId {
            group: gvk.group.clone(),
            kind: gvk.kind.clone(),
            namespace: Some(target.into()),
            name: name.into(),
        },
        gvk,
        uid: "u".into(),
        found,
        set: 0,
    }
}

fn closed(step: &ClosingStep) -> Entry {
    Entry::Closed {
        target: step.target.to_string(),
        cluster: step.cluster.to_string(),
        object: step.object.clone(),
        how: "scaled back".to_owned(),
    }
}

#[tokio::test]
async fn what_is_open_is_read_back_and_keeps_its_target_unfinished() {
    let state = tempfile::tempdir().unwrap();
    let (web, db, other) = (step("a", "web", 3), step("a", "db", 2), step("b", "web", 1));
    let through = |target: &str| Entry::Through {
        target: target.to_owned(),
    };
    let entries = vec![
        Entry::Opening(web.clone()),
        Entry::Opening(db.clone()),
        closed(&db),
        // Another try finds what the first one set: what was found first is the truth.
        Entry::Opening(step("a", "web", 0)),
        Entry::Opening(other.clone()),
        closed(&other),
        through("b"),
    ];
    record(state.path(), "20260312-2204-7k2f", entries).await;
    let mut run = find(state.path(), "7k2f").unwrap();
    assert_eq!(run.open, [web]);
    run.opened.targets = ["a", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(run.unfinished(), ["a", "c"]);
}

#[test]
fn a_field_has_one_step_and_is_closed_once() {
    let (web, db) = (step("a", "web", 3), step("a", "db", 2));
    let open = OpenSteps::of(vec![web.clone(), db.clone(), step("a", "web", 0)]);
    assert_eq!(open.on("a"), [web.clone(), db.clone()]);
    assert!(open.is_due("a") && !open.is_due("b"));
    open.tried(&"a".into());
    assert!(!open.is_due("a"));
    open.close(&web);
    assert_eq!(open.on("a"), [db]);
    open.open(web);
    assert!(open.is_due("a"), "a new one is due again");
}
