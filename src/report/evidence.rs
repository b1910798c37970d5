//! The proof of a failure, as people read it: why, where, what happened, what the log says.

use super::look::{paint, style};
use super::words;
use crate::diag::{Evidence, Happening, LogTail};
use std::fmt::Write;

/// The events that are shown; all of them are in the JSON.
const EVENTS: usize = 5;
/// The lines of a log that are shown.
const LINES: usize = 20;

/// One cause:
///
/// ```text
///   why      container rest was OOMKilled 3 times in 2m (exit 137)
///            limit 512Mi, request 256Mi
///            set by values rest.resources.limits.memory: host_vars/c2z4lm.yml:9:17
///   where    Deployment rest → ReplicaSet rest-7d9f6 → Pod rest-7d9f6-x2k4p on node-17
///   events   22:25:13  BackOff  restarting failed container rest (×3)
///   log      rest-7d9f6-x2k4p/rest, before the last restart
///            [FATAL] out of memory in GetMem, 67108864 bytes
/// ```
pub fn proof(proof: &Evidence) -> String {
    let mut text = String::new();
    block(&mut text, "why", &why(proof));
    block(&mut text, "where", &[place(proof)]);
    block(&mut text, "events", &events(&proof.events));
    if let Some(log) = &proof.log {
        block(&mut text, "log", &tail(log));
    }
    text
}

fn block(text: &mut String, label: &str, lines: &[String]) {
    let lines = lines.iter().flat_map(|line| line.lines());
    for (at, line) in lines.enumerate() {
        let label = if at == 0 { label } else { "" };
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}", format!("  {label:<8} {line}").trim_end());
    }
}

fn why(proof: &Evidence) -> Vec<String> {
    let mut lines = vec![paint(style::FAILED, &proof.why)];
    let memory = [("limit", &proof.limit), ("request", &proof.request)];
    let memory = memory.into_iter();
    let memory = memory.filter_map(|(word, size)| Some(format!("{word} {}", size.as_ref()?)));
    let memory = memory.collect::<Vec<_>>().join(", ");
    let set = proof.set_by.as_ref();
    lines.extend(Some(memory).filter(|memory| !memory.is_empty()));
    lines.extend(set.map(|set| format!("set by values {}: {}", set.path, set.at)));
    lines
}

fn place(proof: &Evidence) -> String {
    let node = proof.node.as_ref();
    let node = node.map_or_else(String::new, |node| format!(" on {node}"));
    format!("{}{node}", proof.path.join(" → "))
}

fn events(events: &[Happening]) -> Vec<String> {
    let widest = events.iter().map(|event| event.reason.len()).max();
    let widest = widest.unwrap_or_default();
    let hidden = events.len().saturating_sub(EVENTS);
    let line = |event: &Happening| {
        let (reason, message) = (&event.reason, &event.message);
        let count = match event.count {
            0 | 1 => String::new(),
            count => format!(" (×{count})"),
        };
        format!("{}  {reason:<widest$}  {message}{count}", clock(&event.time))
    };
    let mut lines: Vec<String> = events.iter().skip(hidden).map(line).collect();
    if hidden > 0 {
        lines.insert(0, paint(style::DIM, &format!("… {} before", words::plural(hidden, "event"))));
    }
    lines
}

/// The time of the day, here.
fn clock(time: &str) -> String {
    let Ok(time) = time.parse::<jiff::Timestamp>() else {
        return time.to_owned();
    };
    let here = time.to_zoned(jiff::tz::TimeZone::system());
    here.strftime("%H:%M:%S").to_string()
}

fn tail(log: &LogTail) -> Vec<String> {
    let when = if log.previous { ", before the last restart" } else { "" };
    let title = format!("{}/{}{when}", log.pod, log.container);
    let hidden = log.lines.len().saturating_sub(LINES);
    let lines = log.lines.iter().skip(hidden).cloned();
    std::iter::once(title).chain(lines).collect()
}
