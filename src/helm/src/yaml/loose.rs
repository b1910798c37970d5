//! Texts that go-yaml takes and the parser would not, for want of indentation.
//!
//! go-yaml ignores indentation inside `[…]`, `{…}` and quotes. The parser stops
//! at a bracket in the column of its key, or at a quoted line left of it. Such
//! lines are tried again with blanks before them, which mean nothing there.

use super::Error;
use std::borrow::Cow;

/// How many places of one text are indented for the parser before it is refused.
const MAX_PLACES: usize = 100;

/// What needs more indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shallow {
    /// The line that begins with a bracket.
    Bracket,
    /// The lines of the quoted scalar that begins here.
    Quoted,
}

/// Reads `text`, indenting what the parser finds too shallow.
pub(super) fn loosely<T>(text: &str, read: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
    let mut result = read(text);
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_PLACES {
        let Err(error) = &result else { break };
        let Some(deeper) = deeper(&text, error) else {
            break;
        };
        text = Cow::Owned(deeper);
        result = read(&text);
    }
    result
}

fn deeper(text: &str, error: &Error) -> Option<String> {
    let (line, column) = error.at?;
    let lines = text.split_inclusive('\n').take(line.checked_sub(1)?);
    let start: usize = lines.map(str::len).sum();
    let rest = text.get(start..)?;
    match error.shallow? {
        Shallow::Bracket => {
            let bracket = rest.trim_start_matches(' ').starts_with([']', '}']);
            bracket.then(|| format!("{}{}{rest}", &text[..start], blanks()))
        }
        Shallow::Quoted => {
            let (offset, _) = rest.char_indices().nth(column.checked_sub(1)?)?;
            let (before, scalar) = text.split_at(start + offset);
            let (inside, after) = scalar.split_at(closing(scalar)?);
            let indented = inside.replace('\n', &format!("\n{}", blanks()));
            (inside.contains('\n')).then(|| format!("{before}{indented}{after}"))
        }
    }
}

fn blanks() -> String {
    " ".repeat(MAX_PLACES)
}

/// Where the closing quote of a quoted scalar stands.
fn closing(scalar: &str) -> Option<usize> {
    let quote = scalar.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut chars = scalar.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.next_if(|(_, next)| *next == quote).is_some() {
                continue;
            }
            return Some(at);
        }
    }
    None
}
