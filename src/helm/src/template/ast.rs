//! The tree of a template, resolved: variables are slots, functions are pointers.

use super::function::Function;
use super::number::Number;
use crate::value::{Key, SmolStr};
use std::fmt;
use std::sync::Arc;

/// One text that was parsed: a file, or the argument of `tpl`.
pub(super) struct Source {
    /// What Go calls the parse name: errors say where by it.
    pub name: String,
    pub text: Arc<str>,
}

impl Source {
    /// The line of a position, from 1 on. Only errors ask: nobody counts lines while all is well.
    pub fn line_at(&self, pos: Pos) -> usize {
        let before = self.text.as_bytes().get(..pos).unwrap_or_default();
        1 + memchr::memchr_iter(b'\n', before).count()
    }
}

/// By its name: the text may be long.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// One named template.
pub(super) struct Tree {
    pub name: Arc<str>,
    pub source: Arc<Source>,
    pub root: Vec<Node>,
    /// Nothing but blanks: replaces no other template of its name.
    pub empty: bool,
    /// How many variable slots an execution needs (`$` is slot 0).
    pub slots: usize,
}

/// A position: a byte offset in the source.
pub(super) type Pos = usize;

pub(super) enum Node {
    /// A range of the source.
    Text {
        start: Pos,
        end: Pos,
    },
    Action(Action),
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template(Box<Invocation>),
    Break,
    Continue,
}

pub(super) struct Action {
    pub pos: Pos,
    pub pipe: Pipe,
}

/// `if`, `with` and `range`.
pub(super) struct Branch {
    pub pipe: Pipe,
    pub list: Vec<Node>,
    pub else_list: Option<Vec<Node>>,
}

/// `{{template "name" pipeline}}`, or what a `block` leaves behind.
pub(super) struct Invocation {
    pub pos: Pos,
    pub name: Box<str>,
    pub pipe: Option<Pipe>,
}

pub(super) struct Pipe {
    pub pos: Pos,
    /// `=` instead of `:=`.
    pub assigns: bool,
    pub variables: Box<[Variable]>,
    pub commands: Box<[Command]>,
}

/// A variable that a pipeline sets.
pub(super) struct Variable {
    /// With the dollar sign.
    pub name: Name,
    /// `None`: an assignment to what was never declared, an error when it runs.
    pub slot: Option<usize>,
}

pub(super) struct Command {
    pub pos: Pos,
    /// The first is what is run; never empty.
    pub args: Box<[Expr]>,
}

pub(super) struct Expr {
    pub pos: Pos,
    pub kind: ExprKind,
}

pub(super) enum ExprKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    Str(Text),
    /// `.a.b`.
    Field(Fields),
    /// `$x.a.b`.
    Variable(Variable, Fields),
    /// `(pipeline).a.b`.
    Chain(Box<Expr>, Fields),
    Function(&'static str, Callee),
    Pipe(Box<Pipe>),
}

/// A word of the source.
pub(super) type Name = SmolStr;

pub(super) type Fields = Box<[Key]>;

/// A string literal.
pub(super) struct Text {
    /// How long it is in the source, with its quotes.
    pub len: usize,
    /// What it stands for.
    pub text: SmolStr,
}

impl Text {
    /// As it was written, with its quotes.
    pub fn quoted<'s>(&self, pos: Pos, source: &'s Source) -> &'s str {
        source.text.get(pos..pos + self.len).unwrap_or_default()
    }
}

/// What a function name stands for.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    Function(&'static Function),
    Intrinsic(Intrinsic),
}

/// Functions that need the executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intrinsic {
    And,
    Or,
    /// Tells a nil interface from an invalid value, which functions do not see.
    Len,
    /// Shows the text of its argument in errors.
    Call,
    Include,
    Tpl,
}

/// Whether a body holds nothing but blanks; such a body replaces no other.
pub(super) fn is_empty(nodes: &[Node], source: &Source) -> bool {
    nodes.iter().all(|node| match node {
        Node::Text { start, end } => source.text[*start..*end].trim().is_empty(),
        _ => false,
    })
}
