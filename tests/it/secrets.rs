//! Keeps secret values closed.
//!
//! Which modules may open a `Sensitive` or take an object's clear body is written down here, with
//! the reason. Everything else shows `Object::masked` or the mask.

use crate::sources::{Source, source_files};
use std::collections::BTreeSet;

/// The modules that may call `Sensitive::reveal`.
const REVEAL: [(&str, &str); 9] = [
    ("sensitive", "its own tests"),
    ("release", "writes records as Helm does"),
    ("plan", "seals saved plans"),
    ("inventory", "vault values become variables"),
    ("vars", "vault values become variables"),
    ("repo", "credentials are sent"),
    ("cluster", "sends records"),
    ("pipeline", "values are merged and rendered"),
    ("deploy", "records and hooks are written"),
];

/// The modules that may call `Object::clear`.
const CLEAR: [(&str, &str); 7] = [
    ("manifest", "reads metadata and masks"),
    ("ownership", "compares and merges"),
    ("health", "reads status"),
    ("plan", "compares, hashes, seals"),
    ("release", "wraps records"),
    ("cluster", "sends"),
    ("pipeline", "hands objects from one to the other"),
];

#[test]
fn only_these_modules_open_secrets() {
    let mut violations = BTreeSet::new();
    let code = |source: &Source| !source.path.ends_with("tests.rs");
    for source in source_files().into_iter().filter(code) {
        for (call, allowed) in [
            (".reveal()", &REVEAL[..]),
            (".clear()", &CLEAR),
            (".clear_mut()", &CLEAR),
        ] {
            let may = allowed.iter().any(|(module, _)| *module == source.module);
            if !may && opens(&source.text, call) {
                violations.insert(format!("{} calls {call}", source.path.display()));
            }
        }
    }
    assert!(
        violations.is_empty(),
        "{}",
        Vec::from_iter(violations).join("\n")
    );
}

/// Whether code (tests below it aside) has this call. A statement that ends with it empties a
/// collection and opens nothing.
fn opens(text: &str, call: &str) -> bool {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    lines.filter(|line| line.contains(call)).any(|line| {
        let line = line.trim();
        call == ".reveal()" || !line.ends_with(".clear();")
    })
}
