//! The writer of tokens: columns, indentation, folding at 80. The main type
//! here is [`Emitter`], a port of the behaviour of libyaml's emitter.

use super::analysis::{Analysis, Style, is_break, is_printable, is_word, wish};
use std::fmt::Write;

/// The column after which libyaml breaks at the next single space.
const BEST_WIDTH: usize = 80;

const BLANKS: &str = "                                ";

/// libyaml's bound on the bytes of a key without `? `.
const MAX_KEY: usize = 128;

/// Writes tokens into a string.
pub(super) struct Emitter<'a> {
    out: &'a mut String,
    /// Counted in characters.
    column: usize,
    /// The last thing written was a blank.
    whitespace: bool,
    /// Only indentation and indicators so far on this line.
    indention: bool,
    /// Whether long scalars are folded (go-yaml v2) or not (v3).
    fold: bool,
    /// Set when a text can't be read back: Helm then prints nothing.
    pub unreadable: bool,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(out: &'a mut String, fold: bool) -> Emitter<'a> {
        Emitter {
            out,
            column: 0,
            whitespace: true,
            indention: true,
            fold,
            unreadable: false,
        }
    }

    /// Whether a list under a key starts in the key's own column.
    pub(super) fn indention(&self) -> bool {
        self.indention
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// Writes a break of the text: LF through `line_break`, others as they are.
    fn text_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }

    /// Moves to `indent`, on a new line where this one is in use.
    pub(super) fn indent(&mut self, indent: usize) {
        let fits = self.column < indent || (self.column == indent && self.whitespace);
        if !self.indention || !fits {
            self.line_break();
        }
        while self.column < indent {
            let missing = BLANKS.len().min(indent - self.column);
            self.out.push_str(&BLANKS[..missing]);
            self.column += missing;
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// Writes an indicator such as `-`, `:` or `{}`.
    pub(super) fn indicator(&mut self, text: &str, needs_blank: bool, keeps_indention: bool) {
        if needs_blank && !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = false;
        self.indention &= keeps_indention;
    }

    /// Writes `null`, a boolean or a number.
    pub(super) fn token(&mut self, text: &str) {
        self.indicator(text, true, false);
    }

    /// Writes an integer.
    pub(super) fn integer(&mut self, number: i128) {
        self.indicator("", true, false);
        let before = self.out.len();
        // Writing into a string cannot fail.
        let _ = write!(self.out, "{number}");
        self.column += self.out.len() - before;
    }

    /// Writes a string as go-yaml does.
    pub(super) fn string(&mut self, text: &str, indent: usize) {
        match is_word(text) {
            true => self.token(text),
            false => self.styled(text, wish(text), indent),
        }
    }

    /// Writes a string in the wished style, or the next one that can hold it.
    fn styled(&mut self, text: &str, wish: Style, indent: usize) {
        let analysis = Analysis::of(text);
        self.unreadable |= analysis.unreadable;
        match analysis.style(wish, text, false) {
            Style::Plain => self.plain(text, Some(indent)),
            Style::Single => self.single(text, Some(indent)),
            Style::Double => self.double(text, Some(indent)),
            Style::Literal => self.literal(text, indent),
        }
    }

    /// Writes a key up to its colon; a long one needs `? `.
    pub(super) fn key(&mut self, text: &str, indent: usize) {
        if text.len() <= MAX_KEY && is_word(text) {
            self.token(text);
            return self.indicator(":", false, false);
        }
        let (analysis, wish) = (Analysis::of(text), wish(text));
        self.unreadable |= analysis.unreadable;
        if analysis.multiline || text.len() > MAX_KEY {
            self.indicator("?", true, true);
            self.styled(text, wish, indent + 2);
            self.indent(indent);
            return self.indicator(":", true, true);
        }
        match analysis.style(wish, text, true) {
            Style::Plain => self.plain(text, None),
            Style::Single => self.single(text, None),
            Style::Double | Style::Literal => self.double(text, None),
        }
        self.indicator(":", false, false);
    }

    /// Whether the line is to be broken at this space.
    fn folds(&self, indent: Option<usize>) -> Option<usize> {
        indent.filter(|_| self.fold && self.column > BEST_WIDTH)
    }

    fn plain(&mut self, text: &str, indent: Option<usize>) {
        if !self.whitespace {
            self.put(' ');
        }
        self.flowing(text, indent, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn single(&mut self, text: &str, indent: Option<usize>) {
        self.indicator("'", true, false);
        self.flowing(text, indent, true);
        self.indicator("'", false, false);
    }

    /// The body of plain and single-quoted scalars.
    fn flowing(&mut self, text: &str, indent: Option<usize>, quoted: bool) {
        if self.column + text.len() <= BEST_WIDTH
            && text.is_ascii()
            && !(quoted && text.contains('\''))
        {
            self.out.push_str(text);
            self.column += text.len();
            return;
        }
        let (mut spaces, mut breaks) = (false, false);
        let last = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
        for (at, c) in text.char_indices() {
            if c == ' ' {
                let inside = !quoted || (at > 0 && at < last);
                let lone = !spaces && !text[at + 1..].starts_with(' ');
                match self.folds(indent) {
                    Some(indent) if inside && lone => self.indent(indent),
                    _ => self.put(c),
                }
                spaces = true;
            } else if is_break(c) {
                self.text_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent.unwrap_or_default());
                }
                if quoted && c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
    }

    fn double(&mut self, text: &str, indent: Option<usize>) {
        self.indicator("\"", true, false);
        let mut spaces = false;
        // libyaml looks for the byte order mark at the start of its buffer.
        let all = text.starts_with('\u{feff}');
        let last = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
        for (at, c) in text.char_indices() {
            if all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
                continue;
            }
            let inside = c == ' ' && !spaces && at > 0 && at < last;
            match self.folds(indent) {
                Some(indent) if inside => {
                    self.indent(indent);
                    if text[at + 1..].starts_with(' ') {
                        self.put('\\');
                    }
                }
                _ => self.put(c),
            }
            spaces = c == ' ';
        }
        self.indicator("\"", false, false);
    }

    fn escape(&mut self, c: char) {
        let before = self.out.len();
        let short = match c {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0b' => 'v',
            '\x0c' => 'f',
            '\r' => 'r',
            '\x1b' => 'e',
            '"' | '\\' => c,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => '\0',
        };
        let code = u32::from(c);
        // Writing into a string cannot fail.
        let _ = match (short, code) {
            ('\0', 0..=0xff) => write!(self.out, "\\x{code:02X}"),
            ('\0', 0..=0xffff) => write!(self.out, "\\u{code:04X}"),
            ('\0', _) => write!(self.out, "\\U{code:08X}"),
            (short, _) => write!(self.out, "\\{short}"),
        };
        self.column += self.out.len() - before;
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.indicator("|", true, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false);
        }
        self.indicator(chomping(text), false, false);
        self.line_break();
        self.indention = true;
        self.whitespace = true;
        let ascii = text.is_ascii();
        for line in text.split_inclusive(is_break) {
            let content = line.strip_suffix(is_break).unwrap_or(line);
            if !content.is_empty() {
                self.indent(indent);
                self.out.push_str(content);
                self.column += if ascii {
                    content.len()
                } else {
                    content.chars().count()
                };
                self.indention = false;
            }
            if let Some(end) = line[content.len()..].chars().next() {
                self.text_break(end);
                self.indention = true;
            }
        }
    }

    /// Ends the document.
    pub(super) fn finish(&mut self) {
        self.indent(0);
    }
}

fn chomping(text: &str) -> &'static str {
    let mut chars = text.chars().rev();
    match (chars.next().map(is_break), chars.next().map(is_break)) {
        (Some(true), None | Some(true)) => "+",
        (Some(true), Some(false)) => "",
        _ => "-",
    }
}
