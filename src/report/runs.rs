//! `rollbook runs`: what runs did, from their journals. The main entry points are [`list`],
//! [`show`] and [`steps`].

use super::columns::Columns;
use super::look::{Look, paint, style};
use super::words;
use crate::journal::{Run, Touched};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write;

/// A run, and whether its process still lives.
#[derive(Clone, Debug)]
pub struct Told {
    /// The run.
    pub run: Run,
    /// Its process is certainly gone.
    pub gone: bool,
}

impl Told {
    /// How it stands, in a few words.
    pub fn state(&self) -> String {
        let failed = self.run.touched.iter().filter(|t| failed(t)).count();
        match (&self.run.ended, &self.run.stopped, self.gone) {
            (None, _, true) => "KILLED".to_owned(),
            (None, Some(_), false) => "stopping".to_owned(),
            (None, None, false) => "running".to_owned(),
            (Some(_), Some(_), _) => "STOPPED".to_owned(),
            (Some(_), None, _) if failed > 0 => format!("{failed} FAILED"),
            (Some(_), None, _) if self.is_idle() => "nothing done".to_owned(),
            (Some(_), None, _) => "done".to_owned(),
        }
    }
}

impl Told {
    /// It ended before it touched anything: nobody said yes.
    fn is_idle(&self) -> bool {
        let run = &self.run;
        let idle = run.touched.is_empty() && run.through.is_empty() && run.open.is_empty();
        idle && !run.opened.targets.is_empty()
    }
}

/// One line per run, the newest last.
pub fn list(runs: &[Told], zone: &TimeZone, look: &Look) -> String {
    let titles = ["RUN", "BEGAN", "BY", "DONE", "STATE", "WHAT"];
    let mut columns = Columns::new(&titles, 3..4);
    for told in runs {
        let run = &told.run;
        let done = done(run).count();
        columns.push(vec![
            run.id.short().to_owned(),
            local(&run.at, zone),
            run.opened.by.clone(),
            format!("{done}/{}", run.opened.targets.len()),
            told.state(),
            what(run),
        ]);
    }
    columns.print(look.room(), &[2])
}

/// One run: its head, then its targets, those with trouble first and whole.
pub fn show(told: &Told, zone: &TimeZone, look: &Look) -> String {
    let run = &told.run;
    let mut text = format!(
        "RUN {}   {}\n",
        paint(style::BOLD, run.id.short()),
        what(run)
    );
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name:<10} {value}");
        }
    };
    row("id", run.id.as_str());
    row(
        "began",
        &format!("{} by {}", local(&run.at, zone), run.opened.by),
    );
    for resumed in &run.resumed {
        row(
            "resumed",
            &format!("{} by {}", local(&resumed.at, zone), resumed.by),
        );
    }
    row(
        "ended",
        &run.ended
            .as_deref()
            .map_or_else(|| told.state(), |at| local(at, zone)),
    );
    row("stopped", run.stopped.as_deref().unwrap_or_default());
    row("inventory", &run.opened.inventory.join(" "));
    row("playbook", &run.opened.playbook);
    row("limit", run.opened.limit.as_deref().unwrap_or_default());
    row("plan", run.opened.plan.as_deref().unwrap_or_default());
    row("reason", run.opened.reason.as_deref().unwrap_or_default());
    for step in &run.open {
        row("OPEN", &format!("{}  {step}", step.target));
    }
    text.push('\n');
    text.push_str(&targets(told, look));
    text
}

fn targets(told: &Told, look: &Look) -> String {
    let mut text = String::new();
    let run = &told.run;
    for touched in run.touched.iter().filter(|t| !t.is_done()) {
        text.push_str(&trouble(touched));
    }
    let done: Vec<&str> = done(run).collect();
    let begun = |target: &&str| {
        let is_open = run.open.iter().any(|step| *step.target == **target);
        is_open || run.touched.iter().any(|t| t.before.target == **target)
    };
    let never: Vec<&str> = run.unfinished().into_iter().filter(|t| !begun(t)).collect();
    for (count, word, names) in [
        (done.len(), "done", done),
        (never.len(), "not begun", never),
    ] {
        if count > 0 {
            let names = words::names(names.into_iter(), look.verbosity > 0);
            let _ = writeln!(text, "{count:>5}  {word:<9}  {names}");
        }
    }
    if !run.unfinished().is_empty() && (run.ended.is_some() || told.gone) {
        let _ = writeln!(
            text,
            "\nGo on:     rollbook resume {0}\nGo back:   rollbook resume {0} --undo",
            run.id.short()
        );
    }
    text
}

/// A target that did not get to its end.
fn trouble(touched: &Touched) -> String {
    let last = touched.steps.last().map(|timed| timed.step.to_string());
    let (word, why) = match touched
        .after
        .as_ref()
        .and_then(|after| after.error.as_deref())
    {
        Some(error) => ("FAILED", error.to_owned()),
        None => (
            "HALF DONE",
            format!("last step: {}", last.unwrap_or_else(|| "none".to_owned())),
        ),
    };
    let line = format!("{word} {}  {why}", touched.before.target);
    format!("{}\n", paint(style::FAILED, &line))
}

/// The steps of one target, each with the time it took.
pub fn steps(touched: &Touched, zone: &TimeZone) -> String {
    let before = &touched.before;
    let from = before.chart.as_deref().unwrap_or("nothing");
    let mut text = format!(
        "{}  release {} was at revision {} ({from})\n",
        before.target, before.release, before.revision
    );
    let ends = touched.steps.iter().skip(1).map(|timed| timed.at.as_str());
    let ends = ends.map(Some).chain([touched.left.as_deref()]);
    for (timed, end) in touched.steps.iter().zip(ends) {
        let took = end.map_or_else(|| "…".to_owned(), |end| between(&timed.at, end));
        let _ = writeln!(
            text,
            "  {}  {took:>6}  {}",
            clock(&timed.at, zone),
            timed.step
        );
    }
    match &touched.after {
        Some(after) => {
            let _ = match (&after.error, after.revision) {
                (Some(error), _) => writeln!(text, "  FAILED  {error}"),
                (None, Some(revision)) => writeln!(text, "  done    revision {revision}"),
                (None, None) => writeln!(text, "  done"),
            };
        }
        None => text.push_str("  HALF DONE\n"),
    }
    text
}

fn failed(touched: &Touched) -> bool {
    touched
        .after
        .as_ref()
        .is_some_and(|after| after.error.is_some())
}

/// The targets that are done: their release, or where that was not touched all that was opened.
fn done(run: &Run) -> impl Iterator<Item = &str> {
    let untouched = |target: &&String| !run.touched.iter().any(|t| t.before.target == **target);
    let released = run.touched.iter().filter(|t| t.is_done());
    let released = released.map(|touched| touched.before.target.as_str());
    released.chain(run.through.iter().filter(untouched).map(String::as_str))
}

fn what(run: &Run) -> String {
    match &run.opened.reason {
        Some(reason) => format!("{} ({reason})", run.opened.title),
        None => run.opened.title.clone(),
    }
}

fn at(text: &str, zone: &TimeZone) -> Option<jiff::Zoned> {
    let at: Timestamp = text.parse().ok()?;
    Some(at.to_zoned(zone.clone()))
}

fn local(text: &str, zone: &TimeZone) -> String {
    let shown = at(text, zone).map(|at| at.strftime("%Y-%m-%d %H:%M %:z").to_string());
    shown.unwrap_or_else(|| text.to_owned())
}

fn clock(text: &str, zone: &TimeZone) -> String {
    let shown = at(text, zone).map(|at| at.strftime("%H:%M:%S").to_string());
    shown.unwrap_or_else(|| text.to_owned())
}

fn between(from: &str, to: &str) -> String {
    let (Ok(from), Ok(to)) = (from.parse::<Timestamp>(), to.parse::<Timestamp>()) else {
        return String::new();
    };
    words::duration(to.duration_since(from).try_into().unwrap_or_default())
}
