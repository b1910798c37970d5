//! The tree of a template, resolved: variables are slots, functions are pointers.

use super::function::Function;
use super::number::Number;
use std::sync::Arc;

/// One text that was parsed: a file, or the argument of `tpl`.
#[derive(Debug)]
pub(super) struct Source {
    /// What Go calls the parse name: errors say where by it.
    pub name: String,
    pub text: String,
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
    pub variables: Vec<Variable>,
    pub commands: Vec<Command>,
}

/// A variable that a pipeline sets.
pub(super) struct Variable {
    /// With the dollar sign.
    pub name: Box<str>,
    /// `None`: an assignment to what was never declared, an error when it runs.
    pub slot: Option<usize>,
}

pub(super) struct Command {
    pub pos: Pos,
    /// The first is what is run; never empty.
    pub args: Vec<Expr>,
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
    Str(Box<Text>),
    /// `.a.b`.
    Field(Fields),
    /// `$x.a.b`.
    Variable(Variable, Fields),
    /// `(pipeline).a.b`.
    Chain(Box<Expr>, Fields),
    Function(&'static str, Callee),
    Pipe(Box<Pipe>),
}

pub(super) type Fields = Box<[Box<str>]>;

/// A string literal.
pub(super) struct Text {
    /// As it was written, with its quotes.
    pub quoted: Box<str>,
    pub text: Box<str>,
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
