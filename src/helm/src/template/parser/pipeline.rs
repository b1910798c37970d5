//! Pipelines, commands and operands.

use super::super::ast::{Command, Expr, ExprKind, Fields, Pipe, Pos, Text, Variable};
use super::super::literal::unquote;
use super::super::number::Number;
use super::super::print::NodeRef;
use super::super::token::{Kind, Token};
use super::{Declared, Error, Parser};
use crate::value::{Key, quote};

/// What a pipeline sets.
#[derive(Default)]
struct Declarations {
    assigns: bool,
    variables: Vec<Variable>,
}

impl<'s> Parser<'s> {
    /// `declarations? command ('|' command)*`, up to `end`.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, Error> {
        self.check_depth()?;
        let pos = self.peek_non_space().pos;
        let scope = self.tree.variables.len();
        let mut declared = Declarations::default();
        while self.declaration(&mut declared, context)? {}
        let commands = self.commands(context, end)?;
        self.check_pipeline(&commands, context)?;
        self.settle(scope, &mut declared);
        Ok(Pipe {
            pos,
            assigns: declared.assigns,
            variables: declared.variables.into(),
            commands,
        })
    }

    /// The commands up to `end`.
    fn commands(&mut self, context: &str, end: Kind) -> Result<Box<[Command]>, Error> {
        let start = self.commands.len();
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                return Ok(self.commands.drain(start..).collect());
            }
            if !starts_operand(token.kind) {
                return Err(self.unexpected(token, context));
            }
            self.put_back(token);
            let command = self.command()?;
            self.commands.push(command);
        }
    }

    /// `$x :=`, `$x =`, or `$x,` of a range: then another may follow (`true`).
    fn declaration(&mut self, to: &mut Declarations, context: &str) -> Result<bool, Error> {
        let variable = self.peek_non_space();
        if variable.kind != Kind::Variable {
            return Ok(false);
        }
        self.next();
        let after = self.next();
        let operator = if after.kind == Kind::Space {
            self.next_non_space()
        } else {
            after
        };
        match operator.kind {
            Kind::Assign | Kind::Declare => {
                to.assigns = operator.kind == Kind::Assign;
                self.declare(to, variable.text);
                Ok(false)
            }
            Kind::Char if operator.text == "," => {
                self.declare(to, variable.text);
                self.check_second_variable(to.variables.len(), context)
            }
            _ => {
                self.put_back(operator);
                if after.kind == Kind::Space {
                    self.put_back(after);
                }
                self.put_back(variable);
                Ok(false)
            }
        }
    }

    fn check_second_variable(&mut self, count: usize, context: &str) -> Result<bool, Error> {
        if context != "range" || count >= 2 {
            return Err(self.error(format!("too many declarations in {context}")));
        }
        match self.peek_non_space().kind {
            Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(true),
            _ => Err(self.error("range can only initialize variables")),
        }
    }

    fn declare(&mut self, to: &mut Declarations, name: &'s str) {
        to.variables.push(Variable {
            name: name.into(),
            slot: None,
        });
        self.tree.variables.push(Declared { name, slot: None });
    }

    /// Gives the variables of a finished pipeline their slots (until then an
    /// outer variable of the same name is meant: `$x := add $x 1`): new slots
    /// for `:=`, those of the variables in scope for `=`.
    fn settle(&mut self, scope: usize, declared: &mut Declarations) {
        for (at, variable) in declared.variables.iter_mut().enumerate() {
            variable.slot = match declared.assigns {
                true => self.slot(scope, &variable.name),
                false => Some(scope + at),
            };
            self.tree.variables[scope + at].slot = variable.slot;
        }
        self.tree.slots = self.tree.slots.max(self.tree.variables.len());
    }

    /// The slot of the innermost variable `name` among the first `scope`.
    fn slot(&self, scope: usize, name: &str) -> Option<usize> {
        let visible = self.tree.variables[..scope].iter().rev();
        visible
            .filter(|declared| declared.name == name)
            .find_map(|declared| declared.slot)
    }

    fn check_pipeline(&self, commands: &[Command], context: &str) -> Result<(), Error> {
        if commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (at, command) in commands.iter().enumerate().skip(1) {
            if command
                .args
                .first()
                .is_some_and(|arg| arg.kind.is_constant())
            {
                let stage = at + 1;
                return Err(self.error(format!("non executable command in pipeline stage {stage}")));
            }
        }
        Ok(())
    }

    /// `operand (space operand)*`, and the `|` behind it.
    fn command(&mut self) -> Result<Command, Error> {
        let pos = self.peek_non_space().pos;
        let start = self.args.len();
        loop {
            self.peek_non_space();
            let operand = self.operand()?;
            self.args.extend(operand);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.put_back(token),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            break;
        }
        if self.args.len() == start {
            return Err(self.error("empty command"));
        }
        let args = self.args.drain(start..).collect();
        Ok(Command { pos, args })
    }

    /// A term and the fields behind it; `None` where no operand follows.
    fn operand(&mut self) -> Result<Option<Expr>, Error> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let mut more = Vec::new();
        while self.peek().kind == Kind::Field {
            let text = self.next().text;
            more.push(Key::new(&text[1..]));
        }
        self.chain(term, more, first.pos).map(Some)
    }

    /// Go gives a chain the position of its second part.
    fn chain(&mut self, term: Expr, more: Vec<Key>, pos: Pos) -> Result<Expr, Error> {
        let joined = |fields: Fields, more| -> Fields { fields.into_iter().chain(more).collect() };
        let kind = match term.kind {
            ExprKind::Field(fields) => ExprKind::Field(joined(fields, more)),
            ExprKind::Variable(variable, fields) => {
                ExprKind::Variable(variable, joined(fields, more))
            }
            kind if kind.is_constant() => {
                let term = Expr {
                    pos: term.pos,
                    kind,
                };
                let text = NodeRef::Expr(&term).print(self.source);
                return Err(self.error(format!("unexpected . after term {}", quote(&text))));
            }
            kind => {
                let term = Expr { kind, ..term };
                ExprKind::Chain(Box::new(term), more.into())
            }
        };
        Ok(Expr { pos, kind })
    }

    fn term(&mut self) -> Result<Option<Expr>, Error> {
        let token = self.next_non_space();
        let kind = match token.kind {
            Kind::Identifier => self.function(token)?,
            Kind::Dot => ExprKind::Dot,
            Kind::Nil => ExprKind::Nil,
            Kind::Variable => self.variable(token)?,
            Kind::Field => ExprKind::Field([Key::new(&token.text[1..])].into()),
            Kind::Bool => ExprKind::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = Number::parse(token.text, token.kind);
                ExprKind::Number(Box::new(number.map_err(|message| self.error(message))?))
            }
            Kind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                let pos = pipe.pos;
                let kind = ExprKind::Pipe(Box::new(pipe));
                return Ok(Some(Expr { pos, kind }));
            }
            Kind::String | Kind::RawString => {
                let text = unquote(token.text).map_err(|message| self.error(message))?;
                ExprKind::Str(Text {
                    len: token.text.len(),
                    text: text.into(),
                })
            }
            _ => {
                self.put_back(token);
                return Ok(None);
            }
        };
        let pos = token.pos;
        Ok(Some(Expr { pos, kind }))
    }

    fn function(&self, token: Token<'s>) -> Result<ExprKind, Error> {
        let known = self.functions.get_key_value(token.text);
        known
            .map(|(name, callee)| ExprKind::Function(name, *callee))
            .ok_or_else(|| self.error(format!("function {} not defined", quote(token.text))))
    }

    fn variable(&mut self, token: Token<'s>) -> Result<ExprKind, Error> {
        let variables = &self.tree.variables;
        let slot = self.slot(variables.len(), token.text);
        if !variables.iter().any(|declared| declared.name == token.text) {
            return Err(self.error(format!("undefined variable {}", quote(token.text))));
        }
        let variable = Variable {
            name: token.text.into(),
            slot,
        };
        Ok(ExprKind::Variable(variable, [].into()))
    }
}

impl ExprKind {
    fn is_constant(&self) -> bool {
        matches!(
            self,
            ExprKind::Dot
                | ExprKind::Nil
                | ExprKind::Bool(_)
                | ExprKind::Number(_)
                | ExprKind::Str(_)
        )
    }
}

fn starts_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::CharConstant
            | Kind::Complex
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Nil
            | Kind::RawString
            | Kind::String
            | Kind::Variable
            | Kind::LeftParen
    )
}
