//! What went wrong, where, why, and the way out. The main type here is [`Diagnostic`].
//!
//! A fault is data: message, place, source excerpt, notes and hint. Only `report` and `cli`
//! print it; kind and exit code are chosen in `cli/error.rs`. The faults of one file are gathered
//! before stopping ([`Diagnostics`]).

mod evidence;

pub use evidence::{Evidence, Happening, LogTail, SetBy};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A place in a file that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The path as the user would type it.
    pub file: Arc<str>,
    /// Line, from 1; 0 where only the file is known.
    pub line: u32,
    /// Column in characters, from 1; 0 where unknown.
    pub column: u32,
}

impl Location {
    /// A whole file.
    pub fn file(file: impl Into<Arc<str>>) -> Location {
        Location {
            file: file.into(),
            line: 0,
            column: 0,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}", self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Severity {
    /// Nothing can go on with this input or target.
    Error,
    /// Worth a line; the run goes on.
    Warning,
}

/// What kind of fault it is; `cli/error.rs` maps it to an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The user's files or flags are wrong; nothing was changed.
    Input,
    /// A target failed.
    Failed,
    /// A cluster or repository did not answer.
    Unreachable,
    /// Refused for safety (another cluster, moved, a "no").
    Refused,
    /// A target failed, and something of it is still open: a record is `pending-…`, a step is not
    /// closed.
    Open,
    /// A defect of rollbook itself.
    Internal,
}

/// The text of the line at fault, to be shown with a marker under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The line as written, already masked.
    pub text: String,
    /// First marked character, from 0.
    pub start: usize,
    /// Number of marked characters, at least 1.
    pub len: usize,
}

/// One fault: what, where, why, way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of fault it is.
    pub kind: Kind,
    /// What is wrong, a lower-case fragment without a full stop.
    pub message: String,
    /// Where it was written.
    pub at: Option<Location>,
    /// The line at fault.
    pub excerpt: Option<Excerpt>,
    /// The target concerned, where there is one.
    pub target: Option<Arc<str>>,
    /// Why, and what is known beside; one line each.
    pub notes: Vec<String>,
    /// The causes and their proof, where something in the cluster failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The way out: a command to paste, or an edit (printed after `try:`).
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An input error.
    pub fn error(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Kind::Input, message)
    }

    /// An error of the given kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            kind,
            message: message.into(),
            at: None,
            excerpt: None,
            target: None,
            notes: Vec::new(),
            evidence: Vec::new(),
            hint: None,
        }
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(message)
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, at: Location) -> Diagnostic {
        self.at = Some(at);
        self
    }

    /// Shows the line at fault.
    #[must_use]
    pub fn excerpt(mut self, excerpt: Excerpt) -> Diagnostic {
        self.excerpt = Some(excerpt);
        self
    }

    /// Says which target.
    #[must_use]
    pub fn target(mut self, target: impl Into<Arc<str>>) -> Diagnostic {
        self.target = Some(target.into());
        self
    }

    /// Adds a line of why.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// Proves it.
    #[must_use]
    pub fn proven(mut self, evidence: Vec<Evidence>) -> Diagnostic {
        self.evidence = evidence;
        self
    }

    /// Says the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{} ({at})", self.message),
            None => write!(f, "{}", self.message),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// Several faults found together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// The first fault, with the others as notes; `nothing` where there is none.
    pub fn into_one(self, nothing: &str) -> Diagnostic {
        let mut faults = self.0.into_iter();
        let first = faults.next().unwrap_or_else(|| Diagnostic::error(nothing));
        faults.fold(first, |first, other| first.note(format!("also: {other}")))
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Diagnostics {
        Diagnostics(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.0.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
