//! Decoders that find fault where Go's `encoding` packages do.

use super::BASE32;

/// Standard base64 with padding; line breaks are skipped.
pub(in super::super) fn base64_decode(text: &str) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    // The bytes that count, each with its place in the text.
    let mut input = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    loop {
        let (mut bits, mut digits) = (0u32, 0);
        while digits < 4 {
            match input.next() {
                None if digits == 0 => return Ok(out),
                None => return Err(corrupt(text.len() - digits)),
                Some((at, b'=')) => {
                    check_padding(&mut input, digits, at, text.len()).map_err(corrupt)?;
                    let bytes = (bits << (6 * (4 - digits))).to_be_bytes();
                    out.extend_from_slice(&bytes[1..digits]);
                    return Ok(out);
                }
                Some((at, byte)) => {
                    let digit = base64_digit(byte).ok_or_else(|| corrupt(at))?;
                    bits = bits << 6 | digit;
                    digits += 1;
                }
            }
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
}

/// What may follow a first `=`: one more after two digits, then nothing.
fn check_padding(
    input: &mut impl Iterator<Item = (usize, u8)>,
    digits: usize,
    at: usize,
    length: usize,
) -> Result<(), usize> {
    if digits < 2 {
        return Err(at);
    }
    if digits == 2 {
        match input.next() {
            None => return Err(length),
            Some((_, b'=')) => {}
            Some((next, _)) => return Err(next - 1),
        }
    }
    input.next().map_or(Ok(()), |(trailing, _)| Err(trailing))
}

fn base64_digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Standard base32 with padding; line breaks are dropped first, so that the
/// place of an error counts without them.
pub(super) fn base32_decode(text: &str) -> Result<Vec<u8>, String> {
    let input: Vec<u8> = text
        .bytes()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    let mut out = Vec::with_capacity(input.len() / 8 * 5);
    for (index, group) in input.chunks(8).enumerate() {
        let start = index * 8;
        let digits = base32_digits(group)
            .map_err(|at| format!("illegal base32 data at input byte {}", start + at))?;
        let bits = digits.iter().fold(0u64, |bits, digit| bits << 5 | digit);
        let bytes = (bits << (5 * (8 - digits.len()))).to_be_bytes();
        out.extend_from_slice(&bytes[3..3 + digits.len() * 5 / 8]);
        let (padded, more) = (digits.len() < 8, input.len() > start + 8);
        if padded && more {
            let at = start + digits.len();
            return Err(format!("illegal base32 data at input byte {at}"));
        }
    }
    Ok(out)
}

/// The digits of one group of eight, or the place of its fault.
fn base32_digits(group: &[u8]) -> Result<Vec<u64>, usize> {
    let length = group.iter().position(|b| *b == b'=').unwrap_or(group.len());
    let mut digits = Vec::with_capacity(8);
    for (at, byte) in group[..length].iter().enumerate() {
        let digit = BASE32.iter().position(|known| known == byte).ok_or(at)?;
        digits.push(digit as u64);
    }
    let padding = &group[length..];
    if let Some(at) = padding.iter().position(|b| *b != b'=') {
        return Err(length + at - 1);
    }
    match (length, group.len()) {
        (0 | 1, _) if length < group.len() => Err(length),
        (_, 8) if matches!(length, 3 | 6) => Err(length),
        (8, _) | (_, 8) => Ok(digits),
        (_, short) => Err(if padding.is_empty() { 0 } else { short }),
    }
}
