//! `time.Time` in templates. The main type here is [`Time`].

use super::format;
use crate::value::{Object, Value};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};
use std::any::Any;
use std::rc::Rc;

/// A moment in a time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    zoned: Zoned,
    /// The abbreviation that a parsed text gave to its own offset.
    zone_name: Option<String>,
}

impl Time {
    /// A moment as the host gives it.
    pub fn new(zoned: Zoned) -> Time {
        Time {
            zoned,
            zone_name: None,
        }
    }

    /// Go's zero time, 1 January of the year 1.
    pub fn zero() -> Time {
        Time::from_unix(-62_135_596_800, TimeZone::UTC)
    }

    /// Seconds since 1970. What lies beyond the years -9999 to 9999 is cut.
    pub fn from_unix(seconds: i64, zone: TimeZone) -> Time {
        let bounded = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let timestamp = Timestamp::from_second(bounded).unwrap_or_default();
        Time::new(timestamp.to_zoned(zone))
    }

    /// A moment with an offset of its own, named as the parsed text named it.
    pub(super) fn with_offset(timestamp: Timestamp, offset: Offset, name: &str) -> Time {
        Time {
            zoned: timestamp.to_zoned(TimeZone::fixed(offset)),
            zone_name: Some(name.to_owned()),
        }
    }

    /// The time behind a value of a template.
    pub fn from_value(value: &Value) -> Option<Time> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref::<Time>().cloned(),
            _ => None,
        }
    }

    pub(super) fn zoned(&self) -> &Zoned {
        &self.zoned
    }

    /// `CET`, `-03`, or empty for an offset without a name.
    pub(super) fn abbreviation(&self) -> String {
        if let Some(name) = &self.zone_name {
            return name.clone();
        }
        let zone = self.zoned.time_zone();
        let info = zone.to_offset_info(self.zoned.timestamp());
        info.abbreviation().to_owned()
    }

    pub(super) fn in_zone(&self, zone: TimeZone) -> Time {
        Time::new(self.zoned.with_time_zone(zone))
    }

    pub(super) fn unix(&self) -> i64 {
        self.nanoseconds().div_euclid(1_000_000_000) as i64
    }

    pub(super) fn nanoseconds(&self) -> i128 {
        self.zoned.timestamp().as_nanosecond()
    }

    /// Shifted by nanoseconds; stays where the calendar ends.
    pub(super) fn plus(&self, nanoseconds: i64) -> Time {
        let shift = SignedDuration::from_nanos(nanoseconds);
        Time {
            zoned: self.zoned.saturating_add(shift),
            zone_name: self.zone_name.clone(),
        }
    }

    /// Go's `Format`.
    pub fn format(&self, layout: &str) -> String {
        format::format(self, layout)
    }

    fn number(&self, method: &str) -> Option<i64> {
        let zoned = &self.zoned;
        Some(match method {
            "Year" => i64::from(zoned.year()),
            "Day" => i64::from(zoned.day()),
            "Hour" => i64::from(zoned.hour()),
            "Minute" => i64::from(zoned.minute()),
            "Second" => i64::from(zoned.second()),
            "Nanosecond" => i64::from(zoned.subsec_nanosecond()),
            "YearDay" => i64::from(zoned.day_of_year()),
            _ => return None,
        })
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Value {
        Value::Object(Rc::new(time))
    }
}

impl Object for Time {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        if let Some(number) = self.number(name) {
            return Some(Ok(Value::Int(number)));
        }
        let other = args.first().and_then(Time::from_value);
        let wanted = || format!("wrong type for value; expected time.Time in {name}");
        let compared = |holds: fn(&i128, &i128) -> bool| {
            let other = other.as_ref().ok_or_else(wanted)?;
            Ok(holds(&self.nanoseconds(), &other.nanoseconds()).into())
        };
        Some(match name {
            "Unix" => Ok(Value::Int64(self.unix())),
            "UnixMilli" => Ok(Value::Int64((self.nanoseconds() / 1_000_000) as i64)),
            "UnixNano" => Ok(Value::Int64(self.nanoseconds() as i64)),
            "String" => Ok(self.print().into()),
            "Month" => Ok(self.format("January").into()),
            "Weekday" => Ok(self.format("Monday").into()),
            "IsZero" => Ok((*self == Time::zero()).into()),
            "UTC" => Ok(self.in_zone(TimeZone::UTC).into()),
            "Before" => compared(i128::lt),
            "After" => compared(i128::gt),
            "Equal" => compared(i128::eq),
            "Format" => match args.first().and_then(Value::as_str) {
                Some(layout) => Ok(self.format(layout).into()),
                None => Err("wrong type for value; expected string".to_owned()),
            },
            _ => return None,
        })
    }

    fn print(&self) -> String {
        self.format("2006-01-02 15:04:05.999999999 -0700 MST")
    }

    fn to_json(&self) -> serde_json::Value {
        self.format("2006-01-02T15:04:05.999999999Z07:00").into()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
