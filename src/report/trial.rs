//! How the tests of a release ended, in the words of `helm test`.

use super::{paint, style};
use crate::release::Record;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// One block per test that the record has, then what they said.
pub fn text(record: &Record, logs: &[String], zone: &TimeZone) -> String {
    let mut text = format!(
        "NAME: {}\nLAST DEPLOYED: {}\nNAMESPACE: {}\nSTATUS: {}\nREVISION: {}\n",
        record.name,
        local(&record.info.last_deployed, zone),
        record.namespace,
        record.info.status,
        record.revision,
    );
    let hooks = record.hook_runs();
    let tests = hooks.iter().filter(is_test);
    let suites: String = tests.map(|hook| suite(hook, zone)).collect();
    text += match suites.is_empty() {
        true => "TEST SUITE: None\n",
        false => &suites,
    };
    for log in logs {
        text += &format!("\n{log}\n");
    }
    text
}

fn is_test(hook: &&Value) -> bool {
    let events = hook["events"].as_array().into_iter().flatten();
    events.into_iter().any(|event| event == "test")
}

fn suite(hook: &Value, zone: &TimeZone) -> String {
    let (name, run) = (hook["name"].as_str().unwrap_or_default(), &hook["last_run"]);
    let phase = run["phase"].as_str().unwrap_or_default();
    if phase.is_empty() {
        return format!("TEST SUITE:     {name}\nPhase:          not run\n");
    }
    let colour = match phase {
        "Succeeded" => style::OK,
        "Failed" => style::FAILED,
        _ => style::CHANGED,
    };
    let time = |field: &str| local(run[field].as_str().unwrap_or_default(), zone);
    format!(
        "TEST SUITE:     {name}\nLast Started:   {}\nLast Completed: {}\nPhase:          {}\n",
        time("started_at"),
        time("completed_at"),
        paint(colour, phase),
    )
}

/// As Go's `time.ANSIC`, which Helm prints.
fn local(time: &str, zone: &TimeZone) -> String {
    match time.parse::<Timestamp>() {
        Ok(time) => {
            let zoned = time.to_zoned(zone.clone());
            zoned.strftime("%a %b %e %H:%M:%S %Y").to_string()
        }
        Err(_) => time.to_owned(),
    }
}
