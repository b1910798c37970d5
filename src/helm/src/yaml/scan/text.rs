//! The text of a scalar as it is read. The main types here are [`Text`] and [`Gap`].

use super::cursor::Cursor;
use std::borrow::Cow;

/// The content of a scalar: one piece of the source as long as that is possible.
pub(super) struct Text<'a> {
    source: &'a str,
    /// The piece, in bytes of the source; empty once `owned` has begun.
    piece: (usize, usize),
    owned: String,
}

impl<'a> Text<'a> {
    pub fn new(source: &'a str) -> Text<'a> {
        Text {
            source,
            piece: (0, 0),
            owned: String::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.owned.is_empty() && self.piece.0 == self.piece.1
    }

    /// Appends a stretch of the source.
    pub fn take(&mut self, start: usize, end: usize) {
        if self.is_empty() {
            self.piece = (start, end);
        } else if self.owned.is_empty() && self.piece.1 == start {
            self.piece.1 = end;
        } else {
            self.push(self.source.get(start..end).unwrap_or_default());
        }
    }

    /// Appends a text that is not in the source.
    pub fn push(&mut self, text: &str) {
        if self.piece.0 < self.piece.1 {
            self.owned.push_str(self.slice());
            self.piece = (0, 0);
        }
        self.owned.push_str(text);
    }

    fn slice(&self) -> &'a str {
        self.source
            .get(self.piece.0..self.piece.1)
            .unwrap_or_default()
    }

    pub fn finish(self) -> Cow<'a, str> {
        match self.owned.is_empty() {
            true => Cow::Borrowed(self.slice()),
            false => Cow::Owned(self.owned),
        }
    }
}

/// Blanks and line breaks between two words of a scalar.
#[derive(Default)]
pub(super) struct Gap {
    /// The blanks of a gap within a line, in bytes of the source.
    blanks: (usize, usize),
    /// Whether the gap reaches over a line.
    pub breaks: bool,
    first: &'static str,
    more: String,
}

impl Gap {
    /// Reads a gap. After an escaped line break it is one over a line whose break counts nothing.
    /// `check` sees the cursor at every blank that begins a line.
    pub fn read<'a, E>(
        cursor: &mut Cursor<'a>,
        escaped: bool,
        check: impl Fn(&Cursor<'a>) -> Result<(), E>,
    ) -> Result<Gap, E> {
        let mut gap = Gap {
            blanks: (cursor.offset(), cursor.offset()),
            breaks: escaped,
            ..Gap::default()
        };
        loop {
            if cursor.is_blank(0) {
                if gap.breaks {
                    check(cursor)?;
                }
                cursor.skip_ascii(1);
                gap.blanks.1 = cursor.offset();
            } else if cursor.is_break(0) {
                let text = cursor.read_line();
                match gap.breaks {
                    true => gap.more.push_str(text),
                    false => gap.first = text,
                }
                gap.breaks = true;
            } else {
                return Ok(gap);
            }
        }
    }

    /// Appends what the gap means: a line break between words is a space.
    pub fn fold(&self, text: &mut Text<'_>) {
        match (self.breaks, self.first) {
            (false, _) => text.take(self.blanks.0, self.blanks.1),
            (true, "\n") if self.more.is_empty() => text.push(" "),
            (true, "\n") => text.push(&self.more),
            (true, first) => {
                text.push(first);
                text.push(&self.more);
            }
        }
    }
}
