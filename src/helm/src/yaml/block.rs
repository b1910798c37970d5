//! A quick reader of the YAML that charts are made of: block maps and lists with scalars of one
//! line, literals and small flow collections, in one pass over the bytes.
//!
//! It reads a text exactly as [`super::reader`] does, or says [`Unknown`] at the first thing that it
//! does not know; then the parser reads the text from its start. So anchors, tags, folded scalars,
//! more documents and all errors are the parser's. The tests compare the two.

mod flow;
mod scalars;
#[cfg(test)]
mod tests;

use super::build::Build;
use super::resolve::resolve;
use super::scalar::key_text;
use super::scan::is_readable;
use std::borrow::Cow;

/// Something that only the parser can judge.
#[derive(Debug)]
pub(super) struct Unknown;

type Read<T> = Result<T, Unknown>;

/// Deeper nesting is left to the parser, which knows its limit.
const MAX_DEPTH: usize = 100;

/// Longer keys are left to the parser: YAML bounds those without a question mark.
const MAX_KEY: usize = 1000;

/// Reads a text of one document. Of the map at its top only the entries whose key is `wanted` need
/// to be right; the others are checked, and come out as null.
pub(super) fn document<B: Build>(text: &str, build: B, wanted: fn(&str) -> bool) -> Read<B::Node> {
    if !is_plain(text) {
        return Err(Unknown);
    }
    let mut block = Block {
        text,
        build,
        wanted,
        line: None,
        depth: 0,
        skims: false,
    };
    block.advance(if text.starts_with("---\n") { 4 } else { 0 })?;
    let node = match block.line {
        Some(top) => block.node(top, None)?,
        None => block.null()?,
    };
    match block.line {
        None => Ok(node),
        Some(_) => Err(Unknown),
    }
}

/// Whether there are no control characters but line feed and tab, nothing that YAML may take for a
/// line break or a byte order mark, and nothing that it refuses.
fn is_plain(text: &str) -> bool {
    // Without an early exit inside a chunk the compiler makes vectors of it.
    let odd = |byte: &u8| (*byte < 0x20) & (*byte != b'\n') & (*byte != b'\t') | (*byte == 0x7f);
    let chunks = text.as_bytes().chunks(128);
    let odd = chunks
        .into_iter()
        .any(|chunk| chunk.iter().fold(false, |any, byte| any | odd(byte)));
    let breaks = ['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'];
    !odd && (text.is_ascii() || !text.contains(breaks) && is_readable(text))
}

/// A line that is neither blank nor a comment; or what follows the dash of an item on it, which
/// counts as a line of its own with a larger indentation.
#[derive(Clone, Copy)]
struct Line {
    indent: usize,
    /// Where its content begins and ends.
    start: usize,
    end: usize,
}

/// A key and the place behind its colon.
struct Key<'t> {
    name: Cow<'t, str>,
    end: usize,
}

struct Block<'t, B> {
    text: &'t str,
    build: B,
    wanted: fn(&str) -> bool,
    /// The next line that nothing was read of.
    line: Option<Line>,
    depth: usize,
    /// Whether what is read is not wanted.
    skims: bool,
}

impl<'t, B: Build> Block<'t, B> {
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b'\n')
    }

    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The first place from `at` on that is no blank.
    fn skip_blanks(&self, mut at: usize) -> usize {
        while self.byte(at) == b' ' {
            at += 1;
        }
        at
    }

    fn end_of_line(&self, at: usize) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.text.len(), |len| at + len)
    }

    /// Goes to the next line with content, from a line start on.
    fn advance(&mut self, mut at: usize) -> Read<()> {
        self.line = None;
        while at < self.text.len() {
            let end = self.end_of_line(at);
            let start = self.skip_blanks(at);
            match self.byte(start) {
                b'\n' | b'#' => at = end + 1,
                b'\t' | b'%' => return Err(Unknown),
                b'-' | b'.' if start == at && self.is_marker(start) => return Err(Unknown),
                _ => {
                    let indent = start - at;
                    self.line = Some(Line { indent, start, end });
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// `---` or `...`.
    fn is_marker(&self, at: usize) -> bool {
        matches!(self.text.as_bytes().get(at..at + 3), Some(b"---" | b"..."))
    }

    /// Whether a dash and a blank, or the end of the line, begin here.
    fn is_item(&self, line: Line) -> bool {
        self.byte(line.start) == b'-' && matches!(self.byte(line.start + 1), b' ' | b'\n')
    }

    /// The line at work, where it belongs to the block at `indent`; none where the block has ended.
    fn line_of(&self, indent: usize) -> Read<Option<Line>> {
        match self.line {
            Some(line) if line.indent > indent => Err(Unknown),
            line => Ok(line.filter(|line| line.indent == indent)),
        }
    }

    /// The map or list that begins with `line`; or a scalar, where that may stand, in a block at
    /// the indentation `scalar_of`.
    fn node(&mut self, line: Line, scalar_of: Option<usize>) -> Read<B::Node> {
        if self.is_item(line) {
            return self.nested(|block| block.list(line.indent));
        }
        match (self.key(line)?, scalar_of) {
            (Some(key), _) => self.nested(|block| block.map(line, key)),
            (None, Some(indent)) => self.value(line.start, line.end, indent),
            (None, None) => Err(Unknown),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Read<B::Node>) -> Read<B::Node> {
        if self.depth == MAX_DEPTH {
            return Err(Unknown);
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn list(&mut self, indent: usize) -> Read<B::Node> {
        let mut items = Vec::new();
        while let Some(line) = self.line_of(indent)?.filter(|line| self.is_item(*line)) {
            let item = self.item(line)?;
            if !self.skims {
                items.push(item);
            }
        }
        Ok(self.build.list(items))
    }

    fn item(&mut self, dash: Line) -> Read<B::Node> {
        let start = self.skip_blanks(dash.start + 1);
        if matches!(self.byte(start), b'\n' | b'#') {
            self.advance(dash.end + 1)?;
            return self.below(dash.indent, false);
        }
        let inner = Line {
            indent: dash.indent + (start - dash.start),
            start,
            end: dash.end,
        };
        self.line = Some(inner);
        self.node(inner, Some(dash.indent))
    }

    /// What stands under a key or a dash at `indent`: something deeper, for a key also a list in
    /// its own column, or nothing.
    fn below(&mut self, indent: usize, of_key: bool) -> Read<B::Node> {
        match self.line {
            Some(line) if line.indent > indent => self.node(line, Some(indent)),
            Some(line) if of_key && line.indent == indent && self.is_item(line) => {
                self.node(line, None)
            }
            _ => self.null(),
        }
    }

    /// The map whose first key is read already.
    fn map(&mut self, mut line: Line, mut key: Key<'t>) -> Read<B::Node> {
        let mut entries = Vec::new();
        let skimmed = self.skims;
        loop {
            self.skims = skimmed || self.depth == 1 && !(self.wanted)(&key.name);
            let value = self.behind_key(line, key.end)?;
            if !skimmed {
                entries.push((self.build.name(key.name), value));
            }
            match self
                .line_of(line.indent)?
                .filter(|line| !self.is_item(*line))
            {
                Some(next) => {
                    key = self.key(next)?.ok_or(Unknown)?;
                    line = next;
                }
                None => break,
            }
        }
        self.skims = skimmed;
        Ok(self.build.map(entries))
    }

    fn behind_key(&mut self, line: Line, colon: usize) -> Read<B::Node> {
        let start = self.skip_blanks(colon);
        if matches!(self.byte(start), b'\n' | b'#') {
            self.advance(line.end + 1)?;
            return self.below(line.indent, true);
        }
        self.value(start, line.end, line.indent)
    }

    /// The key that a line begins with; none where it begins with a scalar.
    fn key(&self, line: Line) -> Read<Option<Key<'t>>> {
        match self.byte(line.start) {
            b'"' | b'\'' => self.quoted_key(line),
            b'[' | b'{' | b'|' => Ok(None),
            first if is_indicator(first) => Err(Unknown),
            _ => self.plain_key(line),
        }
    }

    fn quoted_key(&self, line: Line) -> Read<Option<Key<'t>>> {
        let (text, end) = self.quoted(line.start, line.end)?;
        let colon = self.skip_blanks(end);
        let is_key = self.byte(colon) == b':' && matches!(self.byte(colon + 1), b' ' | b'\n');
        if is_key && end - line.start > MAX_KEY {
            return Err(Unknown);
        }
        Ok(is_key.then_some(Key {
            name: text,
            end: colon + 1,
        }))
    }

    fn plain_key(&self, line: Line) -> Read<Option<Key<'t>>> {
        let content = &self.text.as_bytes()[line.start..line.end];
        for at in memchr::memchr2_iter(b':', b'#', content) {
            let at = line.start + at;
            if self.byte(at) == b'#' {
                if self.byte(at - 1) == b' ' {
                    return Ok(None);
                }
                continue;
            }
            if !matches!(self.byte(at + 1), b' ' | b'\n') {
                continue;
            }
            let text = self.slice(line.start, at).trim_end_matches(' ');
            if text.is_empty() || text.len() > MAX_KEY || text == "<<" || !is_key_text(text) {
                return Err(Unknown);
            }
            let (name, end) = (plain_name(text)?, at + 1);
            return Ok(Some(Key { name, end }));
        }
        Ok(None)
    }
}

/// A plain key as text: `1` and `yes` have a meaning here too.
fn plain_name(text: &str) -> Read<Cow<'_, str>> {
    key_text(resolve(text)).map_err(|_| Unknown)
}

/// What a plain scalar may not begin with, or only before certain characters.
fn is_indicator(byte: u8) -> bool {
    matches!(
        byte,
        b'&' | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'%'
            | b'@'
            | b'`'
            | b'?'
            | b':'
            | b','
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'#'
            | b'"'
            | b'\''
            | b'\t'
    )
}

/// Whether a plain key holds nothing that could mean something.
fn is_key_text(text: &str) -> bool {
    text.bytes().all(|byte| {
        !matches!(
            byte,
            b'\t' | b'"' | b'\'' | b'{' | b'}' | b'[' | b']' | b','
        )
    })
}
