//! The words of a Jinja expression. The main type here is [`Token`].

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    Text,
    /// One character of punctuation.
    Sign(char),
}

/// One token, with the blanks before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Blanks before it.
    pub(super) lead: &'a str,
    /// The token itself, quotes included.
    pub(super) text: &'a str,
}

impl Token<'_> {
    pub(super) fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        self.kind == Kind::Name && self.text == name
    }
}

/// Cuts an expression into tokens. Nothing is lost: leads and texts together are the source,
/// less the blanks at its end.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    loop {
        let trimmed = rest.trim_start();
        let lead = &rest[..rest.len() - trimmed.len()];
        let Some(first) = trimmed.chars().next() else {
            return tokens;
        };
        let (kind, length) = token(trimmed, first);
        let (text, after) = trimmed.split_at(length);
        tokens.push(Token { kind, lead, text });
        rest = after;
    }
}

/// Kind and length of the token that `rest` begins with.
fn token(rest: &str, first: char) -> (Kind, usize) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    match first {
        '\'' | '"' => (Kind::Text, literal(rest, first)),
        c if c.is_ascii_digit() => (Kind::Number, number(rest)),
        c if word(c) => (Kind::Name, rest.find(|c| !word(c)).unwrap_or(rest.len())),
        c => (Kind::Sign(c), c.len_utf8()),
    }
}

/// The length of a number; `1.5` is one, `1.x` and `1..` are not.
fn number(rest: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let whole = rest.find(|c| !word(c)).unwrap_or(rest.len());
    let fraction = rest[whole..]
        .strip_prefix('.')
        .filter(|f| f.starts_with(|c: char| c.is_ascii_digit()));
    match fraction {
        Some(fraction) => whole + 1 + fraction.find(|c| !word(c)).unwrap_or(fraction.len()),
        None => whole,
    }
}

/// The length of a quoted text; one without an end reaches to the end of the source.
pub(super) fn literal(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
