//! Reading a mapping whose keys are known. The main type here is [`Fields`].
//!
//! Each reader names the key it wants; [`Fields::finish`] reports every key that nobody asked
//! for, with the nearest one that was. Faults are gathered, so a file is reported whole.

use super::{Data, Key, Node, nearest};
use crate::diag::{Diagnostic, Diagnostics};
use std::cell::RefCell;
use std::sync::Arc;

/// One mapping being read.
pub struct Fields<'a> {
    what: &'a str,
    node: &'a Node,
    entries: &'a [(Key, Node)],
    asked: RefCell<Vec<&'static str>>,
    faults: &'a RefCell<Diagnostics>,
}

impl<'a> Fields<'a> {
    /// Opens `node` as the mapping called `what` ("play"); another type is a fault and `None`.
    pub fn open(
        what: &'a str,
        node: &'a Node,
        faults: &'a RefCell<Diagnostics>,
    ) -> Option<Fields<'a>> {
        let Some(entries) = node.entries() else {
            let message = format!("{what} must be a mapping, not {}", node.kind());
            faults.borrow_mut().push(node.error(message));
            return None;
        };
        let asked = RefCell::default();
        Some(Fields {
            what,
            node,
            entries,
            asked,
            faults,
        })
    }

    /// The mapping itself.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// The value under `key`, whatever it is; null counts as absent.
    pub fn any(&self, key: &'static str) -> Option<&'a Node> {
        self.entry(key)
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    /// The key and value under `key`, null included.
    pub fn entry(&self, key: &'static str) -> Option<&'a (Key, Node)> {
        self.asked.borrow_mut().push(key);
        self.entries.iter().find(|(name, _)| &*name.name == key)
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> Option<Arc<str>> {
        self.read(key, "text", |node| node.text().cloned())
    }

    /// A boolean.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        self.read(key, "true or false", |node| match node.data {
            Data::Bool(value) => Some(value),
            _ => None,
        })
    }

    /// An integer from 0.
    pub fn count(&self, key: &'static str) -> Option<u64> {
        self.read(key, "an integer from 0", |node| match node.data {
            Data::Int(value) => u64::try_from(value).ok(),
            _ => None,
        })
    }

    /// A list.
    pub fn list(&self, key: &'static str) -> Option<&'a [Node]> {
        self.read(key, "a list", Node::items)
    }

    /// A mapping.
    pub fn map(&self, key: &'static str) -> Option<&'a Node> {
        self.read(key, "a mapping", |node| node.entries().map(|_| node))
    }

    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, key: &'static str) -> Option<Vec<Arc<str>>> {
        self.read(key, "text or a list of texts", |node| match node.items() {
            Some(items) => items.iter().map(|item| item.text().cloned()).collect(),
            None => Some(vec![node.text()?.clone()]),
        })
    }

    /// One of the named choices.
    pub fn choice<T: Clone>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let node = self.any(key)?;
        let text = node.text().map(|text| &**text);
        if let Some((_, value)) = choices.iter().find(|(name, _)| Some(*name) == text) {
            return Some(value.clone());
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let message = format!(
            "\"{key}\" in {} must be one of {}",
            self.what,
            names.join(", ")
        );
        let fault = node.error(message);
        self.fault(hinted(fault, text.unwrap_or_default(), &names));
        None
    }

    /// Reports a missing `key` unless it was written.
    pub fn require(&self, key: &'static str) {
        if self.any(key).is_none() {
            let message = format!("missing key \"{key}\" in {}", self.what);
            self.fault(self.node.pos.error(message, 1));
        }
    }

    /// Adds a fault to those of the file.
    pub fn fault(&self, fault: Diagnostic) {
        self.faults.borrow_mut().push(fault);
    }

    /// Every entry that nobody asked for: for mappings with free keys (a task's module).
    pub fn rest(&self) -> impl Iterator<Item = &'a (Key, Node)> {
        let asked = self.asked.borrow().clone();
        let entries = self.entries.iter();
        entries.filter(move |(key, _)| !asked.contains(&&*key.name))
    }

    /// The keys that were asked for so far: what may be written here.
    pub fn known(&self) -> Vec<&'static str> {
        self.asked.borrow().clone()
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self.rest() {
            let fault = key.error(format!("unknown key \"{}\" in {}", key.name, self.what));
            self.fault(hinted(fault, &key.name, &self.asked.borrow()));
        }
    }

    fn read<T>(
        &self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(&'a Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.any(key)?;
        let value = read(node);
        if value.is_none() {
            self.fault(wrong_type(self.what, key, wanted, node));
        }
        value
    }
}

fn wrong_type(what: &str, key: &str, wanted: &str, node: &Node) -> Diagnostic {
    let found = match node.data {
        Data::Int(value) => value.to_string(),
        _ => node.kind().to_owned(),
    };
    let message = format!("\"{key}\" in {what} must be {wanted}, not {found}");
    let fault = node.error(message);
    let scalar = matches!(node.data, Data::Int(_) | Data::Float(_) | Data::Bool(_));
    match wanted.starts_with("text") && scalar {
        true => fault.hint("put quotes round it"),
        false => fault,
    }
}

/// The nearest known word as the way out, else all of them where they are few.
fn hinted(fault: Diagnostic, word: &str, known: &[&str]) -> Diagnostic {
    match nearest(word, known.iter().copied()) {
        Some(near) => fault.hint(near),
        None if known.len() <= 20 => fault.note(format!("known: {}", known.join(", "))),
        None => fault,
    }
}
