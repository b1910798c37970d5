//! RE2 as Go's `regexp/syntax` reads it, rewritten for the crate `regex`.
//!
//! The two grammars look alike and are not: classes such as `\d` are ASCII in
//! Go, `\Q…\E`, octal escapes and a lone `{` exist only there, `a**` and
//! `a{1001}` are errors only there. So every token is read by Go's rules, with
//! Go's error texts, and written out in a form that means the same in Rust.

use super::class;

/// Go's limit for a repeat count.
const MAX_REPEAT: u32 = 1000;

/// The pattern in Rust's syntax, or `error parsing regexp: …`.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut reader = Reader {
        pattern,
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
        last: Last::Nothing,
        groups: vec![1],
        names: Vec::new(),
    };
    reader.run()?;
    Ok(reader.out)
}

/// `error parsing regexp: missing closing ]: `[``.
pub(super) fn fault<T>(code: &str, expression: &str) -> Result<T, String> {
    Err(format!("error parsing regexp: {code}: `{expression}`"))
}

/// What stands before the current place, as repetition operators need to know.
enum Last<'a> {
    /// The start of the pattern, a group or an alternative.
    Nothing,
    /// Something that can be repeated, and its weight: how often its innermost
    /// item is repeated already.
    Item(u32),
    /// A repetition operator; the text from there on.
    Repeat(&'a str),
}

struct Reader<'a> {
    pattern: &'a str,
    rest: &'a str,
    out: String,
    last: Last<'a>,
    /// The heaviest item so far of the pattern and of each open group.
    groups: Vec<u32>,
    names: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.chars().next() {
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => self.copy('|', Last::Nothing),
                '^' | '$' | '.' => self.copy(c, Last::Item(1)),
                '[' => self.class()?,
                '*' | '+' | '?' => self.repeat(1, 1)?,
                '{' => self.braces()?,
                '\\' => self.escape()?,
                _ => self.literal(c),
            }
        }
        if self.groups.len() > 1 {
            return fault("missing closing )", self.pattern);
        }
        Ok(())
    }

    fn copy(&mut self, c: char, last: Last<'a>) {
        self.out.push(c);
        self.rest = &self.rest[c.len_utf8()..];
        self.last = last;
    }

    fn literal(&mut self, c: char) {
        self.rest = &self.rest[c.len_utf8()..];
        push_literal(&mut self.out, c);
        self.last = Last::Item(1);
    }

    fn open(&mut self) -> Result<(), String> {
        self.last = Last::Nothing;
        if !self.rest.starts_with("(?") {
            self.groups.push(1);
            self.copy('(', Last::Nothing);
            return Ok(());
        }
        if self.rest.starts_with("(?P<") || self.rest.starts_with("(?<") {
            return self.named_group();
        }
        self.flags()
    }

    fn named_group(&mut self) -> Result<(), String> {
        let start = if self.rest.starts_with("(?P<") { 4 } else { 3 };
        let Some(end) = self.rest.find('>') else {
            return fault("invalid named capture", self.rest);
        };
        let (capture, name) = (&self.rest[..=end], &self.rest[start..end]);
        let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
        if name.is_empty() || !name.chars().all(word) {
            return fault("invalid named capture", capture);
        }
        self.groups.push(1);
        // Go allows a leading digit and the same name twice, Rust neither;
        // such a group can still be asked for by number.
        if name.starts_with(|c: char| c.is_ascii_digit()) || self.names.contains(&name) {
            self.out.push('(');
        } else {
            self.out.push_str(&format!("(?P<{name}>"));
        }
        self.names.push(name);
        self.rest = &self.rest[end + 1..];
        Ok(())
    }

    /// `(?i)`, `(?s-m:` and the like.
    fn flags(&mut self) -> Result<(), String> {
        let (mut negative, mut flag_seen) = (false, false);
        for (at, c) in self.rest.char_indices().skip(2) {
            let end = at + c.len_utf8();
            match c {
                'i' | 'm' | 's' | 'U' => flag_seen = true,
                '-' if !negative => (negative, flag_seen) = (true, false),
                ':' | ')' if !negative || flag_seen => {
                    if c == ':' {
                        self.groups.push(1);
                    }
                    if self.rest[..end] != *"(?)" {
                        self.out.push_str(&self.rest[..end]);
                    }
                    self.rest = &self.rest[end..];
                    return Ok(());
                }
                _ => return fault("invalid or unsupported Perl syntax", &self.rest[..end]),
            }
        }
        fault("invalid or unsupported Perl syntax", self.rest)
    }

    fn close(&mut self) -> Result<(), String> {
        let weight = self.groups.pop().unwrap_or(1);
        if self.groups.is_empty() {
            return fault("unexpected )", self.pattern);
        }
        self.weigh(weight);
        self.copy(')', Last::Item(weight));
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        self.rest = class::bracketed(self.rest, &mut self.out)?;
        self.last = Last::Item(1);
        Ok(())
    }

    fn weigh(&mut self, weight: u32) {
        if let Some(heaviest) = self.groups.last_mut() {
            *heaviest = weight.max(*heaviest);
        }
    }

    /// A repetition operator of so many bytes, for so many times at most.
    fn repeat(&mut self, length: usize, times: u32) -> Result<(), String> {
        let (operator, tail) = self.rest.split_at(length);
        let after = tail.strip_prefix('?').unwrap_or(tail);
        let whole = &self.rest[..self.rest.len() - after.len()];
        let weight = match self.last {
            Last::Nothing => return fault("missing argument to repetition operator", whole),
            Last::Repeat(from) => {
                let text = &from[..from.len() - after.len()];
                return fault("invalid nested repetition operator", text);
            }
            Last::Item(weight) => weight.saturating_mul(times.max(1)),
        };
        if weight > MAX_REPEAT {
            return fault("invalid repeat count", operator);
        }
        self.weigh(weight);
        self.out.push_str(whole);
        self.last = Last::Repeat(self.rest);
        self.rest = after;
        Ok(())
    }

    /// `{2,5}`; a brace that does not start a count is a literal.
    fn braces(&mut self) -> Result<(), String> {
        let Some((text, low, high)) = count(self.rest) else {
            self.literal('{');
            return Ok(());
        };
        if low > MAX_REPEAT || high.is_some_and(|high| high > MAX_REPEAT || high < low) {
            return fault("invalid repeat count", text);
        }
        self.repeat(text.len(), high.unwrap_or(low))
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.rest[1..].chars().next() else {
            return fault("trailing backslash at end of expression", "");
        };
        let simple = match c {
            'A' => r"\A",
            'z' => r"\z",
            'b' => r"(?-u:\b)",
            'B' => r"(?-u:\B)",
            'Q' => return self.quoted(),
            _ => return self.character(),
        };
        self.out.push_str(simple);
        self.rest = &self.rest[2..];
        self.last = Last::Item(1);
        Ok(())
    }

    /// `\Q…\E`.
    fn quoted(&mut self) -> Result<(), String> {
        let body = &self.rest[2..];
        let (text, rest) = body.split_once(r"\E").unwrap_or((body, ""));
        for c in text.chars() {
            push_literal(&mut self.out, c);
            self.last = Last::Item(1);
        }
        self.rest = rest;
        Ok(())
    }

    fn character(&mut self) -> Result<(), String> {
        if let Some(rest) = class::escaped(self.rest, &mut self.out)? {
            self.rest = rest;
        } else {
            let (c, rest) = unescape(self.rest)?;
            push_literal(&mut self.out, c);
            self.rest = rest;
        }
        self.last = Last::Item(1);
        Ok(())
    }
}

/// The text and the bounds of a `{n}`, `{n,}` or `{n,m}`.
fn count(rest: &str) -> Option<(&str, u32, Option<u32>)> {
    let end = rest.find('}')?;
    let body = &rest[1..end];
    let (low, high) = body.split_once(',').unwrap_or((body, body));
    let high = if high.is_empty() {
        None
    } else {
        Some(bound(high)?)
    };
    Some((&rest[..=end], bound(low)?, high))
}

/// A count without leading zero; what does not fit is too much anyway.
fn bound(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}

/// A character as itself, in and outside classes.
pub(super) fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() && c != '_' {
        // `\<` and `\>` would be word boundaries.
        out.push_str(&format!("\\x{:02x}", u32::from(c)));
    } else {
        out.push(c);
    }
}

/// Reads the escape of one character at the start of `text`.
pub(super) fn unescape(text: &str) -> Result<(char, &str), String> {
    let body = &text[1..];
    let Some(c) = body.chars().next() else {
        return fault("trailing backslash at end of expression", "");
    };
    let rest = &body[c.len_utf8()..];
    let escape = &text[..text.len() - rest.len()];
    let octal = |b: u8| (b'0'..=b'7').contains(&b);
    let next_octal = rest.bytes().next().is_some_and(octal);
    match c {
        '0' => Ok(octal_character(body)),
        '1'..='7' if next_octal => Ok(octal_character(body)),
        'x' => hexadecimal(text),
        'a' => Ok(('\u{7}', rest)),
        'f' => Ok(('\u{c}', rest)),
        'n' => Ok(('\n', rest)),
        'r' => Ok(('\r', rest)),
        't' => Ok(('\t', rest)),
        'v' => Ok(('\u{b}', rest)),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((c, rest)),
        _ => fault("invalid escape sequence", escape),
    }
}

/// Up to three octal digits.
fn octal_character(body: &str) -> (char, &str) {
    let digits = body
        .bytes()
        .take(3)
        .take_while(|b| (b'0'..=b'7').contains(b))
        .count();
    let code = body[..digits]
        .bytes()
        .fold(0, |code, b| code * 8 + u32::from(b - b'0'));
    (char::from_u32(code).unwrap_or('\u{fffd}'), &body[digits..])
}

/// `\x7f` or `\x{10ffff}`.
fn hexadecimal(text: &str) -> Result<(char, &str), String> {
    let body = &text[2..];
    let (digits, end) = match body.strip_prefix('{') {
        Some(inner) => {
            let length = inner.find('}').unwrap_or(inner.len());
            (&inner[..length], 2 + length)
        }
        None => (body.get(..2).unwrap_or(body), 2),
    };
    let code = u32::from_str_radix(digits, 16)
        .ok()
        .filter(|_| !digits.starts_with('+'));
    let character = code.and_then(char::from_u32);
    match (character, body.get(end..)) {
        (Some(c), Some(rest)) => Ok((c, rest)),
        _ => {
            let shown = text.char_indices().nth(2 + digits.len() + 1);
            let end = shown.map_or(text.len(), |(at, _)| at);
            fault("invalid escape sequence", &text[..end])
        }
    }
}
