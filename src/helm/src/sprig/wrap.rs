//! Line wrapping and abbreviation, by bytes, as goutils 1.1 does both.

use super::arguments::{bytes, fixed, from_bytes, int, text};
use crate::template::Function;
use crate::template::Param::{Int, Str};
use crate::value::bytes_of;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("wrap", &[Int, Str], |_, a| {
        Ok(from_bytes(&wrap(&bytes(a, 1)?, int(a, 0)?, "\n", false)))
    }),
    fixed("wrapWith", &[Int, Str, Str], |_, a| {
        let separator = Some(text(a, 1)?).filter(|s| !s.is_empty());
        Ok(from_bytes(&wrap(
            &bytes(a, 2)?,
            int(a, 0)?,
            separator.unwrap_or("\n"),
            true,
        )))
    }),
    fixed("abbrev", &[Int, Str], |_, a| {
        let (width, text) = (int(a, 0)?, text(a, 1)?);
        if width < 4 {
            return Ok(text.into());
        }
        Ok(from_bytes(&abbreviate(&bytes_of(text), 0, width)))
    }),
    fixed("abbrevboth", &[Int, Int, Str], |_, a| {
        let (left, right, text) = (int(a, 0)?, int(a, 1)?, text(a, 2)?);
        if right < 4 || left > 0 && right < 7 {
            return Ok(text.into());
        }
        Ok(from_bytes(&abbreviate(&bytes_of(text), left, right)))
    }),
];

/// Breaks at blanks only; a word longer than the width is broken where
/// `break_words` says so, else kept.
fn wrap(text: &[u8], width: i64, separator: &str, break_words: bool) -> Vec<u8> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut rest = text;
    let mut out = Vec::with_capacity(text.len());
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let blank = rest[..=width].iter().rposition(|b| *b == b' ');
        let (end, next) = match blank {
            Some(at) => (at, at + 1),
            None if break_words => (width, width),
            None => match rest[width..].iter().position(|b| *b == b' ') {
                Some(at) => (width + at, width + at + 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..end]);
        out.extend_from_slice(separator.as_bytes());
        rest = &rest[next..];
    }
    out.extend_from_slice(rest);
    out
}

/// At most `width` bytes of `text`, an ellipsis included, that show what
/// stands at `offset`.
fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if length <= width {
        return text.to_vec();
    }
    // From here on 4 <= width < length.
    let room = width - 3;
    let offset = offset.min(length).min(length - room);
    let at = |index: i64| usize::try_from(index).unwrap_or(0);
    if offset <= 4 {
        return [&text[..at(room)], b"..."].concat();
    }
    if offset + room < length {
        let middle = abbreviate(&text[at(offset)..], 0, room);
        return [b"...", &middle[..]].concat();
    }
    [b"...", &text[at(length - room)..]].concat()
}
