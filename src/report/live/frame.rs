//! What the live view of a run shows at one moment; no terminal, no clock.
//!
//! Important first: how far the waves are, the slowest targets with what they wait for, failures,
//! and what Ctrl-C would do now.

use super::board::{Board, Failure, Flight, Standing};
use super::line::Line;
use crate::report::look::style;
use crate::report::recap::short;
use crate::report::words;
use crate::terminal::Pace;
use anstyle::Style;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The most lines that are drawn.
const MOST: usize = 24;
/// Failures that are shown; the report of each stands in the log above.
const FAILURES: usize = 4;
/// The columns of a bar.
const BAR: usize = 24;
/// Narrower terminals have no bars.
const ROOM_FOR_BARS: usize = 80;

/// The moment that is shown.
pub struct Moment {
    /// The time.
    pub now: Instant,
    /// Columns of the terminal.
    pub width: usize,
    /// Lines of the terminal.
    pub height: usize,
    /// Whether somebody asked to stop.
    pub pace: Pace,
    /// Nothing new starts for now.
    pub paused: bool,
    /// What is under way is shown as far as there is room; `None` where no key says so.
    pub all: Option<bool>,
}

/// The lines of the view.
pub fn frame(board: &Board, moment: &Moment) -> Vec<String> {
    let mut lines = vec![header(board, moment), Line::default()];
    lines.extend(waves(board, moment));
    let after = after(board, moment);
    let most = match moment.all {
        Some(true) => usize::MAX,
        _ => MOST,
    };
    let most = most.min(moment.height.saturating_sub(1));
    let room = most.saturating_sub(lines.len() + after.len() + 1);
    let flight = flight(board, moment, room);
    if !flight.is_empty() {
        lines.push(Line::default());
        lines.extend(flight);
    }
    lines.extend(after);
    let shown = lines.iter().take(most.max(1));
    shown.map(|line| line.fit(moment.width)).collect()
}

/// `RUN 7k2f Update clients   prod-sp 5f0c1e9a   CHG0041234       32m31s, about 31m left`
fn header(board: &Board, moment: &Moment) -> Line {
    let start = &board.start;
    let title = format!("RUN {} {}", short(&start.run), board.play);
    let mut line = Line::plain(title.trim_end());
    for cluster in &start.clusters {
        let id: String = cluster.uid.chars().take(8).collect();
        line = line.and(Style::new(), "   ");
        line = line.and(style::BOLD, &*cluster.name);
        line = line.and(Style::new(), format!(" {id}"));
    }
    if let Some(reason) = &start.reason {
        line = line.and(Style::new(), format!("   {reason}"));
    }
    let lasted = words_of(board.lasted(moment.now));
    let left = board.left(moment.now);
    let time = match left {
        Some(left) => format!("{lasted}, about {} left", words_of(left)),
        None => lasted.clone(),
    };
    let wide = line.clone().right(Style::new(), &time, moment.width);
    match wide.width() == line.width() {
        true => line.right(Style::new(), &lasted, moment.width),
        false => wide,
    }
}

fn waves(board: &Board, moment: &Moment) -> Vec<Line> {
    let waves = board.waves.iter().enumerate();
    // Of many waves those around the present one.
    let present = board.waves.iter().rposition(|wave| wave.began);
    let near = |at: &usize| present.is_none_or(|present| at.abs_diff(present) <= 2);
    let near = waves.filter(|(at, _)| near(at));
    near.map(|(at, wave)| wave_line(at, wave, moment)).collect()
}

fn wave_line(at: usize, wave: &Standing, moment: &Moment) -> Line {
    let through = wave.through.len();
    let count = match wave.size {
        0 => "?".to_owned(),
        size => format!("{through}/{size}"),
    };
    let line = Line::plain(format!(" wave {:<3}{count:>9}   ", at + 1));
    match (wave.began, wave.took) {
        (false, _) => line.and(style::DIM, format!("after wave {at}")),
        (true, Some(took)) => {
            let line = line.and(style::OK, "done   ");
            let line = counts(line, wave);
            line.right(style::DIM, &words_of(took), moment.width)
        }
        (true, None) => {
            let line = match moment.width >= ROOM_FOR_BARS {
                true => line.and(style::OK, bar(through, wave.size)),
                false => line,
            };
            counts(line, wave)
        }
    }
}

fn counts(mut line: Line, wave: &Standing) -> Line {
    let several = [
        (wave.changed.len(), "changed", style::CHANGED),
        (wave.skipped.len(), "skipped", style::SKIPPED),
    ];
    for (count, word, style) in several.into_iter().filter(|(count, ..)| *count > 0) {
        line = line.and(style, format!("{} {word}   ", words::number(count)));
    }
    if wave.failed.is_empty() {
        return line;
    }
    let failed = words::number(wave.failed.len());
    let allowed = wave.allowed.map(|allowed| format!(" of {allowed} allowed"));
    let allowed = allowed.unwrap_or_default();
    line.and(style::FAILED, format!("{failed} FAILED{allowed}   "))
}

fn bar(through: usize, size: usize) -> String {
    let full = (through * BAR).checked_div(size).unwrap_or(0).min(BAR);
    format!("{}{}  ", "█".repeat(full), "░".repeat(BAR - full))
}

fn flight(board: &Board, moment: &Moment, room: usize) -> Vec<Line> {
    let slowest = board.slowest();
    let shown = match slowest.len() <= room {
        true => slowest.len(),
        false => room.saturating_sub(1),
    };
    let names = slowest
        .iter()
        .take(shown)
        .map(|(name, _)| name.chars().count());
    let widest = names.max().unwrap_or(0).min(24);
    let line = |(name, flight): &(&Arc<str>, &Flight)| one(board, moment, (name, widest), flight);
    let mut lines: Vec<Line> = slowest.iter().take(shown).map(line).collect();
    if slowest.len() > shown {
        let more = words::number(slowest.len() - shown);
        let line = Line::default().and(style::DIM, format!(" … {more} more in flight"));
        let key = if moment.all == Some(false) {
            "v: show all"
        } else {
            ""
        };
        lines.push(line.right(style::DIM, key, moment.width));
    }
    lines
}

/// `   3m41s  c3d81k   Update the release   Deployment web: 1 of 2 pods are ready    SLOW`
fn one(board: &Board, moment: &Moment, name: (&str, usize), flight: &Flight) -> Line {
    let (name, widest) = name;
    let time = words_of(moment.now.duration_since(flight.since));
    let mut line = Line::plain(format!(
        " {time:>7}  {name:<widest$}   {}",
        flight.task.name
    ));
    if !flight.text.is_empty() {
        line = line.and(style::DIM, format!("   {}", flight.text));
    }
    match board.is_slow(flight, moment.now) {
        true => {
            let room = moment.width.saturating_sub(6);
            let cut = Line::plain(anstream::adapter::strip_str(&line.fit(room)).to_string());
            cut.right(style::CHANGED, "SLOW", moment.width)
        }
        false => line,
    }
}

/// Failures, what is open, and what Ctrl-C would do.
fn after(board: &Board, moment: &Moment) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    let hidden = board.failed.len().saturating_sub(FAILURES);
    if hidden > 0 {
        let text = format!(" … {} before", words::plural(hidden, "failure"));
        lines.push(Line::default().and(style::DIM, text));
    }
    lines.extend(board.failed.iter().skip(hidden).map(failure));
    lines.push(last(board, moment));
    lines
}

fn failure(failure: &Failure) -> Line {
    let task = failure.task.as_deref().map(|task| format!("{task}   "));
    let text = format!(
        "{}   {}{}",
        failure.target,
        task.unwrap_or_default(),
        failure.why
    );
    Line::default()
        .and(style::FAILED, format!(" {} ", failure.word))
        .and(Style::new(), text)
}

/// What would be half done if the run ended at this moment.
fn open_now(board: &Board) -> String {
    let changing = |count| format!("{} being changed", words::plural(count, "release"));
    let due = |count| format!("{} to scale back", words::plural(count, "workload"));
    let parts = [
        Some(board.open()).filter(|count| *count > 0).map(changing),
        Some(board.due).filter(|count| *count > 0).map(due),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!(" open now: {}", parts.join(", ")),
    }
}

fn last(board: &Board, moment: &Moment) -> Line {
    let flight = board.flight.len();
    let left = board.left(moment.now);
    match moment.pace {
        Pace::Running if moment.paused => {
            let text = format!(" PAUSED: no new target starts, {flight} finish.");
            Line::default().and(style::ALARM, format!("{text}   p: go on"))
        }
        Pace::Running => {
            let open = open_now(board);
            let does = match flight {
                0 => "Ctrl-C: start no more".to_owned(),
                1 => "Ctrl-C: finish this one, start no more".to_owned(),
                some => format!("Ctrl-C: finish these {some}, start no more"),
            };
            let line = Line::default().and(style::CHANGED, open);
            let whole = line.clone().right(style::DIM, &does, moment.width);
            match whole.width() == line.width() {
                true => Line::default().and(style::DIM, format!(" {does}")),
                false => whole,
            }
        }
        Pace::Stopping => {
            let left = left.filter(|_| flight > 0);
            let left = left.map(|left| format!(", about {}", words_of(left)));
            let left = left.unwrap_or_default();
            let text = format!(" STOPPING: no new target starts, {flight} finish{left}.");
            let again = "   Ctrl-C again: mark them failed and leave";
            Line::default().and(style::ALARM, format!("{text}{again}"))
        }
        Pace::Leaving => Line::default().and(style::ALARM, " LEAVING: what is true is written"),
    }
}

/// `3s`, `3m41s`: tenths would flicker.
fn words_of(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        _ => words::duration(time),
    }
}
