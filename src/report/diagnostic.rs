//! Faults as people read them: what, where, why, way out.

use super::look::{paint, style};
use super::{evidence, words};
use crate::diag::{Diagnostic, Diagnostics, Excerpt, Severity};
use crate::diff::neutral;
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::fmt::Write;

/// All faults, in order, with a blank line between. One that several targets share is told once.
pub fn faults(faults: &Diagnostics) -> String {
    let mut equal: IndexMap<String, Vec<&Diagnostic>> = IndexMap::new();
    for one in &faults.0 {
        equal.entry(without_target(one)).or_default().push(one);
    }
    let texts: Vec<String> = equal.values().map(|equal| shared(equal)).collect();
    texts.join("\n")
}

/// The text of a fault without its target's name, wherever that stands.
fn without_target(one: &Diagnostic) -> String {
    let Some(target) = &one.target else {
        return fault(one);
    };
    let anonymous = Diagnostic {
        target: None,
        ..one.clone()
    };
    neutral(&fault(&anonymous), &[target])
}

/// A fault on its first target, with the names of the others.
fn shared(equal: &[&Diagnostic]) -> String {
    let targets: BTreeSet<&str> = equal.iter().filter_map(|f| f.target.as_deref()).collect();
    match (equal.first(), targets.len()) {
        (Some(one), 0 | 1) => fault(one),
        (Some(one), _) => {
            let own = one.target.as_deref();
            let others = targets.into_iter().filter(|name| Some(*name) != own);
            let names = words::names(others, false);
            fault(&(*one).clone().note(format!("the same for {names}")))
        }
        (None, _) => String::new(),
    }
}

/// One fault:
///
/// ```text
/// error: unknown key "vesion" in release
///   at inventories/prod/hosts.yml:44:24
///      44 |     c2a7dv: {release: {vesion: 12.1.2410}}
///         |                        ^^^^^^
///   try: version
/// ```
pub fn fault(fault: &Diagnostic) -> String {
    format!("{}{}", headline(fault), details(fault))
}

/// What stands below the first line of a fault.
pub fn details(fault: &Diagnostic) -> String {
    let mut text = String::new();
    if let Some(at) = &fault.at {
        line(&mut text, &format!("  at {at}"));
        if let Some(excerpt) = &fault.excerpt {
            marked(&mut text, at.line, excerpt);
        }
    }
    for note in fault.notes.iter().flat_map(|note| note.lines()) {
        line(&mut text, &format!("  {note}"));
    }
    for proof in &fault.evidence {
        text.push_str(&evidence::proof(proof));
    }
    if let Some(hint) = &fault.hint {
        line(&mut text, &format!("  try: {hint}"));
    }
    text
}

fn headline(fault: &Diagnostic) -> String {
    let word = match fault.severity {
        Severity::Error => paint(style::FAILED, "error:"),
        Severity::Warning => paint(style::CHANGED, "warning:"),
    };
    let target = fault
        .target
        .as_ref()
        .map_or(String::new(), |name| format!("[{name}] "));
    format!("{word} {target}{}\n", fault.message)
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

fn marked(text: &mut String, number: u32, excerpt: &Excerpt) {
    let number = number.to_string();
    let gutter = " ".repeat(number.len());
    let marks = "^".repeat(excerpt.len.max(1));
    let indent = " ".repeat(excerpt.start);
    // Writing to a String can't fail.
    let _ = writeln!(text, "     {number} | {}", excerpt.text);
    let _ = writeln!(
        text,
        "     {gutter} | {indent}{}",
        paint(style::FAILED, &marks)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_many_targets_is_told_once() {
        let unknown = |target: &str| {
            let fault = Diagnostic::error(format!("{target} has an unknown key \"vesion\""));
            fault.target(target).hint("version")
        };
        let mut all: Vec<Diagnostic> = (1..9).map(|n| unknown(&format!("c{n}"))).collect();
        all.insert(
            3,
            Diagnostic::error("no inventory is named").hint("-i PATH"),
        );
        all.push(Diagnostic::error("c4 is another fault").target("c4"));
        let text = anstream::adapter::strip_str(&faults(&Diagnostics(all))).to_string();
        insta::assert_snapshot!(text, @r#"
        error: [c1] c1 has an unknown key "vesion"
          the same for c2 c3 c4 c5 c6 … 2 more
          try: version

        error: no inventory is named
          try: -i PATH

        error: [c4] c4 is another fault
        "#);
    }
}
