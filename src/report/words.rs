//! Counts and names in words, the same on every screen.

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
