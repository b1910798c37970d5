//! Scalars in block style: `|` and `>`.

use super::{Kind, Mark, Scan, Scanner, Style};

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn block_scalar(&mut self, style: Style) -> Scan<()> {
        self.forget_top()?;
        self.key_allowed = true;
        let start = self.cursor.mark;
        self.cursor.skip_ascii(1);
        let (chomp, increment) = self.block_header(start)?;
        let mut indent = match increment {
            0 => 0,
            increment => self.indent.max(0) + increment,
        };
        let (mut text, mut first) = (String::new(), "");
        let mut more = self.block_breaks(&mut indent, start)?;
        let mut leading_blank = false;
        while self.column() == indent && !self.cursor.at_end() {
            let trailing_blank = self.cursor.is_blank(0);
            let folds = style == Style::Folded && !leading_blank && !trailing_blank;
            if folds && first == "\n" {
                text.push_str(if more.is_empty() { " " } else { "" });
            } else {
                text.push_str(first);
            }
            text.push_str(&more);
            leading_blank = self.cursor.is_blank(0);
            text.push_str(self.cursor.read_while(|cursor| !cursor.is_breakz(0)));
            first = match self.cursor.is_break(0) {
                true => self.cursor.read_line(),
                false => "",
            };
            more = self.block_breaks(&mut indent, start)?;
        }
        if chomp != Chomp::Strip {
            text.push_str(first);
        }
        if chomp == Chomp::Keep {
            text.push_str(&more);
        }
        self.check_piece()?;
        self.push(Kind::Scalar(text.into(), style), start);
        Ok(())
    }

    /// The indicators behind `|` or `>`, and the rest of their line.
    fn block_header(&mut self, start: Mark) -> Scan<(Chomp, isize)> {
        let mut chomp = self.chomp();
        let increment = self.increment(start)?;
        if chomp.is_none() && increment > 0 {
            chomp = self.chomp();
        }
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_breakz(0) {
            return Err(self.fault_in(start, "did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        Ok((chomp.unwrap_or(Chomp::Clip), increment))
    }

    fn chomp(&mut self) -> Option<Chomp> {
        let chomp = match self.cursor.byte(0) {
            b'+' => Chomp::Keep,
            b'-' => Chomp::Strip,
            _ => return None,
        };
        self.cursor.skip_ascii(1);
        Some(chomp)
    }

    fn increment(&mut self, start: Mark) -> Scan<isize> {
        let byte = self.cursor.byte(0);
        if byte == b'0' {
            return Err(self.fault_in(start, "found an indentation indicator equal to 0"));
        }
        if !byte.is_ascii_digit() {
            return Ok(0);
        }
        self.cursor.skip_ascii(1);
        Ok(isize::from(byte.cast_signed()) - isize::from(b'0'.cast_signed()))
    }

    /// Moves over indentation and empty lines, and gives the breaks of these. The indentation is
    /// found where it was not given.
    fn block_breaks(&mut self, indent: &mut isize, start: Mark) -> Scan<String> {
        let (mut breaks, mut deepest) = (String::new(), 0);
        loop {
            while self.cursor.byte(0) == b' ' && self.is_left_of(*indent) {
                self.cursor.skip_ascii(1);
            }
            deepest = deepest.max(self.column());
            if self.cursor.byte(0) == b'\t' && self.is_left_of(*indent) {
                let problem = "found a tab character where an indentation space is expected";
                return Err(self.fault_in(start, problem));
            }
            if !self.cursor.is_break(0) {
                break;
            }
            breaks.push_str(self.cursor.read_line());
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(breaks)
    }

    fn is_left_of(&self, indent: isize) -> bool {
        indent == 0 || self.column() < indent
    }
}
