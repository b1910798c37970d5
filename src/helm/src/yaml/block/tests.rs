//! The quick reader and the parser agree wherever the quick reader has an answer.

use super::super::build::{Live, Plain};
use super::super::reader::parsed;
use super::document;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};

const EXACT: Plain = Plain { exact: true };

/// Whether the quick reader knows the text; it panics where the two disagree.
fn known(text: &str) -> bool {
    let Ok(quick) = document(text, EXACT, |_| true) else {
        return false;
    };
    assert_eq!(parsed(text, EXACT).as_ref(), Ok(&quick), "{text:?}");
    let live = document(text, Live, |_| true).map(|value| value.to_json());
    assert_eq!(
        live.ok(),
        parsed(text, Live).ok().map(|value| value.to_json()),
        "{text:?}"
    );
    let some = document(text, EXACT, |key| key == "a").expect("what it knows as a whole");
    assert_eq!(some.get("a"), quick.get("a"), "{text:?}");
    true
}

fn read(text: &str) -> Json {
    assert!(known(text), "{text:?}");
    document(text, EXACT, |_| true).unwrap_or_default()
}

#[test]
fn what_charts_are_made_of_is_known() {
    assert_eq!(
        read("# head\na:\n- b: 1 # one\n  c: [x, \"y\", {z: 0.5}, --f=g, -1]\n-\n- - d\n\ne: {}\n"),
        json!({"a": [{"b": 1, "c": ["x", "y", {"z": 0.5}, "--f=g", -1]}, null, ["d"]], "e": {}})
    );
    assert_eq!(
        read("a: |\n\n  one\n   two\n\n  three\n\nb: |-\n  x\nc: |\n  end"),
        json!({"a": "\none\n two\n\nthree\n", "b": "x", "c": "end"})
    );
    assert_eq!(
        read(
            "a: it goes\n  on and\n  on\n'b c': 'it''s'\n\"d\": \"\\\"e\\\"\\n\" # f\nyes: on\n8080: ~\n"
        ),
        json!({"a": "it goes on and on", "b c": "it's", "d": "\"e\"\n", "true": true, "8080": null})
    );
}

#[test]
fn what_needs_judgement_is_left_to_the_parser() {
    for text in [
        "a: &x 1\n",
        "a: *x\n",
        "<<: {a: 1}\n",
        "a: !!str 1\n",
        "a: >\n  folded\n",
        "a: |2\n   x\n",
        "a: |+\n  x\n",
        "a: |\n  \tx\n",
        "a: |\n  x\n\ty\n",
        "a: b: c\n",
        "a: 'open\n",
        "a: .inf\n",
        "~: 1\n",
        "? a\n: b\n",
        "#c\n---\na: 1\n",
        "a: 1\n---\n",
        "a: 1\n b: 2\n",
        "a:\n  b: 1\n c: 2\n",
        "a: 1\n- b\n",
        "a:\n\tb: 1\n",
        "a: [1, ]\n",
        "a: \"\\x41\"\n",
        "text\n",
        "a: \"q\n  \tx\"\n",
    ] {
        assert!(!known(text), "{text:?}");
    }
}

fn files(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            files(&path, into);
        } else if matches!(extension, Some("yaml" | "yml")) {
            into.push(path);
        }
    }
}

/// The documents of the fixtures.
fn documents() -> Vec<String> {
    let mut paths = Vec::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    files(&fixtures, &mut paths);
    paths.sort();
    let texts = paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("a text"));
    let split =
        |text: String| -> Vec<String> { text.split("\n---\n").map(str::to_owned).collect() };
    texts.flat_map(split).collect()
}

#[test]
fn fixtures_are_read_alike_and_most_of_them_quickly() {
    let documents = documents();
    let known = documents.iter().filter(|text| known(text)).count();
    assert!(
        known * 2 > documents.len(),
        "{known} of {}",
        documents.len()
    );
}

/// Lines of every kind, right and wrong.
const CONTENTS: [&str; 80] = [
    "",
    " ",
    "#c",
    "# c",
    "a: 1",
    "a:",
    "a: # c",
    "b: x",
    "b: x y",
    "b: x # c",
    "b: x #",
    "b: x#y",
    "b: a:b",
    "b: http://h:80/",
    "c: |",
    "c: |-",
    "c: |+",
    "c: | # c",
    "c: >-",
    "c: \"q\"",
    "c: \"q",
    "c: 'q' # c",
    "c: 'q'#c",
    "c: 'it''s'",
    "c: ''",
    "\"d\": 1",
    "'d' : 1",
    "\"d\\n\": \"\\t\"",
    "d : 1",
    "- x",
    "- a: 1",
    "-",
    "- ",
    "- - y",
    "- -",
    "- |",
    "- # c",
    "-  b: 2",
    "- \"q\": r",
    "- 'q'",
    "-x",
    "-x: 1",
    "text",
    "two words",
    "e: []",
    "e: {}",
    "e: [1, 'a', b.c]",
    "e: [a, [b], {c: d}]",
    "e: {a: 1, b: }",
    "e: {a: 1, \"b\": 2}",
    "e: [a",
    "e: {\"a\":1,\"b\":[{}]}",
    "e: {a:1}",
    "f: - x",
    "f: @x",
    "yes: no",
    "1: 2.50",
    "~: x",
    "---",
    "...",
    "%x",
    "g: ? x",
    "é: ü",
    "\tx",
    "h: x\ty",
    "h: -",
    "{}",
    "'open",
    "close'",
    "\"open",
    "close\"",
    "it''s",
    "i: \u{80}",
    "i: \u{85}",
    "i: \u{a0}\u{ffff}",
    "# \u{10ffc3}",
    "i: \u{10ffc3}\u{10ffa9}",
    "i: \u{7f}",
    "i: x\r",
    "\u{feff}",
];

fn text() -> impl Strategy<Value = String> {
    let line = (0..7_usize, prop::sample::select(&CONTENTS[..]));
    let lines = prop::collection::vec(line, 0..9);
    (lines, any::<bool>()).prop_map(|(lines, ends)| {
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(indent, content)| {
                format!("{}{content}", " ".repeat(indent / 2 * 2 + indent / 6))
            })
            .collect();
        lines.join("\n") + if ends { "\n" } else { "" }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_lines_are_read_alike(text in text()) {
        known(&text);
    }

    #[test]
    fn damaged_documents_are_read_alike(
        document in prop::sample::select(documents()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&CONTENTS[..])), 1..4),
    ) {
        let mut text = document;
        for (at, piece) in edits {
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, piece);
        }
        known(&text);
    }
}

#[test]
fn nothing_is_too_deep_or_too_long() {
    let deep: String = (0..300)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    assert!(!known(&deep));
    assert!(!known(&format!("a: {}", "[".repeat(100_000))));
    assert!(!known(&format!("{}: 1", "k".repeat(5000))));
}
