//! Cuts template text into tokens, with Go's rules for trimming and Go's errors.
//!
//! The main type here is [`Lexer`]. Text between actions is skipped with
//! `memmem`; only actions are read character by character.

use super::token::{Kind, Token};
use crate::value::Value;
use crate::value::fmt::{quote, sprintf};
use memchr::memmem;

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
/// A trim marker with its blank: `- ` or ` -`.
const MARKER: usize = 2;
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// Reads one source.
pub(super) struct Lexer<'s> {
    source: &'s str,
    /// Finds `{{`: made once, as that costs as much as a short search.
    left: memmem::Finder<'static>,
    pos: usize,
    /// Where the item at work begins.
    start: usize,
    inside_action: bool,
    parens: usize,
    /// The message of the last [`Kind::Error`].
    pub error: String,
}

impl<'s> Lexer<'s> {
    pub fn new(source: &'s str) -> Lexer<'s> {
        Lexer {
            source,
            left: memmem::Finder::new(LEFT),
            pos: 0,
            start: 0,
            inside_action: false,
            parens: 0,
            error: String::new(),
        }
    }

    /// The next token; after the end, the end again.
    pub fn next(&mut self) -> Token<'s> {
        if self.inside_action {
            self.inside_action()
        } else {
            self.text()
        }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.pos..).unwrap_or_default()
    }

    fn word(&self) -> &'s str {
        self.source.get(self.start..self.pos).unwrap_or_default()
    }

    fn emit(&mut self, kind: Kind) -> Token<'s> {
        self.emit_text(kind, self.word())
    }

    fn emit_text(&mut self, kind: Kind, text: &'s str) -> Token<'s> {
        let token = Token {
            kind,
            pos: self.start,
            text,
        };
        self.start = self.pos;
        token
    }

    fn fail(&mut self, message: String) -> Token<'s> {
        let token = self.emit(Kind::Error);
        self.error = message;
        token
    }

    fn peek(&self) -> Option<char> {
        match self.source.as_bytes().get(self.pos) {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.rest().chars().next(),
        }
    }

    fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.pos += character.len_utf8();
        Some(character)
    }

    /// Goes on behind one of these characters, all ASCII.
    fn accept(&mut self, valid: &str) -> bool {
        let next = self.source.as_bytes().get(self.pos);
        let hit = next.is_some_and(|byte| valid.as_bytes().contains(byte));
        self.pos += usize::from(hit);
        hit
    }

    fn accept_run(&mut self, valid: &str) {
        self.skip_while(|byte| valid.as_bytes().contains(&byte));
    }

    /// Goes on behind the bytes, all ASCII, for which this holds.
    fn skip_while(&mut self, holds: impl Fn(u8) -> bool) {
        let rest = self.source.as_bytes().get(self.pos..).unwrap_or_default();
        let run = rest.iter().take_while(|byte| holds(**byte));
        self.pos += run.count();
    }

    /// Text up to an action; comments are skipped on the way.
    fn text(&mut self) -> Token<'s> {
        loop {
            let rest = self.rest();
            let Some(at) = self.left.find(rest.as_bytes()) else {
                self.pos = self.source.len();
                let kind = if rest.is_empty() {
                    Kind::Eof
                } else {
                    Kind::Text
                };
                return self.emit(kind);
            };
            let trims = starts_with_left_marker(&rest[at + LEFT.len()..]);
            let text = &rest[..at];
            let text = if trims {
                text.trim_end_matches(SPACES)
            } else {
                text
            };
            self.pos += at;
            if !text.is_empty() {
                return self.emit_text(Kind::Text, text);
            }
            self.start = self.pos;
            if let Some(token) = self.left_delim(trims) {
                return token;
            }
        }
    }

    /// `{{`, or `None` where it began a comment.
    fn left_delim(&mut self, trims: bool) -> Option<Token<'s>> {
        let marker = if trims { MARKER } else { 0 };
        let after = self.pos + LEFT.len() + marker;
        if self.source[after..].starts_with("/*") {
            self.pos = after;
            self.start = after;
            return self.comment();
        }
        self.pos += LEFT.len();
        let token = self.emit(Kind::LeftDelim);
        self.inside_action = true;
        self.parens = 0;
        self.pos += marker;
        self.start = self.pos;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token<'s>> {
        let Some(end) = memmem::find(&self.rest().as_bytes()[2..], b"*/") else {
            return Some(self.fail("unclosed comment".into()));
        };
        self.pos += 2 + end + 2;
        let Some(trims) = self.at_right_delim() else {
            return Some(self.fail("comment ends before closing delimiter".into()));
        };
        self.skip_right_delim(trims);
        self.start = self.pos;
        None
    }

    /// Whether a right delimiter begins here, and if so, whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        let trimmed = starts_with_right_marker(rest) && rest[MARKER..].starts_with(RIGHT);
        (trimmed || rest.starts_with(RIGHT)).then_some(trimmed)
    }

    fn skip_right_delim(&mut self, trims: bool) {
        self.pos += RIGHT.len();
        if trims {
            self.pos += MARKER;
            let rest = self.rest();
            self.pos += rest.len() - rest.trim_start_matches(SPACES).len();
        }
    }

    fn right_delim(&mut self, trims: bool) -> Token<'s> {
        self.start += if trims { MARKER } else { 0 };
        self.skip_right_delim(trims);
        self.inside_action = false;
        self.emit_text(Kind::RightDelim, RIGHT)
    }

    fn inside_action(&mut self) -> Token<'s> {
        if let Some(trims) = self.at_right_delim() {
            return match self.parens {
                0 => self.right_delim(trims),
                _ => self.fail("unclosed left paren".into()),
            };
        }
        let Some(character) = self.bump() else {
            return self.fail("unclosed action".into());
        };
        match character {
            ' ' | '\t' | '\r' | '\n' => self.space(),
            '=' => self.emit(Kind::Assign),
            ':' if self.accept("=") => self.emit(Kind::Declare),
            ':' => self.fail("expected :=".into()),
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '`' => self.raw_quoted(),
            '$' => self.field_or_variable(Kind::Variable),
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant"),
            '.' if !self.peek().is_none_or(|c| c.is_ascii_digit()) => {
                self.field_or_variable(Kind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(),
            '(' => self.left_paren(),
            ')' => self.right_paren(),
            c if is_alphanumeric(c) => self.identifier(),
            c if c == ' ' || c.is_ascii_graphic() => self.emit(Kind::Char),
            c => self.fail(format!(
                "unrecognized character in action: {}",
                code_point(Some(c))
            )),
        }
    }

    fn left_paren(&mut self) -> Token<'s> {
        self.parens += 1;
        self.emit(Kind::LeftParen)
    }

    fn right_paren(&mut self) -> Token<'s> {
        if self.parens == 0 {
            return self.fail("unexpected right paren".into());
        }
        self.parens -= 1;
        self.emit(Kind::RightParen)
    }

    /// A run of blanks. The last one may belong to ` -}}`.
    fn space(&mut self) -> Token<'s> {
        self.accept_run(" \t\r\n");
        let blank = self.pos - 1;
        let ahead = &self.source[blank..];
        if starts_with_right_marker(ahead) && ahead[MARKER..].starts_with(RIGHT) {
            self.pos = blank;
            if blank == self.start {
                return self.right_delim(true);
            }
        }
        self.emit(Kind::Space)
    }

    fn identifier(&mut self) -> Token<'s> {
        self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character();
        }
        match self.word() {
            "true" | "false" => self.emit(Kind::Bool),
            word => self.emit(Kind::keyword(word).unwrap_or(Kind::Identifier)),
        }
    }

    fn field_or_variable(&mut self, kind: Kind) -> Token<'s> {
        if self.at_terminator() {
            let alone = if kind == Kind::Field { Kind::Dot } else { kind };
            return self.emit(alone);
        }
        self.skip_alphanumeric();
        if self.at_terminator() {
            self.emit(kind)
        } else {
            self.bad_character()
        }
    }

    fn skip_alphanumeric(&mut self) {
        // Names are ASCII, nearly always.
        self.skip_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
    }

    fn bad_character(&mut self) -> Token<'s> {
        let message = format!("bad character {}", code_point(self.peek()));
        self.fail(message)
    }

    /// Whether an identifier may end here.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None => true,
            Some(c) if SPACES.contains(&c) => true,
            Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with(RIGHT),
        }
    }

    fn quoted(&mut self, quote: char, kind: Kind, unterminated: &str) -> Token<'s> {
        loop {
            match self.bump() {
                Some('\\') if !matches!(self.peek(), None | Some('\n')) => {
                    self.bump();
                }
                None | Some('\n' | '\\') => return self.fail(unterminated.into()),
                Some(c) if c == quote => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_quoted(&mut self) -> Token<'s> {
        match memchr::memchr(b'`', self.rest().as_bytes()) {
            Some(end) => {
                self.pos += end + 1;
                self.emit(Kind::RawString)
            }
            None => {
                self.pos = self.source.len();
                self.fail("unterminated raw quoted string".into())
            }
        }
    }

    fn number(&mut self) -> Token<'s> {
        self.pos = self.start;
        if !self.scan_number() {
            return self.bad_number();
        }
        if !matches!(self.peek(), Some('+' | '-')) {
            return self.emit(Kind::Number);
        }
        // Complex: 1+2i, no blanks, ending in i.
        if self.scan_number() && self.word().ends_with('i') {
            self.emit(Kind::Complex)
        } else {
            self.bad_number()
        }
    }

    fn bad_number(&mut self) -> Token<'s> {
        let message = format!("bad number syntax: {}", quote(self.word()));
        self.fail(message)
    }

    fn scan_number(&mut self) -> bool {
        const DECIMAL: &str = "0123456789_";
        const HEX: &str = "0123456789abcdefABCDEF_";
        self.accept("+-");
        let mut digits = DECIMAL;
        if self.accept("0") {
            if self.accept("xX") {
                digits = HEX;
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits == DECIMAL && self.accept("eE") || digits == HEX && self.accept("pP") {
            self.accept("+-");
            self.accept_run(DECIMAL);
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }
}

fn starts_with_left_marker(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', b' ' | b'\t' | b'\r' | b'\n', ..])
}

fn starts_with_right_marker(text: &str) -> bool {
    matches!(text.as_bytes(), [b' ' | b'\t' | b'\r' | b'\n', b'-', ..])
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// `%#U`: `U+0025 '%'`.
fn code_point(character: Option<char>) -> String {
    let code = character.map_or(-1, |c| i64::from(u32::from(c)));
    sprintf("%#U", &[Value::Int(code)])
}
