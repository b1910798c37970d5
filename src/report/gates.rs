//! The gates matrix: every gate of every target, rows with the same verdicts and reason folded.

use super::Look;
use super::words;
use crate::plan::{GateVerdict, Plan, TargetPlan};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// The width of the first column; longer names stand on a line of their own.
const NAMES: usize = 17;

/// One row: verdicts by gate, and why.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    let (passed, mut stopped): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(row, _)| row.passes());
    stopped.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    let table = Table::of(&columns, &stopped, look);
    let mut text = headline(plan, passed.iter().map(|(_, names)| names.len()).sum());
    text.push_str(&table.titles());
    for (row, names) in &passed {
        text.push_str(&table.line(&words::targets(names.len()), row, ""));
    }
    for (row, names) in &stopped {
        text.push_str(&table.told(row, names, look.verbosity > 0));
    }
    text + &conditions(plan)
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

/// Which columns are shown, and whether the reasons stand beside them.
struct Table<'a> {
    columns: &'a [Arc<str>],
    shown: Vec<usize>,
    beside: bool,
}

impl<'a> Table<'a> {
    /// Too wide, the columns go in which everybody passes, then reasons move below their rows.
    fn of(columns: &'a [Arc<str>], stopped: &[(Row, Vec<&str>)], look: &Look) -> Table<'a> {
        let all = Table {
            columns,
            shown: (0..columns.len()).collect(),
            beside: true,
        };
        let why = |(row, names): &(Row, Vec<&str>)| reason(row, names.len()).chars().count();
        let why = stopped.iter().map(why).max().unwrap_or(0);
        if all.width() + why <= look.room() {
            return all;
        }
        let telling = |at: &usize| stopped.iter().any(|(row, _)| row.cells[*at] != "pass");
        let mut fewer = Table {
            shown: all.shown.iter().copied().filter(telling).collect(),
            ..all
        };
        fewer.beside = fewer.width() + why <= look.room();
        fewer
    }

    /// Up to the reasons.
    fn width(&self) -> usize {
        let columns = self.shown.iter().map(|at| self.width_of(*at) + 2);
        NAMES + 1 + columns.sum::<usize>()
    }

    fn width_of(&self, at: usize) -> usize {
        self.columns[at].chars().count().max(4)
    }

    fn titles(&self) -> String {
        let why = if self.beside { "WHY" } else { "" };
        let titles: Vec<&str> = self.columns.iter().map(|name| &**name).collect();
        self.cells("TARGET", &titles, why)
    }

    fn line(&self, target: &str, row: &Row, why: &str) -> String {
        match self.beside {
            true => self.cells(target, &row.cells, why),
            false if why.is_empty() => self.cells(target, &row.cells, ""),
            false => format!("{}    {why}\n", self.cells(target, &row.cells, "")),
        }
    }

    fn cells(&self, target: &str, cells: &[&str], why: &str) -> String {
        let mut text = format!("{target:<NAMES$} ");
        for at in &self.shown {
            let _ = write!(text, "{:<width$}  ", cells[*at], width = self.width_of(*at));
        }
        text.push_str(why);
        format!("{}\n", text.trim_end())
    }

    /// A row that stopped somebody; many names get a line of their own above it.
    fn told(&self, row: &Row, names: &[&str], each: bool) -> String {
        if each {
            let lines = names.iter().map(|name| self.told(row, &[name], false));
            return lines.collect();
        }
        let listed = words::names(names.iter().copied(), false);
        let why = reason(row, names.len());
        match listed.chars().count() <= NAMES {
            true => self.line(&listed, row, &why),
            false => format!("{listed}\n{}", self.line("", row, &why)),
        }
    }
}

fn reason(row: &Row, names: usize) -> String {
    match names {
        1 => row.why.clone(),
        count => format!("{} ({})", row.why, words::targets(count)),
    }
}

/// The conditions of the gates that stopped somebody.
fn conditions(plan: &Plan) -> String {
    let gates = plan.targets.iter().flat_map(|target| &target.gates);
    let failed = gates.filter_map(|gate| Some((&*gate.name, gate.condition.as_deref()?)));
    let failed: BTreeSet<(&str, &str)> = failed.collect();
    let width = failed.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or(0);
    let lines = failed.iter().enumerate();
    lines
        .map(|(at, (name, condition))| {
            let gap = if at == 0 { "\n" } else { "" };
            format!("{gap} {name:<width$}   {condition}\n")
        })
        .collect()
}

/// For a spreadsheet: one row per target, nothing folded.
pub fn csv(plan: &Plan) -> String {
    let columns = columns(plan);
    let titles = ["target", "namespace"].into_iter();
    let titles = titles
        .chain(columns.iter().map(|name| &**name))
        .chain(["why"]);
    let mut text = super::csv::line(titles);
    for target in &plan.targets {
        let row = row(target, &columns);
        let cells = [&*target.target, &*target.namespace].into_iter();
        text += &super::csv::line(cells.chain(row.cells).chain([row.why.as_str()]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{GateResult, Identity, Operation, Verdict};

    fn target(name: &str, verdicts: [(&str, GateVerdict); 3], why: &str) -> TargetPlan {
        let result = |(name, verdict): (&str, GateVerdict)| {
            let stops = verdict != GateVerdict::Pass;
            GateResult {
                name: name.into(),
                verdict,
                why: stops.then(|| why.to_owned()),
                condition: stops.then(|| format!("live.{name} == 'fine'")),
            }
        };
        TargetPlan {
            target: name.into(),
            namespace: name.into(),
            cluster: Arc::new(Identity {
                name: "prod-sp".into(),
                server: "https://api".into(),
                uid: "5f0c1e9a-1".into(),
            }),
            verdict: Verdict::Unchanged,
            gates: verdicts.map(result).to_vec(),
            steps: Vec::new(),
            release: None,
            warnings: Vec::new(),
        }
    }

    fn plan() -> Plan {
        use GateVerdict::{Pass, Skip, Unknown};
        let of = |idle, status| [("name", Pass), ("status", status), ("idle", idle)];
        Plan {
            title: "smarterp-production".to_owned(),
            operation: Operation::Update,
            created: jiff::Timestamp::UNIX_EPOCH,
            reason: None,
            inventory: Vec::new(),
            playbook: String::new(),
            limit: None,
            inventory_targets: 4,
            targets: vec![
                target("c1", of(Pass, Pass), ""),
                target("c2k3we", of(Skip, Pass), "protheus-appserver-producao-01"),
                target(
                    "c3b7nq-with-a-long-name",
                    of(Pass, Skip),
                    "UPDATING, since 21:40",
                ),
                target("c4", of(Pass, Unknown), "not allowed: \"get\" on pods"),
            ],
            waves: Vec::new(),
        }
    }

    #[test]
    fn reasons_and_columns_where_it_is_wide_and_where_it_is_not() {
        let wide = matrix(&plan(), &Look::terminal(100));
        let narrow = matrix(&plan(), &Look::terminal(60));
        let pipe = matrix(&plan(), &Look::plain(60));
        assert_eq!(wide, pipe, "off a terminal nothing is cut");
        insta::assert_snapshot!(format!("{wide}\n{narrow}\n{}", csv(&plan())));
    }
}
