//! The globs of `.Files.Glob` (gobwas/glob with `/` as separator).

use regex::Regex;

/// A compiled pattern; one that is not well formed matches everything, as in Helm.
pub(super) struct Glob(Option<Regex>);

impl Glob {
    /// Compiles `pattern`.
    pub(super) fn new(pattern: &str) -> Glob {
        Glob(translate(pattern).and_then(|text| Regex::new(&text).ok()))
    }

    /// Whether `path` matches as a whole.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|regex| regex.is_match(path))
    }
}

fn translate(pattern: &str) -> Option<String> {
    let mut out = String::from(r"(?s)\A");
    let mut chars = pattern.chars().peekable();
    let mut braces = 0usize;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => class(&mut chars, &mut out)?,
            '{' => {
                braces += 1;
                out.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                out.push(')');
            }
            ',' if braces > 0 => out.push('|'),
            '\\' => literal(chars.next()?, &mut out),
            c => literal(c, &mut out),
        }
    }
    out.push_str(r"\z");
    (braces == 0).then_some(out)
}

fn literal(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if chars.next_if_eq(&'!').is_some() {
        out.push('^');
    }
    loop {
        match chars.next()? {
            ']' => break,
            '-' => out.push('-'),
            '\\' => literal(chars.next()?, out),
            c => literal(c, out),
        }
    }
    out.push(']');
    Some(())
}
