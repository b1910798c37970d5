//! What went wrong, where, and through which calls. The main type is [`Error`].
//!
//! `Display` is the one line that Helm prints. [`Error::explain`] shows more:
//! the source line with a marker and the chain of calls.

use super::ast::{Pos, Source};
use super::stacked::stacked;
use crate::value::quote;
use std::fmt;
use std::sync::Arc;

/// A template that could not be parsed or executed.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    place: Option<Place>,
    cause: Cause,
    /// Whether the text is that of Helm 4.
    stacked: bool,
}

/// Where in which template.
#[derive(Debug, Clone)]
struct Place {
    source: Arc<Source>,
    line: usize,
    /// Of an error of execution; parse errors know the line alone.
    at: Option<At>,
}

#[derive(Debug, Clone)]
struct At {
    /// In bytes, from 0, as Go counts.
    column: usize,
    /// The template that was executing.
    template: Arc<str>,
    /// The node, printed back.
    node: String,
}

#[derive(Debug, Clone)]
enum Cause {
    Message(String),
    /// What a function said.
    Said {
        function: String,
        message: String,
    },
    /// What `fail` or `required` said, in the function of that name.
    Chart {
        function: String,
        message: String,
    },
    /// A template that `include` or `tpl` ran failed.
    Nested {
        function: &'static str,
        note: String,
        error: Error,
    },
}

/// One template of the chain that led to an error, outermost first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The file (`gotpl` for the text of a `tpl`).
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In bytes, from 0; `None` for a parse error.
    pub column: Option<usize>,
    /// The template that was executing.
    pub template: Option<String>,
    /// The node, printed back: `include "x" .`.
    pub node: Option<String>,
    /// The source line.
    pub text: String,
}

/// The marks that `fail` and `required` put around their text (Helm's own), so
/// that it comes out whole and alone.
const CHART_MESSAGE: (&str, &str) = ("HELM_ERR_START", "HELM_ERR_END");

/// What `fail` and `required` return as their error: a message of the chart's
/// author, shown as `execution error at (FILE:LINE:COLUMN): MESSAGE`.
pub fn chart_message(message: &str) -> String {
    format!("{}{message}{}", CHART_MESSAGE.0, CHART_MESSAGE.1)
}

impl Error {
    pub(super) fn message(message: String) -> Error {
        Error::new(None, Cause::Message(message))
    }

    pub(super) fn parse(source: &Arc<Source>, pos: Pos, message: String) -> Error {
        let place = Place {
            source: Arc::clone(source),
            line: source.line_at(pos),
            at: None,
        };
        Error::new(Some(place), Cause::Message(message))
    }

    fn new(place: Option<Place>, cause: Cause) -> Error {
        Error(Box::new(Inner {
            place,
            cause,
            stacked: false,
        }))
    }

    /// A message about a node of a template at work.
    pub(super) fn exec(spot: Spot<'_>, message: String) -> Error {
        Error::new(Some(spot.place()), Cause::Message(message))
    }

    /// A function said `error`.
    pub(super) fn call(spot: Spot<'_>, function: &str, error: &str) -> Error {
        let marked = error.strip_prefix(CHART_MESSAGE.0);
        let cause = match marked.and_then(|text| text.strip_suffix(CHART_MESSAGE.1)) {
            Some(message) => Cause::Chart {
                function: function.into(),
                message: message.into(),
            },
            None => Cause::Said {
                function: function.into(),
                message: error.into(),
            },
        };
        Error::new(Some(spot.place()), cause)
    }

    /// `include` or `tpl` ran a template that failed. The note stands between.
    pub(super) fn nested(spot: Spot<'_>, function: &'static str, failure: Failure) -> Error {
        let Failure { note, error } = failure;
        let cause = Cause::Nested {
            function,
            note,
            error,
        };
        Error::new(Some(spot.place()), cause)
    }

    /// The text of Go's `text/template`, with Helm's marks gone.
    pub fn go_text(&self) -> String {
        self.go_texts().0
    }

    /// Go's text, and where in it this error, each one inside it, and what Helm says before it
    /// begin. A chain may be thousands of calls long: all of it is written once.
    fn go_texts(&self) -> (String, Vec<usize>) {
        let (mut text, mut starts) = (String::new(), Vec::new());
        let mut error = self;
        loop {
            starts.push(text.len());
            if let Some(place) = &error.0.place {
                text += &place.go_text();
            }
            match &error.0.cause {
                Cause::Message(message) => text += message,
                Cause::Said { function, message } => {
                    text += &format!("error calling {function}: ");
                    starts.push(text.len());
                    text += message;
                }
                Cause::Chart { function, message } => {
                    text += &format!("error calling {function}: {message}");
                }
                Cause::Nested {
                    function,
                    note,
                    error: inner,
                } => {
                    text += &format!("error calling {function}: ");
                    if !note.is_empty() {
                        starts.push(text.len());
                        text += note;
                    }
                    error = inner;
                    continue;
                }
            }
            return (text, starts);
        }
    }

    /// The message that `fail` or `required` gave, where that is the cause.
    pub fn chart_message(&self) -> Option<&str> {
        match &self.0.cause {
            Cause::Chart { message, .. } => Some(message),
            Cause::Nested { error, .. } => error.chart_message(),
            Cause::Message(_) | Cause::Said { .. } => None,
        }
    }

    /// The same error in the words of Helm 4: a line for each place of the chain.
    pub fn stacked(mut self) -> Error {
        self.0.stacked = true;
        self
    }

    /// What went wrong, without where.
    pub fn cause(&self) -> &str {
        match &self.0.cause {
            Cause::Message(message)
            | Cause::Said { message, .. }
            | Cause::Chart { message, .. } => message,
            Cause::Nested { error, .. } => error.cause(),
        }
    }

    /// The templates that led here, outermost first; the last is where it happened.
    pub fn steps(&self) -> Vec<Step> {
        self.places().map(Place::step).collect()
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::successors(Some(self), |error| match &error.0.cause {
            Cause::Nested { error, .. } => Some(error),
            _ => None,
        })
        .filter_map(|error| error.0.place.as_ref())
    }

    /// Several lines: the cause, the source line with a marker, the calls.
    pub fn explain(&self) -> String {
        let mut text = self.cause().to_owned();
        let places: Vec<&Place> = self.places().collect();
        if let Some(place) = places.last() {
            text += &place.excerpt();
        }
        for place in places.iter().rev().skip(1) {
            let node = place.at.as_ref().map_or("", |at| &at.node);
            text += &format!("\n  called from {}: {node}", place.location());
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.place, self.chart_message()) {
            (Some(place), Some(message)) => {
                write!(f, "execution error at ({}): {message}", place.location())
            }
            (Some(place), None) if place.at.is_none() => {
                // Helm keeps what follows the last colon.
                let last = self.cause().rsplit(": ").next().unwrap_or_default();
                write!(f, "parse error at ({}): {last}", place.location())
            }
            _ => {
                let (text, starts) = self.go_texts();
                let chain = starts.into_iter().map(|start| &text[start..]);
                let stacked = self.0.stacked.then(|| stacked(chain)).flatten();
                f.write_str(stacked.as_deref().unwrap_or(&text))
            }
        }
    }
}

impl std::error::Error for Error {}

/// A failed `include` or `tpl`, and what Helm says before it.
pub(super) struct Failure {
    pub note: String,
    pub error: Error,
}

/// A node of an executing template, for errors.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub source: &'a Arc<Source>,
    pub template: &'a Arc<str>,
    pub node: super::print::NodeRef<'a>,
}

impl Spot<'_> {
    fn place(self) -> Place {
        let before = &self.source.text[..self.node.pos()];
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            source: Arc::clone(self.source),
            line: self.source.line_at(before.len()),
            at: Some(At {
                column,
                template: Arc::clone(self.template),
                node: self.node.print(self.source),
            }),
        }
    }
}

impl Place {
    /// `FILE:LINE`, or `FILE:LINE:COLUMN`.
    fn location(&self) -> String {
        let Place { source, line, at } = self;
        match at {
            None => format!("{}:{line}", source.name),
            Some(At { column, .. }) => format!("{}:{line}:{column}", source.name),
        }
    }

    /// What Go puts before the cause.
    fn go_text(&self) -> String {
        let location = self.location();
        match &self.at {
            None => format!("template: {location}: "),
            Some(At { template, node, .. }) => {
                let template = quote(template);
                format!("template: {location}: executing {template} at <{node}>: ")
            }
        }
    }

    fn step(&self) -> Step {
        Step {
            file: self.source.name.clone(),
            line: self.line,
            column: self.at.as_ref().map(|at| at.column),
            template: self.at.as_ref().map(|at| at.template.to_string()),
            node: self.at.as_ref().map(|at| at.node.clone()),
            text: self.line_text().unwrap_or_default().to_owned(),
        }
    }

    fn line_text(&self) -> Option<&str> {
        self.source.text.lines().nth(self.line.saturating_sub(1))
    }

    /// The source line, with a marker under the node.
    fn excerpt(&self) -> String {
        let (Some(line), number) = (self.line_text(), self.line.to_string()) else {
            return String::new();
        };
        let gutter = " ".repeat(number.len());
        let marker = self.at.as_ref().map_or(String::new(), |at| {
            let blank: String = line
                .get(..at.column)
                .unwrap_or_default()
                .chars()
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            format!("\n {gutter} | {blank}^")
        });
        let location = self.location();
        format!("\n {gutter}--> {location}\n {number} | {line}{marker}")
    }
}
