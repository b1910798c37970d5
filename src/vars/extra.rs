//! `-e`: `k=v` text, JSON or YAML, or `@file`. What Ansible drops in silence is an error.

use super::magic;
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::Files;
use crate::inventory::{Unseal, Vars, read_vars, shell_words};
use crate::yaml::{self, Data, Key, Node, Pos, Source};
use std::path::Path;
use std::sync::Arc;

/// The variables of all `-e` arguments, left to right, later wins.
pub fn extra_vars(
    files: &dyn Files,
    unseal: &dyn Unseal,
    args: &[String],
) -> Result<Vars, Diagnostics> {
    let mut all: Vec<(Key, Node)> = Vec::new();
    for arg in args {
        let vars = one(files, unseal, arg.trim())?;
        let faults: Vec<Diagnostic> = magic::faults(&vars).collect();
        if !faults.is_empty() {
            return Err(Diagnostics(faults));
        }
        for (key, value) in vars.iter() {
            all.retain(|(known, _)| known.name != key.name);
            all.push((key.clone(), value.clone()));
        }
    }
    Ok(Arc::new(all))
}

fn one(files: &dyn Files, unseal: &dyn Unseal, arg: &str) -> Result<Vars, Diagnostics> {
    if let Some(path) = arg.strip_prefix('@') {
        return read_vars(files, unseal, Path::new(path));
    }
    let source = Source::new("-e", arg);
    let start = Pos::start(&source);
    if arg.starts_with(['{', '[']) {
        let node = yaml::load(&source)?;
        return match node.data {
            Data::Map(entries) => Ok(entries),
            _ => Err(start
                .error(format!("-e must be a mapping, not {}", node.kind()), 1)
                .into()),
        };
    }
    if arg.starts_with(['/', '.']) {
        let fault = start.error("-e reads a file only with an @", arg.chars().count());
        return Err(fault.hint(format!("-e @{arg}")).into());
    }
    pairs(arg, &start)
}

/// `k=v k2="a b"`: every value is text, and may be a template.
fn pairs(arg: &str, start: &Pos) -> Result<Vars, Diagnostics> {
    let whole = |why: String| start.error(why, arg.chars().count());
    let mut entries: Vec<(Key, Node)> = Vec::new();
    for word in shell_words(arg).map_err(whole)? {
        let Some((name, value)) = word.split_once('=') else {
            let fault = whole(format!("-e \"{word}\" sets nothing"));
            return Err(fault.hint("key=value, {\"key\": value}, or @FILE").into());
        };
        if !is_identifier(name) {
            return Err(whole(format!("\"{name}\" is not a variable's name")).into());
        }
        entries.retain(|(key, _)| &*key.name != name);
        let key = Key {
            name: name.into(),
            pos: start.clone(),
        };
        entries.push((
            key,
            Node {
                data: Data::Str(value.into()),
                pos: start.clone(),
            },
        ));
    }
    Ok(Arc::new(entries))
}

fn is_identifier(name: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_';
    name.starts_with(first) && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
