//! The parts of a template text: what is literal, what an expression, what a statement.

use super::harden::{Backslash, harden};
use super::tokens::literal;

/// A template text, ready for the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Template {
    /// Nothing to render.
    Plain,
    /// One `{{ expression }}` and nothing else: its value keeps its type.
    Expression(String),
    /// A mixture, which gives text.
    Mixed(String),
}

/// Whether a text may hold a template at all.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// Takes a text apart and hardens its expressions.
pub(super) fn parse(text: &str, backslash: Backslash) -> Template {
    if !is_template(text) {
        return Template::Plain;
    }
    if let Some(inner) = whole_expression(text) {
        return Template::Expression(harden(inner, backslash));
    }
    Template::Mixed(mixed(text, backslash))
}

/// The inside of a text that is one `{{ … }}`.
pub(super) fn whole_expression(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?;
    let end = end_of(inner, "}}")?;
    if end + 2 != inner.len() {
        return None;
    }
    let inner = &inner[..end];
    let inner = inner.strip_prefix('-').unwrap_or(inner);
    Some(inner.strip_suffix('-').unwrap_or(inner).trim())
}

/// Where the block's closing delimiter begins: outside literals and brackets.
fn end_of(inner: &str, close: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(c) = inner[at..].chars().next() {
        if depth == 0 && inner[at..].starts_with(close) {
            return Some(at);
        }
        match c {
            '\'' | '"' => {
                at += literal(&inner[at..], c);
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}

fn mixed(text: &str, backslash: Backslash) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(start) = next_block(rest) {
        let (before, block) = rest.split_at(start);
        out.push_str(before);
        let length = match &block[..2] {
            "{{" => code(&mut out, block, "}}", backslash),
            "{%" => statement(&mut out, block, backslash),
            _ => copied(&mut out, block, block.find("#}").map(|at| at + 2)),
        };
        rest = &block[length..];
    }
    out + rest
}

fn next_block(text: &str) -> Option<usize> {
    ["{{", "{%", "{#"]
        .iter()
        .filter_map(|open| text.find(open))
        .min()
}

/// Copies `length` bytes as they are; all that is left where there is no end.
fn copied(out: &mut String, block: &str, length: Option<usize>) -> usize {
    let length = length.unwrap_or(block.len());
    out.push_str(&block[..length]);
    length
}

/// Hardens the inside of a block; returns the block's length.
fn code(out: &mut String, block: &str, close: &str, backslash: Backslash) -> usize {
    let Some(end) = end_of(&block[2..], close) else {
        return copied(out, block, None);
    };
    let inner = &block[2..2 + end];
    // A sign next to the delimiter belongs to it: whitespace control.
    let (open, inner) = inner.split_at(usize::from(inner.starts_with(['-', '+'])));
    let tail = usize::from(inner.ends_with(['-', '+']));
    let (inner, shut) = inner.split_at(inner.len() - tail);
    out.push_str(&block[..2]);
    out.push_str(open);
    out.push_str(&harden(inner, backslash));
    // What the tokens left out at the end.
    out.push_str(&inner[inner.trim_end().len()..]);
    out.push_str(shut);
    out.push_str(close);
    2 + end + 2
}

/// A statement; what stands in a `raw` block is copied.
fn statement(out: &mut String, block: &str, backslash: Backslash) -> usize {
    let inner = block[2..].trim_start_matches(['-', '+']).trim_start();
    let raw = inner
        .strip_prefix("raw")
        .is_some_and(|rest| rest.trim_start().starts_with(['-', '+', '%']));
    if !raw {
        return code(out, block, "%}", backslash);
    }
    let end = block
        .find("endraw")
        .and_then(|at| Some(at + block[at..].find("%}")? + 2));
    copied(out, block, end)
}
