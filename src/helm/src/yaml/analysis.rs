//! Which styles a string may be written in: libyaml's analysis of scalars.
//!
//! The main type here is [`Analysis`].

use super::resolve::{Scalar, is_base60, resolve};
use memchr::memmem;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// `'…'`.
    Single,
    /// `"…"`.
    Double,
    /// `|`.
    Literal,
}

/// What a text contains that forbids styles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Analysis {
    /// Holds a line break.
    pub multiline: bool,
    plain: bool,
    single: bool,
    literal: bool,
    /// Holds characters that a YAML reader refuses (`toYaml` then prints nothing).
    pub unreadable: bool,
}

impl Analysis {
    /// Looks at `text` once.
    pub(super) fn of(text: &str) -> Analysis {
        if text.is_ascii() && memchr::memchr(b'\n', text.as_bytes()).is_some() {
            return Analysis::of_lines(text);
        }
        if text.is_empty() {
            return Analysis {
                multiline: false,
                plain: true,
                single: true,
                literal: false,
                unreadable: false,
            };
        }
        let mut scan = Scan {
            indicators: text.starts_with("---") || text.starts_with("..."),
            ..Scan::default()
        };
        scan.walk(text);
        scan.verdict(text)
    }

    /// What [`Scan`] says of lines of ASCII, found without a look at each character: these are
    /// the long texts.
    fn of_lines(text: &str) -> Analysis {
        let odd = |byte: &u8| (*byte < b' ') & (*byte != b'\n') | (*byte > b'~');
        let special = text
            .as_bytes()
            .iter()
            .fold(false, |any, byte| any | odd(byte));
        let holds = |wanted: &str| memmem::find(text.as_bytes(), wanted.as_bytes()).is_some();
        let never = special || holds(" \n");
        Analysis {
            multiline: true,
            plain: false,
            single: !(never || holds("\n ")),
            literal: !(never || text.ends_with(' ')),
            unreadable: special && text.contains('\u{7f}'),
        }
    }

    /// The style for a value, or for a key.
    pub(super) fn style(&self, wish: Style, text: &str, key: bool) -> Style {
        let mut style = wish;
        if key && self.multiline {
            style = Style::Double;
        }
        if style == Style::Plain && (!self.plain || (key && text.is_empty())) {
            style = Style::Single;
        }
        if style == Style::Single && !self.single {
            style = Style::Double;
        }
        if style == Style::Literal && (!self.literal || key) {
            style = Style::Double;
        }
        style
    }
}

/// Whether a text is plain wherever it stands, as most texts are: a word that has no other
/// meaning, with nothing in it that could end or fold it.
pub(super) fn is_word(text: &str) -> bool {
    let inside =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    match text.as_bytes() {
        // `yes`, `null`, `off` and their like have at most five letters.
        [
            b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O',
            rest @ ..,
        ] => rest.len() >= 5 && rest.iter().all(|byte| inside(*byte)),
        [b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'_', rest @ ..] => {
            rest.iter().all(|byte| inside(*byte))
        }
        _ => false,
    }
}

/// The style that go-yaml v2 asks for before the analysis has its say.
pub(super) fn wish(text: &str) -> Style {
    if memchr::memchr(b'\n', text.as_bytes()).is_some() {
        Style::Literal
    } else if matches!(resolve(text), Scalar::Str(_) | Scalar::Merge) && !is_base60(text) {
        Style::Plain
    } else {
        Style::Double
    }
}

#[derive(Default)]
struct Scan {
    indicators: bool,
    breaks: bool,
    special: bool,
    unreadable: bool,
    break_space: bool,
    space_break: bool,
    after_space: bool,
    after_break: bool,
}

impl Scan {
    fn walk(&mut self, text: &str) {
        let mut before_blank = true;
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            let then_blank = chars.peek().is_none_or(|&next| is_blank(next));
            self.indicators |= if first {
                starts_badly(c, then_blank)
            } else {
                breaks_plain(c, before_blank, then_blank)
            };
            first = false;
            self.character(c);
            before_blank = is_blank(c);
        }
    }

    fn character(&mut self, c: char) {
        if !is_printable(c) {
            self.special = true;
            self.unreadable |= is_unreadable(c);
        }
        if c == ' ' {
            self.break_space |= self.after_break;
            (self.after_space, self.after_break) = (true, false);
        } else if is_break(c) {
            self.breaks = true;
            self.space_break |= self.after_space;
            (self.after_space, self.after_break) = (false, true);
        } else {
            (self.after_space, self.after_break) = (false, false);
        }
    }

    fn verdict(&self, text: &str) -> Analysis {
        let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let edges = edge(text.chars().next()) || edge(text.chars().next_back());
        let never = self.space_break || self.special;
        Analysis {
            multiline: self.breaks,
            plain: !(edges || self.break_space || never || self.breaks || self.indicators),
            single: !(self.break_space || never),
            literal: !(text.ends_with(' ') || never),
            unreadable: self.unreadable,
        }
    }
}

fn starts_badly(c: char, then_blank: bool) -> bool {
    match c {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => true,
        '?' | ':' | '-' => then_blank,
        _ => false,
    }
}

fn breaks_plain(c: char, before_blank: bool, then_blank: bool) -> bool {
    (c == ':' && then_blank) || (c == '#' && before_blank)
}

/// A blank or a line break: what may stand around an indicator.
fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t' || is_break(c)
}

/// A line break of YAML 1.1.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// libyaml's idea of printable: no tab, nothing outside the BMP.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// What go-yaml's reader refuses as a control character.
fn is_unreadable(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}
