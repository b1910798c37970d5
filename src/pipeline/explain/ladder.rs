//! All places that set one value, from `-e` down to the chart's defaults. The main types here are
//! [`Ladders`] and [`Step`].

use super::Leaf;
use super::behind::{Behind, Source};
use crate::diag::{Diagnostic, Location};
use crate::release::ValuesFrom;
use crate::vars::{Level, Owner, Rung, Templar};
use crate::yaml::{Data, Node, Pos};
use serde_json::Value;

/// One place that sets a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where; line 0 where only the file is known.
    pub at: Location,
    /// The level, by its name for machines: `host_vars`, `values_files`, `chart default`.
    pub level: String,
    /// Whose it is, for people: `host c2z4lm`, `group canary`.
    pub owner: String,
    /// What it says.
    pub said: Said,
    /// It takes part; the first that does wins.
    pub counts: bool,
    /// The variables of the target itself.
    pub own: bool,
}

/// What a place says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A value.
    Value(Value),
    /// A template as written, and its value where it can be rendered.
    Template(Value, Option<Value>),
    /// `null`: the value is deleted, whatever lies below.
    Deletes,
    /// It sets a part of the path to something without the rest.
    Cut {
        /// The part.
        part: String,
        /// What it is set to.
        value: Value,
    },
    /// Something that must not be seen.
    Secret,
}

/// Makes ladders for one target.
pub struct Ladders<'a> {
    /// The target's variables.
    pub templar: &'a Templar,
    /// What lies below the inventory, where that was read.
    pub behind: Option<&'a Behind<'a>>,
}

/// The path inside the values, of `release.values.…`.
pub fn in_values(path: &str) -> Option<Vec<&str>> {
    let rest = path.strip_prefix("release.values.")?;
    Some(rest.split('.').collect())
}

impl Ladders<'_> {
    /// The ladder of one value.
    pub fn leaf(&self, path: &str) -> Result<Leaf, Diagnostic> {
        let rungs = self.templar.scope().explain(path).rungs;
        let (value, tainted) = match rungs.first() {
            Some(winner) if self.inventory_counts(path) => self.value(winner)?,
            _ => (None, false),
        };
        let mut steps: Vec<Step> = rungs.iter().map(|rung| self.step(rung, path)).collect();
        steps.extend(self.below(path));
        let won = steps.iter().find(|step| step.counts).map(|step| &step.said);
        let value = match won {
            Some(Said::Value(below)) => value.or_else(|| Some(below.clone())),
            _ => value,
        };
        let exposed = self.behind.filter(|_| in_values(path).is_some());
        let exposed = exposed.zip(value.as_ref());
        let secret = tainted || exposed.is_some_and(|(behind, value)| behind.is_secret(value));
        if secret {
            steps.iter_mut().for_each(|step| step.said = Said::Secret);
        }
        Ok(Leaf {
            path: path.to_owned(),
            value: value.filter(|_| !secret),
            secret,
            steps,
        })
    }

    /// The value of the winning rung, and whether it came from a vault.
    fn value(&self, winner: &Rung) -> Result<(Option<Value>, bool), Diagnostic> {
        match &winner.value.data {
            _ if winner.cut.is_some() => Ok((None, false)),
            // It is not shown, so it need not be opened.
            Data::Vault(_) => Ok((None, true)),
            Data::Null => Ok((None, false)),
            _ => {
                let rendered = self.templar.render_tracked(&winner.value)?;
                Ok((Some(rendered.value), rendered.secret))
            }
        }
    }

    /// With `values_from: release` the inventory's values take no part.
    fn inventory_counts(&self, path: &str) -> bool {
        let from = self.behind.map(Behind::values_from);
        in_values(path).is_none() || from != Some(ValuesFrom::Release)
    }

    fn step(&self, rung: &Rung, path: &str) -> Step {
        let own = Level::HostInline..=Level::PlaybookHosts;
        Step {
            at: rung.pos.location(),
            level: rung.level.name().to_owned(),
            owner: rung.owner.to_string(),
            said: match &rung.cut {
                Some(part) => Said::Cut {
                    part: part.clone(),
                    value: written(&rung.value),
                },
                None => self.said(&rung.value),
            },
            counts: self.inventory_counts(path),
            own: own.contains(&rung.level),
        }
    }

    fn said(&self, node: &Node) -> Said {
        match &node.data {
            Data::Vault(_) => return Said::Secret,
            _ if node.pos.is_secret() => return Said::Secret,
            Data::Null => return Said::Deletes,
            _ => {}
        }
        let written = written(node);
        if !written.to_string().contains("{{") {
            return Said::Value(written);
        }
        match self.templar.render_tracked(node) {
            Ok(rendered) if rendered.secret => Said::Secret,
            Ok(rendered) => Said::Template(written, Some(rendered.value)),
            Err(_) => Said::Template(written, None),
        }
    }

    /// What lies below the inventory.
    fn below(&self, path: &str) -> Vec<Step> {
        let Some((behind, path)) = self.behind.zip(in_values(path)) else {
            return Vec::new();
        };
        behind
            .sources()
            .filter_map(|source| step_of(source, &path))
            .collect()
    }

    /// The levels that could set a value and do not: the target, its groups from the deepest,
    /// `-e`.
    pub fn silent(&self, leaf: &Leaf) -> Vec<String> {
        let scope = self.templar.scope();
        let inventory = scope.fleet().inventory();
        let Some(host) = inventory.host(scope.host()) else {
            return Vec::new();
        };
        let groups = inventory.groups_of(host).into_iter().rev();
        let all = std::iter::once(Owner::Host(host.name.clone()))
            .chain(groups.map(|group| Owner::Group(group.name.clone())))
            .chain([Owner::Level(Level::Extra)]);
        let told = |owner: &Owner| {
            leaf.steps
                .iter()
                .any(|step| step.owner == owner.to_string())
        };
        all.filter(|owner| !told(owner))
            .map(|owner| match owner {
                Owner::Group(name) | Owner::Host(name) => name.to_string(),
                Owner::Level(level) => level.name().to_owned(),
            })
            .collect()
    }
}

fn step_of(source: &Source, path: &[&str]) -> Option<Step> {
    let (node, said) = match source.root.reach(path) {
        Ok(node) if node.is_null() => (node, Said::Deletes),
        Ok(node) => (node, Said::Value(written(node))),
        Err((part, _)) if part.entries().is_some() => return None,
        Err((part, depth)) => {
            let value = written(part);
            let part_path = format!("release.values.{}", path[..depth].join("."));
            (
                part,
                Said::Cut {
                    part: part_path,
                    value,
                },
            )
        }
    };
    Some(Step {
        at: place(&node.pos, source),
        level: source.level.to_owned(),
        owner: source.level.to_owned(),
        said,
        counts: true,
        own: false,
    })
}

/// A chart's default is told by its line alone.
fn place(pos: &Pos, source: &Source) -> Location {
    let at = pos.location();
    Location {
        column: if source.line_only { 0 } else { at.column },
        ..at
    }
}

/// A node as it was written.
fn written(node: &Node) -> Value {
    match &node.data {
        Data::Str(text) | Data::Unsafe(text) => (&**text).into(),
        _ => node.to_json(),
    }
}
