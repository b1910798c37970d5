//! Texts that are not UTF-8, kept in strings that are.
//!
//! Go's strings are bytes: `trunc` may cut a character in two, `b64dec` give anything, a file be
//! an image. A byte that belongs to no character stands in ours as one of the last 128 characters
//! of Unicode, which are private; whatever looks at bytes puts it back first.

use std::borrow::Cow;

/// Stands for the byte 0x80.
const FIRST: u32 = 0x10_FF80;

/// How a stand-in begins in UTF-8.
const LEAD: [u8; 2] = [0xF4, 0x8F];

fn stand_in(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte & 0x7F)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character stands for.
pub(crate) fn byte_of(c: char) -> Option<u8> {
    let offset = u32::from(c).checked_sub(FIRST)?;
    u8::try_from(offset).ok().map(|low| low | 0x80)
}

/// Whether a text has stand-ins.
pub(crate) fn is_cut(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), &LEAD).is_some()
        && text.chars().any(|c| byte_of(c).is_some())
}

/// Bytes as a text.
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| stand_in(*byte)));
    }
    Cow::Owned(out)
}

/// The bytes of a text.
pub fn bytes_of(text: &str) -> Cow<'_, [u8]> {
    if !is_cut(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// The text with U+FFFD for every byte that belongs to no character.
pub(crate) fn whole(text: &str) -> Cow<'_, str> {
    if !is_cut(text) {
        return Cow::Borrowed(text);
    }
    // Halves that met are a character again.
    let joined = bytes_of(text);
    let mut out = String::with_capacity(text.len());
    for chunk in joined.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = text_of(&bytes);
        assert_eq!(&*bytes_of(&text), bytes);
        assert!(is_cut(&text) && !is_cut("h\u{e9}llo"));
    }

    #[test]
    fn halves_that_meet_are_a_character() {
        let (left, right) = "\u{e9}".as_bytes().split_at(1);
        let joined = format!("{}{}", text_of(left), text_of(right));
        assert_eq!(whole(&joined), "\u{e9}");
        assert_eq!(whole(&text_of(left)), "\u{fffd}");
    }
}
