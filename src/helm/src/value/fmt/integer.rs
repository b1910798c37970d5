//! Integers under `%d %b %o %x %U`, and characters.

use super::quote::is_print;
use super::spec::Spec;

/// How the digits are written.
#[derive(Clone, Copy)]
pub(super) enum Base {
    Binary,
    Octal,
    /// `%O`, with `0o`.
    OctalPrefixed,
    Decimal,
    Hex,
    HexUpper,
}

/// Appends the number `magnitude`, negative or not.
pub(super) fn integer(out: &mut String, spec: &Spec, base: Base, magnitude: u64, negative: bool) {
    let signed = negative || spec.plus || spec.space;
    let least = match spec.precision {
        Some(0) if magnitude == 0 => {
            let blanks = Spec {
                zero: false,
                ..*spec
            };
            return blanks.padding(out, spec.width.unwrap_or(0));
        }
        Some(digits) => digits,
        None if spec.zero && !spec.minus => {
            let width = spec.width.unwrap_or(0);
            width.saturating_sub(usize::from(signed))
        }
        None => 0,
    };
    let digits = at_least(least, digits(base, magnitude));
    let prefix = prefix(base, spec.sharp, &digits);
    let sign = match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    spec.pad_blank(out, &format!("{sign}{prefix}{digits}"));
}

/// Zeros in front up to `count` digits. (`{:0>n$}` panics above 65535.)
fn at_least(count: usize, digits: String) -> String {
    match count.saturating_sub(digits.len()) {
        0 => digits,
        missing => "0".repeat(missing) + &digits,
    }
}

fn digits(base: Base, magnitude: u64) -> String {
    match base {
        Base::Binary => format!("{magnitude:b}"),
        Base::Octal | Base::OctalPrefixed => format!("{magnitude:o}"),
        Base::Decimal => format!("{magnitude}"),
        Base::Hex => format!("{magnitude:x}"),
        Base::HexUpper => format!("{magnitude:X}"),
    }
}

fn prefix(base: Base, sharp: bool, digits: &str) -> &'static str {
    let octal = if sharp && !digits.starts_with('0') {
        "0"
    } else {
        ""
    };
    match base {
        Base::Octal => octal,
        Base::OctalPrefixed if octal.is_empty() => "0o",
        Base::OctalPrefixed => "0o0",
        Base::Binary if sharp => "0b",
        Base::Hex if sharp => "0x",
        Base::HexUpper if sharp => "0X",
        _ => "",
    }
}

/// `%U`: `U+0078`, with `#` also the character.
pub(super) fn unicode(out: &mut String, spec: &Spec, code: u64) {
    let least = spec.precision.unwrap_or(0).max(4);
    let shown = character(code).filter(|c| spec.sharp && is_print(*c));
    let shown = shown.map_or(String::new(), |c| format!(" '{c}'"));
    let digits = at_least(least, format!("{code:X}"));
    spec.pad_blank(out, &format!("U+{digits}{shown}"));
}

/// The character of a code; a surrogate or a number too large has none.
pub(super) fn character(code: u64) -> Option<char> {
    u32::try_from(code).ok().and_then(char::from_u32)
}
