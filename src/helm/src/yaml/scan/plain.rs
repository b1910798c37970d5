//! Scalars without quotes.

use super::cursor::Cursor;
use super::text::{Gap, Text};
use super::{Kind, Scan, Scanner, Style};

impl<'a> Scanner<'a> {
    pub(super) fn plain_scalar(&mut self) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let mut text = Text::new(self.source);
        let mut gap = Gap::default();
        loop {
            if self.cursor.is_document_indicator() || self.cursor.byte(0) == b'#' {
                break;
            }
            let from = self.cursor.offset();
            let flow = self.in_flow();
            self.cursor.read_while(|cursor| goes_on(cursor, flow));
            if self.cursor.offset() > from {
                if !text.is_empty() {
                    gap.fold(&mut text);
                }
                text.take(from, self.cursor.offset());
                gap = Gap::default();
            }
            if !self.cursor.is_blank(0) && !self.cursor.is_break(0) {
                break;
            }
            gap = self.gap(start)?;
            if !flow && self.column() <= self.indent {
                break;
            }
        }
        if gap.breaks {
            self.key_allowed = true;
        }
        self.check_piece()?;
        self.push(Kind::Scalar(text.finish(), Style::Plain), start);
        Ok(())
    }

    fn gap(&mut self, start: super::Mark) -> Scan<Gap> {
        let deepest = self.indent + 1;
        let read = Gap::read(&mut self.cursor, false, |cursor| {
            let tab = cursor.byte(0) == b'\t';
            match tab && cursor.mark.column.cast_signed() < deepest {
                true => Err(()),
                false => Ok(()),
            }
        });
        read.map_err(|()| self.fault_in(start, "found a tab character that violates indentation"))
    }
}

/// Whether the character at the cursor belongs to a plain scalar.
fn goes_on(cursor: &Cursor<'_>, flow: bool) -> bool {
    match cursor.byte(0) {
        b':' => !cursor.is_blankz(1),
        b',' | b'?' | b'[' | b']' | b'{' | b'}' => !flow,
        b' ' | b'\t' => false,
        _ => !cursor.is_breakz(0),
    }
}
