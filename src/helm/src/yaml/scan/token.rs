//! What the scanner gives. The main type here is [`Token`].

use super::Mark;
use std::borrow::Cow;

/// One token and where it stands.
#[derive(Clone, Debug)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// Where it begins.
    pub start: Mark,
    /// Where it ends.
    pub end: Mark,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind<'a> {
    /// The end of the text.
    StreamEnd,
    /// `%YAML 1.1`.
    Version(u8, u8),
    /// `%TAG handle prefix`.
    TagDirective(&'a str, String),
    /// `---`.
    DocumentStart,
    /// `...`.
    DocumentEnd,
    /// The first `-` of a list in block style.
    BlockSequenceStart,
    /// The first key of a map in block style.
    BlockMappingStart,
    /// Less indentation.
    BlockEnd,
    /// `[`.
    FlowSequenceStart,
    /// `]`.
    FlowSequenceEnd,
    /// `{`.
    FlowMappingStart,
    /// `}`.
    FlowMappingEnd,
    /// `-`.
    BlockEntry,
    /// `,`.
    FlowEntry,
    /// `?`, or before a key that needs none.
    Key,
    /// `:`.
    Value,
    /// `*name`.
    Alias(&'a str),
    /// `&name`.
    Anchor(&'a str),
    /// `!handle!suffix`.
    Tag(&'a str, String),
    /// A scalar.
    Scalar(Cow<'a, str>, Style),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// Why scanning or parsing stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// go-yaml's words.
    pub problem: Cow<'static, str>,
    /// Where the problem is.
    pub at: Mark,
    /// Where what holds it begins.
    pub context: Mark,
    /// Whether the scanner found it: go-yaml counts its lines otherwise.
    pub scanner: bool,
}
