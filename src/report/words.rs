//! Counts and names in words, the same on every screen.

use super::look::{paint, style};
use crate::event::Closing;
use crate::release::ClosingStep;
use std::time::Duration;

/// `1 target`, `7 targets`.
pub fn targets(count: usize) -> String {
    plural(count, "target")
}

/// `1 object`, `26 objects`, `1,512 objects`.
pub fn plural(count: usize, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{} {noun}{end}", number(count))
}

/// `7,130`.
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What became of a closing step, as a line; nothing is said of one that came to be due, for the
/// task that opened it says what it did.
pub fn closing(target: &str, step: &ClosingStep, stands: &Closing) -> String {
    match stands {
        Closing::Opened => String::new(),
        Closing::Closed(how) => {
            let line = format!("closed: [{target}] {}: {how}", step.object);
            format!("{}\n", paint(style::OK, &line))
        }
        Closing::Open(why) => {
            let line = format!("OPEN: [{target}] {step}: {}", why.message);
            format!("{}\n", paint(style::ALARM, &line))
        }
    }
}

/// The first five names, and how many more.
pub fn names<'a>(names: impl Iterator<Item = &'a str>, all: bool) -> String {
    let names: Vec<&str> = names.collect();
    if all || names.len() <= 6 {
        return names.join(" ");
    }
    format!(
        "{} … {} more",
        names[..5].join(" "),
        number(names.len() - 5)
    )
}

/// As [`names`], as many as there is room for; a name too long by itself is cut in its middle.
pub fn fitting(all: &[&str], room: usize) -> String {
    let shown = |count: usize| match all.len() - count {
        0 => all.join(" "),
        rest => format!("{} … {} more", all[..count].join(" "), number(rest)),
    };
    let most = if all.len() <= 6 { all.len() } else { 5 };
    let mut texts = (1..=most).rev().map(shown);
    let fits = |text: &String| text.chars().count() <= room;
    texts.find(fits).unwrap_or_else(|| {
        let Some(first) = all.first() else {
            return String::new();
        };
        let whole = shown(1);
        let rest = whole.get(first.len()..).unwrap_or_default();
        format!(
            "{}{rest}",
            cut(first, room.saturating_sub(rest.chars().count()))
        )
    })
}

/// `protheus-appser…cao-all`.
fn cut(name: &str, room: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    let kept = room.saturating_sub(1).max(2);
    if letters.len() <= kept {
        return name.to_owned();
    }
    let tail = kept / 3;
    let (head, end) = (&letters[..kept - tail], &letters[letters.len() - tail..]);
    let text = |letters: &[char]| letters.iter().collect::<String>();
    format!("{}…{}", text(head), text(end))
}

/// `48s`, `2m04s`, `1h05m`.
pub fn duration(took: Duration) -> String {
    let seconds = took.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => format!("{:.1}s", took.as_secs_f64()),
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_names_as_there_is_room_for() {
        let names: Vec<&str> = vec!["c0aa1p"; 34];
        assert_eq!(
            fitting(&names, 60),
            "c0aa1p c0aa1p c0aa1p c0aa1p c0aa1p … 29 more"
        );
        assert_eq!(fitting(&names, 26), "c0aa1p c0aa1p … 32 more");
        assert_eq!(fitting(&names[..2], 13), "c0aa1p c0aa1p");
        assert_eq!(fitting(&names[..2], 12), "c0… … 1 more");
        let long = ["protheus-appserver-producao-all"];
        assert_eq!(fitting(&long, 24), "protheus-appserv…cao-all");
        assert_eq!(fitting(&long, usize::MAX), long[0]);
    }
}
