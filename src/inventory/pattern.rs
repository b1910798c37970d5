//! Host patterns: `prod:&dbs:!web2`, `web*`, `~regex`, `webs[0:3]`. The main type here is
//! [`Pattern`].
//!
//! All plain parts are united first, then every `&` part intersects and every `!` part removes,
//! whatever their order. A part that matches nothing is an error.

use super::model::Inventory;
use crate::diag::Diagnostic;
use crate::files::Files;
use crate::yaml::nearest;
use indexmap::IndexSet;
use std::path::Path;
use std::sync::Arc;

/// Hosts in the order in which they were selected.
pub type Selection = IndexSet<Arc<str>>;

/// A whole `hosts:` or `--limit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    operator: Operator,
    /// The part without its operator.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Unite,
    Intersect,
    Remove,
}

impl Pattern {
    /// Reads one pattern: parts separated by `,`, or by `:` outside brackets.
    pub fn parse(text: &str) -> Pattern {
        Pattern::list([text])
    }

    /// Reads a list of patterns.
    pub fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> Pattern {
        Pattern::of_parts(texts.into_iter().flat_map(split))
    }

    fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Pattern {
        let parts = parts.into_iter().map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        Pattern {
            parts: parts.map(Part::parse).collect(),
        }
    }

    /// Reads `--limit`, in which `@file` stands for a file with one pattern per line.
    pub fn limit(files: &dyn Files, text: &str) -> Result<Pattern, Diagnostic> {
        let mut texts = Vec::new();
        for part in split(text) {
            match part.trim().strip_prefix('@') {
                None => texts.push(part.to_owned()),
                Some(path) => {
                    let content = super::entity::read_text(files, Path::new(path))?;
                    texts.extend(content.lines().map(str::to_owned));
                }
            }
        }
        // Cut once, as Ansible does: in `a:!b,c` the first part is `a:!b`, which is no host.
        Ok(Pattern::of_parts(texts.iter().map(String::as_str)))
    }

    /// Whether no part was written.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The hosts that it stands for.
    pub fn select(&self, inventory: &Inventory) -> Result<Selection, Diagnostic> {
        let mut hosts = Selection::new();
        let plain = |part: &&Part| part.operator == Operator::Unite;
        if self.parts.iter().find(plain).is_none() {
            hosts.extend(all(inventory));
        }
        for part in self.parts.iter().filter(plain) {
            hosts.extend(part.hosts(inventory)?);
        }
        let of = |operator| {
            self.parts
                .iter()
                .filter(move |part| part.operator == operator)
        };
        for part in of(Operator::Intersect) {
            let kept = part.hosts(inventory)?;
            hosts.retain(|host| kept.contains(host));
        }
        for part in of(Operator::Remove) {
            let removed = part.hosts(inventory)?;
            hosts.retain(|host| !removed.contains(host));
        }
        Ok(hosts)
    }
}

fn all(inventory: &Inventory) -> Vec<Arc<str>> {
    inventory
        .group("all")
        .map(|all| inventory.hosts_of(all))
        .unwrap_or_default()
}

/// Cuts at `,` where there is one, else at `:` outside brackets.
fn split(text: &str) -> Vec<&str> {
    if text.contains(',') {
        return text.split(',').collect();
    }
    let mut depth = 0_usize;
    let outside = |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ':' && depth == 0
    };
    text.split(outside).collect()
}

impl Part {
    fn parse(text: &str) -> Part {
        let (operator, text) = match text.split_at_checked(1) {
            Some(("!", rest)) => (Operator::Remove, rest),
            Some(("&", rest)) => (Operator::Intersect, rest),
            _ => (Operator::Unite, text),
        };
        Part {
            operator,
            text: text.to_owned(),
        }
    }

    fn hosts(&self, inventory: &Inventory) -> Result<Selection, Diagnostic> {
        if let Some(host) = inventory.host(&self.text) {
            return Ok(Selection::from([host.name.clone()]));
        }
        let (expression, subscript) = subscript(&self.text);
        let found = matches(inventory, expression)?;
        let total = found.len();
        let hosts: Selection = match subscript {
            None => found,
            Some(subscript) => subscript.pick(found),
        };
        match (hosts.is_empty(), total) {
            (false, _) => Ok(hosts),
            (true, 0) => Err(self.nothing(inventory)),
            (true, total) => {
                let note = format!("\"{expression}\" stands for {total} hosts, counted from 0");
                let fault = format!("pattern \"{}\" matches no host", self.text);
                Err(Diagnostic::error(fault).note(note))
            }
        }
    }

    fn nothing(&self, inventory: &Inventory) -> Diagnostic {
        let fault = Diagnostic::error(format!("pattern \"{}\" matches no host", self.text));
        if let Some(group) = inventory.group(&self.text) {
            return fault.note(format!("group \"{}\" has no hosts", group.name));
        }
        let groups = inventory.groups().map(|group| &*group.name);
        let hosts = inventory.hosts().map(|host| &*host.name);
        match nearest(&self.text, groups.chain(hosts)) {
            Some(near) => fault.hint(near),
            None => fault.hint("rollbook inventory graph"),
        }
    }
}

/// Hosts of the groups whose names match; hosts by name where none does, or where a glob or
/// regex says so; `localhost` even where nobody listed it.
fn matches(inventory: &Inventory, expression: &str) -> Result<Selection, Diagnostic> {
    let matcher = Matcher::new(expression)?;
    let mut hosts = Selection::new();
    let mut any_group = false;
    for group in inventory
        .groups()
        .filter(|group| matcher.is_match(&group.name))
    {
        any_group = true;
        hosts.extend(inventory.hosts_of(group));
    }
    if !any_group || expression.starts_with('~') || expression.contains(['.', '?', '*', '[']) {
        let names = inventory.hosts().map(|host| &host.name);
        hosts.extend(names.filter(|name| matcher.is_match(name)).cloned());
    }
    if hosts.is_empty() && expression == "localhost" {
        hosts.insert(expression.into());
    }
    Ok(hosts)
}

enum Matcher {
    Name(String),
    Regex(Box<fancy_regex::Regex>),
}

impl Matcher {
    fn new(expression: &str) -> Result<Matcher, Diagnostic> {
        let regex = match expression.strip_prefix('~') {
            Some(regex) => format!("^(?:{regex})"),
            None if expression.contains(['*', '?', '[']) => glob(expression),
            None => return Ok(Matcher::Name(expression.to_owned())),
        };
        match fancy_regex::Regex::new(&regex) {
            Ok(regex) => Ok(Matcher::Regex(Box::new(regex))),
            Err(error) => Err(Diagnostic::error(format!(
                "pattern \"{expression}\" is not a regex"
            ))
            .note(error.to_string())),
        }
    }

    fn is_match(&self, name: &str) -> bool {
        match self {
            Matcher::Name(wanted) => wanted == name,
            Matcher::Regex(regex) => regex.is_match(name).unwrap_or(false),
        }
    }
}

/// Python's `fnmatch` as a regex: `*`, `?`, `[class]`, `[!class]`, the whole name.
fn glob(pattern: &str) -> String {
    let mut regex = "^(?s:".to_owned();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => rest = class(rest, &mut regex),
            _ => regex.push_str(&fancy_regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex + ")$"
}

/// Translates the class after a `[`; without its `]` the bracket is an ordinary character.
fn class<'a>(rest: &'a str, regex: &mut String) -> &'a str {
    let negated = rest.starts_with('!');
    let body = if negated { &rest[1..] } else { rest };
    // A `]` that comes first belongs to the class.
    let from = usize::from(body.starts_with(']'));
    let Some(end) = body.get(from..).and_then(|tail| tail.find(']')) else {
        regex.push_str("\\[");
        return rest;
    };
    let (set, after) = body.split_at(from + end);
    let escaped = set
        .replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace('&', "\\&")
        .replace('~', "\\~");
    let sign = if negated { "^" } else { "" };
    regex.push_str(
        &format!("[{sign}{escaped}]")
            .replace("[]", "[\\]")
            .replace("[^]", "[^\\]"),
    );
    &after[1..]
}

/// Which of the hosts a `[…]` behind a name takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subscript {
    One(i64),
    /// Both ends included; without an end to the last.
    Slice(usize, Option<usize>),
}

impl Subscript {
    fn pick(self, hosts: Selection) -> Selection {
        let length = hosts.len();
        let (from, to) = match self {
            Subscript::One(at) if at < 0 => {
                let back = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
                let at = length.checked_sub(back).unwrap_or(length);
                (at, at)
            }
            Subscript::One(at) => {
                let at = usize::try_from(at).unwrap_or(length);
                (at, at)
            }
            Subscript::Slice(from, to) => (from, to.unwrap_or(length)),
        };
        let count = to.saturating_add(1).saturating_sub(from);
        hosts.into_iter().skip(from).take(count).collect()
    }
}

/// Cuts `name[0]`, `name[-1]`, `name[1:]`, `name[1:3]`, `name[1-3]` apart; other brackets are
/// character classes.
fn subscript(text: &str) -> (&str, Option<Subscript>) {
    let cut = || {
        let (name, inner) = text.strip_suffix(']')?.rsplit_once('[')?;
        if name.is_empty() || name.starts_with('~') {
            return None;
        }
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if digits(inner.strip_prefix('-').unwrap_or(inner)) {
            return Some((name, Subscript::One(inner.parse().ok()?)));
        }
        let (from, to) = inner.split_once([':', '-'])?;
        let to = match to {
            "" => None,
            to => Some(to.parse().ok().filter(|_| digits(to))?),
        };
        digits(from).then_some((name, Subscript::Slice(from.parse().ok()?, to)))
    };
    match cut() {
        Some((name, subscript)) => (name, Some(subscript)),
        None => (text, None),
    }
}
