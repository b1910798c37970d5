//! Directives, tags, anchors and aliases.

use super::{Kind, Mark, Scan, Scanner};

/// How many digits a number of a `%YAML` directive may have.
const MAX_DIGITS: usize = 2;

impl<'a> Scanner<'a> {
    pub(super) fn directive(&mut self) -> Scan<()> {
        self.unroll(-1);
        self.forget_top()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.skip_ascii(1);
        let name = self.cursor.read_while(|cursor| cursor.is_word());
        if name.is_empty() {
            return Err(self.fault_in(start, "could not find expected directive name"));
        }
        if !self.cursor.is_blankz(0) {
            return Err(self.fault_in(start, "found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.version(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => return Err(self.fault_in(start, "found unknown directive name")),
        };
        self.push(kind, start);
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_breakz(0) {
            return Err(self.fault_in(start, "did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        Ok(())
    }

    fn version(&mut self, start: Mark) -> Scan<Kind<'a>> {
        self.cursor.skip_blanks();
        let major = self.version_number(start)?;
        if self.cursor.byte(0) != b'.' {
            return Err(self.fault_in(start, "did not find expected digit or '.' character"));
        }
        self.cursor.skip_ascii(1);
        Ok(Kind::Version(major, self.version_number(start)?))
    }

    fn version_number(&mut self, start: Mark) -> Scan<u8> {
        let digits = self
            .cursor
            .read_while(|cursor| cursor.byte(0).is_ascii_digit());
        if digits.len() > MAX_DIGITS {
            return Err(self.fault_in(start, "found extremely long version number"));
        }
        let number = digits.parse();
        number.map_err(|_| self.fault_in(start, "did not find expected version number"))
    }

    fn tag_directive(&mut self, start: Mark) -> Scan<Kind<'a>> {
        self.cursor.skip_blanks();
        let handle = self.tag_handle(true, start)?;
        if !self.cursor.is_blank(0) {
            return Err(self.fault_in(start, "did not find expected whitespace"));
        }
        self.cursor.skip_blanks();
        let prefix = self.tag_uri("", start)?;
        if !self.cursor.is_blankz(0) {
            return Err(self.fault_in(start, "did not find expected whitespace or line break"));
        }
        Ok(Kind::TagDirective(handle, prefix))
    }

    /// An anchor or an alias.
    pub(super) fn anchor(&mut self) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let alias = self.cursor.byte(0) == b'*';
        self.cursor.skip_ascii(1);
        let name = self.cursor.read_while(|cursor| cursor.is_word());
        let ends = matches!(
            self.cursor.byte(0),
            b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
        );
        if name.is_empty() || !(ends || self.cursor.is_blankz(0)) {
            let problem = "did not find expected alphabetic or numeric character";
            return Err(self.fault_in(start, problem));
        }
        let kind = if alias {
            Kind::Alias(name)
        } else {
            Kind::Anchor(name)
        };
        self.push(kind, start);
        Ok(())
    }

    pub(super) fn tag(&mut self) -> Scan<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let kind = match self.cursor.byte(1) {
            b'<' => self.verbatim_tag(start)?,
            _ => self.short_tag(start)?,
        };
        if !self.cursor.is_blankz(0) {
            return Err(self.fault_in(start, "did not find expected whitespace or line break"));
        }
        self.push(kind, start);
        Ok(())
    }

    /// `!<tag:yaml.org,2002:str>`.
    fn verbatim_tag(&mut self, start: Mark) -> Scan<Kind<'a>> {
        self.cursor.skip_ascii(2);
        let suffix = self.tag_uri("", start)?;
        if self.cursor.byte(0) != b'>' {
            return Err(self.fault_in(start, "did not find the expected '>'"));
        }
        self.cursor.skip_ascii(1);
        Ok(Kind::Tag("", suffix))
    }

    /// `!suffix` or `!handle!suffix`.
    fn short_tag(&mut self, start: Mark) -> Scan<Kind<'a>> {
        let handle = self.tag_handle(false, start)?;
        if handle.len() > 1 && handle.ends_with('!') {
            return Ok(Kind::Tag(handle, self.tag_uri("", start)?));
        }
        let suffix = self.tag_uri(handle, start)?;
        Ok(match suffix.is_empty() {
            true => Kind::Tag("", "!".to_owned()),
            false => Kind::Tag("!", suffix),
        })
    }

    fn tag_handle(&mut self, directive: bool, start: Mark) -> Scan<&'a str> {
        let from = self.cursor.offset();
        if self.cursor.byte(0) != b'!' {
            return Err(self.fault_in(start, "did not find expected '!'"));
        }
        self.cursor.skip_ascii(1);
        let name = self.cursor.read_while(|cursor| cursor.is_word());
        if self.cursor.byte(0) == b'!' {
            self.cursor.skip_ascii(1);
        } else if directive && !name.is_empty() {
            return Err(self.fault_in(start, "did not find expected '!'"));
        }
        Ok(self.cursor.since(from))
    }

    /// What follows `head`, the start of a tag that is no handle.
    fn tag_uri(&mut self, head: &str, start: Mark) -> Scan<String> {
        let mut uri = head.get(1..).unwrap_or_default().to_owned();
        let from = self.cursor.offset();
        while self.cursor.is_word() || is_uri_mark(self.cursor.byte(0)) {
            match self.cursor.byte(0) {
                b'%' => uri.push(self.uri_escape(start)?),
                byte => {
                    uri.push(char::from(byte));
                    self.cursor.skip_ascii(1);
                }
            }
        }
        if head.is_empty() && self.cursor.offset() == from {
            return Err(self.fault_in(start, "did not find expected tag URI"));
        }
        Ok(uri)
    }

    /// One character in `%` escapes.
    fn uri_escape(&mut self, start: Mark) -> Scan<char> {
        let mut bytes = vec![self.octet(start)?];
        let width = match bytes[0] {
            0x00..=0x7F => 1,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            _ => return Err(self.fault_in(start, "found an incorrect leading UTF-8 octet")),
        };
        for _ in 1..width {
            let octet = self.octet(start)?;
            if octet & 0xC0 != 0x80 {
                return Err(self.fault_in(start, "found an incorrect trailing UTF-8 octet"));
            }
            bytes.push(octet);
        }
        let c = String::from_utf8_lossy(&bytes).chars().next();
        Ok(c.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn octet(&mut self, start: Mark) -> Scan<u8> {
        let hex = |ahead| char::from(self.cursor.byte(ahead)).to_digit(16);
        match (self.cursor.byte(0), hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                self.cursor.skip_ascii(3);
                Ok((high << 4 | low) as u8)
            }
            _ => Err(self.fault_in(start, "did not find URI escaped octet")),
        }
    }
}

fn is_uri_mark(byte: u8) -> bool {
    b";/?:@&=+$,.!~*'()[]%".contains(&byte)
}
