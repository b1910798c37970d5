//! Pipelines and commands.

use super::super::ast::{Command, Expr, ExprKind, Pipe};
use super::super::error::Error;
use super::super::operand::Operand;
use super::super::print::NodeRef;
use super::Exec;
use super::call::{Caller, Writer};
use crate::value::Value;

impl<'t> Exec<'t, '_> {
    /// The value of a pipeline, after its variables are set.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'t Pipe) -> Result<Operand, Error> {
        self.at(NodeRef::Pipe(pipe));
        let mut value = None;
        for command in &*pipe.commands {
            value = Some(self.command(dot, command, value)?.unwrapped());
        }
        let value = value.unwrap_or_default();
        for variable in &*pipe.variables {
            self.set(variable, &value)?;
        }
        Ok(value)
    }

    /// The value of a pipeline that an action prints; none where its last command
    /// has written its text to the output by itself.
    pub(super) fn written(
        &mut self,
        dot: &Operand,
        pipe: &'t Pipe,
    ) -> Result<Option<Operand>, Error> {
        self.at(NodeRef::Pipe(pipe));
        let Some((command, before)) = pipe.commands.split_last() else {
            return Ok(Some(Operand::default()));
        };
        let mut last = None;
        for command in before {
            last = Some(self.command(dot, command, last)?.unwrapped());
        }
        if let Some((first, args)) = command.args.split_first()
            && let ExprKind::Function(name, callee) = &first.kind
            && let Some(writer) = Writer::of(*callee)
        {
            self.at(NodeRef::Expr(first));
            let node = NodeRef::Command(command);
            let caller = Caller { node, args, last };
            self.write(dot, name, writer, caller)?;
            return Ok(None);
        }
        Ok(Some(self.command(dot, command, last)?.unwrapped()))
    }

    /// `last` is the value of the command before, the last argument of this one.
    fn command(
        &mut self,
        dot: &Operand,
        command: &'t Command,
        last: Option<Operand>,
    ) -> Result<Operand, Error> {
        let Some((first, args)) = command.args.split_first() else {
            return Ok(Operand::default());
        };
        let mut caller = Caller {
            node: NodeRef::Expr(first),
            args,
            last,
        };
        match &first.kind {
            ExprKind::Pipe(pipe) => {
                self.not_a_function(first, &caller)?;
                self.pipeline(dot, pipe)
            }
            ExprKind::Field(fields) => {
                self.at(caller.node);
                self.fields(dot, dot, fields, caller)
            }
            ExprKind::Chain(inner, fields) => {
                self.at(caller.node);
                let receiver = self.untyped(dot, inner)?;
                self.fields(dot, &receiver, fields, caller)
            }
            ExprKind::Function(name, callee) => {
                self.at(caller.node);
                caller.node = NodeRef::Command(command);
                self.call(dot, name, *callee, caller)
            }
            ExprKind::Variable(variable, fields) => {
                self.at(caller.node);
                let value = self.variable(variable)?;
                if fields.is_empty() {
                    self.not_a_function(first, &caller)?;
                    return Ok(value);
                }
                self.fields(dot, &value, fields, caller)
            }
            _ => {
                self.at(caller.node);
                self.not_a_function(first, &caller)?;
                self.constant(dot, first)
            }
        }
    }

    fn not_a_function(&self, first: &'t Expr, caller: &Caller<'t>) -> Result<(), Error> {
        if caller.has_arguments() {
            let text = NodeRef::Expr(first).print(&self.tree.source);
            return Err(self.error(format!("can't give argument to non-function {text}")));
        }
        Ok(())
    }

    fn constant(&mut self, dot: &Operand, expr: &'t Expr) -> Result<Operand, Error> {
        let value = match &expr.kind {
            ExprKind::Dot => return Ok(dot.clone()),
            ExprKind::Bool(flag) => Value::Bool(*flag),
            ExprKind::Number(number) => number.ideal().map_err(|text| self.error(text))?,
            ExprKind::Str(text) => Value::Str(text.text.clone()),
            _ => return Err(self.error("nil is not a command")),
        };
        Ok(Operand::plain(value))
    }

    pub(super) fn variable(
        &self,
        variable: &super::super::ast::Variable,
    ) -> Result<Operand, Error> {
        let slot = variable.slot.map(|slot| self.base + slot);
        let value = slot.and_then(|slot| self.run.variables.get(slot)?.clone());
        value.ok_or_else(|| self.error(format!("undefined variable: {}", variable.name)))
    }
}
