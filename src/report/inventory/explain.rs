//! `inventory explain`: where a value comes from, what it hides, who else has it. The main type
//! here is [`Explained`].

use crate::diag::{Diagnostic, Diagnostics};
use crate::sensitive::Mask;
use crate::vars::{Level, Rung, Templar};
use crate::yaml::{Data, Node};
use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;

/// One variable of one target, or all that the target sets itself.
#[derive(Debug)]
pub struct Explained {
    host: Arc<str>,
    /// `None`: what the target sets differently from its groups.
    key: Option<String>,
    leaves: Vec<Leaf>,
    merged: bool,
    /// Every rung is shown, not only the winners.
    whole: bool,
    /// Who else has the value, where one value is explained.
    shared: Option<String>,
}

/// One value and its ladder.
#[derive(Debug)]
struct Leaf {
    path: String,
    value: Value,
    secret: bool,
    rungs: Vec<Rung>,
}

/// Explains `key` of a target; without a key, what the target itself sets.
pub fn explain(
    templar: &Templar,
    key: Option<&str>,
    verbose: bool,
) -> Result<Explained, Diagnostics> {
    let scope = templar.scope();
    let mut paths = Vec::new();
    match key {
        Some(key) => {
            let found = scope.explain(key);
            let Some(winner) = found.rungs.first() else {
                return Err(nothing(templar, key).into());
            };
            let tops = if found.merged {
                found.rungs.iter().collect()
            } else {
                vec![winner]
            };
            tops.into_iter()
                .for_each(|rung| leaves(&rung.value, key, &mut paths));
        }
        None => {
            let own = |level| (Level::HostInline..=Level::PlaybookHosts).contains(&level);
            let layers = scope.layers().iter().rev().filter(|layer| own(layer.level));
            for (key, node) in layers.flat_map(|layer| layer.vars.iter()) {
                leaves(node, &key.name, &mut paths);
            }
        }
    }
    let mut explained = Explained {
        host: scope.host().clone(),
        key: key.map(str::to_owned),
        leaves: Vec::new(),
        shared: None,
        merged: key.is_some_and(|key| scope.explain(key).merged),
        whole: verbose || matches!((key, paths.as_slice()), (Some(key), [only]) if only == key),
    };
    for path in paths {
        explained.leaves.push(leaf(templar, path)?);
    }
    if let [only] = explained.leaves.as_slice()
        && explained.key.as_ref() == Some(&only.path)
        && !only.secret
    {
        explained.shared = shared(templar, only);
    }
    Ok(explained)
}

/// How many targets of the nearest group have the same value, and what most others have.
fn shared(templar: &Templar, leaf: &Leaf) -> Option<String> {
    let fleet = templar.scope().fleet();
    let inventory = fleet.inventory();
    let host = inventory.host(templar.scope().host())?;
    let group = inventory.groups_of(host).pop()?;
    let hosts = inventory.hosts_of(group);
    let value = |host: &Arc<str>| {
        let scope = fleet.scope(host);
        let rung = scope.explain(&leaf.path).rungs.into_iter().next()?;
        Templar::new(scope).render(&rung.value).ok()
    };
    let mut others: IndexMap<String, usize> = IndexMap::new();
    let values: Vec<Option<Value>> = hosts.par_iter().map(value).collect();
    let same = values
        .iter()
        .filter(|value| value.as_ref() == Some(&leaf.value))
        .count();
    for value in values
        .into_iter()
        .filter(|value| value.as_ref() != Some(&leaf.value))
    {
        let shown = value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        *others.entry(shown).or_default() += 1;
    }
    let have = if same == 1 { "has" } else { "have" };
    let mut text = format!(
        "{same} of {} targets of {} {have} this value",
        hosts.len(),
        group.name
    );
    if let Some((value, count)) = others.iter().max_by_key(|(_, count)| **count) {
        let value = if leaf.secret {
            Mask::Plain.of(b"")
        } else {
            value.clone()
        };
        let have = if *count == 1 { "has" } else { "have" };
        let _ = write!(text, "; {count} {have} {value}");
    }
    Some(text)
}

fn nothing(templar: &Templar, key: &str) -> Diagnostic {
    let scope = templar.scope();
    let names = scope.names();
    let fault = Diagnostic::error(format!("nothing sets \"{key}\" for {}", scope.host()));
    match crate::yaml::nearest(key, names.iter().map(|name| &**name)) {
        Some(near) => fault.hint(near),
        None => fault.hint(format!("rollbook inventory host {}", scope.host())),
    }
}

/// The dotted paths of all values below a node, each once.
fn leaves(node: &Node, path: &str, paths: &mut Vec<String>) {
    match node.entries() {
        Some(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                leaves(value, &format!("{path}.{}", key.name), paths);
            }
        }
        _ if !paths.iter().any(|known| known == path) => paths.push(path.to_owned()),
        _ => {}
    }
}

fn leaf(templar: &Templar, path: String) -> Result<Leaf, Diagnostic> {
    let rungs = templar.scope().explain(&path).rungs;
    let (value, secret) = match rungs.first() {
        // It is not shown, so it need not be opened.
        Some(winner) if matches!(winner.value.data, Data::Vault(_)) => (Value::Null, true),
        Some(winner) => {
            let rendered = templar.render_tracked(&winner.value)?;
            (rendered.value, rendered.secret)
        }
        None => (Value::Null, false),
    };
    Ok(Leaf {
        path,
        value,
        secret,
        rungs,
    })
}

impl Leaf {
    fn shown(&self) -> String {
        match self.secret {
            true => Mask::Plain.of(b""),
            false => self.value.to_string(),
        }
    }
}

/// What a place says, as text: a template as written, a secret masked.
fn said(rung: &Rung) -> String {
    match &rung.value.data {
        Data::Vault(_) => Mask::Plain.of(b""),
        _ if rung.value.pos.is_secret() => Mask::Plain.of(b""),
        Data::Null => "null (deletes)".to_owned(),
        Data::Str(text) | Data::Unsafe(text) => Value::from(&**text).to_string(),
        _ => rung.value.to_json().to_string(),
    }
}

impl Explained {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match (&self.key, self.leaves.as_slice()) {
            (Some(key), [leaf]) if leaf.path == *key => {
                let _ = writeln!(text, "{}  {key} = {}", self.host, leaf.shown());
            }
            (Some(key), _) => {
                let _ = writeln!(text, "{}  {key}", self.host);
            }
            (None, []) => return format!("{}  sets nothing itself\n", self.host),
            (None, _) => {
                let _ = writeln!(text, "{}  sets itself", self.host);
            }
        }
        text.push('\n');
        let rows = self.rows();
        table(&rows, &mut text);
        if self.merged || self.shared.is_some() {
            text.push('\n');
        }
        if self.merged {
            text.push_str("  merge   release: field by field; values as Helm does: ");
            text.push_str("maps merge, lists replace, null deletes\n");
        }
        if let Some(shared) = &self.shared {
            let _ = writeln!(text, "  shared  {shared}");
        }
        text
    }

    fn rows(&self) -> Vec<[String; 4]> {
        let alone = self.whole && self.leaves.len() == 1;
        let mut rows = vec![["FROM", "LEVEL", "VALUE", ""].map(str::to_owned)];
        for leaf in &self.leaves {
            let shown = if self.whole { leaf.rungs.len() } else { 1 };
            for (at, rung) in leaf.rungs.iter().take(shown).enumerate() {
                let value = if alone {
                    said(rung)
                } else {
                    format!("{} = {}", leaf.path, said(rung))
                };
                let wins = if self.whole && at == 0 { "wins" } else { "" };
                rows.push([
                    format!("{:?}", rung.pos),
                    rung.owner.to_string(),
                    value,
                    wins.to_owned(),
                ]);
            }
        }
        rows
    }

    /// For machines: one object per value.
    pub fn json(&self) -> String {
        let rung = |(at, rung): (usize, &Rung)| {
            let place = rung.pos.location();
            json!({
                "file": &*place.file, "line": place.line, "column": place.column,
                "level": rung.level.name(), "owner": rung.owner.to_string(),
                "value": said(rung), "wins": at == 0,
            })
        };
        let leaf = |leaf: &Leaf| {
            let ladder: Vec<Value> = leaf.rungs.iter().enumerate().map(rung).collect();
            let value = if leaf.secret {
                Value::from(leaf.shown())
            } else {
                leaf.value.clone()
            };
            json!({"key": leaf.path, "value": value, "secret": leaf.secret, "ladder": ladder})
        };
        let values: Vec<Value> = self.leaves.iter().map(leaf).collect();
        super::pretty(&json!({"host": &*self.host, "merged": self.merged, "values": values}))
    }
}

/// Columns as wide as their widest cell; the last ones as they are.
fn table(rows: &[[String; 4]], text: &mut String) {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let [from, level, value] = [width(0), width(1), width(2)];
    for [place, owner, said, wins] in rows {
        let line = format!("  {place:from$}  {owner:level$}  {said:value$}  {wins}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
