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
        format!(
            "{}  {reason:<widest$}  {message}{count}",
            clock(&event.time)
        )
    };
    let mut lines: Vec<String> = events.iter().skip(hidden).map(line).collect();
    if hidden > 0 {
        lines.insert(
            0,
            paint(
                style::DIM,
                &format!("… {} before", words::plural(hidden, "event")),
            ),
        );
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
    let when = if log.previous {
        ", before the last restart"
    } else {
        ""
    };
    let title = format!("{}/{}{when}", log.pod, log.container);
    let hidden = log.lines.len().saturating_sub(LINES);
    let lines = log.lines.iter().skip(hidden).cloned();
    std::iter::once(title).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Diagnostic, Kind, Location, SetBy};
    use crate::report::{diagnostic, json};

    fn killed() -> Diagnostic {
        let event = |time: &str, reason: &str, message: &str, count| Happening {
            time: time.to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
            count,
        };
        let why = "container rest was OOMKilled 3 times in 2m (exit 137)";
        let proof = Evidence {
            object: "Deployment rest".to_owned(),
            why: why.to_owned(),
            reason: "OOMKilled".to_owned(),
            cause: "OOMKilled".to_owned(),
            container: Some("rest".to_owned()),
            exit_code: Some(137),
            restarts: 3,
            path: [
                "Deployment rest",
                "ReplicaSet rest-7d9f6",
                "Pod rest-7d9f6-x2k4p",
            ]
            .map(str::to_owned)
            .to_vec(),
            node: Some("node-17".to_owned()),
            image: Some("registry.example.net/rest:1".to_owned()),
            limit: Some("512Mi".to_owned()),
            request: Some("256Mi".to_owned()),
            set_by: Some(SetBy {
                path: "rest.resources.limits.memory".to_owned(),
                at: Location {
                    file: "host_vars/c2z4lm.yml".into(),
                    line: 9,
                    column: 17,
                },
            }),
            events: vec![
                event("noon", "Scheduled", "to node-17", 1),
                event("later", "BackOff", "restarting failed container rest", 3),
            ],
            log: Some(LogTail {
                pod: "rest-7d9f6-x2k4p".to_owned(),
                container: "rest".to_owned(),
                previous: true,
                lines: vec![
                    "[INFO ] TopConnect pool ready (24)".to_owned(),
                    "[FATAL] out of memory in GetMem, 67108864 bytes".to_owned(),
                ],
            }),
        };
        Diagnostic::new(Kind::Failed, format!("Deployment rest is not ready: {why}"))
            .target("c2z4lm")
            .proven(vec![proof])
    }

    #[test]
    fn why_first_with_the_line_of_the_value_behind_it() {
        let text = diagnostic::fault(&killed());
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
    }

    #[test]
    fn machines_get_the_same_by_the_same_names() {
        insta::assert_json_snapshot!(json::fault(&killed()));
    }
}
