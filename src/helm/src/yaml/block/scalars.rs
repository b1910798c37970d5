//! Scalars of one line, plain ones that go on, and literals.

use super::super::build::Build;
use super::super::resolve::{Scalar, resolve};
use super::{Block, Read, Unknown, is_indicator};
use std::borrow::Cow;

impl<'t, B: Build> Block<'t, B> {
    pub(super) fn null(&self) -> Read<B::Node> {
        self.build.scalar(Scalar::Null).map_err(|_| Unknown)
    }

    /// The scalar or flow collection at `start`, on a line that ends at `end`, of a key or item at
    /// `indent`.
    pub(super) fn value(&mut self, start: usize, end: usize, indent: usize) -> Read<B::Node> {
        let (node, after) = match self.byte(start) {
            b'"' | b'\'' => match self.quoted(start, end) {
                Ok((text, after)) => (self.string(text)?, after),
                Err(Unknown) => return self.folded_quoted(start, end, indent),
            },
            b'[' | b'{' => self.flow(start, end)?,
            b'|' => return self.literal(start, end, indent),
            b'-' | b':' if matches!(self.byte(start + 1), b' ' | b'\n') => return Err(Unknown),
            b':' => return self.plain(start, end, indent),
            first if is_indicator(first) => return Err(Unknown),
            _ => return self.plain(start, end, indent),
        };
        let rest = self.skip_blanks(after);
        if rest < end && (self.byte(rest) != b'#' || rest == after) {
            return Err(Unknown);
        }
        self.advance(end + 1)?;
        self.line_of(indent)?;
        Ok(node)
    }

    pub(super) fn string(&self, text: Cow<'t, str>) -> Read<B::Node> {
        match self.skims {
            true => self.null(),
            false => self.build.scalar(Scalar::Str(text)).map_err(|_| Unknown),
        }
    }

    /// A plain scalar by its meaning; what JSON can't hold is an error, and so the parser's.
    pub(super) fn meaning(&self, text: &'t str) -> Read<B::Node> {
        match resolve(text) {
            Scalar::Str(text) => self.string(text),
            scalar => self.build.scalar(scalar).map_err(|_| Unknown),
        }
    }

    fn plain(&mut self, start: usize, end: usize, indent: usize) -> Read<B::Node> {
        let (text, mut commented) = self.words(start, end)?;
        self.advance(end + 1)?;
        if self.line_of(indent).is_ok() {
            return self.meaning(text);
        }
        let (mut folded, mut end) = (text.to_owned(), end);
        while let Some(line) = self.line.filter(|line| line.indent > indent) {
            let gap = self.slice(end, line.start);
            if commented || gap.contains('#') {
                return Err(Unknown);
            }
            let (text, comment) = self.words(line.start, line.end)?;
            fold(&mut folded, gap.matches('\n').count());
            folded.push_str(text);
            (commented, end) = (comment, line.end);
            self.advance(end + 1)?;
        }
        self.string(Cow::Owned(folded))
    }

    /// The plain text of one line, and whether a comment follows it.
    fn words(&self, start: usize, end: usize) -> Read<(&'t str, bool)> {
        let text = self.slice(start, end);
        for at in memchr::memchr3_iter(b':', b'#', b'\t', text.as_bytes()) {
            match self.byte(start + at) {
                b'#' if self.byte(start + at - 1) == b' ' => {
                    return Ok((text[..at].trim_end_matches(' '), true));
                }
                b'#' => {}
                b':' if !matches!(self.byte(start + at + 1), b' ' | b'\n') => {}
                _ => return Err(Unknown),
            }
        }
        Ok((text.trim_end_matches(' '), false))
    }

    /// The quoted text at `start`, which ends on its line, and the place behind it.
    pub(super) fn quoted(&self, start: usize, end: usize) -> Read<(Cow<'t, str>, usize)> {
        let (text, len) = unquote(self.slice(start, end))?;
        Ok((text, start + len))
    }

    /// A quoted text that goes on in the next lines.
    fn folded_quoted(&mut self, start: usize, end: usize, indent: usize) -> Read<B::Node> {
        let quote = self.byte(start);
        let (mut joined, mut end) = (self.slice(start, end).to_owned(), end);
        let mut breaks = 0;
        while end < self.text.len() {
            let from = end + 1;
            let content = self.skip_blanks(from);
            end = self.end_of_line(content);
            breaks += 1;
            if content == end {
                continue;
            }
            joined.truncate(joined.trim_end_matches(' ').len());
            let line = self.slice(content, end);
            let odd = joined.ends_with(['\\', '\t']) || line.starts_with('\t');
            if content - from <= indent || odd {
                return Err(Unknown);
            }
            fold(&mut joined, std::mem::take(&mut breaks));
            joined.push_str(line);
            if memchr::memchr(quote, line.as_bytes()).is_none() {
                continue;
            }
            if let Ok((text, len)) = unquote(&joined) {
                if len < joined.trim_end_matches(' ').len() {
                    return Err(Unknown);
                }
                let text = Cow::Owned(text.into_owned());
                self.advance(end + 1)?;
                self.line_of(indent)?;
                return self.string(text);
            }
        }
        Err(Unknown)
    }

    /// A literal block (`|`, `|-`) of a key or item at `indent`.
    fn literal(&mut self, start: usize, end: usize, indent: usize) -> Read<B::Node> {
        let strips = match self.slice(start + 1, end) {
            "" => false,
            "-" => true,
            _ => return Err(Unknown),
        };
        let mut out = String::new();
        let (mut width, mut blank, mut at) = (None, 0, end + 1);
        let mut terminated = true;
        while at < self.text.len() {
            let (content, eol) = (self.skip_blanks(at), self.end_of_line(at));
            let own = content - at;
            let is_blank = content == eol;
            // go-yaml minds a tab where the indentation is still to be found, or not yet reached.
            if self.slice(content, eol).starts_with('\t') && width.is_none_or(|width| own < width) {
                return Err(Unknown);
            }
            if is_blank && own > 0 && (width.is_none() || eol == self.text.len()) {
                return Err(Unknown);
            }
            if is_blank && width.is_none_or(|width| own <= width) {
                blank += 1;
                at = eol + 1;
                continue;
            }
            if own < *width.get_or_insert(own) || own <= indent {
                break;
            }
            if !self.skims {
                let breaks = blank + usize::from(!out.is_empty());
                out.extend(std::iter::repeat_n('\n', breaks));
                out.push_str(self.slice(at + width.unwrap_or(0), eol));
            }
            (blank, at, terminated) = (0, eol + 1, eol < self.text.len());
        }
        if width.is_none_or(|width| width <= indent) {
            return Err(Unknown);
        }
        // At the end of the text go-yaml sees no line break where there is none.
        if !strips && terminated {
            out.push('\n');
        }
        self.advance(at)?;
        self.line_of(indent)?;
        self.string(Cow::Owned(out))
    }
}

/// Joins two lines of a scalar: one line break is a blank, more are one less.
fn fold(text: &mut String, breaks: usize) {
    match breaks {
        1 => text.push(' '),
        _ => text.extend(std::iter::repeat_n('\n', breaks.saturating_sub(1))),
    }
}

/// The text that begins with a quote, up to the closing one, and the length with both quotes.
fn unquote(text: &str) -> Read<(Cow<'_, str>, usize)> {
    let inside = text.get(1..).unwrap_or_default();
    let (text, len) = match text.as_bytes().first() {
        Some(b'\'') => single(inside)?,
        _ => double(inside)?,
    };
    Ok((text, len + 2))
}

fn single(inside: &str) -> Read<(Cow<'_, str>, usize)> {
    let mut quotes = memchr::memchr_iter(b'\'', inside.as_bytes());
    let mut doubled = false;
    while let Some(at) = quotes.next() {
        if inside.as_bytes().get(at + 1) != Some(&b'\'') {
            let text = &inside[..at];
            let text = match doubled {
                true => Cow::Owned(text.replace("''", "'")),
                false => Cow::Borrowed(text),
            };
            return Ok((text, at));
        }
        doubled = true;
        quotes.next();
    }
    Err(Unknown)
}

/// With the escapes that programs write.
fn double(inside: &str) -> Read<(Cow<'_, str>, usize)> {
    let mut text = String::new();
    let mut from = 0;
    loop {
        let rest = &inside.as_bytes()[from..];
        let at = from + memchr::memchr2(b'"', b'\\', rest).ok_or(Unknown)?;
        if inside.as_bytes()[at] == b'"' {
            let last = &inside[from..at];
            let text = match text.is_empty() {
                true => Cow::Borrowed(last),
                false => Cow::Owned(text + last),
            };
            return Ok((text, at));
        }
        text.push_str(&inside[from..at]);
        text.push(match inside.as_bytes().get(at + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            _ => return Err(Unknown),
        });
        from = at + 2;
    }
}
