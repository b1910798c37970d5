//! Strict YAML with a position on every node. The main type here is [`Node`].
//!
//! Read over `saphyr-parser` events by [`load`], with Ansible's scalar rules (YAML 1.1 booleans
//! and octals), but duplicate keys are errors. [`Fields`] reads a mapping whose keys are known
//! and gathers all its faults. Values files and manifests follow Go's rules instead: `helm::yaml`.

mod fields;
mod json;
mod loader;
mod nearest;
mod pos;
mod scalar;
#[cfg(test)]
mod tests;

pub use fields::Fields;
pub use loader::{load, load_all};
pub use nearest::nearest;
pub use pos::{Pos, Source};
pub use scalar::is_plain_text;
#[cfg(test)]
pub(crate) use tests::shown as shown_in_tests;

use crate::diag::Diagnostic;
use std::sync::Arc;

/// One node of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it holds.
    pub data: Data,
    /// Where it begins.
    pub pos: Pos,
}

/// The content of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, `~`, or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text that may hold a template.
    Str(Arc<str>),
    /// `!unsafe`: a text that is never a template.
    Unsafe(Arc<str>),
    /// `!vault`: ciphertext, opened lazily.
    Vault(Arc<str>),
    /// A sequence.
    Seq(Arc<Vec<Node>>),
    /// A mapping in written order; keys are unique.
    Map(Arc<Vec<(Key, Node)>>),
}

/// A mapping key with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key as text.
    pub name: Arc<str>,
    /// Where it stands.
    pub pos: Pos,
}

impl Key {
    /// An input error at this key, the key marked.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        self.pos.error(message, self.name.chars().count())
    }
}

impl Node {
    /// The value under `name`, where this is a mapping that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        let entries = self.entries()?;
        let found = entries.iter().find(|(key, _)| &*key.name == name)?;
        Some(&found.1)
    }

    /// The node at a path of keys and item numbers; where the path ends before, the last node on
    /// it and how many steps lead there.
    pub fn reach(&self, path: &[&str]) -> Result<&Node, (&Node, usize)> {
        let mut node = self;
        for (depth, step) in path.iter().enumerate() {
            let below = match node.items() {
                Some(items) => step.parse().ok().and_then(|at: usize| items.get(at)),
                None => node.get(step),
            };
            node = below.ok_or((node, depth))?;
        }
        Ok(node)
    }

    /// The entries, where this is a mapping.
    pub fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, where this is a sequence.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.data {
            Data::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The text, where this is one (`!unsafe` too).
    pub fn text(&self) -> Option<&Arc<str>> {
        match &self.data {
            Data::Str(text) | Data::Unsafe(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// What this is, with its article: `a mapping`.
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Int(_) => "an integer",
            Data::Float(_) => "a float",
            Data::Str(_) | Data::Unsafe(_) => "text",
            Data::Vault(_) => "a vault value",
            Data::Seq(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }

    /// An input error at this node, its text marked.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        let length = self.text().map_or(1, |text| text.chars().count());
        self.pos.error(message, length)
    }
}
