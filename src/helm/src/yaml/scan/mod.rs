//! A text as tokens, by the rules of go-yaml v2 (those of libyaml), its leniencies and the words
//! of its errors included. The main type here is [`Scanner`].
//!
//! A key that needs no `?` is known only at its `:`; until then what may become one is kept as a
//! [`SimpleKey`], and no token is given away before which a `Key` might have to stand.

mod block;
mod cursor;
mod directive;
mod fetch;
mod plain;
mod quoted;
mod text;
mod token;

pub use cursor::Mark;
pub use token::{Fault, Kind, Style, Token};

use crate::value::{byte_of, bytes_of};
use cursor::Cursor;
use std::collections::VecDeque;

/// How deep flow and block collections may nest.
const MAX_DEPTH: usize = 10_000;

/// How many characters a key without `?` may have.
const MAX_KEY: usize = 1024;

/// go-yaml reads its input in pieces of this many bytes, and refuses a control character when it
/// reads its piece.
const PIECE: usize = 512;

type Scan<T> = Result<T, Fault>;

/// Tokens of one text, in order.
pub struct Scanner<'a> {
    source: &'a str,
    cursor: Cursor<'a>,
    forbidden: Option<Forbidden>,
    tokens: VecDeque<Token<'a>>,
    /// How many tokens were given away.
    given: usize,
    ended: bool,
    /// The column of the innermost block; -1 outside all.
    indent: isize,
    indents: Vec<isize>,
    /// One place for a key per flow level.
    keys: Vec<SimpleKey>,
    /// The levels whose key is possible, outermost first.
    possible: VecDeque<usize>,
    key_allowed: bool,
}

/// Something that is a key if a `:` follows.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    /// The number of its token, counted from the start of the text.
    token: usize,
    mark: Mark,
    index: usize,
}

/// What no YAML text may have.
#[derive(Clone, Copy)]
struct Forbidden {
    /// Where it is, in bytes.
    at: usize,
    /// go-yaml's words.
    problem: &'static str,
}

/// Whether a text has nothing that no YAML text may have.
pub(super) fn is_readable(text: &str) -> bool {
    forbidden(text).is_none()
}

/// The first character that no YAML text may have, or the first byte of none.
fn forbidden(text: &str) -> Option<Forbidden> {
    let ascii = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if text.bytes().all(ascii) {
        return None;
    }
    let allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
            | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
            && byte_of(c).is_none()
    };
    let (at, c) = text.char_indices().find(|(_, c)| !allowed(*c))?;
    let problem = match byte_of(c) {
        None => "control characters are not allowed",
        Some(byte) => incomplete(byte, &text[at..]),
    };
    Some(Forbidden { at, problem })
}

/// What is wrong with a byte that begins no whole character.
fn incomplete(byte: u8, rest: &str) -> &'static str {
    let wanted = match byte {
        0xC0..=0xDF => 1,
        0xE0..=0xEF => 2,
        0xF0..=0xF7 => 3,
        _ => return "invalid leading UTF-8 octet",
    };
    let bytes = bytes_of(rest);
    let tail = &bytes[1..bytes.len().min(1 + wanted)];
    if tail.len() < wanted {
        return "incomplete UTF-8 octet sequence";
    }
    match tail.iter().all(|byte| byte & 0xC0 == 0x80) {
        false => "invalid trailing UTF-8 octet",
        true if byte == 0xED => "invalid Unicode character",
        true => "invalid length of a UTF-8 sequence",
    }
}

impl<'a> Scanner<'a> {
    /// The tokens of `text`.
    pub fn new(text: &'a str) -> Scanner<'a> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Scanner {
            source: text,
            cursor: Cursor::new(text),
            forbidden: forbidden(text),
            tokens: VecDeque::new(),
            given: 0,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            keys: vec![SimpleKey::default()],
            possible: VecDeque::new(),
            key_allowed: true,
        }
    }

    /// The next token, which stays where it is.
    pub fn peek(&mut self) -> Scan<&Token<'a>> {
        self.fill()?;
        let end = Fault::at(&self.cursor, "unexpected end of the tokens");
        self.tokens.front().ok_or(end)
    }

    /// Takes the token that was looked at.
    pub fn take(&mut self) -> Option<Token<'a>> {
        self.given += 1;
        self.tokens.pop_front()
    }

    /// Makes sure that the first token of the queue is there to stay.
    fn fill(&mut self) -> Scan<()> {
        while !self.ended && (self.tokens.is_empty() || self.head_may_be_key()?) {
            self.fetch()?;
        }
        Ok(())
    }

    /// Whether a `Key` may yet have to stand before the first token of the queue.
    fn head_may_be_key(&mut self) -> Scan<bool> {
        match self.possible.front() {
            Some(&level) if self.keys[level].token == self.given => self.is_valid(level),
            _ => Ok(false),
        }
    }

    /// Whether the key of a level is still possible where the cursor is.
    fn is_valid(&mut self, level: usize) -> Scan<bool> {
        let key = self.keys[level];
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line == self.cursor.mark.line && key.index + MAX_KEY >= self.cursor.index {
            return Ok(true);
        }
        self.forget(level)?;
        Ok(false)
    }

    /// The key of a level is none.
    fn forget(&mut self, level: usize) -> Scan<()> {
        let key = self.keys[level];
        if !key.possible {
            return Ok(());
        }
        if key.required {
            return Err(self.fault_in(key.mark, "could not find expected ':'"));
        }
        self.impossible(level);
        Ok(())
    }

    /// Only the innermost and the outermost possible key are ever given up.
    fn impossible(&mut self, level: usize) {
        self.keys[level].possible = false;
        if self.possible.back() == Some(&level) {
            self.possible.pop_back();
        } else if self.possible.front() == Some(&level) {
            self.possible.pop_front();
        }
    }

    fn top(&self) -> usize {
        self.keys.len() - 1
    }

    fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    fn column(&self) -> isize {
        self.cursor.mark.column.cast_signed()
    }

    /// What stands here may turn out to be a key.
    fn save_key(&mut self) -> Scan<()> {
        if !self.key_allowed {
            return Ok(());
        }
        let top = self.top();
        self.forget(top)?;
        self.keys[top] = SimpleKey {
            possible: true,
            required: !self.in_flow() && self.indent == self.column(),
            token: self.given + self.tokens.len(),
            mark: self.cursor.mark,
            index: self.cursor.index,
        };
        self.possible.push_back(top);
        Ok(())
    }

    fn forget_top(&mut self) -> Scan<()> {
        self.forget(self.top())
    }

    fn enter_flow(&mut self) -> Scan<()> {
        self.keys.push(SimpleKey::default());
        if self.keys.len() > MAX_DEPTH + 1 {
            return Err(self.too_deep());
        }
        Ok(())
    }

    fn leave_flow(&mut self) {
        if self.in_flow() {
            self.impossible(self.top());
            self.keys.pop();
        }
    }

    fn too_deep(&self) -> Fault {
        self.fault(format!("exceeded max depth of {MAX_DEPTH}"))
    }

    /// Begins a block collection at `column` where that is deeper than the block around it. Its
    /// token goes before the token of number `before`, or to the end.
    fn roll(
        &mut self,
        column: isize,
        before: Option<usize>,
        kind: Kind<'a>,
        mark: Mark,
    ) -> Scan<()> {
        if self.in_flow() || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.too_deep());
        }
        let at = before.map_or(self.tokens.len(), |number| number - self.given);
        self.insert(at, kind, mark);
        Ok(())
    }

    /// Ends the block collections that are deeper than `column`.
    fn unroll(&mut self, column: isize) {
        while !self.in_flow() && self.indent > column {
            self.insert(self.tokens.len(), Kind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn insert(&mut self, at: usize, kind: Kind<'a>, mark: Mark) {
        let (start, end) = (mark, mark);
        self.tokens.insert(at, Token { kind, start, end });
    }

    fn push(&mut self, kind: Kind<'a>, start: Mark) {
        let end = self.cursor.mark;
        self.tokens.push_back(Token { kind, start, end });
    }

    /// A fault where the cursor is.
    fn fault(&self, problem: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
        Fault::at(&self.cursor, problem)
    }

    /// A fault where the cursor is, inside what begins at `context`.
    fn fault_in(&self, context: Mark, problem: &'static str) -> Fault {
        Fault {
            context,
            ..self.fault(problem)
        }
    }
}

impl Fault {
    fn at(cursor: &Cursor<'_>, problem: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
        Fault {
            problem: problem.into(),
            at: cursor.mark,
            context: cursor.mark,
            scanner: true,
        }
    }
}
