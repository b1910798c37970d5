//! `inventory explain` as people and machines read it.

use super::super::columns::Columns;
use super::super::{Look, words};
use crate::pipeline::explain::{Explained, Leaf, Live, Said, Shared, Step, Use};
use crate::sensitive::Mask;
use serde_json::{Value, json};
use std::fmt::Write;

/// How many objects are named before the rest is counted.
const NAMED: usize = 5;

/// For people.
pub fn text(explained: &Explained, look: &Look) -> String {
    let mut text = head(explained);
    text.push_str(&table(explained, look));
    let notes = notes(explained, look.verbosity > 0);
    if !notes.is_empty() {
        text.push('\n');
    }
    for (word, note) in notes {
        let _ = writeln!(text, "  {word:<7} {note}");
    }
    text
}

fn head(explained: &Explained) -> String {
    let host = &explained.host;
    match (&explained.key, explained.leaves.as_slice()) {
        (Some(key), [leaf]) if leaf.path == *key => format!("{host}  {key} = {}\n\n", shown(leaf)),
        (Some(key), _) => format!("{host}  {key}\n\n"),
        (None, []) => format!("{host}  sets nothing itself\n"),
        (None, _) => format!("{host}  sets differently from its groups\n\n"),
    }
}

fn shown(leaf: &Leaf) -> String {
    match (&leaf.value, leaf.secret) {
        (_, true) => secret(),
        (Some(value), _) => value.to_string(),
        (None, _) => "unset".to_owned(),
    }
}

fn secret() -> String {
    Mask::Plain.of(b"")
}

/// The ladder of one value, the winners of several, or what a target has instead of what its
/// groups say.
fn table(explained: &Explained, look: &Look) -> String {
    let verbose = look.verbosity > 0;
    let room = look.room().saturating_sub(2);
    let lines = match (&explained.key, explained.leaves.as_slice()) {
        (_, []) => return String::new(),
        (Some(_), leaves) => {
            let mut table = ladders(leaves, explained.beside.is_some(), verbose);
            let silent = explained.beside.as_ref().map(|beside| &beside.silent);
            // Without the levels the row would say nothing.
            if let Some(silent) = silent.filter(|all| !all.is_empty() && table.fits(room)) {
                table.push(cells(["(nothing)", &silent.join(", "), "", ""]));
            }
            table.print(room, &[1])
        }
        (None, leaves) => instead(leaves, verbose).print(room, &[2]),
    };
    lines.lines().map(|line| format!("  {line}\n")).collect()
}

fn ladders(leaves: &[Leaf], alone: bool, verbose: bool) -> Columns {
    let mut table = Columns::new(&["FROM", "LEVEL", "VALUE", ""], 0..0);
    let whole = alone || verbose;
    for leaf in leaves {
        let winner = leaf.winner();
        let steps = leaf.steps.iter();
        for step in steps.filter(|step| whole || Some(*step) == winner) {
            let name = if alone { None } else { Some(&*leaf.path) };
            let wins = if whole && Some(step) == winner {
                "wins"
            } else {
                ""
            };
            rows(step, name, wins, &mut table);
        }
    }
    table
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// A step; below a template its value.
fn rows(step: &Step, name: Option<&str>, wins: &str, table: &mut Columns) {
    let (said, below) = said(&step.said);
    let said = match name {
        Some(name) => format!("{name} = {said}"),
        None => said,
    };
    let unused = if step.counts { wins } else { "not used" };
    table.push(cells([&step.at.to_string(), &step.owner, &said, unused]));
    if let Some(below) = below {
        table.push(cells(["", "", &format!("gives {below}"), ""]));
    }
}

/// What a place says, and what its template gives.
fn said(said: &Said) -> (String, Option<String>) {
    match said {
        Said::Value(value) => (value.to_string(), None),
        Said::Template(written, value) => {
            let value = value.as_ref().map(Value::to_string);
            (written.to_string(), value)
        }
        Said::Deletes => ("null (deletes)".to_owned(), None),
        Said::Cut {
            part,
            value: Value::Null,
        } => (format!("null (deletes {part})"), None),
        Said::Cut { part, value } => (format!("{part} = {value}, without it"), None),
        Said::Secret => (secret(), None),
    }
}

/// What the target says, beside what it would have without.
fn instead(leaves: &[Leaf], verbose: bool) -> Columns {
    let mut table = Columns::new(&["FROM", "VALUE", "INSTEAD OF"], 0..0);
    for leaf in leaves {
        let Some(own) = leaf.winner() else { continue };
        let other = leaf.steps.iter().find(|step| step.counts && !step.own);
        if !verbose && other.is_some_and(|other| other.said == own.said) {
            continue;
        }
        let instead = match other {
            Some(other) => format!("{} ({})", said(&other.said).0, other.owner),
            None => "nothing".to_owned(),
        };
        let value = format!("{} = {}", leaf.path, said(&own.said).0);
        table.push(cells([&own.at.to_string(), &value, &instead]));
    }
    table
}

fn notes(explained: &Explained, verbose: bool) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    if explained.key.is_none() {
        notes.extend(same(&explained.leaves, verbose).map(|note| ("same", note)));
    }
    if explained.merged {
        let rule =
            "release: field by field; values as Helm does: maps merge, lists replace, null deletes";
        notes.push(("merge", rule.to_owned()));
    }
    if let Some(beside) = &explained.beside {
        notes.extend(beside.live.as_ref().map(|live| ("live", live_words(live))));
        match &beside.used {
            Some(Ok(uses)) => notes.extend(used(uses, verbose)),
            Some(Err(why)) => notes.push(("used", format!("? {why}"))),
            None => {}
        }
        notes.extend(beside.shared.as_ref().map(|all| ("shared", shared(all))));
    }
    let unread = explained.unread.iter();
    notes.extend(unread.map(|(what, why)| ("?", format!("{what}: {why}"))));
    notes
}

/// Values that the target sets as its groups have them.
fn same(leaves: &[Leaf], verbose: bool) -> Option<String> {
    let equal = |leaf: &&Leaf| {
        let other = leaf.steps.iter().find(|step| step.counts && !step.own);
        leaf.winner().map(|step| &step.said) == other.map(|step| &step.said)
    };
    let count = leaves.iter().filter(equal).count();
    let flag = if verbose { "" } else { "   -v" };
    let values = words::plural(count, "value");
    (count > 0).then(|| format!("{values} as the groups have them{flag}"))
}

fn live_words(live: &Live) -> String {
    match live {
        Live::Unknown(why) => format!("? {why}"),
        Live::Absent => "no release is installed".to_owned(),
        Live::Value {
            value,
            secret: hidden,
            since,
            deployed,
            at_least,
        } => {
            let value = match value {
                _ if *hidden => secret(),
                Some(value) => value.to_string(),
                None => "unset".to_owned(),
            };
            let day = deployed.get(..10).unwrap_or(deployed);
            let day = if day.is_empty() {
                String::new()
            } else {
                format!(" ({day})")
            };
            let earlier = if *at_least { " or before" } else { "" };
            format!("{value} since revision {since}{day}{earlier}")
        }
    }
}

/// One line per object, aligned; a long way into a pod's template is told by its end.
fn used(uses: &[Use], verbose: bool) -> Vec<(&'static str, String)> {
    if uses.is_empty() {
        let none = "no object: nothing that is rendered changes with it";
        return vec![("used", none.to_owned())];
    }
    let shown = if verbose || uses.len() <= NAMED + 1 {
        uses.len()
    } else {
        NAMED
    };
    let (told, rest) = uses.split_at(shown);
    let width = told.iter().map(|one| one.object.chars().count()).max();
    let width = width.unwrap_or(0);
    let line = |one: &Use| format!("{:<width$}  {}", one.object, fields(one, verbose));
    let mut lines: Vec<String> = told.iter().map(line).collect();
    if !rest.is_empty() {
        let objects = words::plural(rest.len(), "more object");
        lines.push(format!("… {objects}   -v"));
    }
    let words = std::iter::once("used").chain(std::iter::repeat(""));
    words.zip(lines).collect()
}

fn fields(one: &Use, verbose: bool) -> String {
    let short = |field: &String| match field.strip_prefix("spec.template.spec.") {
        Some(rest) => format!("…{rest}"),
        None => field.clone(),
    };
    match one.fields.as_slice() {
        [] => "comes or goes with it".to_owned(),
        all if verbose => all.iter().map(short).collect::<Vec<_>>().join(", "),
        [only] => short(only),
        [first, rest @ ..] => format!("{} and {} more", short(first), rest.len()),
    }
}

fn shared(all: &Shared) -> String {
    let have = |count: usize| if count == 1 { "has" } else { "have" };
    let mut text = format!(
        "{} of {} of {} {} this value",
        words::number(all.same),
        words::targets(all.targets),
        all.group,
        have(all.same)
    );
    if let Some((value, count)) = all.others.first() {
        let _ = write!(text, "; {} {} {value}", words::number(*count), have(*count));
    }
    text
}

/// For machines: one object per value, nothing folded.
pub fn json(explained: &Explained) -> String {
    let values = explained.leaves.iter().map(leaf_json);
    let mut all = json!({
        "host": &*explained.host,
        "merged": explained.merged,
        "values": values.collect::<Vec<_>>(),
        "unread": explained.unread.iter()
            .map(|(what, why)| json!({"what": what, "why": why})).collect::<Vec<_>>(),
    });
    if let Some(beside) = &explained.beside {
        all["silent"] = json!(beside.silent);
        all["live"] = beside.live.as_ref().map_or(Value::Null, live_json);
        all["used"] = match &beside.used {
            Some(Ok(uses)) => uses
                .iter()
                .map(|one| json!({"object": one.object, "fields": one.fields}))
                .collect(),
            Some(Err(why)) => json!({"why": why}),
            None => Value::Null,
        };
        all["shared"] = beside.shared.as_ref().map_or(Value::Null, shared_json);
    }
    super::pretty(&all)
}

fn leaf_json(leaf: &Leaf) -> Value {
    let value = match leaf.secret {
        true => json!(secret()),
        false => json!(leaf.value),
    };
    let ladder = leaf.steps.iter();
    let ladder = ladder.map(|step| step_json(step, Some(step) == leaf.winner()));
    let ladder: Vec<Value> = ladder.collect();
    json!({"key": leaf.path, "value": value, "secret": leaf.secret, "ladder": ladder})
}

fn step_json(step: &Step, wins: bool) -> Value {
    let (value, template) = match &step.said {
        Said::Value(value) => (value.clone(), None),
        Said::Template(written, value) => (json!(value), Some(written)),
        Said::Deletes => (Value::Null, None),
        Said::Cut { value, .. } => (value.clone(), None),
        Said::Secret => (json!(secret()), None),
    };
    let part = match &step.said {
        Said::Cut { part, .. } => Some(part),
        _ => None,
    };
    json!({
        "file": &*step.at.file, "line": step.at.line, "column": step.at.column,
        "level": step.level, "owner": step.owner, "value": value, "template": template,
        "deletes": step.said == Said::Deletes, "cut": part, "counts": step.counts, "wins": wins,
    })
}

fn live_json(live: &Live) -> Value {
    match live {
        Live::Unknown(why) => json!({"why": why}),
        Live::Absent => json!({"installed": false}),
        Live::Value {
            value,
            secret: hidden,
            since,
            deployed,
            at_least,
        } => json!({
            "installed": true,
            "value": if *hidden { json!(secret()) } else { json!(value) },
            "since": since, "deployed": deployed, "or_before": at_least,
        }),
    }
}

fn shared_json(all: &Shared) -> Value {
    let others = all.others.iter();
    let others = others.map(|(value, count)| json!({"value": value, "targets": count}));
    json!({
        "group": &*all.group, "targets": all.targets, "same": all.same,
        "others": others.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Location;
    use crate::pipeline::explain::Beside;

    fn step(file: &str, owner: &str, said: Said) -> Step {
        Step {
            at: Location {
                file: file.into(),
                line: 9,
                column: 17,
            },
            level: "host_vars".to_owned(),
            owner: owner.to_owned(),
            said,
            counts: true,
            own: owner.starts_with("host"),
        }
    }

    #[test]
    fn levels_go_where_it_is_narrow() {
        let mut explained = Explained {
            host: "c2z4lm".into(),
            key: Some("release.values.memory".to_owned()),
            merged: true,
            leaves: vec![Leaf {
                path: "release.values.memory".to_owned(),
                value: Some(json!("512Mi")),
                secret: false,
                steps: vec![
                    step(
                        "host_vars/c2z4lm.yml",
                        "host c2z4lm",
                        Said::Value(json!("512Mi")),
                    ),
                    step("group_vars/producao.yml", "group producao", Said::Deletes),
                ],
            }],
            beside: Some(Beside {
                silent: vec!["all".to_owned(), "-e".to_owned()],
                live: Some(Live::Absent),
                used: Some(Ok(Vec::new())),
                shared: None,
            }),
            unread: Vec::new(),
        };
        let both = |explained: &Explained| {
            [Look::plain(60), Look::terminal(60)]
                .map(|look| text(explained, &look))
                .join("\n")
        };
        let one = both(&explained);
        (explained.key, explained.beside) = (None, None);
        insta::assert_snapshot!(format!("{one}\n{}", both(&explained)));
    }
}
