//! The list of functions that Helm has, against ours and against the cases.

use super::case;
use super::support::cases as root;
use helm::chart::Profile;
use helm::engine::function_names;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The functions of `functions.txt`, and whether only Helm 4 has each.
fn listed() -> BTreeMap<String, bool> {
    let text = fs::read_to_string(root().join("functions.txt")).expect("the list");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entry = |line: &str| match line.strip_suffix(" 4") {
        Some(name) => (name.to_owned(), true),
        None => (line.to_owned(), false),
    };
    lines.map(entry).collect()
}

/// The words of a template's actions that can call a function: no fields, variables or texts.
fn words(template: &str) -> BTreeSet<&str> {
    let actions = template.split("{{").skip(1);
    let actions = actions.map(|rest| rest.split("}}").next().unwrap_or(rest));
    let bare = actions.flat_map(|action| {
        let outside = action.split(['"', '`']).step_by(2);
        outside.flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || "_.$".contains(c))))
    });
    bare.collect()
}

#[test]
fn we_have_the_functions_that_helm_has() {
    let listed = listed();
    for profile in [Profile::HELM_3, Profile::HELM_4_3] {
        let theirs = listed
            .iter()
            .filter(|(_, later)| !**later || profile == Profile::HELM_4_3);
        let theirs: BTreeSet<&str> = theirs.map(|(name, _)| name.as_str()).collect();
        let ours: BTreeSet<&str> = function_names(&profile).into_iter().collect();
        assert_eq!(ours, theirs, "{}", profile.name);
    }
}

#[test]
fn every_function_has_a_case() {
    let cases = case::all();
    let bodies = cases.iter().flat_map(|case| &case.sections);
    let used: BTreeSet<&str> = bodies.flat_map(|(_, body)| words(body)).collect();
    let listed = listed();
    let bare: Vec<&String> = listed
        .keys()
        .filter(|name| !used.contains(name.as_str()))
        .collect();
    assert!(bare.is_empty(), "no case for {bare:?}");
}
