//! Mutated templates, from a seed: nothing panics, nothing hangs.

use super::support::{StillHost, case_files, on_large_stack};
use helm::sprig::chapters;
use helm::template::{Context, TemplateSet};
use helm::value::Value;
use serde_json::json;
use std::fs;

/// Pieces that a mutation puts in.
const PIECES: [&str; 40] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "(",
    ")",
    "|",
    ":=",
    "=",
    "$",
    "$x",
    ".",
    ".a",
    ".a.b",
    "nil",
    "true",
    "1",
    "-1.5",
    "0x1F",
    "'a'",
    "\"",
    "`",
    "\"x\"",
    "/*",
    "*/",
    " ",
    "\n",
    "\\",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define \"t\"",
    "template \"t\"",
    "include \"t\" .",
    "tpl \"{{.}}\" .",
    "printf \"%v %d %*s\"",
    "break",
    "é",
];

/// A small generator of numbers that look random (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn mutate(text: &str, numbers: &mut Numbers) -> String {
    let mut text = text.to_owned();
    for _ in 0..=numbers.below(4) {
        let from = boundary(&text, numbers.below(text.len() + 1));
        let to = boundary(&text, (from + numbers.below(6)).min(text.len())).max(from);
        let piece = PIECES[numbers.below(PIECES.len())];
        match numbers.below(3) {
            0 => text.replace_range(from..to, ""),
            1 => text.insert_str(from, piece),
            _ => text.replace_range(from..to, piece),
        }
    }
    text
}

/// The templates of the case files.
fn seeds() -> Vec<String> {
    let paths = case_files("template");
    let text = paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("a case file"));
    let text: String = text.collect();
    text.lines()
        .filter(|line| line.contains("{{"))
        .map(str::to_owned)
        .collect()
}

fn run(text: &str) {
    let Ok(set) = TemplateSet::parse([("c/t", text)], chapters()) else {
        return;
    };
    let mut context = Context::new(&StillHost);
    context.limits.steps = 2_000;
    context.limits.output = 1 << 16;
    let data = json!({"Values": {"a": {"b": [1, null]}, "s": "x"}, "a": 1, "l": [{"k": "v"}]});
    let mut out = String::new();
    if let Err(error) = set.execute("c/t", &Value::from_json(&data), &mut context, &mut out) {
        assert!(!error.to_string().is_empty());
        assert!(!error.explain().is_empty());
    }
}

#[test]
fn mutated_templates_neither_panic_nor_hang() {
    on_large_stack(|| {
        let (seeds, mut numbers) = (seeds(), Numbers(0x9E37_79B9_7F4A_7C15));
        for _ in 0..20_000 {
            let seed = &seeds[numbers.below(seeds.len())];
            run(&mutate(seed, &mut numbers));
        }
    });
}
