//! The log of a fleet off a terminal: one plain line per target, greppable by its name.
//!
//! Waves of more than ten targets are told so; smaller ones in Ansible's own lines.

use super::look::{paint, style};
use super::{diagnostic, words};
use crate::event::{End, Event, Wave};
use std::fmt::Write;
use std::sync::Arc;

/// Where a wave stands.
#[derive(Default)]
pub struct Log {
    wave: Arc<Wave>,
    ended: usize,
}

impl Log {
    /// The text of one event.
    pub fn text(&mut self, event: &Event) -> String {
        match event {
            Event::PlayStarted(wave) => self.start(wave),
            Event::TargetEnded { target, end, took } => {
                self.ended += 1;
                let count = format!("({}/{})", self.ended, self.wave.targets.len());
                target_line(target, end, &words::duration(*took), &count)
            }
            Event::WaveEnded { wave, took } => {
                let (number, of) = (wave.number, wave.of);
                format!(
                    "wave {number} of {of} ended after {}\n",
                    words::duration(*took)
                )
            }
            Event::Warning(warning) => diagnostic::fault(warning),
            Event::Stopping { why } => format!("{}\n", paint(style::FAILED, why)),
            _ => String::new(),
        }
    }

    fn start(&mut self, wave: &Arc<Wave>) -> String {
        self.ended = 0;
        let mut text = String::new();
        if self.wave.play != wave.play {
            let _ = writeln!(text, "{}\n", banner(&format!("PLAY [{}]", wave.play)));
        }
        let (number, of) = (wave.number, wave.of);
        let title = format!(
            "WAVE {number} of {of} [{}]",
            words::targets(wave.targets.len())
        );
        let _ = writeln!(text, "{}", banner(&title));
        self.wave = wave.clone();
        text
    }
}

fn banner(text: &str) -> String {
    format!(
        "\n{text} {}",
        "*".repeat(79usize.saturating_sub(text.chars().count()).max(3))
    )
}

fn target_line(target: &str, end: &End, took: &str, count: &str) -> String {
    match end {
        End::Changed { objects, tasks } => {
            let (objects, tasks) = (
                words::plural(*objects, "object"),
                words::plural(*tasks, "task"),
            );
            let line = format!("changed: [{target}] {objects}, {tasks}, {took} {count}");
            format!("{}\n", paint(style::CHANGED, &line))
        }
        End::Unchanged => format!("{}\n", paint(style::OK, &format!("ok: [{target}] {count}"))),
        End::Skipped { gate, why } => {
            let gate = gate
                .as_ref()
                .map_or(String::new(), |gate| format!("gate {gate}: "));
            let line = format!("skipping: [{target}] {gate}{why} {count}");
            format!("{}\n", paint(style::SKIPPED, &line))
        }
        End::Failed(fault) => whole("FAILED!", target, fault),
        End::Unreachable(fault) => whole("UNREACHABLE!", target, fault),
        End::Refused(fault) => whole("REFUSED", target, fault),
        End::Stopped => format!("stopped: [{target}] not finished {count}\n"),
    }
}

fn whole(word: &str, target: &str, fault: &crate::diag::Diagnostic) -> String {
    let line = format!("fatal: [{target}]: {word} => {}", fault.message);
    let mut text = format!("{}\n", paint(style::FAILED, &line));
    let mut rest = fault.clone();
    rest.target = None;
    for line in diagnostic::fault(&rest).lines().skip(1) {
        let _ = writeln!(text, "{line}");
    }
    text
}
