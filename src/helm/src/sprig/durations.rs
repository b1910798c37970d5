//! Lengths of time: what Helm 4 has beside sprig's dates. Helm 3 has none of these.

use super::arguments::{Answer, any, fixed};
use super::dates::{Duration, SECOND, parse_duration};
use crate::template::Function;
use crate::template::Param::Any;
use crate::value::Value;
use crate::value::fmt::quote;

const DAY: f64 = 24.0;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("mustToDuration", &[Any], |_, a| {
        Ok(Duration(of(any(a, 0))?).into())
    }),
    fixed("durationNanoseconds", &[Any], |_, a| whole(a, 1)),
    fixed("durationMicroseconds", &[Any], |_, a| whole(a, 1_000)),
    fixed("durationMilliseconds", &[Any], |_, a| whole(a, 1_000_000)),
    fixed("durationSeconds", &[Any], |_, a| {
        float(a, Duration::seconds)
    }),
    fixed("durationMinutes", &[Any], |_, a| {
        float(a, Duration::minutes)
    }),
    fixed("durationHours", &[Any], |_, a| float(a, Duration::hours)),
    fixed("durationDays", &[Any], |_, a| float(a, |d| d.hours() / DAY)),
    fixed("durationWeeks", &[Any], |_, a| {
        float(a, |d| d.hours() / DAY / 7.0)
    }),
    fixed("durationRoundTo", &[Any, Any], |_, a| {
        to_multiple(a, Duration::round)
    }),
    fixed("durationTruncateTo", &[Any, Any], |_, a| {
        to_multiple(a, Duration::truncate)
    }),
];

/// A count of units; what is no duration has none.
fn whole(args: &[Value], unit: i64) -> Answer {
    Ok(Value::Int64(of(any(args, 0)).unwrap_or(0) / unit))
}

fn float(args: &[Value], unit: fn(Duration) -> f64) -> Answer {
    let duration = of(any(args, 0)).map(Duration);
    Ok(Value::Float(duration.map_or(0.0, unit)))
}

fn to_multiple(args: &[Value], how: fn(Duration, i64) -> Duration) -> Answer {
    let Ok(nanoseconds) = of(any(args, 0)) else {
        return Ok(Duration(0).into());
    };
    let duration = Duration(nanoseconds);
    Ok(of(any(args, 1))
        .map_or(duration, |unit| how(duration, unit))
        .into())
}

/// Nanoseconds of a duration, of a text such as `1h30m`, or of a number of seconds.
fn of(value: &Value) -> Result<i64, String> {
    match value {
        Value::Str(text) => of_text(text),
        Value::Nil => Err("invalid duration".to_owned()),
        Value::Int(seconds) | Value::Int64(seconds) => of_whole(i128::from(*seconds)),
        Value::Uint64(seconds) => of_whole(i128::from(*seconds)),
        Value::Float(seconds) => of_seconds(*seconds),
        other => match Duration::from_value(other) {
            Some(duration) => Ok(duration.0),
            None => Err(format!("unsupported duration type {}", other.type_name())),
        },
    }
}

fn of_text(text: &str) -> Result<i64, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("empty duration".to_owned());
    }
    parse_duration(trimmed).or_else(|_| {
        let seconds = trimmed.parse::<f64>();
        let seconds = seconds.map_err(|_| format!("could not parse duration {}", quote(text)))?;
        of_seconds(seconds)
    })
}

fn of_whole(seconds: i128) -> Result<i64, String> {
    let limit = i128::from(i64::MAX / SECOND);
    if seconds.abs() > limit {
        return Err(format!("duration seconds overflow: {seconds}"));
    }
    i64::try_from(seconds * i128::from(SECOND)).map_err(|error| error.to_string())
}

fn of_seconds(seconds: f64) -> Result<i64, String> {
    let shown = || Value::Float(seconds).print();
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown()));
    }
    let (unit, limit) = (1e9, i64::MAX as f64);
    if seconds.abs() > limit / unit {
        return Err(format!("duration seconds overflow: {}", shown()));
    }
    Ok((seconds * unit) as i64)
}
