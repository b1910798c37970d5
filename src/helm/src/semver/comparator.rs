//! The words of a constraint, as Masterminds' expressions cut them. The main function here is
//! [`words`].
//!
//! Nearly every chart asks for a version somewhere, and to compile those expressions would take
//! longer than all the rest of reading a chart.

/// One comparison, in parts: the numbers after the first with their dot, the prerelease with its
/// hyphen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub operator: &'t str,
    pub major: &'t str,
    pub minor: &'t str,
    pub patch: &'t str,
    pub prerelease: &'t str,
}

/// Those of two letters before those that they begin with.
const OPERATORS: [&str; 11] = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"];

/// Go's `\s`, which knows ASCII alone.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

/// The comparisons of a group, parted by blanks or commas; `None` where it is none.
pub(super) fn words(text: &str) -> Option<Vec<Word<'_>>> {
    let mut reader = Reader { rest: text };
    reader.blanks();
    let mut words = vec![reader.word()?];
    loop {
        let blanks = reader.blanks();
        if reader.rest.is_empty() {
            return Some(words);
        }
        let comma = reader.take(",");
        if comma.is_none() && !blanks {
            return None;
        }
        reader.blanks();
        words.push(reader.word()?);
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// Whether there were any.
    fn blanks(&mut self) -> bool {
        !self.run(is_blank).is_empty()
    }

    fn run(&mut self, holds: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !holds(c)).unwrap_or(self.rest.len());
        self.cut(end)
    }

    fn cut(&mut self, end: usize) -> &'t str {
        let (cut, rest) = self.rest.split_at(end);
        self.rest = rest;
        cut
    }

    fn take(&mut self, word: &str) -> Option<&'t str> {
        self.rest.starts_with(word).then(|| self.cut(word.len()))
    }

    fn word(&mut self) -> Option<Word<'t>> {
        let operator = OPERATORS.iter().find_map(|operator| self.take(operator));
        self.blanks();
        self.take("v");
        let major = self.number();
        if major.is_empty() {
            return None;
        }
        let (minor, patch) = (self.after_dot(), self.after_dot());
        let prerelease = self.suffix('-');
        self.suffix('+');
        Some(Word {
            operator: operator.unwrap_or_default(),
            major,
            minor,
            patch,
            prerelease,
        })
    }

    fn number(&mut self) -> &'t str {
        self.run(|c| matches!(c, '0'..='9' | 'x' | 'X' | '*' | '|'))
    }

    /// `.2`, or nothing.
    fn after_dot(&mut self) -> &'t str {
        let whole = self.rest;
        if self.take(".").is_some() && self.number().is_empty() {
            self.rest = whole;
        }
        &whole[..whole.len() - self.rest.len()]
    }

    /// `-rc.1`, or nothing.
    fn suffix(&mut self, first: char) -> &'t str {
        let whole = self.rest;
        let mut before = first;
        loop {
            let rest = self.rest;
            if self.take(before.encode_utf8(&mut [0; 4])).is_none()
                || self
                    .run(|c| c.is_ascii_alphanumeric() || c == '-')
                    .is_empty()
            {
                self.rest = rest;
                return &whole[..whole.len() - rest.len()];
            }
            before = '.';
        }
    }
}
