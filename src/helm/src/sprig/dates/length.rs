//! `time.Duration` in templates. The main type here is [`Duration`].

use super::duration::{SECOND, duration_text};
use crate::value::{Object, Param, Value};
use serde_json::Value as Json;
use std::any::Any;
use std::rc::Rc;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A length of time in nanoseconds: an integer with a name and methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration(pub i64);

impl Duration {
    /// The duration behind a value of a template.
    pub fn from_value(value: &Value) -> Option<Duration> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref::<Duration>().copied(),
            _ => None,
        }
    }

    /// Seconds with their fraction.
    pub fn seconds(self) -> f64 {
        self.in_units(SECOND)
    }

    /// Minutes with their fraction.
    pub fn minutes(self) -> f64 {
        self.in_units(MINUTE)
    }

    /// Hours with their fraction.
    pub fn hours(self) -> f64 {
        self.in_units(HOUR)
    }

    /// Whole units and their rest apart, as Go adds them.
    fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }

    /// To a multiple of `unit`, toward zero.
    pub fn truncate(self, unit: i64) -> Duration {
        match unit {
            ..=0 => self,
            unit => Duration(self.0 - self.0 % unit),
        }
    }

    /// To the nearest multiple of `unit`, halves away from zero.
    pub fn round(self, unit: i64) -> Duration {
        if unit <= 0 {
            return self;
        }
        let rest = self.0 % unit;
        let down = self.0 - rest;
        match rest.unsigned_abs() >= (unit - rest.abs()).unsigned_abs() {
            false => Duration(down),
            true => Duration(down.saturating_add(unit * self.0.signum())),
        }
    }
}

impl From<Duration> for Value {
    fn from(duration: Duration) -> Value {
        Value::Object(Rc::new(duration))
    }
}

impl Object for Duration {
    fn type_name(&self) -> &str {
        "time.Duration"
    }

    fn kind(&self) -> &str {
        "int64"
    }

    fn integer(&self) -> Option<i64> {
        Some(self.0)
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str, _: &[Value]) -> Option<Result<Value, String>> {
        Some(Ok(match name {
            "String" => self.print().into(),
            "Nanoseconds" => Value::Int64(self.0),
            "Microseconds" => Value::Int64(self.0 / 1_000),
            "Milliseconds" => Value::Int64(self.0 / 1_000_000),
            "Seconds" => Value::Float(self.seconds()),
            "Minutes" => Value::Float(self.minutes()),
            "Hours" => Value::Float(self.hours()),
            "Abs" => Duration(self.0.saturating_abs()).into(),
            _ => return None,
        }))
    }

    fn signature(&self, name: &str) -> Option<(&'static [Param], bool)> {
        self.method(name, &[]).map(|_| (&[] as &[Param], false))
    }

    fn print(&self) -> String {
        duration_text(self.0)
    }

    fn to_json(&self) -> Json {
        self.0.into()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
