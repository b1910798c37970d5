//! Helm 4's words for a failed execution: a line for each place and each message of the chain.
//!
//! Helm takes the text of Go's error apart; so do we, since what it does not recognise it prints
//! as Go has it.

/// One part of the chain.
#[derive(PartialEq, Eq)]
struct Part<'t> {
    place: &'t str,
    executing: Option<&'t str>,
    message: &'t str,
}

/// The text for a chain of Go's texts, each inside the one before it; `None` where one of them is
/// not of `text/template`, which leaves Go's whole text.
pub(super) fn stacked<'t>(texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for text in texts {
        let part = part(text)?;
        if parts.last() != Some(&part) {
            parts.push(part);
        }
    }
    let all: String = parts.iter().map(Part::print).collect();
    Some(all.trim().to_owned())
}

fn part(text: &str) -> Option<Part<'_>> {
    let rest = text.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        let (place, executing, message) = ("", None, text);
        return Some(Part {
            place,
            executing,
            message,
        });
    }
    executing(rest).or_else(|| simple(rest))
}

/// `PLACE: executing "NAME" at <NODE>: MESSAGE`.
fn executing(text: &str) -> Option<Part<'_>> {
    let (place, after) = text.split_once(": executing ")?;
    let name = after.strip_prefix('"')?;
    let end = name.find('"')?;
    let node = name[end + 1..].strip_prefix(" at <")?;
    let (_, message) = node.split_once(">: ")?;
    let shown = after.len() - message.len() - " ".len();
    let (executing, message) = (Some(&after[..shown]), before_next(message));
    Some(Part {
        place,
        executing,
        message,
    })
}

/// `PLACE: MESSAGE`.
fn simple(text: &str) -> Option<Part<'_>> {
    let (place, message) = text.rsplit_once(": ")?;
    let (executing, message) = (None, before_next(message));
    Some(Part {
        place,
        executing,
        message,
    })
}

/// A message without the next error of the chain.
fn before_next(message: &str) -> &str {
    message.split(" template:").next().unwrap_or(message)
}

impl Part<'_> {
    fn print(&self) -> String {
        let Part {
            place,
            executing,
            message,
        } = self;
        let mut out = String::new();
        if !place.is_empty() {
            out += &format!("{place}\n  ");
        }
        if let Some(executing) = executing {
            out += &format!("executing {executing}\n    ");
        }
        if !message.is_empty() {
            out += &format!("{message}\n");
        }
        out
    }
}
