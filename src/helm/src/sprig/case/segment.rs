//! Words as xstrings cuts them: a small state machine over word types.

use super::{is_connector, lower};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

/// Rewrites `text` as lower-case words joined by `connector`.
pub(super) fn lower_words(text: &str, connector: char) -> String {
    let mut writer = Writer {
        out: String::new(),
        connector,
    };
    let mut words = Words { rest: text };
    let (mut kind, mut word) = words.next_word();
    while !words.rest.is_empty() {
        if kind != Kind::Connector {
            writer.word(kind, word);
        }
        let (previous, last) = (kind, word);
        (kind, word) = words.next_word();
        match previous {
            Kind::Number => {
                (kind, word) = writer.glued(&mut words, kind, word);
                writer.join_before(kind);
            }
            Kind::Connector => writer.word(previous, last),
            Kind::Punctuation => {}
            _ if kind != Kind::Number => writer.join_before_part(kind),
            _ if words.rest.is_empty() => {}
            _ => (kind, word) = writer.number_after_letters(&mut words, word),
        }
    }
    writer.word(kind, word);
    writer.out
}

struct Writer {
    out: String,
    connector: char,
}

impl Writer {
    fn word(&mut self, kind: Kind, word: &str) {
        if !matches!(kind, Kind::Upper | Kind::Connector) {
            self.out.push_str(word);
            return;
        }
        let connector = self.connector;
        self.out.extend(word.chars().map(|c| match c {
            c if is_connector(c) => connector,
            c if c.is_uppercase() => lower(c),
            c => c,
        }));
    }

    fn join_before(&mut self, next: Kind) {
        if next != Kind::Invalid {
            self.join_before_part(next);
        }
    }

    fn join_before_part(&mut self, next: Kind) {
        if !matches!(next, Kind::Connector | Kind::Punctuation) {
            self.out.push(self.connector);
        }
    }

    /// Letters and numbers that belong to the number before them.
    fn glued<'a>(
        &mut self,
        words: &mut Words<'a>,
        mut kind: Kind,
        mut word: &'a str,
    ) -> (Kind, &'a str) {
        while matches!(kind, Kind::Alphabet | Kind::Number) {
            self.word(kind, word);
            (kind, word) = words.next_word();
        }
        (kind, word)
    }

    /// `Bld4Floor` is bld4_floor, but `http2xx` is http_2xx.
    fn number_after_letters<'a>(&mut self, words: &mut Words<'a>, number: &str) -> (Kind, &'a str) {
        let (kind, word) = words.next_word();
        if kind != Kind::Alphabet {
            self.word(Kind::Number, number);
            self.join_before_part(kind);
            return (kind, word);
        }
        self.out.push(self.connector);
        self.word(Kind::Number, number);
        let (kind, word) = self.glued(words, kind, word);
        self.join_before(kind);
        (kind, word)
    }
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next_word(&mut self) -> (Kind, &'a str) {
        let Some(first) = self.rest.chars().next() else {
            return (Kind::Invalid, "");
        };
        let kind = kind_of(first);
        let end = match kind {
            Kind::Upper => self.upper_end(first),
            _ => self.run_end(first.len_utf8(), |c| continues(kind, c)),
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (kind, word)
    }

    fn run_end(&self, from: usize, belongs: impl Fn(char) -> bool) -> usize {
        let tail = &self.rest[from..];
        from + tail.find(|c| !belongs(c)).unwrap_or(tail.len())
    }

    /// `Status`, `HTTP`, and of `HTTPStatus` only `HTTP`.
    fn upper_end(&self, first: char) -> usize {
        let start = first.len_utf8();
        match self.rest[start..].chars().next() {
            Some(c) if c.is_uppercase() => {
                let end = self.run_end(start, char::is_uppercase);
                let last = self.rest[..end]
                    .chars()
                    .next_back()
                    .map_or(0, char::len_utf8);
                let followed = self.rest[end..].chars().next().is_some_and(is_alphabet);
                if followed { end - last } else { end }
            }
            Some(c) if is_alphabet(c) => self.run_end(start, |c| continues(Kind::Alphabet, c)),
            _ => start,
        }
    }
}

fn kind_of(c: char) -> Kind {
    match c {
        '\u{fffd}' => Kind::Invalid,
        c if is_connector(c) => Kind::Connector,
        c if is_punctuation(c) => Kind::Punctuation,
        c if c.is_uppercase() => Kind::Upper,
        c if is_alphabet(c) => Kind::Alphabet,
        c if c.is_numeric() => Kind::Number,
        _ => Kind::Other,
    }
}

fn continues(kind: Kind, c: char) -> bool {
    match kind {
        Kind::Invalid => false,
        Kind::Connector => is_connector(c),
        Kind::Punctuation => is_punctuation(c),
        Kind::Alphabet => is_alphabet(c) && !c.is_uppercase(),
        Kind::Number => c.is_numeric(),
        _ => !is_connector(c) && !is_alphabet(c) && !c.is_numeric() && !is_punctuation(c),
    }
}

/// A letter, CJK characters excepted.
fn is_alphabet(c: char) -> bool {
    let cjk =
        matches!(c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}');
    c.is_alphabetic() && !c.is_numeric() && !cjk
}

/// Go's `unicode.IsPunct`: `$ + < = > ^ ` | ~` are symbols, not punctuation.
fn is_punctuation(c: char) -> bool {
    match c {
        '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => false,
        c if c.is_ascii() => c.is_ascii_punctuation(),
        '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}' => true,
        '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' => !matches!(c, '\u{2044}' | '\u{2052}'),
        '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' => true,
        _ => false,
    }
}
