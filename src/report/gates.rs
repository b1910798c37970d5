//! The gates matrix: every gate of every target, rows with the same verdicts and reason folded.

use super::Look;
use super::words;
use crate::plan::{GateVerdict, Plan, TargetPlan};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// One row: verdicts by gate, and why.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    cells: Vec<&'static str>,
    why: String,
}

/// The matrix of screens section 2.
pub fn matrix(plan: &Plan, look: &Look) -> String {
    let columns = columns(plan);
    let mut rows: BTreeMap<Row, Vec<&str>> = BTreeMap::new();
    for target in &plan.targets {
        rows.entry(row(target, &columns))
            .or_default()
            .push(&target.target);
    }
    let (passed, stopped): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(row, _)| row.passes());
    let mut text = headline(plan, passed.iter().map(|(_, names)| names.len()).sum());
    text.push_str(&line(
        "TARGET",
        &columns.iter().map(|c| &**c).collect::<Vec<_>>(),
        "WHY",
        &columns,
    ));
    for (row, names) in &passed {
        text.push_str(&line(
            &words::targets(names.len()),
            &row.cells,
            "",
            &columns,
        ));
    }
    let mut stopped = stopped;
    stopped.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    for (row, names) in &stopped {
        text.push_str(&told(row, names, &columns, look));
    }
    text
}

impl Row {
    fn passes(&self) -> bool {
        self.cells.iter().all(|cell| *cell == "pass")
    }
}

fn columns(plan: &Plan) -> Vec<Arc<str>> {
    let mut columns: Vec<Arc<str>> = Vec::new();
    for gate in plan.targets.iter().flat_map(|target| &target.gates) {
        if !columns.contains(&gate.name) {
            columns.push(gate.name.clone());
        }
    }
    columns
}

fn row(target: &TargetPlan, columns: &[Arc<str>]) -> Row {
    let cell = |column: &Arc<str>| {
        let gate = target.gates.iter().find(|gate| gate.name == *column);
        gate.map_or("-", |gate| word(gate.verdict))
    };
    let whys: Vec<&str> = target
        .gates
        .iter()
        .filter_map(|gate| gate.why.as_deref())
        .collect();
    Row {
        cells: columns.iter().map(cell).collect(),
        why: whys.join("; "),
    }
}

fn word(verdict: GateVerdict) -> &'static str {
    match verdict {
        GateVerdict::Pass => "pass",
        GateVerdict::Skip => "SKIP",
        GateVerdict::Fail => "FAIL",
        GateVerdict::Unknown => "?",
        GateVerdict::Wait => "WAIT",
        GateVerdict::NotEvaluated => "-",
    }
}

fn headline(plan: &Plan, passed: usize) -> String {
    let stopped = |wanted: &[GateVerdict]| {
        let stops = |t: &&TargetPlan| t.gates.iter().any(|gate| wanted.contains(&gate.verdict));
        plan.targets.iter().filter(stops).count()
    };
    let failed = stopped(&[GateVerdict::Fail, GateVerdict::Unknown]);
    let known = plan.targets.iter().map(|target| &target.cluster);
    let known = known.filter(|cluster| !cluster.server.is_empty());
    let cluster = known.take(1).map(|cluster| {
        let id: String = cluster.uid.chars().take(8).collect();
        format!("   {} {id}", cluster.name)
    });
    let cluster: String = cluster.collect();
    let skipped = plan.targets.len() - passed - failed;
    let all = words::targets(plan.targets.len());
    let title = &plan.title;
    format!("GATES {title}{cluster}   {all}: {passed} pass, {skipped} skip, {failed} fail\n\n")
}

fn line(target: &str, cells: &[&str], why: &str, columns: &[Arc<str>]) -> String {
    let mut text = format!("{target:<17} ");
    for (cell, column) in cells.iter().zip(columns) {
        let _ = write!(
            text,
            "{cell:<width$}  ",
            width = column.chars().count().max(4)
        );
    }
    text.push_str(why);
    format!("{}\n", text.trim_end())
}

/// For a spreadsheet: one row per target, nothing folded.
pub fn csv(plan: &Plan) -> String {
    let columns = columns(plan);
    let titles = ["target", "namespace"].into_iter();
    let titles = titles.chain(columns.iter().map(|name| &**name)).chain(["why"]);
    let mut text = super::csv::line(titles);
    for target in &plan.targets {
        let row = row(target, &columns);
        let cells = [&*target.target, &*target.namespace].into_iter();
        text += &super::csv::line(cells.chain(row.cells).chain([row.why.as_str()]));
    }
    text
}

/// A row that stopped somebody; many names get lines of their own above it.
fn told(row: &Row, names: &[&str], columns: &[Arc<str>], look: &Look) -> String {
    let listed = words::names(names.iter().copied(), look.verbosity > 0);
    let why = match names.len() {
        1 => row.why.clone(),
        count => format!("{} ({})", row.why, words::targets(count)),
    };
    if listed.chars().count() <= 17 {
        return line(&listed, &row.cells, &why, columns);
    }
    format!("{listed}\n{}", line("", &row.cells, &why, columns))
}
