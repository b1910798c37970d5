//! Kubernetes quantities: `1024Mi`, `0.5`, `1e3`.

/// Nano units, the finest that a quantity keeps.
pub const NANO: i128 = 1_000_000_000;

const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Binary,
    Decimal,
    Exponent,
}

/// The form that the API server writes; `None` for what is not a quantity, or is finer or bigger
/// than is exact here.
pub fn canonical(text: &str) -> Option<String> {
    let (nanos, style) = parse(text)?;
    Some(written(nanos, style))
}

/// The value in nano units.
pub fn value(text: &str) -> Option<i128> {
    parse(text).map(|(nanos, _)| nanos)
}

/// So many nano units, in the style of another quantity.
pub fn like(nanos: i128, other: &str) -> String {
    written(
        nanos,
        parse(other).map_or(Style::Decimal, |(_, style)| style),
    )
}

fn written(nanos: i128, style: Style) -> String {
    match style {
        Style::Binary if nanos % NANO == 0 && nanos.abs() >= 1024 * NANO => binary(nanos / NANO),
        Style::Exponent => exponent(nanos),
        _ => decimal(nanos),
    }
}

/// Whether two texts are the same quantity.
pub fn equal(a: &str, b: &str) -> bool {
    value(a).is_some_and(|nanos| value(b) == Some(nanos))
}

fn parse(text: &str) -> Option<(i128, Style)> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (suffix, style) = (&text[number.len()..], Style::Decimal);
    if let Some(power) = BINARY.iter().skip(1).position(|s| *s == suffix) {
        let scale = 1i128 << (10 * (power + 1));
        return Some((nanos(number, scale, 0)?, Style::Binary));
    }
    if let Some(at) = DECIMAL.iter().position(|s| *s == suffix) {
        return match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) if suffix.is_empty() => {
                Some((nanos(mantissa, 1, exponent.parse().ok()?)?, Style::Exponent))
            }
            Some(_) => None,
            None => Some((nanos(number, 1, 3 * (at as i32 - 3))?, style)),
        };
    }
    None
}

/// `number` × `scale` × 10^`exponent`, in nano units, where that is exact.
fn nanos(number: &str, scale: i128, exponent: i32) -> Option<i128> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = all.parse::<i128>().ok()?.checked_mul(scale)?;
    let shift = exponent + 9 - i32::try_from(fraction.len()).ok()?;
    let power = 10i128.checked_pow(shift.unsigned_abs())?;
    let value = match shift {
        0.. => value.checked_mul(power)?,
        _ if value % power == 0 => value / power,
        _ => return None,
    };
    Some(sign * value)
}

fn binary(mut value: i128) -> String {
    let mut at = 0;
    while value % 1024 == 0 && at + 1 < BINARY.len() {
        value /= 1024;
        at += 1;
    }
    format!("{value}{}", BINARY[at])
}

fn decimal(mut value: i128) -> String {
    let mut at = 0;
    while value != 0 && value % 1000 == 0 && at + 1 < DECIMAL.len() {
        value /= 1000;
        at += 1;
    }
    let suffix = if value == 0 { "" } else { DECIMAL[at] };
    format!("{value}{suffix}")
}

fn exponent(mut value: i128) -> String {
    let mut power = -9;
    while value != 0 && value % 1000 == 0 {
        value /= 1000;
        power += 3;
    }
    match power {
        _ if value == 0 => "0".to_owned(),
        0 => value.to_string(),
        _ => format!("{value}e{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn written_as_the_server_writes_them() {
        for (text, wanted) in [
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("2000Mi", "2000Mi"),
            ("512Ki", "512Ki"),
            ("1Ki", "1Ki"),
            ("0.5Ki", "512"),
            ("1e3", "1e3"),
            ("5000", "5k"),
            ("0", "0"),
            ("-1500m", "-1500m"),
            ("1E", "1E"),
            (".5", "500m"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "x", "1Q", "1.2.3", "e3", "--1", "1e3Mi", "0.0000000001"] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_equal_and_stable(
            number in 0u32..5_000_000, fraction in 0u32..1000, suffix in 0usize..13
        ) {
            let suffixes = ["", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "e3", "e-3"];
            let text = format!("{number}.{fraction:03}{}", suffixes[suffix]);
            let first = canonical(&text).unwrap();
            prop_assert!(equal(&text, &first));
            // A power of two that is no whole number of Ki loses its suffix, and with it its way
            // of being written: so it is in Kubernetes.
            let lost = suffixes[suffix].ends_with('i') && !first.ends_with('i');
            let second = canonical(&first).unwrap();
            prop_assert!(second == first || lost, "{} {}", first, second);
            prop_assert!(equal(&first, &second));
            prop_assert_eq!(canonical(&second).unwrap(), second);
        }
    }
}
