//! Why a text is not YAML, in go-yaml's words. The main type here is [`Error`].

use super::scan::{Fault, Mark};

/// A fault of a YAML text, with go-yaml's wording and our own position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{text}", prefix.text(), self.go_line())]
pub struct Error {
    prefix: Prefix,
    text: String,
    /// The line that go-yaml names; 0 where it names none.
    go_line: usize,
    /// The true position, both counted from 1; `None` where it is unknown.
    pub at: Option<(usize, usize)>,
}

/// Which step of `sigs.k8s.io/yaml` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prefix {
    /// Reading YAML.
    Convert,
    /// Making JSON of it: a value that JSON can't hold.
    Json,
}

impl Prefix {
    fn text(self) -> &'static str {
        match self {
            Prefix::Convert => "error converting YAML to JSON: yaml: ",
            Prefix::Json => "error converting YAML to JSON: ",
        }
    }
}

impl Error {
    /// A fault without a position in go-yaml's text.
    pub(super) fn new(text: impl Into<String>, at: Mark) -> Error {
        Error {
            prefix: Prefix::Convert,
            text: text.into(),
            go_line: 0,
            at: Some(place(at)),
        }
    }

    /// A value that JSON can't hold.
    pub(super) fn json(text: impl Into<String>, at: Mark) -> Error {
        Error {
            prefix: Prefix::Json,
            ..Error::new(text, at)
        }
    }

    fn go_line(&self) -> String {
        match self.go_line {
            0 => String::new(),
            line => format!("line {line}: "),
        }
    }
}

impl From<Fault> for Error {
    /// go-yaml counts lines from 0 and adds one for faults of the scanner only; it names none for
    /// what begins in the first.
    fn from(fault: Fault) -> Error {
        let go_line = match (fault.at.line, fault.context.line) {
            (0, context) => context,
            (line, _) => line + usize::from(fault.scanner),
        };
        Error {
            go_line,
            ..Error::new(fault.problem, fault.at)
        }
    }
}

fn place(mark: Mark) -> (usize, usize) {
    (mark.line + 1, mark.column + 1)
}
