//! Randomness, all of it from the host.

use super::arguments::{Answer, fixed, int, text};
use crate::Host;
use crate::template::Param::{Int, Str};
use crate::template::{Call, Function};
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longer results are refused rather than exhausting the memory of a fleet run.
const MAX_LENGTH: usize = 1 << 28;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("randAlphaNum", &[Int], |call, a| {
        characters(call, a, |byte| byte.is_ascii_alphanumeric())
    }),
    fixed("randAlpha", &[Int], |call, a| {
        characters(call, a, |byte| byte.is_ascii_alphabetic())
    }),
    fixed("randNumeric", &[Int], |call, a| {
        characters(call, a, |byte| byte.is_ascii_digit())
    }),
    fixed("randAscii", &[Int], |call, a| {
        characters(call, a, |byte| (32..127).contains(&byte))
    }),
    fixed("randBytes", &[Int], |call, a| {
        let count = length(int(a, 0)?)?;
        let mut bytes = vec![0; count];
        call.host.random(&mut bytes);
        Ok(STANDARD.encode(bytes).into())
    }),
    fixed("randInt", &[Int, Int], |call, a| {
        let (low, high) = (int(a, 0)?, int(a, 1)?);
        let range = u64::try_from(high.wrapping_sub(low)).unwrap_or(0);
        if range == 0 {
            return Err("invalid argument to Intn".to_owned());
        }
        let above = below(call.host, range).cast_signed();
        Ok(Value::Int(low.wrapping_add(above)))
    }),
    fixed("uuidv4", &[], |call, _| Ok(uuid(call.host).into())),
    fixed("shuffle", &[Str], |call, a| {
        let mut characters: Vec<char> = text(a, 0)?.chars().collect();
        for at in (1..characters.len()).rev() {
            let other = below(call.host, at as u64 + 1);
            characters.swap(at, usize::try_from(other).unwrap_or(at));
        }
        Ok(characters.into_iter().collect::<String>().into())
    }),
];

fn length(count: i64) -> Result<usize, String> {
    usize::try_from(count)
        .ok()
        .filter(|count| *count <= MAX_LENGTH)
        .ok_or_else(|| "runtime error: makeslice: len out of range".to_owned())
}

/// `count` random characters of those allowed; none where the count is negative.
fn characters(call: &mut Call<'_>, args: &[Value], allowed: fn(u8) -> bool) -> Answer {
    let count = length(int(args, 0)?.max(0))?;
    let mut out = String::with_capacity(count);
    let mut bytes = [0; 64];
    while out.len() < count {
        call.host.random(&mut bytes);
        // Seven bits and a second draw keep every character equally likely.
        let drawn = bytes
            .iter()
            .map(|byte| byte & 0x7f)
            .filter(|byte| allowed(*byte));
        out.extend(drawn.take(count - out.len()).map(char::from));
    }
    Ok(out.into())
}

/// An even choice of `0..range`.
fn below(host: &dyn Host, range: u64) -> u64 {
    // What lies above would make the small numbers likelier.
    let limit = u64::MAX - u64::MAX % range;
    loop {
        let mut bytes = [0; 8];
        host.random(&mut bytes);
        let drawn = u64::from_le_bytes(bytes);
        if drawn < limit {
            return drawn % range;
        }
    }
}

fn uuid(host: &dyn Host) -> String {
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let hex = format!("{number:032x}");
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests;
