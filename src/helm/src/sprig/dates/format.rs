//! Writing a time by a Go layout.

use super::layout::{Part, parts};
use super::time::Time;
use jiff::civil::Weekday;
use std::fmt::Write;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// `Time.Format`.
pub(super) fn format(time: &Time, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 10);
    for part in parts(layout) {
        // Writing to a string does not fail.
        let _ = match part {
            Part::Text(text) => out.write_str(text),
            Part::Field(field) => write_field(&mut out, time, field),
            Part::Fraction(separator, digits, fixed) => {
                write_fraction(&mut out, time, separator, digits, fixed)
            }
        };
    }
    out
}

fn write_field(out: &mut String, time: &Time, field: &str) -> std::fmt::Result {
    let zoned = time.zoned();
    let month = MONTHS[(zoned.month() - 1).unsigned_abs() as usize % 12];
    let day = DAYS[weekday(zoned.weekday())];
    let hour12 = (zoned.hour() + 11) % 12 + 1;
    match field {
        "2006" if zoned.year() < 0 => write!(out, "-{:04}", -zoned.year()),
        "2006" => write!(out, "{:04}", zoned.year()),
        "06" => write!(out, "{:02}", zoned.year().rem_euclid(100)),
        "January" => out.write_str(month),
        "Jan" => out.write_str(&month[..3]),
        "01" => write!(out, "{:02}", zoned.month()),
        "1" => write!(out, "{}", zoned.month()),
        "Monday" => out.write_str(day),
        "Mon" => out.write_str(&day[..3]),
        "02" => write!(out, "{:02}", zoned.day()),
        "_2" => write!(out, "{:2}", zoned.day()),
        "2" => write!(out, "{}", zoned.day()),
        "002" => write!(out, "{:03}", zoned.day_of_year()),
        "__2" => write!(out, "{:3}", zoned.day_of_year()),
        "15" => write!(out, "{:02}", zoned.hour()),
        "03" => write!(out, "{hour12:02}"),
        "3" => write!(out, "{hour12}"),
        "04" => write!(out, "{:02}", zoned.minute()),
        "4" => write!(out, "{}", zoned.minute()),
        "05" => write!(out, "{:02}", zoned.second()),
        "5" => write!(out, "{}", zoned.second()),
        "PM" => out.write_str(if zoned.hour() >= 12 { "PM" } else { "AM" }),
        "pm" => out.write_str(if zoned.hour() >= 12 { "pm" } else { "am" }),
        "MST" => write_zone_name(out, time),
        zone => write_offset(out, zoned.offset().seconds(), zone),
    }
}

fn weekday(day: Weekday) -> usize {
    usize::try_from(day.to_sunday_zero_offset()).unwrap_or(0) % 7
}

/// Go writes the offset where a zone has no abbreviation.
fn write_zone_name(out: &mut String, time: &Time) -> std::fmt::Result {
    let name = time.abbreviation();
    if !name.is_empty() {
        return out.write_str(&name);
    }
    let minutes = time.zoned().offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    write!(out, "{sign}{hours:02}{minutes:02}")
}

/// `-0700`, `Z07:00` and their kin.
fn write_offset(out: &mut String, seconds: i32, layout: &str) -> std::fmt::Result {
    if layout.starts_with('Z') && seconds == 0 {
        return out.write_char('Z');
    }
    let colon = if layout.contains(':') { ":" } else { "" };
    let digits = layout.bytes().filter(u8::is_ascii_digit).count();
    let (sign, rest) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    write!(out, "{sign}{:02}", rest / 3600)?;
    if digits > 2 {
        write!(out, "{colon}{:02}", rest / 60 % 60)?;
    }
    if digits > 4 {
        write!(out, "{colon}{:02}", rest % 60)?;
    }
    Ok(())
}

fn write_fraction(
    out: &mut String,
    time: &Time,
    separator: char,
    digits: usize,
    fixed: bool,
) -> std::fmt::Result {
    let nanoseconds = format!("{:09}", time.zoned().subsec_nanosecond());
    let shown = &nanoseconds[..digits.min(9)];
    let shown = if fixed {
        shown
    } else {
        shown.trim_end_matches('0')
    };
    if shown.is_empty() {
        return Ok(());
    }
    write!(out, "{separator}{shown}")
}
