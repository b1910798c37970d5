//! The cases of `fixtures/engine`: a real Helm wrote what is expected (`golden.py` there says how
//! a case looks); here our engine must say the same, as Helm 3.21 and as Helm 4.3.

use super::case::{self, Answer, Case};
use super::layout;
use helm::chart::Profile;
use helm::engine::on_large_stack;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many differences are shown whole.
const SHOWN: usize = 300;

/// What a schema finds is told by a library that has words of its own, and an order of its own.
/// What counts is held: whether the values fit, and if not the chart and the places.
const SCHEMAS: &str = "chart/schema/";

/// An answer without the words about schemas.
fn shape(case: &Case, answer: Answer) -> Answer {
    let Err(said) = &answer.said else {
        return answer;
    };
    if !case.name.starts_with(SCHEMAS) {
        return answer;
    }
    let mut lines = said.lines();
    let chart: Vec<&str> = lines.by_ref().take(2).collect();
    let places = lines.filter_map(|line| line.strip_prefix("- at '")?.split('\'').next());
    let places: BTreeSet<&str> = places.collect();
    let broken = !said.contains("\n- at '") || said.contains("metaschema");
    let found = match broken {
        true => "the schema itself is wrong".to_owned(),
        false => format!("{places:?}"),
    };
    Answer {
        said: Err(format!("{}\n{found}", chart.join("\n"))),
        ..answer
    }
}

/// Where we differ from Helm.
fn differences(case: &Case) -> Vec<String> {
    let place = layout::Place::of(case);
    let profiles = match case.is_lint() {
        true => &[Profile::HELM_3][..],
        false => &[Profile::HELM_3, Profile::HELM_4_3],
    };
    let differs = profiles.iter().filter_map(|profile| {
        let (wanted, found) = (case.expected(profile), case.run(&place, profile));
        let (wanted, found) = (shape(case, wanted), shape(case, found));
        (wanted != found).then(|| difference(case, profile, &wanted, &found))
    });
    differs.collect()
}

fn difference(case: &Case, profile: &Profile, wanted: &Answer, found: &Answer) -> String {
    let (name, profile) = (&case.name, profile.name);
    format!("== {name} as {profile}\nhelm {wanted:#?}\nours {found:#?}\n")
}

/// All cases, shared out to two threads.
fn check(cases: &[Case]) -> Vec<String> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let work = || {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let more = differences(case);
                        found
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .extend(more);
                    }
                };
                on_large_stack(work).expect("a thread");
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn every_case_gives_what_helm_gives() {
    let cases = case::all();
    assert!(cases.len() > 2300, "only {} cases were found", cases.len());
    let found = check(&cases);
    let shown = found.iter().take(SHOWN).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join("\n");
    assert!(found.is_empty(), "{} differ\n{shown}", found.len());
}
