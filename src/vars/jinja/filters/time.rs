//! Filters of time.

use super::failed;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use minijinja::value::Kwargs;
use minijinja::{Environment, Error};

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_filter(
        "strftime",
        |format: String, second: Option<f64>, utc: Option<bool>, options: Kwargs| {
            let utc = options.get::<Option<bool>>("utc")?.or(utc).unwrap_or(false);
            let zone = if utc {
                TimeZone::UTC
            } else {
                TimeZone::system()
            };
            let at = match second {
                Some(second) => moment(second)?,
                None => Timestamp::now(),
            };
            strftime(&format, &at.to_zoned(zone))
        },
    );
    engine.add_filter("to_datetime", |text: String, format: Option<String>| {
        let format = format.unwrap_or_else(|| "%Y-%m-%d %H:%M:%S".to_owned());
        let time = DateTime::strptime(&format, &text)
            .map_err(|error| failed(format!("to_datetime: {error}")))?;
        Ok::<_, Error>(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
    });
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "times are far below the limit, and `as` saturates"
)]
fn moment(second: f64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond((second * 1e6) as i64).map_err(|error| failed(error.to_string()))
}

/// A time by Python's format.
pub(in super::super) fn strftime(format: &str, time: &Zoned) -> Result<String, Error> {
    // `%f` without a width is microseconds in Python, any number of digits in jiff.
    let format = format.replace("%f", "%6f");
    jiff::fmt::strtime::format(&format, time).map_err(|error| failed(format!("strftime: {error}")))
}
