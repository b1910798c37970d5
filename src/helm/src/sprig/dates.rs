//! Dates: Go's layouts, durations and time zones over `jiff`.
//!
//! The clock and the local zone come from the host, so a render repeats.

mod duration;
mod format;
mod layout;
mod length;
mod parse;
mod time;

pub(super) use duration::{SECOND, parse_duration};
pub use length::Duration;
pub use time::Time;

use super::arguments::{Answer, any, fixed, text};
use super::cast::parse_int;
use crate::template::Param::{Any, Str, Time as TimeParam};
use crate::template::{Call, Function};
use crate::value::Value;
use duration::{duration_text, rounded};

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("now", &[], |call, _| Ok(Time::new(call.host.now()).into())),
    fixed("date", &[Str, Any], |call, a| {
        Ok(formatted(call, text(a, 0)?, any(a, 1), "Local"))
    }),
    fixed("dateInZone", &[Str, Any, Str], date_in_zone),
    fixed("date_in_zone", &[Str, Any, Str], date_in_zone),
    fixed("htmlDate", &[Any], |call, a| {
        Ok(formatted(call, "2006-01-02", any(a, 0), "Local"))
    }),
    fixed("htmlDateInZone", &[Any, Str], |call, a| {
        Ok(formatted(call, "2006-01-02", any(a, 0), text(a, 1)?))
    }),
    fixed("dateModify", &[Str, TimeParam], modify_or_keep),
    fixed("date_modify", &[Str, TimeParam], modify_or_keep),
    fixed("mustDateModify", &[Str, TimeParam], modify),
    fixed("must_date_modify", &[Str, TimeParam], modify),
    fixed("toDate", &[Str, Str], |call, a| {
        let parsed = parse::parse(text(a, 0)?, text(a, 1)?, &local(call));
        Ok(parsed.unwrap_or_else(|_| Time::zero()).into())
    }),
    fixed("mustToDate", &[Str, Str], |call, a| {
        Ok(parse::parse(text(a, 0)?, text(a, 1)?, &local(call))?.into())
    }),
    fixed("unixEpoch", &[TimeParam], |_, a| {
        Ok(time(a, 0)?.unix().to_string().into())
    }),
    fixed("ago", &[Any], ago),
    fixed("duration", &[Any], |_, a| {
        let seconds = match any(a, 0) {
            Value::Str(text) => parse_int(text, 10).unwrap_or(0),
            Value::Int64(seconds) => *seconds,
            _ => 0,
        };
        Ok(duration_text(seconds.wrapping_mul(SECOND)).into())
    }),
    fixed("durationRound", &[Any], |call, a| {
        let nanoseconds = match any(a, 0) {
            Value::Str(text) => parse_duration(text).unwrap_or(0),
            Value::Int64(nanoseconds) => *nanoseconds,
            value => Time::from_value(value).map_or(0, |time| since(call, &time)),
        };
        Ok(rounded(nanoseconds).into())
    }),
];

fn local(call: &Call<'_>) -> jiff::tz::TimeZone {
    call.host.now().time_zone().clone()
}

/// A `time.Time` parameter.
fn time(args: &[Value], at: usize) -> Result<Time, String> {
    Time::from_value(any(args, at)).ok_or_else(|| format!("argument {at}: expected time.Time"))
}

/// What sprig takes for a date: a time, or an integer of Unix seconds. All
/// else, a float from YAML included, is now.
fn moment(call: &Call<'_>, value: &Value) -> Time {
    match value {
        Value::Int(seconds) | Value::Int64(seconds) => Time::from_unix(*seconds, local(call)),
        value => Time::from_value(value).unwrap_or_else(|| Time::new(call.host.now())),
    }
}

fn formatted(call: &Call<'_>, layout: &str, date: &Value, zone: &str) -> Value {
    let zone = match zone {
        "Local" => local(call),
        "" => jiff::tz::TimeZone::UTC,
        name => jiff::tz::TimeZone::get(name).unwrap_or(jiff::tz::TimeZone::UTC),
    };
    moment(call, date).in_zone(zone).format(layout).into()
}

fn date_in_zone(call: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(formatted(
        call,
        text(args, 0)?,
        any(args, 1),
        text(args, 2)?,
    ))
}

fn modify(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let shift = parse_duration(text(args, 0)?)?;
    Ok(time(args, 1)?.plus(shift).into())
}

fn modify_or_keep(call: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(modify(call, args).unwrap_or_else(|_| any(args, 1).clone()))
}

/// Nanoseconds from `time` to now, cut to what a Go duration can hold.
fn since(call: &Call<'_>, time: &Time) -> i64 {
    let passed = Time::new(call.host.now()).nanoseconds() - time.nanoseconds();
    i64::try_from(passed).unwrap_or(if passed < 0 { i64::MIN } else { i64::MAX })
}

fn ago(call: &mut Call<'_>, args: &[Value]) -> Answer {
    let passed = since(call, &moment(call, any(args, 0)));
    let half = if passed < 0 { -SECOND / 2 } else { SECOND / 2 };
    let rounded = passed.saturating_add(half) / SECOND * SECOND;
    Ok(duration_text(rounded).into())
}

#[cfg(test)]
mod tests;
