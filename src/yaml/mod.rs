//! Strict YAML with a position on every node. The main type here is [`Node`].
//!
//! Read over `saphyr-parser` events. Ansible's scalar rules (YAML 1.1 booleans), but duplicate
//! keys are errors. Values files and manifests follow Go's rules instead: `helm::yaml`.

use crate::diag::Location;
use std::sync::Arc;

/// Where a node begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pos {
    /// The file, as the user would type it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Pos {
    /// The same place as a [`Location`].
    pub fn location(&self) -> Location {
        Location {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
        }
    }
}

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
