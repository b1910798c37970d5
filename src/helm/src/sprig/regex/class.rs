//! Character classes: `[…]`, `\d`, `\pL`.

use super::syntax::{fault, push_literal, unescape};

/// Translates the bracketed class at the start of `text`; gives back the rest.
pub(super) fn bracketed<'a>(text: &'a str, out: &mut String) -> Result<&'a str, String> {
    let mut rest = &text[1..];
    out.push('[');
    if let Some(tail) = rest.strip_prefix('^') {
        out.push('^');
        rest = tail;
    }
    let mut first = true;
    while first || !rest.starts_with(']') {
        if rest.is_empty() {
            return fault("missing closing ]", text);
        }
        first = false;
        rest = member(rest, text, out)?;
    }
    out.push(']');
    Ok(&rest[1..])
}

/// One member of a class: a named class, an escape, a character or a range.
fn member<'a>(rest: &'a str, class: &str, out: &mut String) -> Result<&'a str, String> {
    if rest.starts_with("[:")
        && let Some(tail) = named(rest, out)?
    {
        return Ok(tail);
    }
    if rest.starts_with('\\')
        && let Some(tail) = escaped(rest, out)?
    {
        return Ok(tail);
    }
    let (low, tail) = character(rest, class)?;
    push_literal(out, low);
    let range = tail
        .strip_prefix('-')
        .filter(|end| !end.is_empty() && !end.starts_with(']'));
    let Some(end) = range else {
        return Ok(tail);
    };
    let (high, tail) = character(end, class)?;
    if high < low {
        let text = &rest[..rest.len() - tail.len()];
        return fault("invalid character class range", text);
    }
    out.push('-');
    push_literal(out, high);
    Ok(tail)
}

fn character<'a>(text: &'a str, class: &str) -> Result<(char, &'a str), String> {
    match text.chars().next() {
        None => fault("missing closing ]", class),
        Some('\\') => unescape(text),
        Some(c) => Ok((c, &text[c.len_utf8()..])),
    }
}

/// `[:alpha:]`; `None` where it does not close.
fn named<'a>(text: &'a str, out: &mut String) -> Result<Option<&'a str>, String> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    let Some(end) = text[2..].find(":]") else {
        return Ok(None);
    };
    let (whole, rest) = text.split_at(end + 4);
    let name = &text[2..end + 2];
    if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return fault("invalid character class range", whole);
    }
    out.push_str(whole);
    Ok(Some(rest))
}

/// `\d` and its kin, `\pL`, `\p{Greek}`: a class by itself, in brackets so
/// that it means the same inside and outside a class. `None` for other escapes.
pub(super) fn escaped<'a>(text: &'a str, out: &mut String) -> Result<Option<&'a str>, String> {
    let class = match text.as_bytes().get(1) {
        Some(b'd') => "[0-9]",
        Some(b'D') => "[^0-9]",
        Some(b's') => r"[\t\n\f\r ]",
        Some(b'S') => r"[^\t\n\f\r ]",
        Some(b'w') => "[0-9A-Za-z_]",
        Some(b'W') => "[^0-9A-Za-z_]",
        Some(b'p' | b'P') => return unicode(text, out).map(Some),
        _ => return Ok(None),
    };
    out.push_str(class);
    Ok(Some(&text[2..]))
}

fn unicode<'a>(text: &'a str, out: &mut String) -> Result<&'a str, String> {
    let body = &text[2..];
    let end = match body.chars().next() {
        None => return fault("invalid character class range", text),
        Some('{') => match body.find('}') {
            Some(at) => at + 1,
            None => return fault("invalid character class range", text),
        },
        Some(c) => c.len_utf8(),
    };
    let name = body[..end].trim_start_matches('{').trim_end_matches('}');
    let (negated, name) = name
        .strip_prefix('^')
        .map_or((false, name), |name| (true, name));
    let negative = text.starts_with(r"\P") != negated;
    let class = format!(r"\{}{{{name}}}", if negative { 'P' } else { 'p' });
    if ::regex::Regex::new(&class).is_err() {
        return fault("invalid character class range", &text[..2 + end]);
    }
    out.push_str(&class);
    Ok(&body[end..])
}
