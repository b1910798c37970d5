//! Go's `time.Duration`: nanoseconds in an `i64`.

use crate::value::fmt::quote;
use std::fmt::Write;

pub(in crate::sprig) const SECOND: i64 = 1_000_000_000;

/// `Duration.String`: `72h3m0.5s`, `1.5ms`, `0s`.
pub(super) fn duration_text(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", decimal(size, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", decimal(size, 1_000_000)),
        _ => format!("{sign}{}", clock(size)),
    }
}

fn clock(size: u64) -> String {
    let second = SECOND.unsigned_abs();
    let minutes = size / second / 60;
    let seconds = decimal(size % (60 * second), second);
    let mut out = String::new();
    // Writing to a string does not fail.
    if minutes >= 60 {
        let _ = write!(out, "{}h", minutes / 60);
    }
    if minutes > 0 {
        let _ = write!(out, "{}m", minutes % 60);
    }
    out + &seconds + "s"
}

/// `size / unit` with the fraction it needs.
fn decimal(size: u64, unit: u64) -> String {
    let fraction = size % unit;
    if fraction == 0 {
        return (size / unit).to_string();
    }
    let width = unit.ilog10() as usize;
    let digits = format!("{fraction:0width$}");
    format!("{}.{}", size / unit, digits.trim_end_matches('0'))
}

/// `time.ParseDuration`: `1h15m30.5s`, `-3ms`.
pub(in crate::sprig) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let (whole, tail) = split_at(rest, |c| c.is_ascii_digit());
        let (fraction, tail) = match tail.strip_prefix('.') {
            Some(tail) => split_at(tail, |c| c.is_ascii_digit()),
            None => ("", tail),
        };
        let (unit, tail) = split_at(tail, |c| c != '.' && !c.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let size = unit_size(unit).ok_or_else(|| {
            let unit = quote(unit);
            format!("time: unknown unit {unit} in duration {}", quote(text))
        })?;
        let whole = if whole.is_empty() { "0" } else { whole };
        let whole: i128 = whole.parse::<i64>().map_err(|_| invalid())?.into();
        total += whole * size + fraction_of(fraction, size);
        rest = tail;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map_err(|_| invalid())
}

fn split_at(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

fn unit_size(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

fn fraction_of(digits: &str, size: i128) -> i128 {
    // Nothing that a nanosecond shows stands beyond the eighteenth digit.
    let digits = &digits[..digits.len().min(18)];
    let value: i128 = digits.parse().unwrap_or(0);
    value * size / 10i128.pow(u32::try_from(digits.len()).unwrap_or(0))
}

/// sprig's `durationRound`: the largest unit that fits more than once.
pub(super) fn rounded(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let second = SECOND.unsigned_abs();
    let hour = 3600 * second;
    let units = [
        (hour * 24 * 365, "y"),
        (hour * 24 * 30, "mo"),
        (hour * 24, "d"),
        (hour, "h"),
        (60 * second, "m"),
        (second, "s"),
    ];
    units.iter().find(|(unit, _)| size > *unit).map_or_else(
        || "0s".to_owned(),
        |(unit, name)| format!("{}{name}", size / unit),
    )
}
