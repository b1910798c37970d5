//! The engine's errors as diagnostics: what, where the template stands, why.

use super::eval::Eval;
use crate::diag::Diagnostic;
use crate::yaml::Pos;
use minijinja::{Error, ErrorKind};

/// The template that failed.
pub(super) struct Fault<'a> {
    pub(super) eval: &'a Eval,
    pub(super) text: &'a str,
    pub(super) pos: &'a Pos,
}

impl Fault<'_> {
    pub(super) fn diagnostic(&self, error: &Error) -> Diagnostic {
        let length = self
            .text
            .lines()
            .next()
            .map_or(1, |line| line.chars().count());
        let fault = self.pos.error(self.message(error), length);
        let fault = fault.target(self.eval.scope.host().clone());
        let reasons = if is_undefined(error) {
            self.eval.reasons()
        } else {
            Vec::new()
        };
        reasons.into_iter().fold(fault, Diagnostic::note)
    }

    /// The same as one line, for the diagnostic of a template that uses this one.
    pub(super) fn reason(&self, error: &Error) -> String {
        format!("{} ({})", self.message(error), self.pos.location())
    }

    fn message(&self, error: &Error) -> String {
        let detail = error.detail().unwrap_or_default();
        if is_undefined(error) {
            return format!(
                "\"{}\" is undefined",
                undefined_path(detail).unwrap_or(self.bare())
            );
        }
        match error.kind() {
            ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction => {
                detail.to_owned()
            }
            ErrorKind::SyntaxError => format!("template syntax: {detail}"),
            ErrorKind::OutOfFuel => "the template runs too long".to_owned(),
            _ if detail.is_empty() => error.kind().to_string(),
            _ => detail.to_owned(),
        }
    }

    /// The expression without its braces.
    fn bare(&self) -> &str {
        let text = self.text.trim();
        let inner = text
            .strip_prefix("{{")
            .and_then(|text| text.strip_suffix("}}"));
        inner.unwrap_or(text).trim()
    }
}

/// Whether an error comes from something undefined: by its kind, or because an operation had it
/// as an operand.
pub(super) fn is_undefined(error: &Error) -> bool {
    let operand = error
        .detail()
        .is_some_and(|detail| undefined_path(detail).is_some());
    operand || error.kind() == ErrorKind::UndefinedError
}

/// The path in the engine's "`path` is undefined".
fn undefined_path(detail: &str) -> Option<&str> {
    let (before, _) = detail.split_once("` is undefined")?;
    before.rsplit_once('`').map(|(_, path)| path)
}
