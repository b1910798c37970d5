use super::super::tests::printed;
use super::duration::{duration_text, parse_duration, rounded};
use super::parse::parse;
use jiff::tz::TimeZone;

fn reformatted(layout: &str, value: &str) -> String {
    let time = parse(layout, value, &TimeZone::UTC);
    time.map_or_else(
        |error| error,
        |time| time.format("2006-01-02T15:04:05.999999999Z07:00 MST"),
    )
}

#[test]
fn layouts_are_read_and_written() {
    for (layout, value, expected) in [
        ("2006-01-02", "2024-02-29", "2024-02-29T00:00:00Z UTC"),
        (
            "Jan _2 06 3:04PM",
            "Mar  5 69 1:02PM",
            "1969-03-05T13:02:00Z UTC",
        ),
        (
            "2006-01-02T15:04:05Z07:00",
            "2024-01-01T00:00:00.25+02:00",
            "2024-01-01T00:00:00.25+02:00 +0200",
        ),
        ("2006-002", "2024-060", "2024-02-29T00:00:00Z UTC"),
        (
            "Monday, 2 January 2006 MST",
            "Thursday, 29 February 2024 CET",
            "2024-02-29T00:00:00Z CET",
        ),
        (
            "2006-01-02",
            "2024-02-30",
            "parsing time \"2024-02-30\": day out of range",
        ),
        (
            "2006-01-02",
            "2024-13-01",
            "parsing time \"2024-13-01\": month out of range",
        ),
        (
            "2006-01-02",
            "x",
            "parsing time \"x\" as \"2006-01-02\": cannot parse \"x\" as \"2006\"",
        ),
        ("2006", "2024x", "parsing time \"2024x\": extra text: \"x\""),
    ] {
        assert_eq!(reformatted(layout, value), expected, "{layout} {value}");
    }
}

#[test]
fn dates_come_from_the_host() {
    let layout = "Mon Jan _2 15:04:05.000 MST 2006 -0700 pm 002";
    assert_eq!(
        printed("date", &[layout.into(), crate::value::Value::Nil]),
        "Thu Feb 29 12:34:56.000 UTC 2024 +0000 pm 060"
    );
    assert_eq!(
        printed("toDate", &["x".into(), "y".into()]),
        "0001-01-01 00:00:00 +0000 UTC"
    );
}

#[test]
fn durations() {
    for (text, shown) in [
        ("1h15m30.918s", "1h15m30.918s"),
        ("72h3m0.5s", "72h3m0.5s"),
        ("-1.5ms", "-1.5ms"),
        ("100us", "100\u{b5}s"),
        ("0", "0s"),
        ("90m", "1h30m0s"),
    ] {
        assert_eq!(
            parse_duration(text).map(duration_text),
            Ok(shown.to_owned())
        );
    }
    for (text, error) in [
        ("10", "time: missing unit in duration \"10\""),
        ("1y", "time: unknown unit \"y\" in duration \"1y\""),
        ("", "time: invalid duration \"\""),
        (".s", "time: invalid duration \".s\""),
    ] {
        assert_eq!(parse_duration(text), Err(error.to_owned()));
    }
    assert_eq!(rounded(3600 * 1_000_000_000 * 49), "2d");
    assert_eq!(rounded(3600 * 1_000_000_000), "60m");
}
