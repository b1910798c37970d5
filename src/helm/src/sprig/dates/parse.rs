//! Reading a time by a Go layout, with the errors of `time.Parse`.

use super::format::{DAYS, MONTHS};
use super::layout::{Part, parts};
use super::time::Time;
use crate::value::fmt::quote;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// `time.ParseInLocation`.
pub(super) fn parse(layout: &str, value: &str, local: &TimeZone) -> Result<Time, String> {
    let mut found = Found::default();
    let mut rest = value;
    let parts = parts(layout);
    for (index, part) in parts.iter().enumerate() {
        let fraction_next = matches!(parts.get(index + 1), Some(Part::Fraction(..)));
        let element = element(layout, &parts[..index], *part);
        rest = found
            .read(*part, rest, fraction_next)
            .map_err(|fault| match fault {
                Fault::Mismatch(at) => format!(
                    "parsing time {} as {}: cannot parse {} as {}",
                    quote(value),
                    quote(layout),
                    quote(at),
                    quote(element),
                ),
                Fault::Range(what) => format!("parsing time {}: {what} out of range", quote(value)),
            })?;
    }
    if !rest.is_empty() {
        let (value, rest) = (quote(value), quote(rest));
        return Err(format!("parsing time {value}: extra text: {rest}"));
    }
    found
        .time(local)
        .map_err(|what| format!("parsing time {}: {what}", quote(value)))
}

/// The text of a part in the layout, for an error.
fn element<'a>(layout: &'a str, before: &[Part<'_>], part: Part<'a>) -> &'a str {
    let length = |part: &Part<'_>| match part {
        Part::Text(text) | Part::Field(text) => text.len(),
        Part::Fraction(_, digits, _) => digits + 1,
    };
    let start: usize = before.iter().map(length).sum();
    layout.get(start..start + length(&part)).unwrap_or_default()
}

enum Fault<'a> {
    /// The rest of the value where it stopped to fit.
    Mismatch(&'a str),
    /// What has an impossible number.
    Range(&'static str),
}

type Read<'a, T> = Result<(T, &'a str), Fault<'a>>;

#[derive(Default)]
struct Found {
    year: i16,
    month: Option<i8>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i32>,
    zone_name: Option<String>,
}

impl Found {
    fn read<'a>(
        &mut self,
        part: Part<'_>,
        value: &'a str,
        fraction_next: bool,
    ) -> Result<&'a str, Fault<'a>> {
        match part {
            Part::Text(text) => skip(value, text),
            Part::Field("05" | "5") => {
                let fixed = part == Part::Field("05");
                let (second, rest) = ranged(value, fixed, 0..60, "second")?;
                self.second = second;
                if fraction_next {
                    Ok(rest)
                } else {
                    Ok(self.optional_fraction(rest))
                }
            }
            Part::Field(field) => self.read_field(field, value),
            Part::Fraction(_, digits, true) => {
                let valid = value.starts_with(['.', ','])
                    && value.len() > digits
                    && value
                        .bytes()
                        .skip(1)
                        .take(digits)
                        .all(|b| b.is_ascii_digit());
                if !valid {
                    return Err(Fault::Mismatch(value));
                }
                self.nanosecond = nanoseconds(&value[1..=digits]);
                Ok(&value[digits + 1..])
            }
            Part::Fraction(..) => Ok(self.optional_fraction(value)),
        }
    }

    /// Go takes a fraction after the seconds though the layout has none.
    fn optional_fraction<'a>(&mut self, value: &'a str) -> &'a str {
        let digits = value.strip_prefix(['.', ',']).map_or(0, |tail| {
            tail.bytes().take_while(u8::is_ascii_digit).count()
        });
        if digits == 0 {
            return value;
        }
        self.nanosecond = nanoseconds(&value[1..=digits]);
        &value[digits + 1..]
    }

    fn read_field<'a>(&mut self, field: &str, value: &'a str) -> Result<&'a str, Fault<'a>> {
        let fixed = field.starts_with('0');
        let rest = match field {
            "2006" | "06" => self.year(field.len(), value)?,
            "January" | "Jan" => {
                let (at, rest) = named(&MONTHS, value, field == "Jan")?;
                self.month = i8::try_from(at + 1).ok();
                rest
            }
            "Monday" | "Mon" => named(&DAYS, value, field == "Mon")?.1,
            "01" | "1" => {
                let (month, rest) = ranged(value, fixed, 1..13, "month")?;
                self.month = Some(month);
                rest
            }
            "02" | "2" | "_2" => {
                let value = if field == "_2" {
                    value.strip_prefix(' ').unwrap_or(value)
                } else {
                    value
                };
                let (day, rest) = number(value, fixed, 2)?;
                self.day = Some(day);
                rest
            }
            "002" | "__2" => {
                let (day, rest) = number(value.trim_start_matches(' '), fixed, 3)?;
                self.year_day = Some(day);
                rest
            }
            "15" | "03" | "3" => {
                let limit = if field == "15" { 24 } else { 13 };
                let (hour, rest) = ranged(value, fixed, 0..limit, "hour")?;
                self.hour = hour;
                rest
            }
            "04" | "4" => {
                let (minute, rest) = ranged(value, fixed, 0..60, "minute")?;
                self.minute = minute;
                rest
            }
            "PM" | "pm" => self.half(field, value)?,
            "MST" => self.zone(value)?,
            zone => self.offset(zone, value)?,
        };
        Ok(rest)
    }

    fn year<'a>(&mut self, digits: usize, value: &'a str) -> Result<&'a str, Fault<'a>> {
        let year = value
            .get(..digits)
            .and_then(|text| text.parse::<i16>().ok());
        let Some(year) = year.filter(|_| value.starts_with(|c: char| c.is_ascii_digit())) else {
            return Err(Fault::Mismatch(value));
        };
        self.year = match (digits, year) {
            (2, 69..) => year + 1900,
            (2, _) => year + 2000,
            _ => year,
        };
        Ok(&value[digits..])
    }

    fn half<'a>(&mut self, field: &str, value: &'a str) -> Result<&'a str, Fault<'a>> {
        let (am, pm) = if field == "PM" {
            ("AM", "PM")
        } else {
            ("am", "pm")
        };
        if !value.starts_with(am) && !value.starts_with(pm) {
            return Err(Fault::Mismatch(value));
        }
        self.afternoon = Some(value.starts_with(pm));
        Ok(&value[2..])
    }

    fn zone<'a>(&mut self, value: &'a str) -> Result<&'a str, Fault<'a>> {
        if let Some(rest) = value.strip_prefix("UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let letters = value.bytes().take_while(u8::is_ascii_uppercase).count();
        let length = match letters {
            3 => 3,
            4 | 5 if value[..letters].ends_with('T') => letters,
            _ => return Err(Fault::Mismatch(value)),
        };
        self.zone_name = Some(value[..length].to_owned());
        Ok(&value[length..])
    }

    fn offset<'a>(&mut self, layout: &str, value: &'a str) -> Result<&'a str, Fault<'a>> {
        if layout.starts_with('Z')
            && let Some(rest) = value.strip_prefix('Z')
        {
            self.utc = true;
            return Ok(rest);
        }
        let mismatch = || Fault::Mismatch(value);
        let shape = layout.replacen('Z', "-", 1);
        let text = value.get(..shape.len()).ok_or_else(mismatch)?;
        let fits = text
            .bytes()
            .zip(shape.bytes())
            .all(|(found, wanted)| match wanted {
                b'-' => matches!(found, b'+' | b'-'),
                b':' => found == b':',
                _ => found.is_ascii_digit(),
            });
        if !fits {
            return Err(mismatch());
        }
        let digits: Vec<i32> = text
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|b| i32::from(b - b'0'))
            .collect();
        let seconds = digits
            .chunks(2)
            .zip([3600, 60, 1])
            .map(|(pair, unit)| pair.iter().fold(0, |n, digit| n * 10 + digit) * unit)
            .sum::<i32>();
        self.offset = Some(if text.starts_with('-') {
            -seconds
        } else {
            seconds
        });
        Ok(&value[shape.len()..])
    }

    fn time(self, local: &TimeZone) -> Result<Time, &'static str> {
        let civil = self.civil()?;
        let range = "year out of range";
        if self.utc {
            return civil
                .to_zoned(TimeZone::UTC)
                .map(Time::new)
                .map_err(|_| range);
        }
        if self.offset.is_none() && self.zone_name.is_none() {
            return civil
                .to_zoned(local.clone())
                .map(Time::new)
                .map_err(|_| range);
        }
        let name = self.zone_name.unwrap_or_default();
        let offset = Offset::from_seconds(self.offset.unwrap_or(0)).map_err(|_| range)?;
        let timestamp = offset.to_timestamp(civil).map_err(|_| range)?;
        let here = local.to_offset_info(timestamp);
        if here.offset() == offset && (name.is_empty() || here.abbreviation() == name) {
            return Ok(Time::new(timestamp.to_zoned(local.clone())));
        }
        Ok(Time::with_offset(timestamp, offset, &name))
    }

    fn civil(&self) -> Result<DateTime, &'static str> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = self.date()?;
        DateTime::new(
            date.year(),
            date.month(),
            date.day(),
            hour,
            self.minute,
            self.second,
            self.nanosecond,
        )
        .map_err(|_| "day out of range")
    }

    fn date(&self) -> Result<Date, &'static str> {
        let Some(year_day) = self.year_day else {
            let day = i8::try_from(self.day.unwrap_or(1)).unwrap_or(0);
            return Date::new(self.year, self.month.unwrap_or(1), day)
                .map_err(|_| "day out of range");
        };
        let range = "day-of-year out of range";
        let first = Date::new(self.year, 1, 1).map_err(|_| range)?;
        if year_day < 1 || year_day > i64::from(first.days_in_year()) {
            return Err(range);
        }
        let date = first.saturating_add(jiff::Span::new().days(year_day - 1));
        if self.month.is_some_and(|month| month != date.month()) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|day| day != i64::from(date.day())) {
            return Err("day-of-year does not match day");
        }
        Ok(date)
    }
}

/// Blanks of the layout match any number of blanks.
fn skip<'a>(value: &'a str, text: &str) -> Result<&'a str, Fault<'a>> {
    let (mut value, mut text) = (value, text);
    while let Some(wanted) = text.chars().next() {
        if wanted == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(Fault::Mismatch(value));
            }
            (text, value) = (text.trim_start_matches(' '), value.trim_start_matches(' '));
            continue;
        }
        value = value.strip_prefix(wanted).ok_or(Fault::Mismatch(value))?;
        text = &text[wanted.len_utf8()..];
    }
    Ok(value)
}

/// A number of one to `most` digits, or of exactly so many.
fn number(value: &str, fixed: bool, most: usize) -> Read<'_, i64> {
    let digits = value
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if digits == 0 || (fixed && digits < most) {
        return Err(Fault::Mismatch(value));
    }
    Ok((value[..digits].parse().unwrap_or(0), &value[digits..]))
}

fn ranged<'a>(
    value: &'a str,
    fixed: bool,
    range: std::ops::Range<i64>,
    what: &'static str,
) -> Read<'a, i8> {
    let (number, rest) = number(value, fixed, 2)?;
    if !range.contains(&number) {
        return Err(Fault::Range(what));
    }
    Ok((i8::try_from(number).unwrap_or(0), rest))
}

/// A name of the table, or its first three letters, in any case.
fn named<'a>(names: &[&str], value: &'a str, short: bool) -> Read<'a, usize> {
    for (at, name) in names.iter().enumerate() {
        let name = if short { &name[..3] } else { name };
        if value
            .get(..name.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
        {
            return Ok((at, &value[name.len()..]));
        }
    }
    Err(Fault::Mismatch(value))
}

fn nanoseconds(digits: &str) -> i32 {
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().unwrap_or(0)
}
