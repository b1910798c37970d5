//! A place in a text, moved character by character. The main type here is [`Cursor`].
//!
//! Behind the end of the text stand zero bytes, as in go-yaml's buffer.

/// A position, both counted from 0 as go-yaml counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Lines before.
    pub line: usize,
    /// Characters before, in the line.
    pub column: usize,
}

/// A text and how much of it is read.
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
    pub mark: Mark,
    /// In characters.
    pub index: usize,
}

/// The length in bytes of the line break at the start of `bytes`; 0 where there is none.
fn break_length(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        [0xC2, 0x85, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor {
            text,
            at: 0,
            mark: Mark::default(),
            index: 0,
        }
    }

    /// How many bytes are read.
    pub fn offset(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The byte `ahead` bytes ahead.
    pub fn byte(&self, ahead: usize) -> u8 {
        let bytes = self.text.as_bytes();
        bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub fn at_end(&self) -> bool {
        self.byte(0) == 0
    }

    /// A space or a tab.
    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// A line break.
    pub fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\n' | b'\r' => true,
            0xC2 | 0xE2 => break_length(self.rest().get(ahead..).unwrap_or_default()) > 0,
            _ => false,
        }
    }

    /// A line break or the end.
    pub fn is_breakz(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.is_break(ahead)
    }

    /// A blank, a line break or the end.
    pub fn is_blankz(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_breakz(ahead)
    }

    /// A letter, digit, `_` or `-`.
    pub fn is_word(&self) -> bool {
        let byte = self.byte(0);
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
    }

    /// `---` or `...` as a line's only word.
    pub fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(self.rest().get(..3), Some(b"---" | b"..."))
            && self.is_blankz(3)
    }

    /// Moves over one character that is no line break.
    pub fn skip(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.chars().next().map_or(0, char::len_utf8);
        self.index += 1;
        self.mark.column += 1;
    }

    /// Moves over ASCII characters.
    pub fn skip_ascii(&mut self, count: usize) {
        self.at += count;
        self.index += count;
        self.mark.column += count;
    }

    /// Moves over a line break, where there is one.
    pub fn skip_line(&mut self) {
        let length = break_length(self.rest());
        if length > 0 {
            self.index += if self.byte(0) == b'\r' { length } else { 1 };
            self.at += length;
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }

    /// Moves over a line break and gives it as go-yaml keeps it.
    pub fn read_line(&mut self) -> &'static str {
        let kept = match (self.byte(0), self.byte(2)) {
            (0xE2, 0xA8) => "\u{2028}",
            (0xE2, _) => "\u{2029}",
            _ => "\n",
        };
        self.skip_line();
        kept
    }

    /// Moves over characters while their byte is one of a run that `goes_on`; what it gives is
    /// that run. `goes_on` sees the cursor at each character.
    pub fn read_while(&mut self, goes_on: impl Fn(&Cursor<'a>) -> bool) -> &'a str {
        let start = self.at;
        while goes_on(self) {
            match self.byte(0) {
                0..=0x7F => self.skip_ascii(1),
                _ => self.skip(),
            }
        }
        self.since(start)
    }

    /// The text from an offset to here.
    pub fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Moves over blanks.
    pub fn skip_blanks(&mut self) {
        self.read_while(|cursor| cursor.is_blank(0));
    }

    /// Moves over a comment, up to the end of its line.
    pub fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            self.read_while(|cursor| !cursor.is_breakz(0));
        }
    }
}
