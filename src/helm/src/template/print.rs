//! Writes nodes back as text: the `<…>` of error messages.

use super::ast::{Action, Branch, Command, Expr, ExprKind, Invocation, Node, Pipe, Pos, Source};
use crate::value::{Key, quote};

/// Any node that an error can be at.
#[derive(Clone, Copy)]
pub(super) enum NodeRef<'t> {
    Action(&'t Action),
    Branch(&'static str, &'t Branch),
    Invocation(&'t Invocation),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Expr(&'t Expr),
}

impl NodeRef<'_> {
    /// Where the node is.
    pub fn pos(self) -> Pos {
        match self {
            NodeRef::Action(action) => action.pos,
            NodeRef::Branch(_, branch) => branch.pipe.pos,
            NodeRef::Invocation(invocation) => invocation.pos,
            NodeRef::Pipe(pipe) => pipe.pos,
            NodeRef::Command(command) => command.pos,
            NodeRef::Expr(expr) => expr.pos,
        }
    }

    /// The node as Go prints it.
    pub fn print(self, source: &Source) -> String {
        let mut printer = Printer {
            out: String::new(),
            source,
        };
        match self {
            NodeRef::Action(action) => printer.action(action),
            NodeRef::Branch(word, branch) => printer.branch(word, branch),
            NodeRef::Invocation(invocation) => printer.invocation(invocation),
            NodeRef::Pipe(pipe) => printer.pipe(pipe),
            NodeRef::Command(command) => printer.command(command),
            NodeRef::Expr(expr) => printer.expr(expr),
        }
        printer.out
    }
}

struct Printer<'s> {
    out: String,
    source: &'s Source,
}

impl Printer<'_> {
    fn list(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text { start, end } => self.out.push_str(&self.source.text[*start..*end]),
            Node::Action(action) => self.action(action),
            Node::If(branch) => self.branch("if", branch),
            Node::With(branch) => self.branch("with", branch),
            Node::Range(branch) => self.branch("range", branch),
            Node::Template(invocation) => self.invocation(invocation),
            Node::Break => self.out.push_str("{{break}}"),
            Node::Continue => self.out.push_str("{{continue}}"),
        }
    }

    fn action(&mut self, action: &Action) {
        self.out.push_str("{{");
        self.pipe(&action.pipe);
        self.out.push_str("}}");
    }

    fn branch(&mut self, word: &str, branch: &Branch) {
        self.out.extend(["{{", word, " "]);
        self.pipe(&branch.pipe);
        self.out.push_str("}}");
        self.list(&branch.list);
        if let Some(nodes) = &branch.else_list {
            self.out.push_str("{{else}}");
            self.list(nodes);
        }
        self.out.push_str("{{end}}");
    }

    fn invocation(&mut self, invocation: &Invocation) {
        self.out.extend(["{{template ", &quote(&invocation.name)]);
        if let Some(pipe) = &invocation.pipe {
            self.out.push(' ');
            self.pipe(pipe);
        }
        self.out.push_str("}}");
    }

    fn pipe(&mut self, pipe: &Pipe) {
        for (at, variable) in pipe.variables.iter().enumerate() {
            self.out.push_str(if at > 0 { ", " } else { "" });
            self.out.push_str(&variable.name);
        }
        if !pipe.variables.is_empty() {
            self.out.push_str(if pipe.assigns { " = " } else { " := " });
        }
        for (at, command) in pipe.commands.iter().enumerate() {
            self.out.push_str(if at > 0 { " | " } else { "" });
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        for (at, arg) in command.args.iter().enumerate() {
            self.out.push_str(if at > 0 { " " } else { "" });
            self.operand(arg);
        }
    }

    /// An expression where a pipeline needs its parentheses.
    fn operand(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Pipe(pipe) => {
                self.out.push('(');
                self.pipe(pipe);
                self.out.push(')');
            }
            _ => self.expr(expr),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Dot => self.out.push('.'),
            ExprKind::Nil => self.out.push_str("nil"),
            ExprKind::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            ExprKind::Number(number) => self.out.push_str(&number.text),
            ExprKind::Str(text) => self.out.push_str(text.quoted(expr.pos, self.source)),
            ExprKind::Field(fields) => self.fields(fields),
            ExprKind::Variable(variable, fields) => {
                self.out.push_str(&variable.name);
                self.fields(fields);
            }
            ExprKind::Chain(inner, fields) => {
                self.operand(inner);
                self.fields(fields);
            }
            ExprKind::Function(name, _) => self.out.push_str(name),
            ExprKind::Pipe(pipe) => self.pipe(pipe),
        }
    }

    fn fields(&mut self, fields: &[Key]) {
        for field in fields {
            self.out.extend([".", field.as_str()]);
        }
    }
}
