//! A render that failed, as people read it: Helm's text, the line of the template with a marker,
//! and the calls that led there.

use crate::diag::{Diagnostic, Excerpt, Location};
use helm::engine::Error;
use helm::template::Step;

/// The fault. Helm's first line is the message, further ones are notes.
pub fn of_render(error: &Error) -> Diagnostic {
    let text = error.to_string();
    let mut lines = text.lines();
    let fault = Diagnostic::error(lines.next().unwrap_or_default());
    let fault = match error {
        Error::Template(cause) => placed(fault, &cause.steps()),
        Error::Document { path, .. } => fault.at(Location::file(path.as_str())),
        Error::Chart(_) | Error::Values(_) => fault,
    };
    lines.fold(fault, |fault, line| fault.note(line))
}

/// The path of the first value that the chart's schema refuses: Helm says `- at '/api/replicas': …`.
pub fn misfit(error: &Error) -> Option<Vec<String>> {
    let Error::Values(text) = error else {
        return None;
    };
    let (_, rest) = text.split_once("- at '/")?;
    let (pointer, _) = rest.split_once('\'')?;
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    Some(pointer.split('/').map(unescape).collect())
}

/// How many calls of a long chain are shown: those nearest to the fault, and those it began with.
const NEAREST: usize = 16;
const OUTERMOST: usize = 4;

/// At the innermost step, with the others as notes, the nearest caller first. A template that
/// calls itself is not told thousands of times.
fn placed(mut fault: Diagnostic, steps: &[Step]) -> Diagnostic {
    let Some((last, callers)) = steps.split_last() else {
        return fault;
    };
    fault.at = Some(location(last));
    fault.excerpt = excerpt(last);
    let call = |step: &Step| {
        let node = step.node.as_deref().unwrap_or_default();
        format!("called from {}: {node}", location(step))
    };
    let hidden = callers.len().saturating_sub(NEAREST + OUTERMOST);
    let nearest = callers.iter().rev().take(NEAREST).map(call);
    let between = (hidden > 0).then(|| format!("… {hidden} calls more …"));
    let outermost = callers.iter().rev().skip(NEAREST + hidden).map(call);
    let calls = nearest.chain(between).chain(outermost);
    calls.fold(fault, Diagnostic::note)
}

fn location(step: &Step) -> Location {
    let before = step.column.and_then(|at| step.text.get(..at));
    Location {
        file: step.file.as_str().into(),
        line: u32::try_from(step.line).unwrap_or(0),
        column: before.map_or(0, |text| {
            u32::try_from(text.chars().count() + 1).unwrap_or(0)
        }),
    }
}

/// The node under a marker; the whole line where the place in it is unknown.
fn excerpt(step: &Step) -> Option<Excerpt> {
    let text = step.text.replace('\t', " ");
    let whole = text.trim();
    let indent = text.chars().take_while(|c| c.is_whitespace()).count();
    let before = step.column.and_then(|at| step.text.get(..at));
    let start = before.map_or(indent, |text| text.chars().count());
    let node = step
        .node
        .as_deref()
        .map_or(whole, |node| match text.contains(node) {
            true => node,
            false => "",
        });
    if whole.is_empty() {
        return None;
    }
    let len = node.chars().count().max(1);
    Some(Excerpt { text, start, len })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_calls_itself_is_told_once() {
        let step = |line: usize| Step {
            file: "a.yaml".to_owned(),
            line,
            column: None,
            template: None,
            node: Some("tpl .t .".to_owned()),
            text: String::new(),
        };
        let told = |count: usize| {
            let steps: Vec<Step> = (1..=count).map(step).collect();
            placed(Diagnostic::error("too deep"), &steps).notes
        };
        assert_eq!(told(21).len(), 20);
        let long = told(4000);
        assert_eq!(long.len(), NEAREST + 1 + OUTERMOST);
        assert_eq!(long[0], "called from a.yaml:3999: tpl .t .");
        assert_eq!(long[NEAREST], "… 3979 calls more …");
        assert_eq!(long[NEAREST + OUTERMOST], "called from a.yaml:1: tpl .t .");
    }

    #[test]
    fn the_value_that_a_schema_refuses() {
        let text = "values don't meet the specifications of the schema(s) in the following \
            chart(s):\nwebapp:\n- at '/api/a~1b': got string, want integer\n";
        let path = misfit(&Error::Values(text.to_owned()));
        assert_eq!(path, Some(vec!["api".to_owned(), "a/b".to_owned()]));
        assert_eq!(misfit(&Error::Chart(text.to_owned())), None);
    }
}
