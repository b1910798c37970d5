//! Why a text is not YAML, in go-yaml's words. The main type here is [`Error`].

use super::loose::Shallow;
use saphyr_parser::ScanError;

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
    /// The parser wants more indentation here than go-yaml does.
    pub(super) shallow: Option<Shallow>,
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
    pub(super) fn new(text: impl Into<String>, at: Option<(usize, usize)>) -> Error {
        Error {
            prefix: Prefix::Convert,
            text: text.into(),
            go_line: 0,
            at,
            shallow: None,
        }
    }

    /// A value that JSON can't hold.
    pub(super) fn json(text: impl Into<String>, at: Option<(usize, usize)>) -> Error {
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

    /// Translates a fault of the parser.
    pub(super) fn scan(fault: &ScanError, source: &str) -> Error {
        let (line, column) = (fault.marker().line(), fault.marker().col());
        let (text, step) = translate(fault.info());
        let (text, go_line) = match step {
            Step::Scan if line > 1 => (text.to_owned(), line),
            Step::Scan => (text.to_owned(), 0),
            Step::Parse => (text.to_owned(), line.saturating_sub(1)),
            Step::Anchor => (unknown_anchor(source, line, column), 0),
            Step::End => (text.to_owned(), source.matches('\n').count() + 1),
        };
        let shallow = match fault.info() {
            "invalid indentation in quoted scalar" => Some(Shallow::Quoted),
            "invalid indentation" => Some(Shallow::Bracket),
            _ => None,
        };
        Error {
            prefix: Prefix::Convert,
            text,
            go_line,
            at: Some((line, column + 1)),
            shallow,
        }
    }
}

/// Which part of go-yaml would have found the fault: they count lines differently.
enum Step {
    Scan,
    Parse,
    Anchor,
    /// At the end of the text.
    End,
}

fn translate(info: &str) -> (&str, Step) {
    let text = info
        .rsplit_once(", ")
        .filter(|_| info.starts_with("while "))
        .map_or(info, |(_, t)| t);
    match text {
        "found unexpected end of stream" => (text, Step::End),
        "invalid indentation in quoted scalar" => ("found unexpected end of stream", Step::End),
        "illegal placement of ':' indicator" => ("did not find expected ',' or ']'", Step::Parse),
        "found unknown anchor" => (text, Step::Anchor),
        "expected ',' or ']'" => ("did not find expected ',' or ']'", Step::Parse),
        "did not find expected ',' or '}'" | "' or '}'" => {
            ("did not find expected ',' or '}'", Step::Parse)
        }
        "' or ']'" => ("did not find expected ',' or ']'", Step::Parse),
        "simple key expect ':'" | "simple key expected" => {
            ("could not find expected ':'", Step::Scan)
        }
        "\"-\" is only valid inside a block" => ("did not find expected node content", Step::Parse),
        _ if text.starts_with("invalid trailing content") => {
            ("did not find expected key", Step::Parse)
        }
        "found unprintable character" => ("control characters are not allowed", Step::Scan),
        "invalid indentation" | "did not find expected next token" => {
            ("did not find expected key", Step::Parse)
        }
        _ if cannot_start(text) => ("found character that cannot start any token", Step::Scan),
        _ if text.starts_with("did not find expected") => (text, Step::Parse),
        _ => (text, Step::Scan),
    }
}

fn cannot_start(text: &str) -> bool {
    text.starts_with("unexpected character") || text.starts_with("tab")
}

/// go-yaml names the anchor; the parser says only where.
fn unknown_anchor(source: &str, line: usize, column: usize) -> String {
    let text = source
        .lines()
        .nth(line.saturating_sub(1))
        .unwrap_or_default();
    let name: String = text
        .chars()
        .skip(column)
        .skip_while(|&c| c == '*')
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        .collect();
    format!("unknown anchor '{name}' referenced")
}
