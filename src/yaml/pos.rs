//! Places in files. The main type here is [`Pos`].

use crate::diag::{Diagnostic, Excerpt, Location};
use std::fmt;
use std::sync::Arc;

/// A text that was read, kept so that an error can show the line at fault.
#[derive(PartialEq, Eq)]
pub struct Source {
    /// The file as the user would type it, or what stands for one (`-e`).
    pub file: Arc<str>,
    /// What it holds.
    pub text: Arc<str>,
    /// It was decrypted: nothing of it may be shown, and what is made of it is secret too.
    pub secret: bool,
}

impl Source {
    /// A text and the name it is known by.
    pub fn new(file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Arc<Source> {
        let (file, text, secret) = (file.into(), text.into(), false);
        Arc::new(Source { file, text, secret })
    }

    /// A decrypted text.
    pub fn secret(file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Arc<Source> {
        let (file, text, secret) = (file.into(), text.into(), true);
        Arc::new(Source { file, text, secret })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)
    }
}

/// Where a node begins.
#[derive(Clone, PartialEq, Eq)]
pub struct Pos {
    /// The text it stands in.
    pub source: Arc<Source>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Pos {
    /// The first character of a text.
    pub fn start(source: &Arc<Source>) -> Pos {
        let source = source.clone();
        Pos {
            source,
            line: 1,
            column: 1,
        }
    }

    /// The file, as the user would type it.
    pub fn file(&self) -> &Arc<str> {
        &self.source.file
    }

    /// Whether what stands here is secret.
    pub fn is_secret(&self) -> bool {
        self.source.secret
    }

    /// The same place for a value that was made of something secret.
    #[must_use]
    pub fn tainted(&self) -> Pos {
        Pos {
            source: Source::secret(self.source.file.clone(), ""),
            ..self.clone()
        }
    }

    /// The same place as a [`Location`].
    pub fn location(&self) -> Location {
        Location {
            file: self.source.file.clone(),
            line: self.line,
            column: self.column,
        }
    }

    /// An input error here, with `length` characters of the line marked.
    pub fn error(&self, message: impl Into<String>, length: usize) -> Diagnostic {
        let diagnostic = Diagnostic::error(message).at(self.location());
        match self.excerpt(length) {
            Some(excerpt) => diagnostic.excerpt(excerpt),
            None => diagnostic,
        }
    }

    /// The line with `length` characters marked, cut at its end.
    fn excerpt(&self, length: usize) -> Option<Excerpt> {
        if self.source.secret {
            return None;
        }
        let line = (self.line as usize).checked_sub(1)?;
        let text = self.source.text.lines().nth(line)?;
        let start = (self.column as usize).saturating_sub(1);
        let rest = text.trim_end().chars().count().saturating_sub(start);
        Some(Excerpt {
            text: text.to_owned(),
            start,
            len: length.min(rest).max(1),
        })
    }
}

impl fmt::Debug for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.location())
    }
}
