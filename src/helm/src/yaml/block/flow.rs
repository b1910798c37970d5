//! Flow collections of one line: `[]`, `{}`, `["a", 1]`, `{name: x}`.

use super::super::build::Build;
use super::{Block, Read, Unknown, plain_name};
use std::borrow::Cow;

impl<'t, B: Build> Block<'t, B> {
    /// The collection at `start`, which ends before `end`, and the place behind it.
    pub(super) fn flow(&mut self, start: usize, end: usize) -> Read<(B::Node, usize)> {
        let mut after = start;
        let node = self.nested(|block| {
            let (node, past) = match block.byte(start) {
                b'[' => block.flow_list(start + 1, end)?,
                _ => block.flow_map(start + 1, end)?,
            };
            after = past;
            Ok(node)
        })?;
        Ok((node, after))
    }

    fn flow_list(&mut self, start: usize, end: usize) -> Read<(B::Node, usize)> {
        let mut items = Vec::new();
        let mut at = self.skip_blanks(start);
        while at < end && (self.byte(at) != b']' || !items.is_empty()) {
            let (item, after) = self.flow_value(at, end)?;
            items.push(item);
            match self.separator(after, b']')? {
                (next, true) => at = next,
                (after, false) => return Ok((self.build.list(items), after)),
            }
        }
        match self.byte(at) {
            b']' if at < end && items.is_empty() => Ok((self.build.list(items), at + 1)),
            _ => Err(Unknown),
        }
    }

    fn flow_map(&mut self, start: usize, end: usize) -> Read<(B::Node, usize)> {
        let mut entries = Vec::new();
        let mut at = self.skip_blanks(start);
        while at < end && (self.byte(at) != b'}' || !entries.is_empty()) {
            let (name, after) = self.flow_key(at, end)?;
            let (value, after) = self.flow_value(self.skip_blanks(after), end)?;
            entries.push((self.build.name(name), value));
            match self.separator(after, b'}')? {
                (next, true) => at = next,
                (after, false) => return Ok((self.build.map(entries), after)),
            }
        }
        match self.byte(at) {
            b'}' if at < end && entries.is_empty() => Ok((self.build.map(entries), at + 1)),
            _ => Err(Unknown),
        }
    }

    /// What follows a comma (`true`), or the place behind the closing bracket.
    fn separator(&self, at: usize, close: u8) -> Read<(usize, bool)> {
        let at = self.skip_blanks(at);
        match self.byte(at) {
            b',' => Ok((self.skip_blanks(at + 1), true)),
            byte if byte == close => Ok((at + 1, false)),
            _ => Err(Unknown),
        }
    }

    /// A key and the place behind its colon; a quoted one needs no blank there, as in JSON.
    fn flow_key(&self, at: usize, end: usize) -> Read<(Cow<'t, str>, usize)> {
        let is_quoted = matches!(self.byte(at), b'"' | b'\'');
        let (name, after) = match is_quoted {
            true => self.quoted(at, end)?,
            false => {
                let (word, after) = self.word(at)?;
                (plain_name(word)?, after)
            }
        };
        match self.byte(after) == b':' && (is_quoted || self.byte(after + 1) == b' ') {
            true => Ok((name, after + 1)),
            false => Err(Unknown),
        }
    }

    fn flow_value(&mut self, at: usize, end: usize) -> Read<(B::Node, usize)> {
        match self.byte(at) {
            b'[' | b'{' => self.flow(at, end),
            b'"' | b'\'' => {
                let (text, after) = self.quoted(at, end)?;
                Ok((self.string(text)?, after))
            }
            _ => {
                let (word, after) = self.word(at)?;
                Ok((self.meaning(word)?, after))
            }
        }
    }

    /// A plain scalar without blanks or anything that could mean more.
    fn word(&self, start: usize) -> Read<(&'t str, usize)> {
        let mut end = start;
        while is_word(self.byte(end)) {
            end += 1;
        }
        let begins_well = match self.byte(start) {
            // `--flag`, `-1`
            b'-' => matches!(self.byte(start + 1), b'-' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'),
            first => first.is_ascii_alphanumeric() || first == b'/',
        };
        match begins_well {
            true => Ok((self.slice(start, end), end)),
            false => Err(Unknown),
        }
    }
}

/// What means nothing within a plain scalar, wherever it stands.
fn is_word(byte: u8) -> bool {
    let marks = b"_-./=+@%$()~;<>";
    byte.is_ascii_alphanumeric() || marks.contains(&byte)
}
