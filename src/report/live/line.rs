//! Lines that fit. The main type here is [`Line`].

use crate::diag::Diagnostic;
use crate::report::look::paint;
use anstyle::Style;

/// One line, in pieces of one style each.
#[derive(Clone, Default)]
pub struct Line {
    pieces: Vec<(Style, String)>,
}

impl Line {
    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Line {
        Line::default().and(Style::new(), text)
    }

    /// With this after it.
    #[must_use]
    pub fn and(mut self, style: Style, text: impl Into<String>) -> Line {
        self.pieces.push((style, text.into()));
        self
    }

    /// With this at the right end of a line of `width`, where there is room for it.
    #[must_use]
    pub fn right(self, style: Style, text: &str, width: usize) -> Line {
        let used = self.width() + text.chars().count();
        if text.is_empty() || used + 1 > width {
            return self;
        }
        let gap = " ".repeat(width - used);
        self.and(Style::new(), gap).and(style, text)
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        let widths = self.pieces.iter().map(|(_, text)| text.chars().count());
        widths.sum()
    }

    /// The text, cut where it is too wide.
    pub fn fit(&self, width: usize) -> String {
        let cut = self.width() > width;
        let mut room = if cut { width.saturating_sub(1) } else { width };
        let mut text = String::new();
        for (style, piece) in &self.pieces {
            let shown: String = piece.chars().take(room).collect();
            room -= shown.chars().count();
            if !shown.is_empty() {
                text.push_str(&paint(*style, &shown));
            }
        }
        if cut {
            text.push('…');
        }
        let blanks = text.len() - text.trim_end_matches(' ').len();
        text.truncate(text.len() - blanks);
        text
    }
}

/// Why something failed, in one line.
pub fn cause(fault: &Diagnostic) -> String {
    let first = fault.message.lines().next().unwrap_or_default();
    let Some(proof) = fault.evidence.first() else {
        return first.to_owned();
    };
    let limit = proof.limit.as_ref().map(|limit| format!(", limit {limit}"));
    format!(
        "{}: {}{}",
        proof.object,
        proof.cause,
        limit.unwrap_or_default()
    )
}
