//! Which token stands at the cursor.

use super::{Kind, PIECE, Scan, Scanner, Style};

impl<'a> Scanner<'a> {
    /// Puts the next token, and what has to stand before it, into the queue.
    pub(super) fn fetch(&mut self) -> Scan<()> {
        self.skip_to_token();
        self.check_piece()?;
        self.unroll(self.column());
        if self.cursor.at_end() {
            return self.stream_end();
        }
        if self.cursor.mark.column == 0 && self.cursor.byte(0) == b'%' {
            return self.directive();
        }
        if self.cursor.is_document_indicator() {
            return self.document_indicator();
        }
        match (self.cursor.byte(0), self.in_flow()) {
            (b'[', _) => self.flow_start(Kind::FlowSequenceStart),
            (b'{', _) => self.flow_start(Kind::FlowMappingStart),
            (b']', _) => self.flow_end(Kind::FlowSequenceEnd),
            (b'}', _) => self.flow_end(Kind::FlowMappingEnd),
            (b',', _) => self.flow_entry(),
            (b'-', _) if self.cursor.is_blankz(1) => self.block_entry(),
            (b'?', flow) if flow || self.cursor.is_blankz(1) => self.key(),
            (b':', flow) if flow || self.cursor.is_blankz(1) => self.value(),
            (b'*' | b'&', _) => self.anchor(),
            (b'!', _) => self.tag(),
            (b'|', false) => self.block_scalar(Style::Literal),
            (b'>', false) => self.block_scalar(Style::Folded),
            (b'\'', _) => self.quoted_scalar(Style::Single),
            (b'"', _) => self.quoted_scalar(Style::Double),
            (byte, flow) if self.starts_plain(byte, flow) => self.plain_scalar(),
            _ => Err(self.fault("found character that cannot start any token")),
        }
    }

    fn starts_plain(&self, byte: u8, flow: bool) -> bool {
        match byte {
            b'-' => !self.cursor.is_blank(1),
            b'?' | b':' => !flow && !self.cursor.is_blankz(1),
            b' ' | b'\t' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|'
            | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' => false,
            _ => !self.cursor.is_breakz(0),
        }
    }

    /// Blanks, comments and line breaks before the next token.
    fn skip_to_token(&mut self) {
        loop {
            // A byte order mark may begin a line.
            if self.cursor.mark.column == 0 && self.cursor.byte(0) == 0xEF && self.is_bom() {
                self.cursor.skip();
            }
            // Tabs may not indent a block.
            let tabs = self.in_flow() || !self.key_allowed;
            self.cursor
                .read_while(|c| c.byte(0) == b' ' || tabs && c.byte(0) == b'\t');
            self.cursor.skip_comment();
            if !self.cursor.is_break(0) {
                return;
            }
            self.cursor.skip_line();
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    fn is_bom(&self) -> bool {
        self.cursor.byte(1) == 0xBB && self.cursor.byte(2) == 0xBF
    }

    /// Refuses a control character in the piece of the input that is being read.
    pub(super) fn check_piece(&self) -> Scan<()> {
        match self.forbidden {
            Some(forbidden) if self.cursor.offset() + 4 > forbidden.at / PIECE * PIECE => {
                let mut fault = self.fault(forbidden.problem);
                (fault.at, fault.context) = Default::default();
                Err(fault)
            }
            _ => Ok(()),
        }
    }

    fn stream_end(&mut self) -> Scan<()> {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.unroll(-1);
        self.forget_top()?;
        self.key_allowed = false;
        self.push(Kind::StreamEnd, self.cursor.mark);
        self.ended = true;
        Ok(())
    }

    fn document_indicator(&mut self) -> Scan<()> {
        self.unroll(-1);
        self.forget_top()?;
        self.key_allowed = false;
        let kind = match self.cursor.byte(0) {
            b'-' => Kind::DocumentStart,
            _ => Kind::DocumentEnd,
        };
        self.indicator(kind, 3)
    }

    /// A token of so many ASCII characters.
    fn indicator(&mut self, kind: Kind<'a>, length: usize) -> Scan<()> {
        let start = self.cursor.mark;
        self.cursor.skip_ascii(length);
        self.push(kind, start);
        Ok(())
    }

    fn flow_start(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.save_key()?;
        self.enter_flow()?;
        self.key_allowed = true;
        self.indicator(kind, 1)
    }

    fn flow_end(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.forget_top()?;
        self.leave_flow();
        self.key_allowed = false;
        self.indicator(kind, 1)
    }

    fn flow_entry(&mut self) -> Scan<()> {
        self.forget_top()?;
        self.key_allowed = true;
        self.indicator(Kind::FlowEntry, 1)
    }

    /// Outside of flow a block begins here, where none has begun at this column.
    fn begin_block(&mut self, kind: Kind<'a>, misplaced: &'static str) -> Scan<()> {
        if self.in_flow() {
            return Ok(());
        }
        if !self.key_allowed {
            return Err(self.fault(misplaced));
        }
        self.roll(self.column(), None, kind, self.cursor.mark)
    }

    fn block_entry(&mut self) -> Scan<()> {
        let misplaced = "block sequence entries are not allowed in this context";
        self.begin_block(Kind::BlockSequenceStart, misplaced)?;
        self.forget_top()?;
        self.key_allowed = true;
        self.indicator(Kind::BlockEntry, 1)
    }

    fn key(&mut self) -> Scan<()> {
        let misplaced = "mapping keys are not allowed in this context";
        self.begin_block(Kind::BlockMappingStart, misplaced)?;
        self.forget_top()?;
        self.key_allowed = !self.in_flow();
        self.indicator(Kind::Key, 1)
    }

    fn value(&mut self) -> Scan<()> {
        let top = self.top();
        if self.is_valid(top)? {
            let key = self.keys[top];
            self.insert(key.token - self.given, Kind::Key, key.mark);
            let column = key.mark.column.cast_signed();
            self.roll(column, Some(key.token), Kind::BlockMappingStart, key.mark)?;
            self.impossible(top);
            self.key_allowed = false;
        } else {
            let misplaced = "mapping values are not allowed in this context";
            self.begin_block(Kind::BlockMappingStart, misplaced)?;
            self.key_allowed = !self.in_flow();
        }
        self.indicator(Kind::Value, 1)
    }
}
