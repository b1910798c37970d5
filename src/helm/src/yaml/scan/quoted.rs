//! Scalars in quotes.

use super::text::{Gap, Text};
use super::{Kind, Mark, Scan, Scanner, Style};

impl<'a> Scanner<'a> {
    pub(super) fn quoted_scalar(&mut self, style: Style) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let quote = self.cursor.byte(0);
        self.cursor.skip_ascii(1);
        let mut text = Text::new(self.source);
        loop {
            if self.cursor.is_document_indicator() {
                return Err(self.fault_in(start, "found unexpected document indicator"));
            }
            if self.cursor.at_end() {
                self.check_piece()?;
                return Err(self.fault_in(start, "found unexpected end of stream"));
            }
            let escaped_break = match style {
                Style::Single => self.single_quoted(&mut text),
                _ => self.double_quoted(&mut text, start)?,
            };
            if self.cursor.byte(0) == quote {
                break;
            }
            let gap = Gap::read(&mut self.cursor, escaped_break, |_| {
                Ok::<(), super::Fault>(())
            })?;
            gap.fold(&mut text);
        }
        self.cursor.skip_ascii(1);
        self.check_piece()?;
        self.push(Kind::Scalar(text.finish(), style), start);
        Ok(())
    }

    /// Reads up to a blank or the closing quote.
    fn single_quoted(&mut self, text: &mut Text<'a>) -> bool {
        while !self.cursor.is_blankz(0) {
            let from = self.cursor.offset();
            self.cursor
                .read_while(|cursor| cursor.byte(0) != b'\'' && !cursor.is_blankz(0));
            text.take(from, self.cursor.offset());
            if self.cursor.byte(0) == b'\'' {
                if self.cursor.byte(1) != b'\'' {
                    break;
                }
                text.push("'");
                self.cursor.skip_ascii(2);
            }
        }
        false
    }

    /// Reads up to a blank, an escaped line break (then true) or the closing quote.
    fn double_quoted(&mut self, text: &mut Text<'a>, start: Mark) -> Scan<bool> {
        while !self.cursor.is_blankz(0) && self.cursor.byte(0) != b'"' {
            let from = self.cursor.offset();
            self.cursor.read_while(|cursor| {
                !matches!(cursor.byte(0), b'"' | b'\\') && !cursor.is_blankz(0)
            });
            text.take(from, self.cursor.offset());
            if self.cursor.byte(0) == b'\\' {
                if self.cursor.is_break(1) {
                    self.cursor.skip_ascii(1);
                    self.cursor.skip_line();
                    return Ok(true);
                }
                self.escape(text, start)?;
            }
        }
        Ok(false)
    }

    fn escape(&mut self, text: &mut Text<'a>, start: Mark) -> Scan<()> {
        let simple = match self.cursor.byte(1) {
            b'0' => "\0",
            b'a' => "\x07",
            b'b' => "\x08",
            b't' | b'\t' => "\t",
            b'n' => "\n",
            b'v' => "\x0b",
            b'f' => "\x0c",
            b'r' => "\r",
            b'e' => "\x1b",
            b' ' => " ",
            b'"' => "\"",
            b'\'' => "'",
            b'\\' => "\\",
            b'N' => "\u{85}",
            b'_' => "\u{a0}",
            b'L' => "\u{2028}",
            b'P' => "\u{2029}",
            b'x' => return self.code(text, start, 2),
            b'u' => return self.code(text, start, 4),
            b'U' => return self.code(text, start, 8),
            _ => return Err(self.fault_in(start, "found unknown escape character")),
        };
        text.push(simple);
        self.cursor.skip_ascii(2);
        Ok(())
    }

    fn code(&mut self, text: &mut Text<'a>, start: Mark, length: usize) -> Scan<()> {
        self.cursor.skip_ascii(2);
        let mut code = 0u32;
        for at in 0..length {
            let digit = char::from(self.cursor.byte(at)).to_digit(16);
            let digit = digit
                .ok_or_else(|| self.fault_in(start, "did not find expected hexdecimal number"))?;
            // Eight digits fill the number; what lies beyond Unicode is refused below.
            code = code << 4 | digit;
        }
        let Some(c) = char::from_u32(code) else {
            return Err(self.fault_in(start, "found invalid Unicode character escape code"));
        };
        text.push(c.encode_utf8(&mut [0; 4]));
        self.cursor.skip_ascii(length);
        Ok(())
    }
}
