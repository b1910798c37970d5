//! An INI inventory source: `[group]`, `[group:vars]`, `[group:children]`, `host k=v`.
//!
//! Values are Python literals where they parse as one, else text, on host lines and under
//! `:vars` alike; so `1` is a number and `true` is text.

use super::build::Builder;
use super::literal::literal;
use super::range;
use crate::yaml::{Data, Key, Node, Pos, Source};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the lines of a section are.
#[derive(Clone, Copy)]
enum Section {
    Hosts(usize),
    Children(usize),
    Vars(usize),
    /// A section whose heading is wrong; its lines are passed over.
    Broken,
}

/// One line's fault: how many characters to mark, and why.
type Fault = (usize, String);

/// Adds a source to the inventory.
pub(super) fn add(builder: &mut Builder, source: &Arc<Source>) {
    let mut reader = Reader {
        section: Section::Hosts(builder.group("ungrouped")),
        builder,
        source,
        line: 0,
        awaited: Vec::new(),
        vars: BTreeMap::new(),
        declared: FxHashSet::default(),
    };
    for line in source.text.lines() {
        reader.line += 1;
        let text = line.trim();
        if !text.is_empty() && !text.starts_with(['#', ';']) {
            let column = line.chars().take_while(|c| c.is_whitespace()).count();
            if let Err((length, why)) = reader.read(text) {
                reader.fault(column, length, why);
            }
        }
    }
    reader.finish();
}

struct Reader<'a> {
    builder: &'a mut Builder,
    source: &'a Arc<Source>,
    section: Section,
    line: u32,
    /// Groups that a later section must declare, with the line that named them.
    awaited: Vec<(String, u32)>,
    vars: BTreeMap<usize, Vec<(Key, Node)>>,
    /// Groups with a section of hosts or children here.
    declared: FxHashSet<String>,
}

impl Reader<'_> {
    fn pos(&self, line: u32, column: usize) -> Pos {
        let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1);
        Pos {
            source: self.source.clone(),
            line,
            column,
        }
    }

    fn fault(&mut self, column: usize, length: usize, why: String) {
        let fault = self.pos(self.line, column).error(why, length);
        self.builder.faults.push(fault);
    }

    fn read(&mut self, text: &str) -> Result<(), Fault> {
        if let Some(heading) = text.strip_prefix('[')
            && !matches!(self.section, Section::Vars(_) if !text.ends_with(']'))
        {
            return self.heading(heading, text.chars().count());
        }
        match self.section {
            Section::Broken => Ok(()),
            Section::Hosts(group) => self.hosts(group, text),
            Section::Children(group) => {
                let name = text.split_whitespace().next().unwrap_or(text);
                self.mention(name);
                let child = self.builder.group(name);
                self.builder.child(group, child);
                Ok(())
            }
            Section::Vars(group) => self.variable(group, text),
        }
    }

    fn heading(&mut self, heading: &str, length: usize) -> Result<(), Fault> {
        self.section = Section::Broken;
        let heading = match heading.split_once(']') {
            Some((inside, rest)) if rest.trim().is_empty() || rest.trim().starts_with('#') => {
                inside
            }
            _ => {
                return Err((
                    length,
                    "a section is [group], [group:children] or [group:vars]".to_owned(),
                ));
            }
        };
        let (name, kind) = heading.rsplit_once(':').unwrap_or((heading, "hosts"));
        if kind == "vars" {
            self.mention(name);
        } else {
            self.declared.insert(name.to_owned());
        }
        let group = self.builder.group(name);
        self.section = match kind {
            "hosts" => Section::Hosts(group),
            "children" => Section::Children(group),
            "vars" => Section::Vars(group),
            _ => {
                return Err((
                    length,
                    format!("unknown section kind \"{kind}\"; try: children or vars"),
                ));
            }
        };
        Ok(())
    }

    /// A group that nobody declared so far must be declared further down.
    fn mention(&mut self, group: &str) {
        if !self.builder.knows(group) {
            self.awaited.push((group.to_owned(), self.line));
        }
    }

    fn hosts(&mut self, group: usize, text: &str) -> Result<(), Fault> {
        let words = shell_words(text).map_err(|why| (text.chars().count(), why))?;
        let Some((name, rest)) = words.split_first() else {
            return Ok(());
        };
        let length = name.chars().count();
        let (name, port) = port(name);
        let names = range::expand(name).map_err(|why| (length, why))?;
        let mut vars = Vec::new();
        if let Some(port) = port {
            vars.push(self.entry("ansible_port", |_| Data::Int(port)));
        }
        for word in rest {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| (text.chars().count(), format!("\"{word}\" is not key=value")))?;
            vars.push(self.entry(key, |pos| literal(value, pos)));
        }
        let vars = Arc::new(vars);
        for name in names {
            let host = self.builder.host(name, group);
            if !vars.is_empty() {
                self.builder.host_vars(host, vars.clone());
            }
        }
        Ok(())
    }

    fn variable(&mut self, group: usize, text: &str) -> Result<(), Fault> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| (text.chars().count(), "a variable is key=value".to_owned()))?;
        let entry = self.entry(key.trim(), |pos| literal(value.trim(), pos));
        self.vars.entry(group).or_default().push(entry);
        Ok(())
    }

    fn entry(&self, name: &str, data: impl FnOnce(&Pos) -> Data) -> (Key, Node) {
        let pos = self.pos(self.line, 0);
        let key = Key {
            name: name.into(),
            pos: pos.clone(),
        };
        (
            key,
            Node {
                data: data(&pos),
                pos,
            },
        )
    }

    fn finish(self) {
        for (name, line) in &self.awaited {
            if !self.declared.contains(name) {
                let fault = self
                    .pos(*line, 0)
                    .error(format!("group \"{name}\" is not declared"), 1);
                self.builder
                    .faults
                    .push(fault.hint(format!("a section [{name}]")));
            }
        }
        for (group, vars) in self.vars {
            self.builder.group_vars(group, Arc::new(vars));
        }
    }
}

/// `host:22` is a host and its port.
fn port(name: &str) -> (&str, Option<i64>) {
    match name.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !host.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (name, None),
        },
        _ => (name, None),
    }
}

/// Splits as a shell does: quotes, backslashes, `#` comments.
pub fn shell_words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '#' if word.is_none() => break,
            c if c.is_whitespace() => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '\'' | '"' => quoted(&mut chars, c, word.get_or_insert_default())?,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(chars: &mut std::str::Chars<'_>, quote: char, word: &mut String) -> Result<(), String> {
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => word.extend(chars.next()),
            c => word.push(c),
        }
    }
    Err(format!("a {quote} without its end"))
}
