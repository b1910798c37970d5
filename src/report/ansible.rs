//! Ansible's own lines. The main type here is [`Ansible`], for runs of few targets or `-v`.
//!
//! Shapes and spacing are Ansible's to the letter: banners 80 wide in a pipe, `skipping` with its
//! trailing blank after an item, diffs before the `changed:` line.

use super::Look;
use super::diagnostic;
use super::look::{paint, style};
use super::words;
use crate::event::{End, Event, Outcome, Status, TaskHead};
use anstyle::Style;
use serde_json::Value;

/// Prints events as Ansible would.
pub struct Ansible {
    look: Look,
    diff: bool,
}

impl Ansible {
    /// A reporter that prints diffs where `diff`.
    pub fn new(look: Look, diff: bool) -> Ansible {
        Ansible { look, diff }
    }

    /// The text of one event; empty where Ansible says nothing.
    pub fn text(&self, event: &Event) -> String {
        match event {
            Event::PlayStarted(wave) => self.banner(&format!("PLAY [{}]", wave.play)),
            Event::TaskStarted(task) => self.banner(&task_banner(task)),
            Event::TaskEnded {
                target, outcome, ..
            } => self.ended(target, outcome),
            Event::Retrying { target, task, left } => {
                let name = &task.name;
                let line = format!("FAILED - RETRYING: [{target}]: {name} ({left} retries left).");
                format!("{}\n", paint(style::DIM, &line))
            }
            Event::Closing {
                target,
                step,
                stands,
            } => words::closing(target, step, stands),
            Event::TargetEnded { target, end, .. } => left_out(target, end),
            Event::Warning(warning) => diagnostic::fault(warning),
            Event::Stopping { why } => format!("{}\n{why}\n", self.banner("NO MORE HOSTS LEFT")),
            _ => String::new(),
        }
    }

    /// A blank line, the text, and stars to the width.
    fn banner(&self, text: &str) -> String {
        let width = if self.look.terminal {
            self.look.width.max(80)
        } else {
            80
        };
        let stars = width.saturating_sub(text.chars().count() + 1).max(3);
        format!("\n{text} {}\n", "*".repeat(stars))
    }

    fn ended(&self, target: &str, outcome: &Outcome) -> String {
        let (word, style) = word(outcome.status);
        let item = outcome
            .item
            .as_ref()
            .map_or(String::new(), |item| format!(" => (item={item})"));
        let mut text = match &outcome.diff {
            Some(diff) if self.diff => format!("{}\n", diff.trim_end()),
            _ => String::new(),
        };
        let line = match outcome.status {
            Status::Failed
            | Status::Ignored
            | Status::Rescued
            | Status::Refused
            | Status::Unreachable => failed(target, word, &item, outcome),
            Status::Skipped if outcome.item.is_some() => format!("{word}: [{target}]{item} "),
            _ => format!("{word}: [{target}]{item}{}", self.result(outcome)),
        };
        text.push_str(&format!("{}\n", paint(style, &line)));
        if outcome.status == Status::Ignored {
            text.push_str(&format!("{}\n", paint(style::SKIPPED, "...ignoring")));
        }
        text
    }

    /// `debug` and `assert` show their result; others only with `-v`.
    fn result(&self, outcome: &Outcome) -> String {
        let told = matches!(&outcome.result, Value::Object(map) if map.contains_key("msg"));
        match (told, self.look.verbosity > 0) {
            (true, _) => format!(" => {}", indented(&outcome.result)),
            (false, true) if !outcome.result.is_null() => format!(" => {}", outcome.result),
            _ => String::new(),
        }
    }
}

fn task_banner(task: &TaskHead) -> String {
    let word = if task.handler {
        "RUNNING HANDLER"
    } else {
        "TASK"
    };
    format!("{word} [{}]", task.name)
}

/// Ansible has no line for a target that takes no part; it gets one in the same shape.
fn left_out(target: &str, end: &End) -> String {
    let line = match end {
        End::Skipped { gate, why } => {
            let gate = gate
                .as_ref()
                .map_or(String::new(), |gate| format!("gate {gate}: "));
            paint(style::SKIPPED, &format!("skipping: [{target}] {gate}{why}"))
        }
        End::Refused(fault) => format!(
            "refused: [{target}]\n{}",
            diagnostic::fault(fault).trim_end()
        ),
        _ => return String::new(),
    };
    format!("{line}\n")
}

fn word(status: Status) -> (&'static str, Style) {
    match status {
        Status::Ok => ("ok", style::OK),
        Status::Changed => ("changed", style::CHANGED),
        Status::Skipped => ("skipping", style::SKIPPED),
        Status::Failed | Status::Ignored | Status::Rescued | Status::Refused => {
            ("fatal", style::FAILED)
        }
        Status::Unreachable => ("fatal", style::ALARM),
    }
}

fn failed(target: &str, word: &str, item: &str, outcome: &Outcome) -> String {
    let how = match outcome.status {
        Status::Unreachable => "UNREACHABLE!",
        Status::Refused => "REFUSED!",
        _ => "FAILED!",
    };
    let Some(error) = &outcome.error else {
        return format!("{word}: [{target}]: {how}{item} => {}", outcome.result);
    };
    let text = format!("{word}: [{target}]: {how}{item} => {}", error.message);
    let details = diagnostic::details(error);
    format!("{text}\n{details}").trim_end().to_owned()
}

/// Four-space JSON, as Ansible prints results.
fn indented(value: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    match serde::Serialize::serialize(value, &mut serializer) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => value.to_string(),
    }
}
