//! Letter case, and the word segmenter of huandu/xstrings 1.5 behind
//! `snakecase`, `kebabcase` and `camelcase`.

mod segment;

use super::arguments::{fixed, text};
use crate::template::Function;
use crate::template::Param::Str;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed(
        "upper",
        &[Str],
        |_, a| Ok(mapped(text(a, 0)?, upper).into()),
    ),
    fixed(
        "lower",
        &[Str],
        |_, a| Ok(mapped(text(a, 0)?, lower).into()),
    ),
    fixed("title", &[Str], |_, a| Ok(title(text(a, 0)?).into())),
    fixed("untitle", &[Str], |_, a| Ok(untitle(text(a, 0)?).into())),
    fixed("swapcase", &[Str], |_, a| Ok(swap(text(a, 0)?).into())),
    fixed("camelcase", &[Str], |_, a| Ok(camel(text(a, 0)?).into())),
    fixed("snakecase", &[Str], |_, a| {
        Ok(segment::lower_words(text(a, 0)?, '_').into())
    }),
    fixed("kebabcase", &[Str], |_, a| {
        Ok(segment::lower_words(text(a, 0)?, '-').into())
    }),
];

/// Go maps one character to one character; where Unicode's full mapping has
/// several (`ß`), Go keeps the character.
fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    if mapped.len() == 1 {
        mapped.next().unwrap_or(c)
    } else {
        c
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn mapped(text: &str, case: fn(char) -> char) -> String {
    text.chars().map(case).collect()
}

/// `strings.Title`: upper-cases what follows a separator.
fn title(text: &str) -> String {
    let mut previous = ' ';
    text.chars()
        .map(|c| {
            let after = std::mem::replace(&mut previous, c);
            if is_separator(after) { upper(c) } else { c }
        })
        .collect()
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_alphanumeric() && c != '_';
    }
    !c.is_alphanumeric() && c.is_whitespace()
}

/// Lower-cases the first character of each word.
fn untitle(text: &str) -> String {
    let mut first = true;
    text.chars()
        .map(|c| {
            let change = first && !c.is_whitespace();
            first = c.is_whitespace();
            if change { lower(c) } else { c }
        })
        .collect()
}

fn swap(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_uppercase() => lower(c),
            c if c.is_lowercase() => upper(c),
            c => c,
        })
        .collect()
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

/// xstrings' `ToPascalCase`: connectors vanish, leading ones and all but the
/// last of a run stay.
fn camel(text: &str) -> String {
    let start = text.find(|c| !is_connector(c)).unwrap_or(text.len());
    let (lead, body) = text.split_at(start);
    let mut out = lead.to_owned();
    let mut rest = body.chars();
    let Some(first) = rest.next() else {
        // xstrings writes the last of nothing but connectors twice.
        out.extend(lead.chars().next_back());
        return out;
    };
    let mut upper_run = first.is_uppercase();
    let mut previous = upper(first);
    for c in rest {
        let mut current = c;
        match (is_connector(previous), is_connector(c)) {
            (true, true) => out.push(previous),
            (true, false) => {
                upper_run = c.is_uppercase();
                current = upper(c);
            }
            (false, _) => {
                upper_run = upper_run && c.is_uppercase();
                if upper_run {
                    current = lower(c);
                }
                out.push(previous);
            }
        }
        previous = current;
    }
    out.push(previous);
    out
}

#[cfg(test)]
mod tests;
