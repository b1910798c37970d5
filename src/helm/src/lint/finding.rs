//! What the rules find. The main type here is [`Finding`].

use std::fmt;

/// How bad it is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a thought.
    Info,
    /// Against a convention; it will likely work.
    Warning,
    /// It will likely not work.
    Error,
}

/// Something that a rule finds in a chart. Its text is the line of `helm lint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file or directory: from the chart's root, or the chart's own.
    pub path: String,
    /// What it is, in Helm's words.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        };
        write!(f, "[{severity}] {}: {}", self.path, self.text)
    }
}

/// The findings of one chart, in the order of the rules.
#[derive(Default)]
pub(super) struct Findings(pub Vec<Finding>);

impl Findings {
    /// Keeps what a rule found; whether it was nothing.
    pub fn rule(&mut self, severity: Severity, path: &str, found: Result<(), String>) -> bool {
        let Err(text) = found else { return true };
        let path = path.to_owned();
        self.0.push(Finding {
            severity,
            path,
            text,
        });
        false
    }
}
