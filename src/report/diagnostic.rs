//! Faults as people read them: what, where, why, way out.

use super::look::{paint, style};
use crate::diag::{Diagnostic, Diagnostics, Excerpt, Severity};
use std::fmt::Write;

/// All faults of an input, in order, with a blank line between.
pub fn faults(faults: &Diagnostics) -> String {
    let texts: Vec<String> = faults.0.iter().map(fault).collect();
    texts.join("\n")
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
    let mut text = headline(fault);
    if let Some(at) = &fault.at {
        line(&mut text, &format!("  at {at}"));
        if let Some(excerpt) = &fault.excerpt {
            marked(&mut text, at.line, excerpt);
        }
    }
    for note in fault.notes.iter().flat_map(|note| note.lines()) {
        line(&mut text, &format!("  {note}"));
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
